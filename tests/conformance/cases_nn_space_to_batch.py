"""Any sliding-window operation with dilations."""

from .inputs import f32
from .runner import Case, Program, raised


def _dilated(rate, padding, size=3, **options):
    def run(tf, x, w):
        def pool(x, n, padding):
            return tf.nn.conv2d(x, w, 1, padding)

        return tf.nn.with_space_to_batch(x, rate, padding, pool, filter_shape=[size, size], **options)

    return run


def _channels_first(tf, x):
    def halve(x, n, padding):
        return x[:, :, :-1, :-1] + x[:, :, 1:, 1:]

    return tf.nn.with_space_to_batch(x, [2, 3], "VALID", halve, data_format="NCHW")


def _one_dim(tf, x):
    return tf.nn.with_space_to_batch(x, [2], "VALID", lambda x, n, p: x[:, :, :-1] + x[:, :, 1:], spatial_dims=[2])


def _errors(tf):
    x, keep = tf.zeros([1, 6, 6, 1]), lambda x, n, p: x
    run = tf.nn.with_space_to_batch
    return [
        raised(lambda: run(x, [0, 1], "VALID", keep)),
        raised(lambda: run(x, [[1, 1]], "VALID", keep)),
        raised(lambda: run(x, [2, 2], "SAME", keep)),
        raised(lambda: run(x, [2, 2], "WRONG", keep)),
        raised(lambda: run(x, [2, 2], "VALID", keep, spatial_dims=[2, 1])),
        raised(lambda: run(x[0, 0], [2, 2], "VALID", keep)),
        run(x, [1, 1], "anything", lambda x, n, p: (n, p)),
    ]


IMAGE, FILTER = f32(2, 9, 8, 2), f32(3, 3, 2, 3)
KNOWN = {"accept": {"value": "TensorFlow fails over the unknown sizes of the filter"}}

CASES = [
    *(
        Case(
            f"pool-{kind.lower()}-{padding}-{'x'.join(map(str, rates))}",
            lambda tf, x, k=kind, p=padding, r=rates: tf.nn.pool(x, [2, 2], k, padding=p, dilations=r),
            [f32(2, 5, 6, 2)],
            grad=True,
        )
        for kind, padding, rates in (
            ("MAX", "VALID", [2, 3]),
            ("MAX", [[0, 0], [1, 1], [0, 1], [0, 0]], [1, 2]),
            ("AVG", [[0, 0], [3, 1], [2, 2], [0, 0]], [3, 2]),
        )
    ),
    Case(
        "pool-unknown-sizes",
        lambda tf, x: tf.nn.pool(x, [2, 2], "MAX", dilations=[2, 3]),
        [f32(2, 5, 6, 2)],
        rank=True,
    ),
    *(
        Case(
            f"depthwise-{padding}-strides",
            lambda tf, x, w, p=padding: tf.nn.depthwise_conv2d(x, w, [1, 2, 2, 1], p, dilations=[1, 2]),
            [f32(2, 5, 6, 2), f32(3, 2, 2, 2)],
            grad=True,
            **(KNOWN if padding == "SAME" else {}),
        )
        for padding in ("SAME", "VALID", [[0, 0], [1, 1], [0, 1], [0, 0]])
    ),
    Case(
        "separable-strides",
        lambda tf, x, d, p: tf.nn.separable_conv2d(x, d, p, [1, 2, 2, 1], "SAME", dilations=[2, 2]),
        [f32(2, 5, 6, 2), f32(3, 2, 2, 2), f32(1, 1, 4, 3)],
        **KNOWN,
    ),
    Case("valid", _dilated([2, 3], "VALID"), [IMAGE, FILTER], grad=True),
    Case("same", _dilated([2, 3], "SAME"), [IMAGE, FILTER], rank=True),
    Case("same-even", _dilated([1, 2], "SAME", 2), [IMAGE, f32(2, 2, 2, 3)]),
    Case("explicit", _dilated([2, 2], [[0, 0], [1, 2], [0, 1], [0, 0]]), [IMAGE, FILTER]),
    Case("channels-first", _channels_first, [f32(2, 3, 7, 8)]),
    Case("one-dimension", _one_dim, [f32(2, 3, 7, 2)]),
    Program("errors", _errors),
]
