"""What libraries do with TensorFlow that its guides do not show."""

from __future__ import annotations

import inspect

from .runner import Program


def _tape_around_argument(tf):
    """A tape of code outside, asked by a function for the gradient of a variable that is its argument too."""
    v, w = tf.Variable(1.5), tf.Variable([2.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        y = w * v**2

    @tf.function
    def outer(given):
        @tf.function
        def inner(passed):
            return tape.gradient(y, [v, w]), passed * 1.0

        return inner(given), tape.gradient(y, v), tape.jacobian(y, v)

    return outer(v), outer(w)


def _looks(tf):
    """Decorated functions show what they decorate."""

    def f(a, b=2, *, c=3):
        return a

    decorated = [tf.function(f), tf.custom_gradient(f), tf.recompute_grad(f), tf.grad_pass_through(f)]
    return [
        (inspect.getfullargspec(g), g.__original_wrapped__ is f, str(g.__signature__), g.__name__) for g in decorated
    ]


def _composite_of_variables(tf):
    """Composite tensors whose components are variables, as arguments of functions."""

    class Spec(tf.TypeSpec):
        value_type = property(lambda self: Pair)
        _component_specs = property(lambda self: self.specs)

        def __init__(self, specs):
            self.specs = specs

        def _to_components(self, value):
            return value.parts

        def _from_components(self, components):
            return Pair(*components)

        def _serialize(self):
            return (self.specs,)

    class Pair(tf.__internal__.CompositeTensor):
        def __init__(self, first, second):
            self.parts = (first, second)

        @property
        def _type_spec(self):
            return Spec(
                tuple(p._type_spec if isinstance(p, tf.Variable) else tf.type_spec_from_value(p) for p in self.parts)
            )

    traces = []

    @tf.function
    def f(pair):
        traces.append(1)
        pair.parts[0].assign_add(1.0)
        return pair.parts[0] * pair.parts[1]

    v, w = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        results = [f(Pair(v, tf.constant(3.0))), f(Pair(w, tf.constant(4.0))), f(Pair(v, w)), f(Pair(w, v))]
        total = tf.add_n(results)
    return results, v, w, len(traces), tape.gradient(total, [v, w])


def _size_after_loop(tf):
    """Arrays keep their static size in loops; comparisons of tests evaluate tensors of graphs."""

    class Compares(tf.test.TestCase):
        def runTest(self):
            with tf.Graph().as_default(), self.session():
                self.assertAllClose([1.0, 2.0], tf.constant([1.0, 2.0]))

    @tf.function
    def f(n):
        arrays = [
            tf.TensorArray(tf.float32, size=4),
            tf.TensorArray(tf.float32, n),
            tf.TensorArray(tf.float32, 4, True),
        ]
        for i in tf.range(4):
            arrays = [a.write(i, tf.ones([3])) for a in arrays]
        shapes.append([a.stack().shape for a in arrays])
        return [a.size() for a in arrays], arrays[0].stack()

    shapes: list = []
    return f(tf.constant(5)), shapes, Compares().run().wasSuccessful()


def _unused_parameters(tf):
    """Names of parameters that no node may have."""
    functions = [lambda _: 1.0, lambda _x: 2.0, lambda __, *_: 3.0]
    traced = [tf.function(f).get_concrete_function(tf.TensorSpec([])) for f in functions]
    return [([t.name for t in f.inputs], f(tf.constant(0.0))) for f in traced]


CASES = [
    Program("unused-parameters", _unused_parameters),
    Program("size-after-loop", _size_after_loop),
    Program("composite-of-variables", _composite_of_variables),
    Program("tape-around-argument", _tape_around_argument),
    Program("looks", _looks),
]
