"""`tf.compat.v1.wrap_function`: variables, calls, gradients, pruning, errors."""

from __future__ import annotations

from .runner import Program, raised


def _body(tf):
    v1 = tf.compat.v1

    def body(x):
        w = v1.get_variable("w", [], initializer=v1.ones_initializer())
        v = tf.Variable(2.0, name="v", trainable=False)
        y = tf.identity(x * w + v, name="y")
        v.assign_add(1.0)
        return y

    return v1.wrap_function(body, [tf.TensorSpec([None], tf.float32, "x")])


def _calls(tf):
    f = _body(tf)
    x = tf.constant([1.0, 2.0])
    return [
        f(x),
        f(x),  # nothing that is returned depends on the assignment
        f([3.0]),
        [v.name for v in f.variables],
        [v.name for v in f.trainable_variables],
        [t.name for t in f.inputs],
        [t.name for t in f.outputs],
        len(f.captured_inputs),
        [o.name for o in f.graph.get_operations()],
        f.structured_input_signature,
        raised(lambda: f()),
        raised(lambda: f(tf.constant([1]))),
    ]


def _gradients(tf):
    f = _body(tf)
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    in_function = tf.function(lambda a: f(a) * 2.0)(x)
    return tape.gradient(y, [x, *f.variables]), in_function


def _pruned(tf):
    f = _body(tf)
    whole = f.prune("x:0", "y:0")
    parts = f.prune(f.inputs[:1], {"a": f.outputs[0], "b": [f.graph.get_tensor_by_name("mul:0")]})
    later = f.prune("mul:0", "y:0")
    effect = f.prune([], f.graph.get_operation_by_name("AssignAddVariableOp"))
    x = tf.constant([3.0])
    return [
        [o.type for g in (whole, effect) for o in g.graph.control_outputs],
        type(whole) is type(f),
        whole(x),
        whole.structured_outputs.name,
        parts(x),
        later(x),
        effect(),
        f.variables[1],
        whole(x),
        [v.name for v in whole.variables],
        raised(lambda: f.prune("nothing:0", "y:0")),
        raised(lambda: f.prune("x:0", "nothing:0")),
        raised(lambda: f.prune([], "y:0")),
        raised(lambda: f.prune("x:0", None)),
        raised(lambda: f.prune(f.graph.get_operation_by_name("mul"), "y:0")),
        raised(lambda: f.prune("x:0", 3)),
    ]


def _scopes(tf):
    v1 = tf.compat.v1
    seen = []

    def body():
        with v1.variable_scope("s"):
            w = v1.get_variable("w", [2], initializer=v1.ones_initializer())
            v1.get_local_variable("l", [2], initializer=v1.zeros_initializer())
        with v1.variable_scope("s", reuse=True):
            seen.append(v1.get_variable("w", [2]) is w)
        for found in (v1.global_variables(), v1.trainable_variables(), v1.local_variables()):
            seen.append([v.name for v in found])
        seen.append([tf.executing_eagerly(), v1.executing_eagerly_outside_functions(), tf.inside_function()])
        return {"w": w * 2.0, "nothing": None}

    f = v1.wrap_function(body, [])
    return f(), seen, [v.name for v in f.variables]


def _training(tf):
    v1 = tf.compat.v1

    def body(x):
        w = v1.get_variable("w", [2, 1], initializer=v1.ones_initializer())
        loss = tf.reduce_mean(tf.square(tf.matmul(x, w)))
        with tf.control_dependencies([v1.train.GradientDescentOptimizer(0.1).minimize(loss)]):
            return tf.identity(loss)

    f = v1.wrap_function(body, [tf.TensorSpec([None, 2])])
    return [f(tf.ones([2, 2])) for _ in range(3)], f.variables


def _bad_result(tf):
    return [
        raised(lambda: tf.compat.v1.wrap_function(lambda: tf.no_op(), [])),
        raised(lambda: tf.compat.v1.wrap_function(lambda: object(), [])),
    ]


def _python_arguments(tf):
    def body(x, add):
        v = tf.Variable(5.0)
        written = v.assign_add(x) if add else v.assign_sub(x)
        with tf.control_dependencies([written]):
            return v.read_value()

    def result_of_write(x):
        return tf.Variable(1.0).assign_add(x)

    wrap = tf.compat.v1.wrap_function
    added, taken = (wrap(body, [tf.TensorSpec([]), add]) for add in (True, False))
    return [
        added(1.0),
        added(1.0),
        taken(1.0),
        wrap(lambda x: x, [1])(),
        wrap(result_of_write, [tf.TensorSpec([])])(2.0),
    ]


def _pruned_to_ragged(tf):
    kept = []

    def body(x):
        kept[:] = [x, x * x]
        return kept[1]

    f = tf.compat.v1.wrap_function(body, [tf.RaggedTensorSpec([None, None], tf.float32)])
    x = tf.ragged.constant([[1.0, 2.0], [3.0]])
    return f.prune(*kept)(x.values, x.row_splits)


def _regularized(tf):
    v1 = tf.compat.v1

    names = []

    def body():
        with v1.variable_scope("s", regularizer=lambda v: tf.reduce_sum(v) + 0.5):
            v1.get_variable("v", [2], initializer=v1.ones_initializer())
        (loss,) = v1.get_collection(v1.GraphKeys.REGULARIZATION_LOSSES)
        names.append(loss.name)
        return tf.identity(loss)

    return v1.wrap_function(body, [])(), names


CASES = [
    Program("regularized", _regularized),
    Program("python-arguments", _python_arguments),
    Program("pruned-to-ragged", _pruned_to_ragged),
    Program("calls", _calls),
    Program("gradients", _gradients),
    Program("pruned", _pruned),
    Program("scopes", _scopes),
    Program("training", _training),
    Program("bad-result", _bad_result),
]
