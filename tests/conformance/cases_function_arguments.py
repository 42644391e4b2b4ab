"""How arguments reach a `tf.function`: input signatures, concrete functions, names, captures, pickles."""

from __future__ import annotations

import collections
import pickle
import re
import sys
import types
import weakref

import numpy as np

from .runner import Program, raised


def _message(fn):
    """The class and the start of the message of the error that `fn()` raises."""
    try:
        return fn()
    except Exception as error:
        return type(error).__name__, str(error).split(". Received")[0]


def scalar(tf, name=None):
    return tf.TensorSpec([], tf.float32, name)


# ---------------------------------------------------------------- input signatures


def _without_spec(tf):
    """A parameter without a spec keeps its default value; one without either is an error."""
    decorate = tf.function(input_signature=[scalar(tf)])
    f = decorate(lambda a, b=4.0, **more: a + b)
    concrete = f.get_concrete_function()
    return [
        _message(lambda: decorate(lambda a, b, c: a)),
        _message(lambda: decorate(lambda a, b, c=2, **more: a)),
        _message(lambda: decorate(lambda a, b, *args: a)),
        raised(lambda: decorate(lambda a, *, b: a)),
        _message(lambda: tf.function(lambda a: a, input_signature=[scalar(tf), scalar(tf)])),
        f(1.0),
        f(1.0, b=4.0),
        _message(lambda: f(1.0, 5.0)),
        raised(lambda: f(1.0, tf.constant(4.0))),
        _message(lambda: f(1.0, c=5.0)),
        concrete.structured_input_signature,
        concrete(tf.constant(1.0), 4.0),
        concrete.pretty_printed_signature(False),
        str(f.function_type),
    ]


def _variadic(tf):
    f = tf.function(lambda a, *args: tf.add_n([a, *args]), input_signature=[scalar(tf)] * 3)
    g = tf.function(lambda a, *, k=3.0: a + k, input_signature=[scalar(tf)])
    return [
        f(1.0, 2.0, 3.0),
        _message(lambda: f(1.0, 2.0)),
        _message(lambda: f(1.0, 2.0, 3.0, 4.0)),
        str(f.function_type),
        f.get_concrete_function().structured_input_signature,
        g(1.0),
        _message(lambda: g(1.0, k=2.0)),
        g.get_concrete_function().structured_input_signature,
    ]


def _methods(tf):
    class Model(tf.Module):
        @tf.function(input_signature=[scalar(tf)])
        def scaled(self, x, by=2.0):
            return x * by

    model = Model()
    return [model.scaled(3.0), str(Model.scaled.function_type), str(model.scaled.function_type)]


def _specs_for_specs(tf):
    f = tf.function(lambda a: a, input_signature=[tf.TensorSpec([2], tf.float32)])
    specs = [tf.TensorSpec([3]), tf.TensorSpec([2], tf.int32), tf.TensorSpec(None), tf.TensorSpec([2], name="q")]
    return [_message(lambda s=s: f.get_concrete_function(s).structured_input_signature) for s in specs]


# ---------------------------------------------------------------- concrete functions


def _shape_in_a_graph(tf):
    concrete = tf.function(lambda x: x + 1.0).get_concrete_function(tf.TensorSpec([1]))
    inside = tf.function(lambda: concrete(tf.zeros([2])), autograph=False)
    return concrete(tf.zeros([2])), raised(inside)


def _missing_or_unexpected(tf):
    concrete = tf.function(lambda x, y: x).get_concrete_function(scalar(tf), 2)
    one = tf.constant(1.0)
    wrong = [
        lambda: concrete(z=one),
        lambda: concrete(one, x=one),
        lambda: concrete(one, 2, 3),
        lambda: concrete(one, 3),
        lambda: concrete([1.0], 2),
    ]
    return [_message(call) for call in wrong]


def _other_structures(tf):
    ragged = tf.function(lambda x: x).get_concrete_function(tf.RaggedTensorSpec([None, None], tf.int32))
    pair = tf.function(lambda x: x).get_concrete_function((tf.constant(1), {"a": tf.constant(2)}))
    for_ragged = [tf.ragged.constant([[1.0]]), tf.ragged.constant([[[1]]]), tf.constant([1]), {"a": [1]}]
    for_pair = [tf.constant(1), (1, 2), (1,), [1, {"a": 2}], (1, {"b": 2})]
    calls = [(ragged, v) for v in for_ragged] + [(pair, v) for v in for_pair]
    return [_message(lambda f=f, v=v: f(v))[1][:36] for f, v in calls], ragged(tf.ragged.constant([[1], [2, 3]]))


def _flat(tf):
    """One tensor for each input, called as the argument that it is part of; what is said if that fails, too."""
    whole = tf.TensorSpec([], tf.int32)
    f = tf.function(lambda x, **more: tf.nest.flatten((x, more))[-1])
    pair = f.get_concrete_function((whole, whole), d=whole)
    fixed = f.get_concrete_function(1)
    pairs = f.get_concrete_function(collections.namedtuple("Pair", "a b")(whole, whole))
    lists = f.get_concrete_function([whole, whole])
    a, b, c = tf.constant(1), tf.constant(2), tf.constant(3)
    half = tf.constant(2.5)
    wrong = [
        lambda: pair(a, b),
        lambda: pair(a, b, c, a),
        lambda: pair(a, x=a, x_1=b, d=c),
        lambda: pair(a, b, c, z=a),
        lambda: pair((a, half), d=c),
        lambda: pair((a, [2]), d=c),
        lambda: pair([a, b], d=c),
        lambda: pair(a, b, 3),
        lambda: pair(a, half, c),
        lambda: pairs((a, b)),
        lambda: pairs({"a": a}),
        lambda: lists((a, b)),
        lambda: fixed(2),
        lambda: tf.function(f, input_signature=[tf.type_spec_from_value(tf.Variable(1))]),
    ]
    told = [_message(call)[1].rpartition("failed due to: ")[2] for call in wrong]
    first = [text.split("`")[1:2] for text in (_message(call)[1] for call in wrong)]
    named = [pair.name.startswith(b"__inference_"), type(fixed.name).__name__]
    return (
        pair(x=a, x_1=b, d=c),
        pair(a, b, c),
        pair((a, b), d=c),
        [re.sub("__inference\\S+| \\[Op.*", "", t) for t in told],
        first,
        named,
    )


def _named_by_signature(tf):
    class Owner:
        @tf.function(input_signature=[scalar(tf, "given"), (scalar(tf), scalar(tf, "second"))])
        def method(self, x, pair):
            return x + pair[0]

    owner, one = Owner(), tf.constant(1.0)
    owner.method(one, (one, one))
    concrete = owner.method.get_concrete_function()
    names = [t.op.name for t in concrete.inputs]
    return names, concrete.structured_input_signature, concrete(one, (one, one)), concrete.pretty_printed_signature()


def _renamed(tf):
    f = tf.function(lambda x: x)
    names = []
    for name in ("first", None, "second"):
        concrete = f.get_concrete_function(scalar(tf, name))
        names.append(concrete.structured_input_signature[0][0].name)
        concrete(x=tf.constant(1.0))
    return names


def _replaced_captures(tf):
    x, y = tf.constant(1.0), tf.constant(2.0)
    f = tf.function(lambda: x + y).get_concrete_function()
    results = [f()]
    f.set_external_captures([x, tf.constant(5.0)])
    results.append(f())
    value = tf.constant(4.0)
    f.replace_capture_with_deferred_capture(f.captured_inputs[0], lambda: value, scalar(tf), f.inputs[0])
    results.append(f())
    value = tf.constant(6.0)
    return [*results, f()]


# ---------------------------------------------------------------- arguments


def _odd_names(tf):
    f = tf.function(lambda **kwargs: sorted(kwargs) and kwargs["a_b"] + 1)
    return f(**{"a/b": 1}), _message(lambda: raised(lambda: f(**{"a/b": 1, "a_b": 2})))


def _weak_reference(tf):
    class Thing:
        pass

    thing = Thing()
    return raised(lambda: tf.function(lambda r: 1)(weakref.ref(thing)))


class Masked:
    """A value with metadata that cannot be hashed."""

    def __init__(self, mask, value):
        self.mask, self.value = mask, value

    def __tf_flatten__(self):
        return (self.mask,), (self.value,)

    @classmethod
    def __tf_unflatten__(cls, metadata, components):
        return cls(*metadata, *components)


def _unhashable_metadata(tf):
    f = tf.function(lambda x: Masked([*x.mask, False], x.value * 2.0))
    results = [f(Masked(m, tf.constant(v))) for m, v in (([True], 1.0), ([True], 3.0), ([False], 1.0))]
    return [(r.mask, r.value) for r in results], f.experimental_get_tracing_count()


def _doubled(x):
    return x * 2.0


def _pickled(tf):
    module = sys.modules.setdefault("importable_functions", types.ModuleType("importable_functions"))
    module.doubled = _doubled
    _doubled.__module__, _doubled.__qualname__ = module.__name__, "doubled"
    f = tf.function(_doubled, input_signature=[scalar(tf)])
    restored = pickle.loads(pickle.dumps(f))
    return restored(3.0), restored.input_signature


# ---------------------------------------------------------------- variables that a function creates


def _creators_around(tf):
    made, asked = [], []

    @tf.function
    def f():
        if not made:
            made.append(tf.Variable(1.0, name="v"))
        return made[0] + 1.0

    def creator(next_creator, **kwargs):
        asked.append(sorted(kwargs))
        return next_creator(**kwargs)

    with tf.variable_creator_scope(creator):
        result = f()
    return result, asked, made[0].name


def _initialised_already(tf):
    held = []

    @tf.function
    def f(x):
        if not held:
            held.append(tf.Variable(3.0))
            with tf.init_scope():
                held[0].assign(10.0)
        return held[0] + x

    return f(1.0), tf.function(lambda: f(2.0))()


# ---------------------------------------------------------------- static shapes of calls


def _shapes_of_calls(tf):
    """What a trace for unknown shapes gives for the shapes and sizes of one call."""
    weights = tf.Variable(tf.ones([3, 4]))
    spec = tf.TensorSpec(None, tf.float32)
    dense = tf.function(lambda x: tf.nn.relu(x @ weights), input_signature=[tf.TensorSpec([None, 3])])
    sized = tf.function(
        lambda x, n: (tf.tile(x, [n]), tf.zeros([n, 2]), tf.boolean_mask(x, x > 0.0)),
        input_signature=[tf.TensorSpec([None]), tf.TensorSpec([], tf.int32)],
    )
    nested = tf.function(lambda x: dense(tf.reshape(x, [-1, 3])), input_signature=[spec])
    branched = tf.function(
        lambda x: tf.cond(tf.reduce_sum(x) > 0.0, lambda: x * 2.0, lambda: x), input_signature=[spec]
    )
    seen = []

    @tf.function
    def outer(n):
        x = tf.zeros([5])
        results = [dense(tf.zeros([7, 3])), *sized(x, 3), *sized(x, n), nested(tf.zeros([2, 5, 3])), branched(x)]
        seen.extend(r.shape.as_list() if r.shape.rank is not None else None for r in results)
        return tf.concat([tf.reshape(r, [-1]) for r in results], 0)

    return outer(2), seen


def _captured_arguments(tf):
    v, w = tf.Variable([1.0, 2.0]), tf.Variable([10.0, 20.0])

    def fresh():
        def f(x):
            with tf.GradientTape() as tape:
                y = x * v
            gradients = tape.gradient(y, [x, v])
            with tf.control_dependencies([y, *gradients]):
                x.assign_add([1.0, 1.0])
            return y, gradients

        return tf.function(f)

    first, second = fresh(), fresh()
    inner = tf.function(lambda x: x * x * v)
    outer = tf.function(lambda x: tf.gradients(inner(v) + inner(x), [x, v]))
    # Whether the variable was an argument decides what the trace takes it for.
    return [first(v), first(w), second(w), second(v), outer(v), outer(w)]


def _variables_as_themselves(tf):
    """A traced function gets the very variable, may keep things by it, and its trace serves others."""
    first, second = tf.Variable([1.0, 2.0]), tf.Variable([3.0, 4.0])
    slots, seen = {}, []

    @tf.function
    def step(variable, x):
        seen.append((variable is first, variable is second))
        if id(variable) not in slots:
            with tf.init_scope():
                slots[id(variable)] = tf.Variable(tf.zeros([2]))
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(variable * variable * x)
        slots[id(variable)].assign_add(variable)
        return (
            tape.gradient(y, variable),
            variable.assign_add([1.0, 1.0]),
            [v is first for v in tape.watched_variables()],
        )

    results = [step(first, 2.0), step(second, 2.0), step(first, tf.constant(1.0))]
    concrete = step.get_concrete_function(second, 2.0)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.function(lambda v: v * 3.0)(second))
    operation = tf.function(lambda v: v * 3.0).get_concrete_function(first).graph.get_operations()[-1]
    return [
        results,
        seen,
        [v.numpy() for v in (first, second, *slots.values())],
        len(concrete.variables),
        len(concrete.captured_inputs),
        tape.gradient(loss, second),
        [v is second for v in tape.watched_variables()],
        operation._original_op,
    ]


def _numbers_of_numpy(tf):
    traces = []

    @tf.function
    def fn(x):
        traces.append(type(x).__name__)
        return x

    numbers = (1.0, np.float64(1.0), np.float32(1.0), np.str_("a"), "a", np.bytes_(b"a"), np.complex128(1), np.bool_(1))
    found = [(fn(x).dtype, len(traces)) for x in numbers]
    return found, [t in ("float", "str", "str_", "bytes", "complex", "bool") for t in traces]


def _nested_signature(tf):
    signature = [{"a": tf.TensorSpec([], tf.int32)}, [tf.TensorSpec([2])], tf.RaggedTensorSpec([None, None], tf.int32)]
    fn = tf.function(lambda d, xs, r: xs[0] * tf.cast(d["a"], tf.float32), input_signature=signature)
    ragged = tf.ragged.constant([[1], [2, 3]])
    return [
        fn.get_concrete_function().structured_input_signature,
        fn.get_concrete_function(*signature).structured_input_signature,
        fn({"a": 2}, [[1.0, 2.0]], ragged),
        raised(lambda: fn({"a": 2}, ([1.0, 2.0],), ragged)),
        raised(lambda: fn({"a": 2, "b": 1}, [[1.0, 2.0]], ragged)),
        raised(lambda: fn({"a": 2}, [[1.0, 2.0]] * 2, ragged)),
        raised(lambda: fn({"a": 2}, [[1.0, 2.0]], [[1]])),
    ]


def _changed_arguments(tf):
    """A traced function must not change the lists and dicts that it is given."""

    class Model(tf.Module):
        @tf.function
        def call(self, a, *b, c: int = 1, **d):
            a.append(b[0].pop())
            d["more"].clear()

        @tf.function(input_signature=[{"x": scalar(tf)}])
        def sign(self, parts):
            parts["y"] = parts["x"]

    @tf.function
    def unchanged(a, b):
        return [*a, b["c"] | {"d": 1}]

    model = Model()
    return [
        _message(lambda: model.call([1], [2], [3], more=[4])),
        _message(lambda: model.sign({"x": tf.constant(1.0)})),
        _message(lambda: tf.function(lambda a: a.append(1))([1])),
        unchanged([1], {"c": {}}),
    ]


CASES = [
    Program("numbers-of-numpy", _numbers_of_numpy),
    Program("nested-signature", _nested_signature),
    Program("captured-arguments", _captured_arguments),
    Program("shapes-of-calls", _shapes_of_calls),
    Program("without-spec", _without_spec),
    Program("variadic", _variadic),
    Program("methods", _methods),
    Program("specs-for-specs", _specs_for_specs),
    Program("shape-in-a-graph", _shape_in_a_graph),
    Program("missing-or-unexpected", _missing_or_unexpected),
    Program("other-structures", _other_structures),
    Program("flat", _flat),
    Program("named-by-signature", _named_by_signature),
    Program("renamed", _renamed),
    Program("replaced-captures", _replaced_captures),
    Program("odd-names", _odd_names),
    Program("weak-reference", _weak_reference),
    Program("unhashable-metadata", _unhashable_metadata),
    Program("pickled", _pickled),
    Program("creators-around", _creators_around),
    Program("initialised-already", _initialised_already),
    Program("variables-as-themselves", _variables_as_themselves),
    Program("changed-arguments", _changed_arguments),
]
