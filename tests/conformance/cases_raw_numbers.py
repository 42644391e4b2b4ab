"""Raw ops of numbers that no function of today makes: gradients of gradients, elements by order, empty rows."""

from __future__ import annotations

from .inputs import arr, distinct, f32, ints, py, rand, spd, ties
from .runner import Case


def _raw(name, *names, **attrs):
    return lambda tf, *args: getattr(tf.raw_ops, name)(**dict(zip(names, args, strict=True)), **attrs)


def _second(tf, x, grad, dims=2, k=2, s=2, padding="SAME", op="MaxPoolGradGrad"):
    pool = tf.nn.max_pool if dims == 2 else tf.nn.max_pool3d
    sizes = {"ksize": [1, *[k] * dims, 1], "strides": [1, *[s] * dims, 1]}
    out = pool(x, k, s, padding)
    return getattr(tf.raw_ops, op)(orig_input=x, orig_output=out, grad=grad, padding=padding, **sizes)


def _filled(tf, rowids, values, rows, default):
    return list(tf.raw_ops.RaggedFillEmptyRows(value_rowids=rowids, values=values, nrows=rows, default_value=default))


def _of_old_names(tf, x, m, v, b, g, **options):
    fn = tf.compat.v1.nn.batch_norm_with_global_normalization
    return fn(x, m, v, b, g, 0.01, True) if not options else fn(x, mean=m, variance=v, beta=b, gamma=g, **options)


ROWS, COUNT = arr([0, 2, 2, 5], "int64"), arr(7, "int64")
CASES = [
    *(
        Case(f"max-pool-grad-grad-{n}", _second, [x, f32(*shape)], kwargs=options)
        for n, x, shape, options in (
            ("2d", distinct(1, 4, 4, 2), (1, 4, 4, 2), {}),
            ("ties", ties(1, 4, 4, 2), (1, 4, 4, 2), {}),
            ("valid", distinct(1, 5, 4, 1), (1, 5, 4, 1), {"k": 3, "s": 1, "padding": "VALID"}),
            ("v2", distinct(1, 4, 4, 2), (1, 4, 4, 2), {"op": "MaxPoolGradGradV2"}),
            ("3d", distinct(1, 4, 4, 2, 2), (1, 4, 4, 2, 2), {"dims": 3, "op": "MaxPool3DGradGrad"}),
            ("3d-ties", ties(1, 4, 4, 2, 2), (1, 4, 4, 2, 2), {"dims": 3, "op": "MaxPool3DGradGrad"}),
            ("bad", distinct(1, 4, 4, 2), (1, 2, 4, 2), {}),
        )
    ),
    *(
        Case(f"cholesky-grad-{d}", lambda tf, m, g: tf.raw_ops.CholeskyGrad(l=tf.linalg.cholesky(m), grad=g), [
            spd(3, 2, dtype=d), rand(d, 2, 3, 3)], rtol=1e-4)
        for d in ("float32", "float64")
    ),
    Case("cholesky-grad-bad", _raw("CholeskyGrad", "l", "grad"), [f32(2, 3), f32(2, 3)]),
    *(
        Case(f"nth-{n}", lambda tf, x, k=k, r=r: tf.raw_ops.NthElement(input=x, n=k, reverse=r), [x], grad=True)
        for n, x, k, r in (
            ("least", f32(2, 5), 0, False), ("reverse", f32(2, 2, 5), 1, True), ("ties", ties(3, 6), 2, False),
            ("bad", f32(2, 3), 3, False), ("negative", f32(2, 3), -1, False), ("scalar", f32(), 0, False),
        )
    ),
    Case("nth-integers", _raw("NthElement", "input", "n"), [ints(2, 5), py(2)]),
    Case("nth-bad-rank", _raw("NthElement", "input", "n"), [f32(2, 5), py([2])]),
    Case("fill-rows", _filled, [ROWS, f32(4), COUNT, f32()], grad=True),
    Case("fill-rows-none", _filled, [arr([1, 0], "int64"), f32(2), arr(2, "int64"), f32()], grad=True),
    Case("fill-rows-all", _filled, [arr([], "int64"), f32(0), arr(2, "int64"), f32()], grad=True),
    *(
        Case(f"fill-rows-bad-{n}", _filled, inputs)
        for n, inputs in (
            ("row", [arr([1, 5], "int64"), f32(2), arr(2, "int64"), f32()]),
            ("length", [arr([1, 0, 1], "int64"), f32(2), arr(2, "int64"), f32()]),
            ("default", [arr([1, 0], "int64"), f32(2), arr(2, "int64"), f32(1)]),
            ("count", [arr([1, 0], "int64"), f32(2), arr(0, "int64"), f32()]),
            ("rows-rank", [arr([[1, 0]], "int64"), f32(2), arr(2, "int64"), f32()]),
            ("values-rank", [arr([1, 0], "int64"), f32(2, 2), arr(2, "int64"), f32()]),
        )
    ),
    Case("fill-rows-grad-bad", _raw("RaggedFillEmptyRowsGrad", "reverse_index_map", "grad_values"), [
        arr([0, 9], "int64"), f32(4)]),
    Case("old-batch-norm", _of_old_names, [f32(2, 3, 3, 2), f32(2), arr([0.5, 0.2]), f32(2), f32(2)]),
    Case("old-batch-norm-names", _of_old_names, [f32(2, 3, 3, 2), f32(2), arr([0.5, 0.2]), f32(2), f32(2)], kwargs={
        "variance_epsilon": 0.1, "scale_after_normalization": False}),
]  # fmt: skip
