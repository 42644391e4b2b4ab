"""Random numbers: the same seeds give TensorFlow's own numbers."""

import numpy as np

from .inputs import arr, f32, i64, ints, py
from .runner import Case, Program, raised

SEED = arr([7, -3], "int64")
FLOATS = ("float16", "bfloat16", "float32", "float64")
# Box-Muller goes through log, sin and cos, which may differ in the last places.
ULPS = {"float16": 1e-3, "bfloat16": 8e-3, "float32": 4e-7, "float64": 1e-15}
# More than one dimension; some blocks of Philox, the last one cut; nothing at all. The first one in all modes.
SHAPES = ((3, 5), (), (7,), (2, 0), (1001,))


def _modes(shape):
    return {} if shape == SHAPES[0] else {"modes": ("eager",), "reason": "the sampler is the same"}


def _stateless(name, **kwargs):
    return lambda tf, seed, dtype, shape: getattr(tf.random, f"stateless_{name}")(
        shape, seed, dtype=dtype, **{k: v(dtype) if callable(v) else v for k, v in kwargs.items()}
    )


STATELESS = [
    *(
        Case(
            f"stateless-{name}-{dtype}-{shape}",
            _stateless(name),
            [SEED, py(dtype), py(shape)],
            **options,
            **_modes(shape),
        )
        for dtype in FLOATS
        for shape in SHAPES
        for name, options in (
            ("uniform", {"exact": True}),
            ("normal", {"rtol": ULPS[dtype], "atol": 0.0}),
            ("truncated_normal", {"rtol": ULPS[dtype], "atol": 0.0}),
        )
    ),
    *(
        Case(
            f"stateless-full-{dtype}-{shape}",
            _stateless("uniform", minval=None, maxval=None),
            [SEED, py(dtype), py(shape)],
            **_modes(shape),
        )
        for dtype in ("int32", "int64", "uint32", "uint64")
        for shape in SHAPES
    ),
    *(
        Case(
            f"stateless-int-{dtype}-{shape}",
            _stateless("uniform", minval=-5, maxval=1000),
            [SEED, py(dtype), py(shape)],
            **_modes(shape),
        )
        for dtype in ("int32", "int64")
        for shape in SHAPES
    ),
    Case("seed-int32", lambda tf, s: tf.random.stateless_uniform([5], s), [arr([-1, 3], "int32")], exact=True),
    Case("range", lambda tf, s: tf.random.stateless_uniform([9], s, -2.0, 5.0), [SEED], rtol=2e-7),
    Case(
        "range-tensors",
        lambda tf, s, a, b: tf.random.stateless_uniform([2, 3], s, a, b),
        [SEED, f32(3), f32(2, 1)],
        grad=True,
    ),
    Case(
        "normal-parameters",
        lambda tf, s, m, d: tf.random.stateless_normal([2, 3], s, m, d),
        [SEED, f32(3), f32(2, 1)],
        grad=True,
    ),
    Case("wide-int", lambda tf, s: tf.random.stateless_uniform([9], s, -(2**31), 2**31 - 1, "int32"), [SEED]),
    Case("split", lambda tf, s: tf.random.split(s, 3), [SEED]),
    Case("split-int32", lambda tf, s: tf.random.split(s), [arr([1, 2], "int32")]),
    Case("fold-in", lambda tf, s, d: tf.random.fold_in(s, d), [SEED, i64()]),
    Case("fold-in-int32", lambda tf, s, d: tf.random.fold_in(s, d), [arr([1, 2], "int32"), ints()]),
    Case("philox", lambda tf, s: tf.random.stateless_uniform([5], s, alg="philox"), [SEED], exact=True),
    Case("shape-tensor", lambda tf, s, n: tf.random.stateless_normal(n, s), [SEED, arr([2, 3], "int32")]),
    Case("bad-alg", lambda tf, s: tf.random.stateless_uniform([5], s, alg="twister"), [SEED]),
    Case("bad-alg-type", lambda tf, s: tf.random.stateless_uniform([5], s, alg=1.5), [SEED]),
    Case("bad-seed", lambda tf, s: tf.random.stateless_uniform([5], s), [arr([1, 2, 3], "int64")]),
    Case("bad-seed-type", lambda tf, s: tf.random.stateless_uniform([5], s), [f32(2)]),
    Case("bad-shape", lambda tf, s: tf.random.stateless_uniform([-5], s), [SEED]),
    Case("bad-shape-rank", lambda tf, s: tf.random.stateless_uniform([[5]], s), [SEED]),
    Case("bad-limits", lambda tf, s: tf.random.stateless_uniform([5], s, 3, 3, "int32"), [SEED]),
    Case("one-limit", lambda tf, s: tf.random.stateless_uniform([5], s, None, 3, "int32"), [SEED]),
    Case("unsigned-limits", lambda tf, s: tf.random.stateless_uniform([5], s, 0, 3, "uint32"), [SEED]),
    Case("bad-dtype", lambda tf, s: tf.random.stateless_uniform([5], s, dtype="int8"), [SEED]),
    *(
        Case(
            f"shuffle-stateless-{n}",
            lambda tf, x, s: tf.random.experimental.stateless_shuffle(x, s),
            [f32(n, 2), SEED],
        )
        for n in (0, 1, 2, 50)
    ),
]


def _seeded(fn, **options):
    def run(tf):
        tf.random.set_seed(12)
        return fn(tf)

    return {"fn": run, **options}


def _function_twice(tf):
    @tf.function
    def draw():
        return tf.random.uniform([2]), tf.random.uniform([3], seed=4), tf.random.normal([2], seed=4)

    return [draw(), draw(), tf.random.uniform([2])]


def _function_reset(tf):
    @tf.function
    def draw():
        return tf.random.uniform([2]), tf.random.uniform([2], seed=3)

    first = [draw(), draw()]
    tf.random.set_seed(12)
    return [first, draw(), draw()]


def _nested_functions(tf):
    @tf.function
    def inner():
        return tf.random.uniform([2], seed=3)

    @tf.function
    def outer():
        return inner(), inner(), tf.random.uniform([2])

    return [inner(), inner(), outer(), outer(), inner()]


def _loop(tf):
    @tf.function
    def draw():
        total = tf.zeros([2])
        for _ in tf.range(4):
            # TensorFlow draws for several iterations at once: which one gets which numbers varies from run to run.
            total = total + tf.random.uniform([2], seed=3)
        return total

    return [draw(), draw()]


def _branch(tf):
    @tf.function
    def draw(x):
        if x > 0:  # noqa: SIM108 - AutoGraph's statement is under test
            y = tf.random.uniform([2])
        else:
            y = tf.random.normal([2])
        return y

    return [draw(tf.constant(1)), draw(tf.constant(-1)), draw(tf.constant(1))]


def _reset(tf):
    first = [tf.random.uniform([2]), tf.random.uniform([2], seed=3), tf.random.uniform([2], seed=3)]
    tf.random.set_seed(12)
    return [first, tf.random.uniform([2]), tf.random.uniform([2], seed=3)]


def _under_tapes(tf):
    """Calls under a tape have a sequence of their own, branches and loops in the function included."""

    @tf.function
    def f(x):
        if x > 0:
            x *= tf.random.normal([])
        for _ in tf.range(2):
            x += tf.random.uniform([], seed=3)
        return x

    @tf.function
    def two(x):
        return x * tf.random.normal([]), tf.random.uniform([], seed=5) + x

    def recorded(function, x):
        with tf.GradientTape() as tape:
            y = function(x)
        return y, tape.gradient(y, x)

    x = tf.Variable(1.0)
    return [
        f(x),
        f(x),
        recorded(f, x),
        f(x),
        recorded(f, x),
        two(x),
        recorded(two, x),
        recorded(two, x),
        two(x),
    ]


def _of_rows(tf):
    """One op draws for all rows of a vectorized map, where nothing that it takes differs between them."""
    shape, rows = tf.constant([2]), tf.ones([3, 4])

    def two(x):
        return tf.random.uniform([], seed=3) + x[0], tf.random.truncated_normal([2])

    return [
        tf.vectorized_map(lambda x: tf.random.normal([2]) * x[0], rows),
        tf.vectorized_map(lambda x: tf.random.uniform([2], 0, 9, tf.int32, seed=3), rows),
        tf.vectorized_map(two, rows),
        tf.vectorized_map(lambda x: tf.random.normal(shape), rows),
        tf.vectorized_map(lambda x: tf.random.normal(tf.shape(x)), rows),
        tf.vectorized_map(lambda x: tf.nn.dropout(x, 0.5), rows),
        tf.vectorized_map(lambda x: tf.random.poisson([2], [0.5, 1.5], seed=4), rows),
        tf.vectorized_map(lambda x: tf.random.categorical([[0.0, 1.0]], 4, seed=4), rows),
        tf.function(lambda: tf.vectorized_map(lambda x: tf.random.normal([2]), rows))(),
    ]


def _kinds_of_tapes(tf):
    """Calls that a persistent tape or several tapes see share a sequence; what is differentiated does not matter."""

    @tf.function
    def f(x, z):
        return x * 0.0 + tf.random.uniform([], seed=3), z * tf.random.uniform([], seed=4)

    x, z, results = tf.Variable(1.0), tf.Variable(1.0), []

    def call(persistent, picked, watched):
        with tf.GradientTape(persistent, watch_accessed_variables=False) as tape:
            tape.watch(watched)
            y = f(x, z)
        results.append((y, tape.gradient(y[picked], [x, z])))

    call(False, 0, [x])
    call(False, 1, [z])
    call(True, 1, [x, z])
    call(False, 1, [x, z])
    for inner_watches in (True, False):
        with tf.GradientTape() as outer, tf.GradientTape(watch_accessed_variables=inner_watches) as inner:
            y = f(x, z)
        results.append((y, (inner if inner_watches else outer).gradient(y, z)))
    call(True, 0, [x])
    return results, f(x, z)


def _inlined_branches(tf):
    """Each call in a function has its own sequences, of what is in branches too."""

    @tf.function
    def draw(x):
        if x > 0.0:
            return x + tf.random.uniform([], seed=3)
        return x - tf.random.uniform([], seed=3)

    @tf.function
    def outer(x):
        results = []
        for persistent in (False, True):
            with tf.GradientTape(persistent) as tape:
                tape.watch(x)
                y = draw(x)
            results.append((y, tape.gradient(y, x)))
        return results

    return [outer(tf.constant(v)) for v in (1.0, 1.0, -1.0)]


def _shuffle_strings(tf):
    @tf.function
    def draw(x):
        return tf.random.shuffle(x), tf.random.shuffle(x, seed=1)

    x = tf.constant(["a", "b", "c", "d"])
    return [draw(x), draw(x)]


def _get_seed(tf):
    get = tf.compat.v1.random.get_seed
    seeds = [get(None), get(1), get(2**33), get(-3)]
    tf.random.set_seed(0)
    seeds.append(get(0))
    tf.random.set_seed(2**40)
    seeds.append(get(None))
    tf.random.set_seed(None)
    seeds.append(get(None))
    return [*seeds, get(5)]


def _graph_seed(tf):
    with tf.Graph().as_default() as graph:
        before = tf.compat.v1.random.get_seed(None)
        tf.random.set_seed(3)
        return [before, graph.seed, *(tf.compat.v1.random.get_seed(s) for s in (None, None, 2))]


def _unseeded(tf):
    tf.random.set_seed(None)
    a, b = tf.random.uniform([100]), tf.random.uniform([100])
    return [bool(tf.reduce_all(a == b)), bool(tf.reduce_all((a >= 0) & (a < 1)))]


STATEFUL = [
    Program("uniform", **_seeded(lambda tf: [tf.random.uniform([5]) for _ in range(3)], exact=True)),
    Program("uniform-seed", **_seeded(lambda tf: [tf.random.uniform([n], seed=1) for n in (5, 3, 8)], exact=True)),
    Program(
        "uniform-dtypes",
        **_seeded(lambda tf: [tf.random.uniform([5], seed=1, dtype=d) for d in FLOATS for _ in "12"], exact=True),
    ),
    Program(
        "uniform-int",
        **_seeded(lambda tf: [tf.random.uniform([5], -3, 90, d, seed=1) for d in ("int32", "int64") for _ in "12"]),
    ),
    Program("uniform-range", **_seeded(lambda tf: [tf.random.uniform([5], 2, 3), tf.random.uniform([5], 0, 7.5)])),
    Program(
        "normal",
        **_seeded(lambda tf: [tf.random.normal([n], 1.0, 3.0, d) for n in (1, 6) for d in FLOATS for _ in "12"]),
    ),
    Program(
        "truncated-normal",
        **_seeded(lambda tf: [tf.random.truncated_normal([n], 1.0, 3.0, d) for n in (1, 9) for d in FLOATS]),
    ),
    Program(
        "normal-seed",
        **_seeded(lambda tf: [tf.random.normal([n], seed=5) for n in (3, 5)], rtol=4e-7, atol=0.0),
    ),
    Program(
        "shuffle",
        **_seeded(lambda tf: [tf.random.shuffle(tf.range(n), seed=5) for n in (0, 1, 2, 9, 9, 100)]),
    ),
    Program("shuffle-rows", **_seeded(lambda tf: tf.random.shuffle([[1, 2], [3, 4], [5, 6]]))),
    Program("of-rows", **_seeded(_of_rows)),
    Program("under-tapes", **_seeded(_under_tapes)),
    Program("kinds-of-tapes", **_seeded(_kinds_of_tapes)),
    Program("inlined-branches", **_seeded(_inlined_branches)),
    Program("shuffle-strings-function", **_seeded(_shuffle_strings)),
    Program("shuffle-strings", **_seeded(lambda tf: tf.random.shuffle(["a", "b", "c", "d"], seed=1))),
    Program("function", **_seeded(_function_twice)),
    Program("function-reset", **_seeded(_function_reset)),
    Program("nested-functions", **_seeded(_nested_functions)),
    Program("loop", **_seeded(_loop)),
    Program("branch", **_seeded(_branch)),
    Program("reset", **_seeded(_reset, exact=True)),
    Program("get-seed", **_seeded(_get_seed)),
    Program("graph-seed", _graph_seed),
    Program("unseeded", _unseeded),
    Program("bad-dtype-stateful", lambda tf: raised(lambda: tf.random.uniform([2], dtype="int8"))),
    Program("int-needs-max", lambda tf: raised(lambda: tf.random.uniform([2], dtype="int32"))),
    Program("int-limits", lambda tf: raised(lambda: tf.random.uniform([2], 3, 2, dtype="int32"))),
    Program("int-limits-nothing-drawn", lambda tf: tf.random.uniform([0], 3, 2, dtype="int32")),
]

INITIALIZERS = [
    Program(
        f"{name}-{dtype}-{args.get('value', '')}",
        lambda tf, name=name, args=args, dtype=dtype: getattr(tf, name)(**args)([2, 3], dtype),
    )
    for name, args in (
        ("zeros_initializer", {}),
        ("ones_initializer", {}),
        ("random_normal_initializer", {"seed": 3}),
        ("random_uniform_initializer", {"seed": 3}),
        ("constant_initializer", {"value": [1, 2, 3, 4, 5, 6]}),
        ("constant_initializer", {"value": 2}),
    )
    for dtype in ("float32", "float64", "int32", "bool", "string")
    if not (name == "random_uniform_initializer" and dtype == "int32")
] + [
    Program("initializer-global-seed", **_seeded(lambda tf: tf.random_normal_initializer(1.0, 2.0)([5]))),
    Program("initializer-default", lambda tf: [tf.zeros_initializer()([2]), tf.constant_initializer(3)([2])]),
    Program(
        "initializer-config",
        lambda tf: [
            tf.random_normal_initializer(1.0, seed=2).get_config(),
            tf.random_uniform_initializer.from_config({"minval": 0, "dtype": "float32"}).get_config(),
            tf.constant_initializer(5).get_config(),
        ],
    ),
    Program("initializer-partition", lambda tf: tf.ones_initializer()([4, 2], partition_shape=[2, 2])),
    Program("initializer-keyword", lambda tf: raised(lambda: tf.ones_initializer()([4, 2], wrong=1))),
    Program("initializer-wrong-size", lambda tf: raised(lambda: tf.constant_initializer([1, 2])([3]))),
]

LOGITS = arr([[0.1, 0.5, -1.0, 2.0], [0.0, -30.0, 0.0, 3.0]])


def _sampler(name, shape, **kwargs):
    return lambda tf, seed, *parameters: getattr(tf.random, f"stateless_{name}")(shape, seed, *parameters, **kwargs)


def _repeated(name, *args, **kwargs):
    return lambda tf: [getattr(tf.random, name)(*args, seed=1, **kwargs) for _ in range(3)]


SAMPLERS = [
    *(
        Case(
            f"gamma-{dtype}",
            _sampler("gamma", [50, 4], dtype=dtype),
            [SEED, arr([0.3, 1.0, 2.5, 50.0], dtype)],
            rtol={"float16": 2e-3, "float32": 2e-7, "float64": 1e-13}[dtype],
        )
        for dtype in ("float16", "float32", "float64")
    ),
    Case(
        "gamma-beta",
        _sampler("gamma", [5, 2, 3]),
        [SEED, arr([0.5, 1.0, 7.0]), arr([[1.0], [2.0]])],
        grad=True,
        rtol=1e-4,
        atol=1e-5,
    ),
    Case("gamma-shape", _sampler("gamma", [5, 2]), [SEED, arr([0.5, 1.0, 7.0])]),
    *(
        Case(
            f"poisson-{dtype}",
            _sampler("poisson", [50, 6], dtype=dtype),
            [SEED, arr([0.0, 0.3, 1.0, 9.9, 50.0, 1e3], r)],
        )
        for dtype, r in (("int32", "float32"), ("int64", "float64"), ("float32", "float16"), ("float64", "float32"))
    ),
    *(
        Case(
            f"binomial-{dtype}",
            _sampler("binomial", [50, 6], output_dtype=dtype),
            [SEED, arr([1, 10, 100, 1000, 30, 0], "float32"), arr([0.5, 0.1, 0.9, 0.3, 0.99, 0.5])],
        )
        for dtype in ("int32", "int64", "float32", "float64")
    ),
    Case("binomial-special", _sampler("binomial", [2, 3]), [SEED, arr([5, 5, 5]), arr([0.0, 1.0, 0.5])]),
    *(
        Case(
            f"categorical-{dtype}",
            lambda tf, logits, seed, dtype=dtype: tf.random.stateless_categorical(logits, 13, seed, dtype),
            [LOGITS, SEED],
        )
        for dtype in ("int32", "int64")
    ),
    Case(
        "categorical-infinite",
        lambda tf, logits, seed: tf.random.stateless_categorical(logits, 9, seed),
        [arr([[0.0, float("inf"), -float("inf"), 1.0], [float("nan"), 0, 0, 0], [-float("inf")] * 4]), SEED],
    ),
    Case("categorical-rank", lambda tf, logits, seed: tf.random.stateless_categorical(logits, 9, seed), [f32(3), SEED]),
    Case(
        "categorical-dtype", lambda tf, logits, s: tf.random.stateless_categorical(logits, 9, s, "int8"), [LOGITS, SEED]
    ),
    # Three ways to draw: from the middle, from a narrow interval, from a tail; all of them by one thread.
    *(
        Case(
            f"parameterized-truncated-{dtype}",
            _sampler("parameterized_truncated_normal", [50, 5]),
            [
                SEED,
                arr([0, 5, -1, 0, 0], dtype),
                arr([1, 2, 0.5, 1, 1], dtype),
                arr([-1, 8, -20, 3, -np.inf], dtype),
                arr([1, 9, 30, np.inf, -4], dtype),
            ],
            rtol=ULPS[dtype],
            **_modes(SHAPES[0] if dtype == "float32" else ()),
        )
        for dtype in ("float16", "float32", "float64")
    ),
    Case(
        "parameterized-truncated-gradient",
        _sampler("parameterized_truncated_normal", [7, 2]),
        [SEED, arr([0.0, 0.5]), arr([1.0, 2.0]), arr([-1.0, -3.0]), arr([1.0, 2.0])],
        grad=True,
        rtol=1e-4,
    ),
    Case(
        "parameterized-truncated-shape",
        _sampler("parameterized_truncated_normal", [50, 2]),
        [SEED, f32(3)],
    ),
    Case(
        "parameterized-truncated-deviation",
        _sampler("parameterized_truncated_normal", [5]),
        [SEED, arr(0.0), arr(-1.0)],
    ),
    Program(
        "parameterized-truncated-stateful",
        **_seeded(
            lambda tf: [
                tf.raw_ops.ParameterizedTruncatedNormal(
                    shape=shape, means=mean, stdevs=1.0, minvals=-1.5, maxvals=1.0, seed=5, seed2=6
                )
                for shape, mean in (([250], 0.0), ([250], 0.0), ([2, 9], [0.0, -9.0]))
            ],
            rtol=4e-7,
        ),
    ),
    Program("gamma", **_seeded(_repeated("gamma", [5], [0.5, 2.0]), rtol=2e-7)),
    Program("gamma-broadcast", **_seeded(lambda tf: tf.random.gamma([3], [0.5, 2.0], [[1.0], [2.0]]))),
    Program("poisson", **_seeded(_repeated("poisson", [5], [0.5, 20.0]))),
    Program("poisson-int", **_seeded(_repeated("poisson", [5], 3.0, "int32"))),
    Program("categorical", **_seeded(_repeated("categorical", [[0.1, 0.7, 0.0]] * 2, 5))),
]


def _generator(fn):
    def run(tf):
        generator = tf.random.Generator.from_seed(1)
        return [fn(tf, generator), generator.state.numpy()]

    return run


def _generator_in_function(tf, g):
    @tf.function
    def draw():
        return g.normal([2]), g.uniform([3])

    return [draw(), draw(), g.uniform([1])]


def _generator_resets(tf, g):
    states = []
    g.reset_from_seed([1, 2])
    states.append(g.state.numpy())
    g.reset([1, 2, 3])
    states.append(g.state.numpy())
    g.reset_from_key_counter(5, [1, 2])
    return [*states, g.key, g.algorithm, g.state.name]


def _global_generator(tf, g):
    tf.random.set_global_generator(g)
    return tf.random.get_global_generator().normal([2])


GENERATORS = [
    Program(f"generator-{name}", _generator(fn), rtol=4e-7)
    for name, fn in {
        "normal": lambda tf, g: [g.normal([5]), g.normal([3], 1.0, 2.0), g.normal([2], dtype="float64")],
        "truncated-normal": lambda tf, g: [g.truncated_normal([5]), g.truncated_normal([2], 3.0, 2.0)],
        "uniform": lambda tf, g: [g.uniform([5]), g.uniform([3], 1.0, 2.0, "float64"), g.uniform([])],
        "int": lambda tf, g: [g.uniform([5], 0, 9, "int32"), g.uniform([3], None, None, "int64")],
        "full-int": lambda tf, g: [g.uniform_full_int([5]), g.uniform_full_int([3], "int32")],
        "binomial": lambda tf, g: [g.binomial([4], 5.0, 0.5), g.binomial([5, 2], [5.0, 500.0], [0.5, 0.1])],
        "seeds": lambda tf, g: g.make_seeds(3),
        "split": lambda tf, g: [[x.state.numpy(), x.normal([2])] for x in g.split(2)],
        "skip": lambda tf, g: [g.skip(10), g.skip(tf.constant(3))],
        "function": _generator_in_function,
        "resets": _generator_resets,
        "copy": lambda tf, g: tf.random.Generator(copy_from=g).normal([2]),
        "key-counter": lambda tf, g: tf.random.Generator.from_key_counter(7, [1, 2], "philox").uniform([2]),
        "state": lambda tf, g: tf.random.Generator.from_state([1, 2, 3], "auto_select").uniform([2]),
        "global": _global_generator,
        "create-state": lambda tf, g: [
            tf.random.create_rng_state(seed, alg)
            for seed, alg in ((-1, "philox"), (2**70 + 5, 1), ([1, 2, 3, 4, 5], 3), (2**64 - 1, 1), ([9], 1))
        ],
        "errors": lambda tf, g: [
            raised(lambda: tf.random.Generator.from_seed(1, alg="twister")),
            raised(lambda: tf.random.Generator.from_state([1, 2], 1)),
            raised(lambda: tf.random.Generator()),
            raised(lambda: g.uniform([2], None, 3, "int32")),
            raised(lambda: g.reset([1, 2])),
        ],
        # On a copy: TensorFlow's state moves on before it looks at the dtype.
        "dtypes": lambda tf, g: [
            raised(lambda m=m, a=a, d=d: getattr(g.split()[0], m)(*a, dtype=d))
            for m, a, d in (
                ("uniform", ([2], 0, 3), "int8"),
                ("uniform", ([2], 0, 3), "complex64"),
                ("normal", ([2],), "int32"),
                ("normal", ([2],), "complex64"),
                ("truncated_normal", ([2],), "int64"),
                ("uniform_full_int", ([2],), "float32"),
            )
        ],
        "threefry": lambda tf, g: [
            tf.random.create_rng_state(5, "threefry"),
            tf.random.Generator.from_key_counter(7, [1], 2).state.numpy(),
            raised(lambda: tf.random.Generator.from_seed(1, "threefry").uniform([2])),
            raised(lambda: tf.random.stateless_uniform([2], [1, 2], alg="threefry")),
            raised(lambda: tf.random.create_rng_state(5, None)),
        ],
        "random-state": lambda tf, g: [
            len(set(tf.random.Generator.from_non_deterministic_state().state.numpy())) > 1,
            tf.random.Generator.from_non_deterministic_state().state.shape.as_list(),
        ],
    }.items()
]

TRUE = [[1, 2], [5, 0]]
_WEIGHTS = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]


def _candidates(name, *args, **kwargs):
    def run(tf):
        tf.random.set_seed(12)
        sampler = getattr(tf.random, f"{name}_candidate_sampler")
        true = tf.constant(TRUE, tf.int64)
        return [sampler(true, 2, 6, unique, *args, seed=1, **kwargs) for unique in (False, True) for _ in "12"]

    return run


def _learned_in_function(tf):
    tf.random.set_seed(12)
    draw = tf.function(lambda true: tf.random.learned_unigram_candidate_sampler(true, 2, 6, False, 9))
    true = tf.constant(TRUE, tf.int64)
    first = [draw(true), draw(true)]
    tf.random.set_seed(12)
    return [first, draw(true)]


def _candidates_in_function(tf):
    tf.random.set_seed(12)

    @tf.function
    def draw(true):
        return tf.random.log_uniform_candidate_sampler(true, 2, 6, True, 9)

    return [draw(tf.constant(TRUE, tf.int64)) for _ in "12"]


def _losses_in_turn(tf):
    tf.random.set_seed(12)
    weights, biases = tf.reshape(tf.range(45.0), [9, 5]) / 50, tf.range(9.0) / 10
    labels, inputs = tf.constant([[1], [3]], tf.int64), tf.ones([2, 5])
    losses = (tf.nn.sampled_softmax_loss, tf.nn.nce_loss, tf.nn.sampled_softmax_loss)
    return [loss(weights, biases, labels, inputs, 4, 9) for loss in losses]


CANDIDATES = [
    Program("candidates-losses", _losses_in_turn),
    Program("candidates-uniform", _candidates("uniform", 9)),
    Program("candidates-log-uniform", _candidates("log_uniform", 9)),
    Program("candidates-all", _candidates("all")),
    Program("candidates-unigram", _candidates("fixed_unigram", 8, unigrams=_WEIGHTS, distortion=0.75)),
    Program("candidates-reserved", _candidates("fixed_unigram", 10, unigrams=_WEIGHTS, num_reserved_ids=2)),
    Program("candidates-shard", _candidates("fixed_unigram", 5, unigrams=_WEIGHTS, num_reserved_ids=1, num_shards=2)),
    Program("candidates-learned", _candidates("learned_unigram", 9)),
    Program("candidates-learned-function", _learned_in_function),
    Program("candidates-function", _candidates_in_function),
    Program(
        "candidates-errors",
        lambda tf: [
            raised(lambda t=t, n=n, u=u, r=r: tf.random.uniform_candidate_sampler(tf.constant(t, tf.int64), n, 5, u, r))
            for t, n, u, r in (([1, 2], 2, False, 8), (TRUE, 1, False, 8), (TRUE, 2, True, 4), (TRUE, 2, False, 5))
        ],
    ),
    Program(
        "accidental-hits",
        lambda tf: tf.nn.compute_accidental_hits(
            tf.constant(TRUE, tf.int64), tf.constant([0, 1, 2, 5, 5], tf.int64), 2
        ),
    ),
]

# Block sizes of TensorFlow's cipher change with the limit, at which its logarithm is rounded too.
_LIMITS = (0, 1, 5, 255, 65535, 65536, 65537, 100_000, 2**40 + 1, 2**50 + 1, 2**50 + 3, 2**62)

_SEED_OF_UNKNOWN_SIZE = {
    "value": "TensorFlow refuses a seed whose size is not known statically; tfshim looks at its value"
}


def _rounds(tf):
    shuffle = tf.raw_ops.RandomIndexShuffle
    return [shuffle(index=[0, 1, 2, 90], seed=[1, -2, 3], max_index=90, rounds=r) for r in (4, 6, 12, 20)]


INDICES = [
    Case(
        "index-shuffle-limits",
        lambda tf, limits, seed: tf.random.experimental.index_shuffle(limits // 2, seed, limits),
        [arr(_LIMITS, "int64"), arr([3, -4], "int64")],
        accept=_SEED_OF_UNKNOWN_SIZE,
    ),
    Case(
        "index-shuffle-seeds",
        lambda tf, index, seed: tf.random_index_shuffle(index, seed, 9),
        [arr(3, "int32"), arr([[1, 2, 3], [3, 4, 5], [2**31 - 1, -(2**31), 0]], "int32")],
        accept=_SEED_OF_UNKNOWN_SIZE,
    ),
    *(
        Case(
            f"index-shuffle-{dtype}",
            lambda tf, index, seed: tf.random_index_shuffle(index, seed, tf.constant(4, index.dtype)),
            [arr([0, 1, 2, 3, 4], dtype), arr([1, 2, 3], "uint32")],
            accept=_SEED_OF_UNKNOWN_SIZE,
        )
        for dtype in ("int32", "uint32", "int64", "uint64")
    ),
    Case("index-shuffle-scalar", lambda tf: tf.random.experimental.index_shuffle(3, [1, 2], 7)),
    Case("index-shuffle-rank", lambda tf: tf.random.experimental.index_shuffle([[3]], [1, 2], 7)),
    Case("index-shuffle-seed", lambda tf: tf.random.experimental.index_shuffle([3], [1, 2, 3], 7)),
    Case("index-shuffle-sizes", lambda tf: tf.random.experimental.index_shuffle([3, 4], [1, 2], [7, 8, 9])),
    Program("index-shuffle-rounds", _rounds),
]


def _cropped(tf):
    """Parts at the places that the seeds say, and what cannot be cropped."""
    tf.random.set_seed(3)
    x = np.arange(60).reshape(5, 4, 3)
    crop = tf.compat.v1.random_crop
    traced = tf.function(lambda x, size: crop(x, size, seed=1))
    known = tf.function(lambda x: crop(x, [2, 2, 2], 5, "part")).get_concrete_function(tf.constant(x))
    return [
        [crop(x, size) for size in ([2, 2, 3], [5, 4, 3], [0, 1, 2], [-1, 2, 2])],
        crop(x, [2, 2, 3], seed=7),
        traced(x, tf.constant([2, 2, 2])),
        known.output_shapes,
        known.outputs[0].name,
        known(tf.constant(x)),
        [raised(lambda s=s: crop(x, s)) for s in ([6, 2, 3], [2, 2], [[1, 2, 3]], [2, 2, 3, 1], [1.0, 2.0, 3.0])],
        raised(lambda: traced(x, tf.constant([2, 9, 2]))),
    ]


CASES = [
    Program("crop", _cropped),
    Case("stateless-no-algorithm", lambda tf: tf.random.stateless_uniform([3], [1, 2], alg=None)),
    Case("stateless-uniform-no-bounds", lambda tf: tf.random.stateless_uniform([3], [1, 2], None, None)),
    Case("split-no-algorithm", lambda tf: tf.random.split([1, 2], 2, alg=None)),
    *CANDIDATES,
    *INDICES,
    *GENERATORS,
    *SAMPLERS,
    *STATELESS,
    *STATEFUL,
    *INITIALIZERS,
]
