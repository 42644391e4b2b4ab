"""Ops on resource variables in raw form, optimizer steps, and what variables are as objects beyond `cases_variables`."""

from __future__ import annotations

import copy
import pickle

import numpy as np

from .runner import Program, raised

# ---------------------------------------------------------------- optimizer steps, dense and for rows

SCALARS = {
    "global_step": np.int64(3),
    "alpha": 0.1,
    "lr": 0.1,
    "momentum": 0.9,
    "l1": 0.05,
    "l2": 0.02,
    "l2_shrinkage": 0.01,
    "lr_power": -0.5,
    "rho": 0.9,
    "epsilon": 1e-3,
    "beta1": 0.9,
    "beta2": 0.99,
    "beta": 0.9,
    "beta1_power": 0.9,
    "beta2_power": 0.99,
    "logbase": 1.0,
    "sign_decay": 0.5,
}
STATE = {
    "accum": 0.5,
    "accum_update": 0.3,
    "linear": 0.2,
    "m": 0.1,
    "v": 0.4,
    "vhat": 0.45,
    "ms": 0.6,
    "mom": 0.1,
    "mg": 0.2,
    "gradient_accumulator": 0.3,
    "gradient_squared_accumulator": 0.7,
}
DENSE = {
    "GradientDescent": "var alpha delta",
    "ProximalGradientDescent": "var alpha l1 l2 delta",
    "Momentum": "var accum lr grad momentum",
    "KerasMomentum": "var accum lr grad momentum",
    "Adam": "var m v beta1_power beta2_power lr beta1 beta2 epsilon grad",
    "AdamWithAmsgrad": "var m v vhat beta1_power beta2_power lr beta1 beta2 epsilon grad",
    "AdaMax": "var m v beta1_power lr beta1 beta2 epsilon grad",
    "Adadelta": "var accum accum_update lr rho epsilon grad",
    "Adagrad": "var accum lr grad",
    "AdagradV2": "var accum lr epsilon grad",
    "ProximalAdagrad": "var accum lr l1 l2 grad",
    "AdagradDA": "var gradient_accumulator gradient_squared_accumulator grad lr l1 l2 global_step",
    "RMSProp": "var ms mom lr rho momentum epsilon grad",
    "CenteredRMSProp": "var mg ms mom lr rho momentum epsilon grad",
    "Ftrl": "var accum linear grad lr l1 l2 lr_power",
    "FtrlV2": "var accum linear grad lr l1 l2 l2_shrinkage lr_power",
    "AddSign": "var m lr alpha sign_decay beta grad",
    "PowerSign": "var m lr logbase sign_decay beta grad",
}
ROWS = (
    "ProximalGradientDescent Momentum KerasMomentum Adadelta Adagrad AdagradV2 ProximalAdagrad AdagradDA RMSProp "
    "CenteredRMSProp Ftrl FtrlV2"
).split()
OPTIONS = {
    "Momentum": ({"use_nesterov": True},),
    "KerasMomentum": ({"use_nesterov": True},),
    "Adam": ({"use_nesterov": True},),
    "Adagrad": ({"update_slots": False},),
    "AdagradV2": ({"update_slots": False},),
    "Ftrl": ({"multiply_linear_by_lr": True},),
}
GRADIENT = np.array([[0.5, -1.0], [0.0, 2.0], [-0.25, 0.01]], np.float32)
VALUE = np.array([[1.0, -2.0], [0.03, 0.0], [5.0, 0.5]], np.float32)


def steps(kind, rows, options, traced):
    def program(tf):
        state = {}
        for name in DENSE[kind].split():
            if name == "var":
                state[name] = tf.Variable(VALUE)
            elif name in STATE:
                state[name] = tf.Variable(np.full_like(VALUE, STATE[name]))
        given = {n: tf.constant(SCALARS[n]) for n in DENSE[kind].split() if n in SCALARS}
        gradient = tf.constant(GRADIENT[:2] if rows else GRADIENT)
        given["delta" if "delta" in DENSE[kind].split() else "grad"] = gradient
        if rows:
            given["indices"] = tf.constant([2, 0])
        raw = getattr(tf.raw_ops, f"Resource{'SparseApply' if rows else 'Apply'}{kind}")

        def step():
            raw(**{n: v.handle for n, v in state.items()}, **given, **options)

        run = tf.function(step) if traced else step
        run()
        run()
        return {n: v.numpy() for n, v in state.items()}

    label = "-".join([kind, *(["rows"] if rows else []), *options, "function" if traced else "eager"])
    return Program(f"apply-{label}", program, rtol=2e-5, atol=1e-6)


def _bad_steps(tf):
    v, w = tf.Variable([1.0, 2.0]), tf.Variable([1.0])
    descend = tf.raw_ops.ResourceApplyGradientDescent
    attempts = [
        lambda: descend(var=v.handle, alpha=0.1, delta=[1.0]),
        lambda: descend(var=v.handle, alpha=[0.1], delta=[1.0, 2.0]),
        lambda: tf.raw_ops.ResourceApplyMomentum(var=v.handle, accum=w.handle, lr=0.1, grad=[1.0, 1.0], momentum=0.9),
        lambda: tf.raw_ops.ResourceSparseApplyAdagrad(
            var=w.handle, accum=w.handle, lr=0.1, grad=[1.0], indices=tf.constant([4])
        ),
    ]
    return [[raised(a), v.numpy(), w.numpy()] for a in attempts]


OPTIMIZERS = [
    *(steps(kind, False, {}, traced) for kind in DENSE for traced in (False, True)),
    *(steps(kind, False, o, False) for kind, more in OPTIONS.items() for o in more),
    *(steps(kind, True, {}, traced) for kind in ROWS for traced in (False, True)),
    Program("apply-errors", _bad_steps),
]

# ---------------------------------------------------------------- raw ops on handles


def _raw(tf):
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    raw, h = tf.raw_ops, v.handle
    out = [
        raw.ReadVariableOp(resource=h, dtype=tf.float32),
        raw.VariableShape(input=h),
        raw.VariableShape(input=h, out_type=tf.int64),
        raw.VarIsInitializedOp(resource=h),
        raw.ResourceGather(resource=h, indices=[1, 0], dtype=tf.float32),
        raw.ResourceGatherNd(resource=h, indices=[[1, 0]], dtype=tf.float32),
    ]
    raw.AssignAddVariableOp(resource=h, value=tf.ones([2, 2]))
    raw.AssignSubVariableOp(resource=h, value=tf.ones([2, 2]) * 3.0)
    out.append(v.numpy())
    raw.AssignVariableOp(resource=h, value=tf.zeros([2, 2]))
    raw.ResourceScatterAdd(resource=h, indices=[1], updates=[[1.0, 2.0]])
    raw.ResourceScatterUpdate(resource=h, indices=[0], updates=7.0)
    raw.ResourceScatterNdUpdate(ref=h, indices=[[1, 1]], updates=[9.0])
    raw.ResourceStridedSliceAssign(ref=h, begin=[0, 0], end=[1, 1], strides=[1, 1], value=[[5.0]])
    out.append(v.numpy())
    return out


def _raw_in_function(tf):
    v = tf.Variable([1.0, 2.0, 3.0])
    count = tf.Variable(0)

    @tf.function
    def f(i):
        raw, h = tf.raw_ops, v.handle
        before = raw.ReadVariableOp(resource=h, dtype=tf.float32)
        raw.ResourceScatterMul(resource=h, indices=i, updates=[2.0])
        shape = raw.VariableShape(input=h)
        old = raw.ResourceCountUpTo(resource=count.handle, limit=2, T=tf.int32)
        return before, v.read_value(), shape, raw.VarIsInitializedOp(resource=h), old

    return [f(tf.constant([1])), f(tf.constant([2])), raised(lambda: f(tf.constant([0]))), v.numpy()]


def _batch_gather(tf):
    v = tf.Variable(np.arange(24.0, dtype=np.float32).reshape(2, 3, 4))
    return [
        tf.raw_ops.ResourceGather(resource=v.handle, indices=[[2, 0], [1, 1]], dtype=tf.float32, batch_dims=1),
        raised(lambda: tf.raw_ops.ResourceGather(resource=v.handle, indices=[5], dtype=tf.float32)),
    ]


# ---------------------------------------------------------------- every dtype

DTYPES = "bool int8 uint8 int16 int32 uint32 int64 float16 bfloat16 float32 float64 complex64 complex128 string".split()


def by_dtype(dtype, traced):
    def program(tf):
        values = {"bool": [True, False, True], "string": ["a", "b", "c"]}.get(dtype, [1, 2, 3])
        kind = getattr(tf, dtype)
        v = tf.Variable(tf.constant(values, kind))
        other = tf.constant(values[::-1], kind)

        def body():
            out = [v.read_value(), v[1:], v.sparse_read([2, 0]), v.gather_nd([[1]])]
            v.assign(other)
            out.append(v.read_value())
            v.scatter_update(tf.IndexedSlices(other[:1], tf.constant([1])))
            v.scatter_nd_update([[2]], other[:1])
            out.append(v.read_value())
            v[:1].assign(other[1:2])
            out.append(v == other)
            if dtype not in ("bool", "string"):
                v.assign_add(other)
                v.assign_sub(other[::-1])
                v.scatter_add(tf.IndexedSlices(other, tf.constant([0, 0, 1])))
                out.append(v.read_value())
            return out

        run = tf.function(body) if traced else body
        return [run(), v.numpy(), v.dtype, repr(v) if not traced else None]

    return Program(f"dtype-{dtype}-{'function' if traced else 'eager'}", program)


# ---------------------------------------------------------------- as objects


def _results_of_writes(tf):
    v = tf.Variable([1.0, 2.0], name="v")
    result = v.assign([3.0, 4.0])
    v.assign([5.0, 6.0])
    return [
        repr(result),
        result.name,
        result.numpy(),
        (result + 1.0).numpy(),
        result.shape,
        result.dtype,
        result.trainable,
        isinstance(result, tf.Variable),
        result.assign_add([1.0, 1.0]).numpy(),
        v.numpy(),
        result[0].numpy(),
        tf.reduce_sum(result).numpy(),
    ]


def _result_under_tape(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = v.assign_add(1.0) * 2.0
    first = tape.gradient(y, v)
    with tf.GradientTape() as tape:
        v.assign(v * 2.0)
        z = v * v
    return [y, first, tape.gradient(z, v), [w.name for w in tape.watched_variables()]]


def _watching(tf):
    a, b = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b", trainable=False)
    c = tf.Variable(3, name="c")
    with tf.GradientTape() as tape:
        a + b + tf.cast(c, tf.float32)
    with tf.GradientTape(watch_accessed_variables=False) as quiet:
        quiet.watch(b)
        y = a * b
    with tf.GradientTape() as writing:
        a.assign_add(1.0)
    with tf.GradientTape() as assigning:
        a.assign(1.0, read_value=False)
    return [[v.name for v in t.watched_variables()] for t in (tape, quiet, writing, assigning)] + [quiet.gradient(y, b)]


def _copies(tf):
    v = tf.Variable([1.0, 2.0], name="v", trainable=False)
    found = []
    for other in (copy.copy(v), copy.deepcopy(v), pickle.loads(pickle.dumps(v)), copy.deepcopy({"k": [v, v]})["k"]):
        if isinstance(other, list):
            found.append(other[0] is other[1])
            continue
        other.assign([7.0, 8.0])
        found.append([other.name, other.trainable, other.numpy(), v.numpy(), type(other).__name__])
    return found


def _operators(tf):
    v = tf.Variable([1.0, 2.0])
    return [
        raised(lambda: v.__iadd__(1)),
        raised(lambda: v.__isub__(1)),
        raised(lambda: v.__imul__(1)),
        raised(lambda: v.__itruediv__(1)),
        raised(lambda: v.__ipow__(1)),
        np.array([1.0, 1.0], np.float32) + v,
        np.array([1.0, 1.0], np.float32) * v,
        [1.0, 2.0] + v,
        v + [1.0, 2.0],
        tf.constant([1.0, 2.0]) - v,
        v - tf.constant([1.0, 2.0]),
        v + v,
        2.0 / v,
        abs(-v),
        raised(lambda: v + "a"),
        raised(lambda: v + tf.constant([1, 2])),
        raised(lambda: v + tf.ones([3])),
        raised(lambda: v == "a"),
        raised(lambda: v == None),  # noqa: E711
        v == [1.0, 3.0],
        v != v,
        v == tf.ones([3]),
        raised(lambda: v < None),
        raised(lambda: round(v)),
        raised(lambda: len(v)),
        raised(lambda: v.__index__()),
        [x.numpy() for x in v],
        1.0 in v,
    ]


def _spec(tf):
    v = tf.Variable([1.0, 2.0])
    spec = tf.type_spec_from_value(v)
    return [
        repr(spec),
        spec.shape,
        spec.dtype,
        spec.is_compatible_with(v),
        spec.is_compatible_with(tf.Variable([1.0])),
        spec == tf.type_spec_from_value(tf.Variable([3.0, 4.0])),
        spec == tf.type_spec_from_value(tf.Variable([3.0, 4.0], trainable=False)),
        tf.is_tensor(v),
        len(tf.nest.flatten([v, {"a": v}])),
        len(tf.nest.flatten([v], expand_composites=True)),
        tf.nest.map_structure(lambda x: x + 1.0, [v, v]),
        type(tf.nest.map_structure(lambda x: x, v)).__name__,
    ]


def _creators(tf):
    log = []

    def outer(next_creator, **kwargs):
        log.append(["outer", kwargs["name"], kwargs["trainable"], str(kwargs["dtype"]), sorted(kwargs)])
        return next_creator(**kwargs)

    def inner(next_creator, **kwargs):
        log.append("inner")
        kwargs["dtype"] = tf.float64
        return next_creator(**kwargs)

    with tf.variable_creator_scope(outer), tf.variable_creator_scope(inner):
        v = tf.Variable(1, name="v", trainable=False)

    def replacing(next_creator, **kwargs):
        return "something else"

    with tf.variable_creator_scope(replacing):
        w = tf.Variable(1)
    return [log, v, v.dtype, w]


def _unknown_shapes(tf):
    v = tf.Variable([[1.0, 2.0]], shape=[None, 2])
    w = tf.Variable([1.0], shape=tf.TensorShape(None))
    seen = []

    @tf.function
    def f(x):
        seen.append([str(v.shape), str((v + 0.0).shape), str(w.read_value().shape), str(v.sparse_read([0]).shape)])
        v.assign(x)
        w.assign(tf.reduce_sum(x))
        return v + 1.0, w * 2.0, tf.shape(v), tf.reduce_sum(v, 0)

    out = [f(tf.ones([3, 2])), f(tf.ones([1, 2])), v.numpy(), w.numpy(), seen]
    v.assign(tf.zeros([4, 2]))
    return [
        *out,
        v.numpy().shape,
        repr(v.shape),
        raised(lambda: v.assign([[1.0]])),
        raised(lambda: v.set_shape([4, 2])),
    ]


def _shape_checks_in_function(tf):
    v = tf.Variable([1.0, 2.0])
    write = tf.function(lambda x: v.assign(x), input_signature=[tf.TensorSpec(None)])
    add = tf.function(lambda x: v.assign_add(x), input_signature=[tf.TensorSpec(None)])
    static = tf.function(lambda x: v.assign(x))
    out = [write(tf.ones([2])), add(tf.ones([2]))]
    return [
        *out,
        raised(lambda: write(tf.ones([3]))),
        raised(lambda: add(tf.ones([3]))),
        raised(lambda: static(tf.ones([3]))),
        raised(lambda: static(tf.constant([1, 2]))),
        v.numpy(),
    ]


def _initial_values(tf):
    shared = tf.ones([2])
    a, b = tf.Variable(shared), tf.Variable(shared)
    a.assign_add([1.0, 1.0])
    c = tf.Variable(a)
    a.assign_add([1.0, 1.0])
    d = tf.Variable(lambda: a * 2.0, shape=[2])
    e = tf.Variable(a + 1.0, dtype=tf.float32, shape=[None])
    return [
        shared,
        a,
        b,
        c,
        d,
        e.shape,
        e,
        raised(lambda: tf.Variable(lambda: 1.5, dtype=tf.int32)),
        raised(lambda: tf.Variable(object())),
    ]


OBJECTS = [
    Program("raw-ops", _raw),
    Program("raw-ops-in-function", _raw_in_function),
    Program("raw-batch-gather", _batch_gather),
    *(by_dtype(d, traced) for d in DTYPES for traced in (False, True)),
    Program("results-of-writes", _results_of_writes),
    Program("result-under-tape", _result_under_tape),
    Program("watching", _watching),
    Program("copies", _copies),
    Program("operators-as-objects", _operators),
    Program("type-spec", _spec),
    Program("creators", _creators),
    Program("unknown-shapes", _unknown_shapes),
    Program("shape-checks-in-function", _shape_checks_in_function),
    Program("initial-values", _initial_values),
    Program(
        "save-slice-info",
        lambda tf: [
            tf.Variable.SaveSliceInfo("full", [4, 3], [0, 1], [2, 2]).spec,
            vars(tf.Variable.SaveSliceInfo.from_spec("4 3 0,2:1,2")),
            raised(lambda: tf.Variable.SaveSliceInfo.from_spec("nonsense")),
            raised(lambda: tf.Variable.SaveSliceInfo.from_spec("4 1")),
        ],
    ),
    Program(
        "classes",
        lambda tf: [
            [c.__module__ + "." + c.__qualname__ for c in type(tf.Variable(1)).__mro__[:3]],
            type(tf.Variable(1).assign(2)).__qualname__,
            tf.Variable.__module__,
            str(tf.VariableAggregation.SUM),
            str(tf.VariableSynchronization.ON_READ),
            tf.VariableAggregation.SUM == tf.compat.v1.VariableAggregation.SUM,
            tf.__internal__.ops.is_resource_variable(tf.Variable(1)),
            tf.__internal__.ops.is_resource_variable(tf.constant(1)),
        ],
    ),
]

# ---------------------------------------------------------------- gradients and functions together


def _rows(g):
    return [g.values, g.indices, g.dense_shape]


def _gradient_by_argument(tf):
    v, w = tf.Variable(3.0, name="v"), tf.Variable(2.0, name="w")
    f = tf.function(lambda a, b: a * a * b + tf.reduce_sum(b))
    with tf.GradientTape() as tape:
        y = f(v, w)
    out = [tape.gradient(y, [v, w]), [x.name for x in tape.watched_variables()]]

    @tf.function
    def inner(a):
        with tf.GradientTape() as tape:
            y = a * a
        return tape.gradient(y, a), len(tape.watched_variables())

    @tf.function
    def step(a):
        a.assign_add(1.0)
        return a * 2.0

    with tf.GradientTape() as tape:
        z = step(v)
    return [*out, inner(v), z, tape.gradient(z, v), v]


def _embedding(tf):
    table = tf.Variable(tf.reshape(tf.range(12.0), [4, 3]))

    @tf.function
    def step(ids):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.gather(table, ids) ** 2)
        g = tape.gradient(loss, table)
        table.scatter_sub(tf.IndexedSlices(g.values * 0.1, g.indices))
        return loss, g.values, g.indices, g.dense_shape

    return [step(tf.constant([1, 1, 2])), step(tf.constant([0, 3, 3])), table]


def _gather_through_calls(tf):
    table = tf.Variable(tf.reshape(tf.range(12.0), [4, 3]))
    rows = tf.function(lambda i: tf.gather(table, i), input_signature=[tf.TensorSpec([None], tf.int32)])
    outer = tf.function(lambda i: tf.reduce_sum(rows(i) * 2.0))
    out = []
    for f in (lambda i: tf.reduce_sum(rows(i)), outer, lambda i: tf.reduce_sum(table.sparse_read(i))):
        with tf.GradientTape() as tape:
            y = f(tf.constant([1, 3, 1]))
        out.append([y, *_rows(tape.gradient(y, table))])
    with tf.GradientTape(persistent=True) as tape:
        y = tf.reduce_sum(tf.gather(table, [[0], [2]]) * 2.0)
        z = tf.reduce_sum(table.gather_nd([[0], [2]]))
        w = tf.reduce_sum(table.gather_nd([[0, 1], [2, 2]]))
    return [*out, *map(_rows, (tape.gradient(y, table), tape.gradient(z, table))), tape.gradient(w, table)]


def _second_order(tf):
    table = tf.Variable(tf.reshape(tf.range(12.0), [4, 3]))
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.reduce_sum(tf.gather(table, [0, 2, 2]) ** 3)
        first = tf.convert_to_tensor(inner.gradient(y, table))
        z = tf.reduce_sum(first * first)
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        w = v * v
    return [first, tf.convert_to_tensor(outer.gradient(z, table)), tape.jacobian(w, v)]


def _unknown_rows(tf):
    v = tf.Variable([[1.0, 2.0]], shape=[None, 2])

    @tf.function
    def f(i):
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(v.sparse_read(i) * 3.0) + tf.reduce_sum(v.gather_nd([[0, 0]]))
        return tf.convert_to_tensor(tape.gradient(y, v))

    first = f(tf.constant([0]))
    v.assign([[1.0, 2.0], [3.0, 4.0]])
    return [first, f(tf.constant([1]))]


def _strings_in_function(tf):
    v = tf.Variable(["a", "b"])

    @tf.function
    def f(x):
        v.assign(x)
        return tf.gather(v, [1]), v[0], tf.shape(v), v.sparse_read([0]), v + v

    return [f(tf.constant(["c", "ddd"])), f(tf.constant(["e", "f"])), v]


def _written_in_calls(tf):
    v = tf.Variable(1.0)
    inner = tf.function(lambda x: v.assign_add(x))

    @tf.function
    def outer(x):
        before = v.read_value()
        inner(x)
        middle = v + 0.0
        inner(x)
        return before, middle, v.read_value()

    return [outer(tf.constant(2.0)), outer(tf.constant(3.0)), v]


def _dropped(tf):
    def make():
        v = tf.Variable([1.0, 2.0])
        return tf.function(lambda: v.assign_add([1.0, 1.0]) + 0.0).get_concrete_function()

    f = make()
    return [f(), f(), raised(lambda: f.variables), len(f.captured_inputs)]


TOGETHER = [
    Program("gradient-by-argument", _gradient_by_argument),
    Program("embedding-step", _embedding),
    Program("gather-through-calls", _gather_through_calls),
    Program("second-order", _second_order),
    Program("unknown-rows", _unknown_rows),
    Program("strings-in-function", _strings_in_function),
    Program("written-in-calls", _written_in_calls),
    Program("dropped-variable", _dropped),
]

CASES = [*OPTIMIZERS, *OBJECTS, *TOGETHER]
