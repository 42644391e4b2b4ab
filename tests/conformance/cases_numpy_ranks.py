"""`tf.experimental.numpy` and `tf.sort` on arrays whose rank is known only when the graph runs."""

from __future__ import annotations

from .inputs import distinct, f32, ints
from .runner import Case, Program

KNOWS_MORE = "tfshim composes the shape of known sizes and ranks, and so knows more of it"


def of_any_rank(name, *shapes, id="", **case):
    arrays = [f32(*shape) for shape in shapes]
    sizes = "-".join("x".join(map(str, shape)) or "0" for shape in shapes)
    label = f"np-{name}-{sizes}{id and '-' + id}"
    return Case(label, f"experimental.numpy.{name}", arrays, rank=True, finer_shapes=KNOWS_MORE, **case)


CASES = [
    *(of_any_rank("dot", *shapes) for shapes in (((), (3,)), ((4, 3), (3,)), ((2, 3), (2, 3, 4)))),
    *(of_any_rank("inner", *shapes) for shapes in (((2,), ()), ((2, 3), (4, 3)))),
    *(of_any_rank("matmul", *shapes) for shapes in (((3,), (3,)), ((3,), (3, 4)), ((2, 4, 3), (3,)), ((4, 3), (3, 2)))),
    *(of_any_rank("cross", *shapes) for shapes in (((4, 3), (3,)), ((4, 2), (4, 2)), ((2, 2), (3,)))),
    of_any_rank("cross", (2, 3), (2, 4), kwargs={"axis": 0}),
    of_any_rank("cross", (3, 5), (4, 3, 5), kwargs={"axisa": 0, "axisb": 1, "axisc": 0}),
    *(of_any_rank("diag", (3,), kwargs={"k": k}, id=str(k)) for k in (0, -2)),
    *(of_any_rank("diag", (4, 3), kwargs={"k": k}, id=str(k)) for k in (0, 1, -5)),
    *(of_any_rank("diagonal", (2, 3, 4), kwargs={"offset": k, "axis2": 2}, id=str(k)) for k in (0, 1, 7)),
    of_any_rank("trace", (2, 3, 3), kwargs={"axis1": 1, "axis2": 2}),
    *(of_any_rank("argsort", (2, 3), kwargs={"axis": axis}, id=str(axis)) for axis in (0, 1, None)),
    of_any_rank("argsort", ()),
    *(of_any_rank(f"atleast_{n}d", shape) for n in (1, 2, 3) for shape in ((), (2,), (2, 3), (2, 2, 2, 2))),
    of_any_rank("array", (2, 3), kwargs={"ndmin": 4}),
    *(of_any_rank("hsplit", shape, kwargs={"indices_or_sections": 2}) for shape in ((4,), (3, 4))),
    *(
        of_any_rank("average", (3, 2), shape, id=f"{axis}-weighted", kwargs={"axis": axis, "returned": True})
        for shape, axis in (((3, 2), 1), ((3,), 0))
    ),
    *(
        Case(
            f"np-{name}-{len(shape)}",
            lambda tf, x, y, name=name: getattr(tf.experimental.numpy, name)([x, y]),
            [f32(*shape), f32(*shape)],
            rank=True,
            finer_shapes=KNOWS_MORE,
        )
        for name in ("hstack", "vstack", "dstack")
        for shape in ((), (2,), (2, 3))
    ),
    Case(
        "np-take_along_axis",
        lambda tf, x, i: tf.experimental.numpy.take_along_axis(x, i, 0),
        [f32(3, 4), ints(2, 4, low=0, high=3)],
        rank=True,
        finer_shapes=KNOWS_MORE,
    ),
    *(Case(f"sort-{axis}", "sort", [distinct(3, 4)], kwargs={"axis": axis}, rank=True) for axis in (0, 1, -2)),
    Case("sort-axis-out-of-range", "sort", [distinct(3)], kwargs={"axis": 1}, rank=True),
    Case("sort-axis-symbolic", lambda tf, x, i: tf.sort(x, i), [distinct(3, 4), ints(low=0, high=1)]),
    Program(
        "ndim-of-unknown-rank",
        lambda tf: [
            seen := [],
            tf.function(lambda x: [seen.append(x.ndim), x][1], input_signature=[tf.TensorSpec(None)])(1.0),
        ],
    ),
]
