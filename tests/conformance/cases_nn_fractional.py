"""Fractional pooling: TensorFlow's own windows for the same seed, and gradients."""

from .inputs import arr, f32, py, rand
from .runner import Case, Program, raised

RATIO = [1.0, 1.44, 1.73, 1.0]
# The windows are static to the seed; the second and third output have a static shape that TensorFlow gets wrong.
EAGER = {"modes": ("eager",), "reason": "TensorFlow's static shape of the pooling sequences is one too short"}


def _pool(kind, pseudo_random=False, overlapping=False, ratio=RATIO, seed=5):
    def run(tf, x):
        tf.random.set_seed(12)
        pool = getattr(tf.nn, f"fractional_{kind}_pool")
        return list(pool(x, ratio, pseudo_random, overlapping, seed=seed))

    return run


def _output(kind, **options):
    pool = _pool(kind, **options)
    return lambda tf, x: pool(tf, x)[0]


def _deterministic(tf):
    pool = tf.function(lambda x: tf.nn.fractional_max_pool(x, 1.7, seed=3))
    x = tf.reshape(tf.range(144.0), [1, 12, 12, 1])
    results = [pool(x), pool(x)]
    return [type(tf.nn.fractional_avg_pool(x, RATIO)).__name__, *map(list, results)]


def _drawn(tf):
    x = tf.reshape(tf.range(400.0), [1, 20, 20, 1])
    drawn = {tuple(tf.nn.fractional_max_pool(x, 1.7).row_pooling_sequence.numpy()) for _ in range(20)}
    return len(drawn) > 1


def _errors(tf):
    x = tf.zeros([1, 12, 12, 1])
    ratios = (0.5, 13.0, [1, 2], [1.5, 2.0, 2.0, 1], "a")
    return [
        *(raised(lambda r=r: tf.nn.fractional_max_pool(x, r, seed=9)) for r in ratios),
        raised(lambda: tf.nn.fractional_avg_pool(x, [1, 2, 2, 2], seed=9)),
        raised(lambda: tf.nn.fractional_max_pool(x[0], 1.5, seed=9)),
        raised(lambda: tf.raw_ops.FractionalMaxPool(value=x, pooling_ratio=RATIO, seed=1)),
    ]


CASES = [
    *(
        Case(f"{kind}-{dtype}-{pseudo}-{overlap}", _pool(kind, pseudo, overlap), [rand(dtype, 2, 13, 9, 3)], **EAGER)
        for kind in ("max", "avg")
        for dtype in ("float32", "int32")
        for pseudo in (False, True)
        for overlap in (False, True)
    ),
    *(
        Case(
            f"{kind}-gradient-{overlap}",
            _output(kind, overlapping=overlap),
            [f32(2, 7, 9, 2)],
            grad=True,
            accept={"value": "TensorFlow's gradient of the mean needs static sizes"} if kind == "avg" else {},
        )
        for kind in ("max", "avg")
        for overlap in (False, True)
    ),
    *(Case(f"max-ratio-{r}", _pool("max", True, ratio=r), [f32(1, 12, 12, 1)], **EAGER) for r in (1.0, 3.1, 5.5, 12.0)),
    Case(
        "max-ties",
        _output("max", overlapping=True),
        [arr([[[[1.0], [1], [2]], [[2], [1], [2]], [[2], [2], [2]]]])],
        grad=True,
    ),
    Case(
        "max-gradient-raw",
        lambda tf, x, y: tf.raw_ops.FractionalMaxPoolGrad(
            orig_input=x, orig_output=y, out_backprop=y, row_pooling_sequence=[0, 1, 3], col_pooling_sequence=[0, 2, 3]
        ),
        [arr([[[[1], [5], [2]], [[2], [1], [2]], [[2], [2], [7]]]], "int32"), arr([[[[5], [2]], [[2], [7]]]], "int32")],
    ),
    Case(
        "avg-gradient-raw",
        lambda tf, y, sizes: tf.raw_ops.FractionalAvgPoolGrad(
            orig_input_tensor_shape=sizes,
            out_backprop=y,
            row_pooling_sequence=[0, 1, 3],
            col_pooling_sequence=[0, 2, 3],
            overlapping=True,
        ),
        [f32(2, 2, 2, 3), py([2, 3, 3, 3])],
    ),
    Program("deterministic", _deterministic),
    Program("drawn", _drawn),
    Program("errors", _errors),
]
