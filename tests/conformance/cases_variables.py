"""`tf.Variable`: creation, every public method (eagerly and in functions), names, life, failed writes."""

from __future__ import annotations

import gc
import weakref

import numpy as np

from .inputs import EVERYTHING, f32, ints, variable
from .runner import Case, Program, over, raised

# ---------------------------------------------------------------- creation and attributes

ATTRIBUTES = "shape dtype name trainable synchronization aggregation constraint device".split()


def attributes(v):
    return {a: str(getattr(v, a)) for a in ATTRIBUTES}


CREATED = {
    "int": lambda tf: tf.Variable(3),
    "float": lambda tf: tf.Variable(2.5),
    "list": lambda tf: tf.Variable([1.0, 2.0]),
    "bool": lambda tf: tf.Variable([True, False]),
    "string": lambda tf: tf.Variable(["a", "b"]),
    "complex": lambda tf: tf.Variable(1 + 2j),
    "numpy": lambda tf: tf.Variable(np.ones((2, 2))),
    "tensor": lambda tf: tf.Variable(tf.range(3)),
    "variable": lambda tf: tf.Variable(tf.Variable([1, 2])),
    "dtype": lambda tf: tf.Variable([1, 2], dtype=tf.float32),
    "dtype-name": lambda tf: tf.Variable([1, 2], dtype="int64"),
    "dtype-numpy": lambda tf: tf.Variable([1, 2], dtype=np.uint8),
    "bfloat16": lambda tf: tf.Variable([0.1, 2.0], dtype=tf.bfloat16),
    "callable": lambda tf: tf.Variable(lambda: tf.ones([2])),
    "callable-dtype": lambda tf: tf.Variable(lambda: [1, 2], dtype=tf.float64),
    "name": lambda tf: tf.Variable(1.0, name="weights"),
    "name-slash": lambda tf: tf.Variable(1.0, name="a/b"),
    "name-empty": lambda tf: tf.Variable(1.0, name=""),
    "not-trainable": lambda tf: tf.Variable(1.0, trainable=False),
    "int-trainable": lambda tf: tf.Variable(1, trainable=True),
    "shape": lambda tf: tf.Variable([1.0, 2.0], shape=[2]),
    "shape-unknown-dim": lambda tf: tf.Variable([[1.0, 2.0]], shape=[None, 2]),
    "shape-unknown-rank": lambda tf: tf.Variable([1.0], shape=tf.TensorShape(None)),
    "synchronization": lambda tf: tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ),
    "aggregation": lambda tf: tf.Variable(1.0, aggregation=tf.VariableAggregation.SUM),
    "on-read-trainable": lambda tf: tf.Variable(
        1.0, trainable=True, synchronization=tf.VariableSynchronization.ON_READ
    ),
    "constraint": lambda tf: tf.Variable(1.0, constraint=None),
    "empty": lambda tf: tf.Variable([]),
    "import-scope-unused": lambda tf: tf.Variable(1.0, import_scope=None, caching_device=None, validate_shape=True),
    "no-value": lambda tf: tf.Variable(),
    "none": lambda tf: tf.Variable(None),
    "ragged": lambda tf: tf.Variable([[1], [2, 3]]),
    "shape-mismatch": lambda tf: tf.Variable([1.0, 2.0], shape=[3]),
    "bad-dtype": lambda tf: tf.Variable(1.5, dtype=tf.int32),
    "tensor-other-dtype": lambda tf: tf.Variable(tf.constant(1), dtype=tf.float32),
    "bad-constraint": lambda tf: tf.Variable(1.0, constraint=3),
    "bad-aggregation": lambda tf: tf.Variable(1.0, aggregation="sum"),
    "bad-synchronization": lambda tf: tf.Variable(1.0, synchronization="auto"),
    "bad-name": lambda tf: tf.Variable(1.0, name="spaces are bad"),
}

PUBLIC = (
    "SaveSliceInfo aggregation assign assign_add assign_sub batch_scatter_update constraint count_up_to device dtype "
    "eval experimental_ref from_proto gather_nd get_shape graph initial_value initialized_value initializer load name "
    "op read_value ref scatter_add scatter_div scatter_max scatter_min scatter_mul scatter_nd_add scatter_nd_sub "
    "scatter_nd_update scatter_sub scatter_update set_shape shape sparse_read synchronization to_proto trainable value"
).split()

CREATION = [
    *(
        Program(
            f"create-{name}",
            lambda tf, make=make: [make(tf), attributes(make(tf)), repr(make(tf)), str(make(tf))],
        )
        for name, make in CREATED.items()
    ),
    *over(
        "create-dtype",
        lambda tf, x: tf.convert_to_tensor(tf.Variable(x) if tf.executing_eagerly() else x),
        EVERYTHING,
        [(2,)],
    ),
    Program("name-scope", lambda tf: _name_scope(tf)),
    Program(
        "names-are-not-made-unique-eagerly",
        lambda tf: [tf.Variable(1, name="a").name, tf.Variable(1, name="a").name, tf.Variable(1).name],
    ),
    Program("name-in-function", lambda tf: _names_in_function(tf)),
    Program(
        "classmethod-attributes",
        lambda tf: [name for name in PUBLIC if not hasattr(tf.Variable, name)],
    ),
    Program(
        "isinstance",
        lambda tf: [
            isinstance(tf.Variable(1), tf.Variable),
            isinstance(tf.constant(1), tf.Variable),
            issubclass(tf.Variable, tf.Tensor),
        ],
    ),
    Program(
        "enums",
        lambda tf: [[m.name, m.value] for m in (*tf.VariableSynchronization, *tf.VariableAggregation)],
    ),
    Program("initial-value-changes-later", lambda tf: _source_changes(tf)),
    Program(
        "initial-value-attributes",
        lambda tf: [
            raised(lambda: tf.Variable(1.0).initial_value),
            raised(lambda: tf.Variable(1.0).initializer),
            raised(lambda: tf.Variable(1.0).graph),
            raised(lambda: tf.Variable(1.0).op),
        ],
    ),
    Program(
        "initialized-value",
        lambda tf: tf.Variable(1.5).initialized_value(),
        accept={"value": "TensorFlow refuses it outside of graphs; the value is known"},
    ),
    Program(
        "bad-keyword",
        lambda tf: tf.Variable(1.0, nothing=1),
        accept={"TypeError": "TensorFlow drops unknown keywords in silence"},
    ),
    Program("device-scope", lambda tf: _device(tf)),
    Program("creator-scope", lambda tf: _creator(tf)),
    Program("copy", lambda tf: _copy(tf)),
    Program("life-time", lambda tf: _life_time(tf)),
    Program("ref-and-hash", lambda tf: _ref(tf)),
]


def _name_scope(tf):
    with tf.name_scope("outer"):
        first = tf.Variable(1.0, name="v")
        with tf.name_scope("inner"):
            second = tf.Variable(1.0, name="v")
    with tf.name_scope("outer"):
        third = tf.Variable(1.0)
    return [first.name, second.name, third.name]


def _names_in_function(tf):
    made = []

    @tf.function
    def f():
        if not made:
            with tf.name_scope("layer"):
                made.extend([tf.Variable(1.0, name="v"), tf.Variable(2.0, name="v")])
        return made[0] + made[1]

    return [f(), [v.name for v in made]]


def _source_changes(tf):
    source = np.ones(3, np.float32)
    v = tf.Variable(source)
    source[:] = 5.0
    other = np.full(3, 2.0, np.float32)
    w = tf.Variable(tf.zeros([3]))
    w.assign(other)
    other[:] = 7.0
    return [v, w]


def _device(tf):
    with tf.device("/CPU:0"):
        v = tf.Variable(1.0)
    return [v.device, tf.Variable(1).device, v.read_value().device]


def _creator(tf):
    seen = []

    def creator(next_creator, **kwargs):
        seen.append([kwargs["name"], kwargs["trainable"]])
        kwargs["name"] = "renamed"
        return next_creator(**kwargs)

    with tf.variable_creator_scope(creator):
        v = tf.Variable(1.0, name="original", trainable=False)
    return [seen, v.name, tf.Variable(1.0, name="after").name]


def _copy(tf):
    import copy

    v = tf.Variable([1.0, 2.0], name="v")
    deep = copy.deepcopy(v)
    deep.assign_add([1.0, 1.0])
    return [v, deep, deep.name, deep is v]


def _life_time(tf):
    v = tf.Variable(tf.ones([4]))
    read, ref = v.read_value(), weakref.ref(v)
    del v
    gc.collect()
    return [ref() is None, read]


def _ref(tf):
    v, w = tf.Variable(1), tf.Variable(1)
    table = {v.ref(): "v"}
    return [
        table[v.ref()],
        w.ref() in table,
        v.ref().deref() is v,
        raised(lambda: hash(v)),
        raised(lambda: {v: 1}),
    ]


# ---------------------------------------------------------------- methods, eagerly and inside of a function


def methods(name, make, body):
    """Two programs: `body(tf, v)` on a new variable eagerly, and twice inside of a function."""

    def eager(tf):
        v = make(tf)
        return [body(tf, v), v, v.shape, v.read_value()]

    def function(tf):
        v = make(tf)
        f = tf.function(lambda: body(tf, v), autograph=False)
        return [f(), v.numpy(), f(), v.numpy(), v.shape]

    return [Program(f"{name}-eager", eager), Program(f"{name}-function", function)]


def floats(tf):
    return tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], name="v")


def vector(tf):
    return tf.Variable([1.0, 2.0, 3.0, 4.0])


def integers(tf):
    return tf.Variable([1, 2, 3, 4])


def slices(tf, values=(10.0, 20.0), indices=(0, 2)):
    return tf.IndexedSlices(tf.constant(values), tf.constant(indices))


METHODS = [
    *methods(
        "value",
        floats,
        lambda tf, v: [v.value(), v.read_value(), tf.identity(v), tf.convert_to_tensor(v), v + 0.0],
    ),
    *methods("assign", floats, lambda tf, v: v.assign(tf.zeros([3, 2]))),
    *methods("assign-python", vector, lambda tf, v: v.assign([4, 3, 2, 1])),
    *methods("assign-numpy", vector, lambda tf, v: v.assign(np.ones(4))),
    *methods("assign-int-to-float", lambda tf: tf.Variable(1.0), lambda tf, v: v.assign(3)),
    *methods("assign-float-to-int", lambda tf: tf.Variable(1), lambda tf, v: v.assign(3.5)),
    *methods("assign-other-dtype", vector, lambda tf, v: v.assign(tf.range(4))),
    *methods("assign-other-shape", vector, lambda tf, v: v.assign([1.0, 2.0])),
    *methods("assign-broadcast-refused", vector, lambda tf, v: v.assign(1.0)),
    *methods("assign-variable", vector, lambda tf, v: v.assign(v)),
    *methods("assign-none", vector, lambda tf, v: v.assign(None)),
    *methods("assign-string", lambda tf: tf.Variable(["a", "b"]), lambda tf, v: v.assign(["c", "ddd"])),
    *methods("assign-bool", lambda tf: tf.Variable([True]), lambda tf, v: v.assign(tf.logical_not(v))),
    *methods("assign-complex", lambda tf: tf.Variable([1j]), lambda tf, v: v.assign_add([1 + 1j])),
    *methods("assign-name", vector, lambda tf, v: v.assign(tf.ones([4]), name="set", use_locking=True)),
    *methods("assign-no-read", vector, lambda tf, v: v.assign(tf.ones([4]), read_value=False) is None),
    *methods("assign-add", vector, lambda tf, v: v.assign_add(tf.ones([4]))),
    *methods("assign-sub", vector, lambda tf, v: v.assign_sub([1.0, 2.0, 3.0, 4.0])),
    *methods("assign-add-scalar-refused", vector, lambda tf, v: v.assign_add(1.0)),
    *methods("assign-add-other-dtype", vector, lambda tf, v: v.assign_add(tf.range(4))),
    *methods("assign-add-string", lambda tf: tf.Variable(["a"]), lambda tf, v: v.assign_add(["b"])),
    *methods("assign-add-bool", lambda tf: tf.Variable([True]), lambda tf, v: v.assign_add([True])),
    *methods(
        "assign-chain",
        vector,
        lambda tf, v: v.assign(tf.zeros([4])).assign_add(tf.ones([4])).assign_sub([2.0] * 4),
    ),
    *methods(
        "assign-result-is-a-variable",
        vector,
        lambda tf, v: [v.assign(tf.ones([4])) + 1.0, tf.shape(v.assign_add(tf.ones([4])))],
    ),
    *methods(
        "read-before-and-after",
        vector,
        lambda tf, v: [v.read_value(), v.assign_add(tf.ones([4])), v.read_value(), v * 1.0],
    ),
    *methods(
        "unknown-shape",
        lambda tf: tf.Variable([1.0], shape=tf.TensorShape(None)),
        lambda tf, v: [v.assign([[1.0, 2.0]]), tf.shape(v)],
    ),
    *methods(
        "unknown-dim",
        lambda tf: tf.Variable([[1.0, 2.0]], shape=[None, 2]),
        lambda tf, v: [v.assign(tf.ones([3, 2])), tf.shape(v)],
    ),
    *methods(
        "unknown-dim-wrong",
        lambda tf: tf.Variable([[1.0, 2.0]], shape=[None, 2]),
        lambda tf, v: v.assign(tf.ones([3, 3])),
    ),
    *methods(
        "operators",
        vector,
        lambda tf, v: [
            v + 1,
            1 - v,
            v * v,
            v / 2,
            v // 2,
            v % 2,
            v**2,
            -v,
            abs(v),
            v > 2,
            v[0],
            2**v,
            v == 2.0,
            v != v,
        ],
    ),
    *methods(
        "operators-int",
        integers,
        lambda tf, v: [v & 1, v | 1, v ^ 1, ~v, v // 2, 7 % v, v <= 2, v >= 2, v < 2],
    ),
    *methods("matmul", floats, lambda tf, v: [v @ tf.ones([2, 1]), tf.ones([1, 3]) @ v]),
    *methods(
        "getitem",
        floats,
        lambda tf, v: [v[0], v[..., 1], v[::-1], v[1, 0], v[:, tf.newaxis, 0], v[tf.constant(2)]],
    ),
    *methods("mask", vector, lambda tf, v: v[v > 2.0]),
    *methods("slice-assign", floats, lambda tf, v: v[1:].assign(tf.zeros([2, 2]))),
    *methods("slice-assign-row", floats, lambda tf, v: v[0].assign([9.0, 8.0])),
    *methods("slice-assign-scalar", floats, lambda tf, v: v[0, 1].assign(7.0)),
    *methods("slice-assign-column", floats, lambda tf, v: v[:, 0].assign([7.0, 8.0, 9.0])),
    *methods("slice-assign-step", floats, lambda tf, v: v[::2, ::-1].assign([[1.0, 2.0], [3.0, 4.0]])),
    *methods("slice-assign-tensor-index", floats, lambda tf, v: v[tf.constant(1)].assign([0.0, 0.0])),
    *methods("slice-assign-newaxis", floats, lambda tf, v: v[tf.newaxis, 0].assign([[5.0, 6.0]])),
    *methods("slice-assign-wrong-shape", floats, lambda tf, v: v[1:].assign(tf.zeros([3, 2]))),
    *methods("slice-assign-out-of-range", floats, lambda tf, v: v[5].assign([0.0, 0.0])),
    *methods("slice-assign-scalar-to-vector", floats, lambda tf, v: v[0].assign(3.0)),
    *methods("scatter-add", floats, lambda tf, v: v.scatter_add(slices(tf, [[1.0, 1.0], [2.0, 2.0]]))),
    *methods("scatter-sub", floats, lambda tf, v: v.scatter_sub(slices(tf, [[1.0, 1.0], [2.0, 2.0]]))),
    *methods("scatter-mul", floats, lambda tf, v: v.scatter_mul(slices(tf, [[1.0, 3.0], [2.0, 2.0]]))),
    *methods("scatter-div", floats, lambda tf, v: v.scatter_div(slices(tf, [[1.0, 4.0], [2.0, 2.0]]))),
    *methods("scatter-min", floats, lambda tf, v: v.scatter_min(slices(tf, [[0.0, 9.0], [2.0, 2.0]]))),
    *methods("scatter-max", floats, lambda tf, v: v.scatter_max(slices(tf, [[0.0, 9.0], [2.0, 20.0]]))),
    *methods("scatter-update", floats, lambda tf, v: v.scatter_update(slices(tf, [[0.0, 9.0], [2.0, 20.0]]))),
    *methods(
        "scatter-repeated",
        vector,
        lambda tf, v: [
            v.scatter_add(slices(tf, [1.0, 2.0, 4.0], [1, 1, 1])),
            v.scatter_mul(slices(tf, [2.0, 3.0], [0, 0])),
        ],
    ),
    *methods("scatter-ints", integers, lambda tf, v: v.scatter_add(slices(tf, [1, 2], [0, 3]))),
    *methods(
        "scatter-int64-indices",
        vector,
        lambda tf, v: v.scatter_add(tf.IndexedSlices(tf.constant([1.0]), tf.constant([2], tf.int64))),
    ),
    *methods("scatter-not-slices", vector, lambda tf, v: v.scatter_add(tf.ones([4]))),
    *methods("scatter-out-of-range", vector, lambda tf, v: v.scatter_add(slices(tf, [1.0], [9]))),
    *methods("scatter-wrong-shape", floats, lambda tf, v: v.scatter_add(slices(tf, [1.0, 2.0]))),
    *methods("scatter-wrong-dtype", vector, lambda tf, v: v.scatter_add(slices(tf, [1, 2]))),
    *methods(
        "batch-scatter-update",
        floats,
        lambda tf, v: v.batch_scatter_update(
            tf.IndexedSlices(tf.constant([[9.0], [8.0], [7.0]]), tf.constant([[0], [1], [0]]))
        ),
    ),
    *methods("scatter-nd-add", floats, lambda tf, v: v.scatter_nd_add([[0, 1], [2, 0]], [10.0, 20.0])),
    *methods("scatter-nd-sub", vector, lambda tf, v: v.scatter_nd_sub([[0], [3], [3]], [1.0, 2.0, 4.0])),
    *methods("scatter-nd-update", floats, lambda tf, v: v.scatter_nd_update([[1]], [[0.0, 0.0]])),
    *methods("scatter-nd-out-of-range", vector, lambda tf, v: v.scatter_nd_update([[7]], [0.0])),
    *methods("sparse-read", floats, lambda tf, v: [v.sparse_read([0, 2]), v.sparse_read(tf.constant([[1], [1]]))]),
    *methods("sparse-read-out-of-range", floats, lambda tf, v: v.sparse_read([4])),
    *methods("gather-nd", floats, lambda tf, v: [v.gather_nd([[0, 1], [2, 0]]), v.gather_nd([[1]])]),
    *methods(
        "gather",
        floats,
        lambda tf, v: [tf.gather(v, [2, 0]), tf.gather(v, 1, axis=1), tf.gather_nd(v, [[0, 0]])],
    ),
    *methods("embedding-lookup", floats, lambda tf, v: tf.nn.embedding_lookup(v, [[0, 2], [1, 1]])),
    *methods("count-up-to", lambda tf: tf.Variable(0), lambda tf, v: v.count_up_to(3)),
    *methods("count-up-to-reached", lambda tf: tf.Variable(3), lambda tf, v: v.count_up_to(3)),
    *methods("in-place-operator", vector, lambda tf, v: _in_place(v)),
    *methods(
        "ops-take-variables",
        floats,
        lambda tf, v: [
            tf.reduce_sum(v),
            tf.shape(v),
            tf.stack([v[0], v[1]]),
            tf.concat([v, v], 0),
            tf.transpose(v),
            tf.cast(v, tf.int32),
            tf.zeros_like(v),
            tf.reshape(v, [-1]),
        ],
    ),
    *methods(
        "shape-and-len",
        floats,
        lambda tf, v: [str(v.shape), str(v.get_shape()), v.shape.rank, v.dtype.name, raised(lambda: len(v))],
    ),
    Program("not-read", lambda tf: _not_read(tf)),
]


def _not_read(tf):
    """What gives back the variable itself, not its value at that time."""
    v, w = tf.Variable(1.0), tf.Variable([[2.0]])
    yes = tf.constant(True)
    given = [
        tf.cast(v, tf.float32),
        tf.compat.v1.to_float(w),
        tf.cond(yes, lambda: v, lambda: w),
        *tf.cond(yes, lambda: {"v": v, "w": w}, lambda: {"v": w, "w": w}).values(),
        tf.switch_case(tf.constant(0), [lambda: v, lambda: w]),
        tf.case([(yes, lambda: v)], default=lambda: w),
        tf.compat.v1.cond(yes, lambda: [v], lambda: [w], strict=True)[0],
    ]
    with tf.GradientTape() as tape:
        y = tf.cast(v, tf.float32) ** 2
    gradient = tape.gradient(y, v)

    @tf.function
    def later():
        x = tf.cast(v, tf.float32)
        v.assign_add(10.0)
        return x, x + 1.0

    outcomes = later()
    v.assign(5.0)
    kept = [x is v or x is w for x in given]
    return kept, [x + 1.0 for x in given], gradient, outcomes, tf.cast(v, tf.float64) is v, tf.cast(v, "int32")


def _in_place(v):
    w = v
    w += 1.0
    return [w, type(w).__name__ == type(v).__name__]


_NONE = None

# ---------------------------------------------------------------- as Python objects, and whole after failures

OBJECTS = [
    Program(
        "numpy",
        lambda tf: [
            tf.Variable([1.0, 2.0]).numpy(),
            tf.Variable("a").numpy(),
            np.asarray(tf.Variable([1, 2])),
            np.sum(tf.Variable([1, 2])),
        ],
    ),
    Program("numpy-is-a-copy", lambda tf: _numpy_copy(tf)),
    Program("read-survives-write", lambda tf: _read_survives(tf)),
    Program(
        "bool-int-float",
        lambda tf: [
            bool(tf.Variable(1)),
            int(tf.Variable(2)),
            float(tf.Variable(2.5)),
            raised(lambda: bool(tf.Variable([1, 2]))),
            raised(lambda: [10, 20][tf.Variable(1)]),
            complex(tf.Variable(1j)),
        ],
    ),
    Program(
        "iterate",
        lambda tf: [
            raised(lambda: list(tf.Variable([1, 2]))),
            raised(lambda: list(tf.Variable(1))),
            raised(lambda: len(tf.Variable([1, 2]))),
        ],
    ),
    Program("item-assignment", lambda tf: raised(lambda: tf.Variable([1, 2]).__setitem__(0, 1))),
    Program("contains", lambda tf: raised(lambda: 1 in tf.Variable([1, 2]))),
    Program(
        "equality",
        lambda tf: [
            tf.Variable([1, 2]) == tf.Variable([1, 3]),
            tf.Variable(1) == 1,
            tf.Variable(1) != tf.constant(1),
            raised(lambda: tf.Variable(1) == _NONE),
        ],
    ),
    Program(
        "assign-to-attributes",
        lambda tf: [raised(lambda a=a: setattr(tf.Variable(1), a, 1)) for a in ("name", "dtype", "shape", "trainable")],
    ),
    Program(
        "set-shape",
        lambda tf: [
            raised(lambda: tf.Variable([1.0]).set_shape([1])),
            raised(lambda: tf.Variable([1.0]).set_shape([2])),
        ],
    ),
    Program(
        "eval-load",
        lambda tf: [raised(lambda: tf.Variable(1.0).eval()), raised(lambda: tf.Variable(1.0).load(2.0))],
    ),
    Program("format", lambda tf: [f"{tf.Variable(1.5).numpy():.2f}", raised(lambda: f"{tf.Variable(1.5):.2f}")]),
    Program("failed-writes-change-nothing", lambda tf: _failed_writes(tf)),
    Program("failed-function-changes-nothing-after-the-failure", lambda tf: _failed_function(tf)),
    Program("assign-in-python-loop", lambda tf: _loop(tf)),
    Program("swap", lambda tf: _swap(tf)),
    Program("two-variables-one-tensor", lambda tf: _shared(tf)),
    Program(
        "sorted-by-name",
        lambda tf: [v.name for v in sorted([tf.Variable(1, name="b"), tf.Variable(1, name="a")], key=lambda v: v.name)],
    ),
    Program(
        "create-in-function-each-time",
        lambda tf: raised(lambda: tf.function(lambda: tf.Variable(1.0) + 1.0)()),
    ),
    Program("create-late-in-function", lambda tf: _created_late(tf)),
    Program("function-called-with-variables", lambda tf: _as_arguments(tf)),
    Program("captured-order-of-writes", lambda tf: _order_of_writes(tf)),
    Program("lifted-initial-value-depends-on-input", lambda tf: _depends_on_input(tf)),
    Program("uninitialized", lambda tf: _uninitialized(tf)),
    Case("gradient-of-read", lambda tf, v: v * tf.identity(v) + v.read_value(), [variable(f32(3))], grad=2),
    Case("gradient-of-sparse-read", lambda tf, v: v.sparse_read([0, 0, 2]), [variable(f32(3, 2))], grad=True),
    Case(
        "gradient-of-gather",
        lambda tf, v, i: tf.gather(v, i),
        [variable(f32(3, 2)), ints(4, low=0, high=3)],
        grad=True,
    ),
    Case("gradient-of-gather-nd", lambda tf, v: v.gather_nd([[0, 1], [2, 0]]), [variable(f32(3, 2))], grad=True),
    Case(
        "gradient-of-lookup",
        lambda tf, v, i: tf.nn.embedding_lookup(v, i),
        [variable(f32(3, 2)), ints(2, 2, low=0, high=3)],
        grad=True,
    ),
    Case("gradient-of-slice", lambda tf, v: v[1:, ::-1] * 2.0, [variable(f32(3, 2))], grad=True),
]


def _numpy_copy(tf):
    v = tf.Variable([1.0, 2.0])
    array = v.numpy()
    array[:] = 100.0
    tensor = v.read_value().numpy()
    tensor[:] = 200.0
    return [v.read_value(), array]


def _read_survives(tf):
    v = tf.Variable(tf.zeros([3]))
    reads = [v.read_value(), tf.identity(v), tf.convert_to_tensor(v), v.value()]
    write = tf.function(lambda: v.assign_add(tf.ones([3])))
    write()
    reads.append(v.read_value())
    write()
    v.assign(tf.fill([3], 9.0))
    return [*reads, v]


def _failed_writes(tf):
    v = tf.Variable([1.0, 2.0])
    attempts = [
        lambda: v.assign([1.0]),
        lambda: v.assign("a"),
        lambda: v.assign(tf.constant([1, 2])),
        lambda: v.assign_add([1.0, 2.0, 3.0]),
        lambda: v.scatter_add(slices(tf, [1.0], [5])),
        lambda: v.scatter_nd_update([[4]], [1.0]),
        lambda: v[5].assign(1.0),
        lambda: v.assign_sub(None),
    ]
    return [[raised(a), v.numpy()] for a in attempts]


def _failed_function(tf):
    v, w = tf.Variable([1.0, 2.0]), tf.Variable(0.0)

    @tf.function
    def step(i):
        w.assign_add(tf.gather([1.0, 10.0], i))
        v.assign(v * w)
        return v + 0.0

    good = step(tf.constant(0))
    failed = raised(lambda: step(tf.constant(3)))
    return [good, failed, v.numpy(), w.numpy(), step(tf.constant(1)), v.numpy(), w.numpy()]


def _loop(tf):
    v = tf.Variable(0)
    seen = []
    for i in range(5):
        seen.append(v.assign_add(i).numpy())
    return [seen, v]


def _swap(tf):
    a, b = tf.Variable([1.0]), tf.Variable([2.0])

    @tf.function
    def swap():
        old = a.read_value()
        a.assign(b)
        b.assign(old)

    swap()
    first = [a.numpy(), b.numpy()]
    swap()
    return [first, a, b]


def _shared(tf):
    value = tf.ones([3])
    a, b = tf.Variable(value), tf.Variable(value)
    tf.function(lambda: a.assign_add(tf.ones([3])))()
    b.assign(a)
    tf.function(lambda: a.assign_add(tf.ones([3])))()
    return [value, a, b]


def _created_late(tf):
    state = {}

    @tf.function
    def f(x):
        if "v" not in state:
            state["v"] = tf.Variable(tf.ones([2]) * 3.0, name="late")
        return state["v"].assign_add(x)

    return [
        f(tf.ones([2])),
        f(tf.ones([2])),
        state["v"],
        f.experimental_get_tracing_count() if hasattr(f, "experimental_get_tracing_count") else None,
    ]


def _as_arguments(tf):
    traces = []

    @tf.function
    def double(v):
        traces.append(v.shape)
        v.assign(v * 2.0)
        return v.read_value()

    a, b, c = tf.Variable(1.0), tf.Variable(2.0), tf.Variable([1.0, 2.0])
    return [double(a), double(b), double(a), double(c), a, b, c, traces]


def _order_of_writes(tf):
    v = tf.Variable(1.0)

    @tf.function
    def f():
        a = v + 0.0
        v.assign(5.0)
        b = v + 0.0
        v.assign_add(2.0)
        c = v.read_value()
        v.assign(v * 10.0)
        return a, b, c

    return [f(), v, f(), v]


def _depends_on_input(tf):
    holder = []

    @tf.function
    def f(x):
        if not holder:
            holder.append(tf.Variable(x))
        return holder[0] + x

    return [f(tf.constant(1.0)), f(tf.constant(2.0)), holder[0]]


def _uninitialized(tf):
    v = tf.Variable(1.0)
    return [hasattr(v, "is_initialized"), raised(lambda: v.is_initialized())]


CASES = [*CREATION, *METHODS, *OBJECTS]
