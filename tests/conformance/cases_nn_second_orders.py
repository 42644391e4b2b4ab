"""`tf.nn`: second derivatives."""

from __future__ import annotations

from .inputs import f32
from .runner import Case

SMALL = dict(rtol=1e-4, atol=1e-5)

second_orders = [
    Case("second-bias-add", "nn.bias_add", [f32(2, 3), f32(3)], grad=2),
    *(
        Case(
            f"second-{kind}-pool{r - 2}d",
            lambda tf, x, kind=kind: getattr(tf.nn, f"{kind}_pool")(
                x, 2, 2, "SAME", f"N{'DHW'[-(len(x.shape) - 2) :]}C"
            ),
            [f32(2, *[4] * (r - 2), 2)],
            grad=2,
        )
        for kind in ("max", "avg")
        for r in (4, 5)
    ),
    Case("second-space-to-depth", lambda tf, x: tf.nn.space_to_depth(x, 2), [f32(1, 4, 4, 2)], grad=2),
    Case("second-depth-to-space", lambda tf, x: tf.nn.depth_to_space(x, 2), [f32(1, 2, 2, 4)], grad=2),
    Case(
        "second-fused-batch-norm",
        lambda tf, x, s, o: tf.compat.v1.nn.fused_batch_norm(x, s, o)[0],
        [f32(3, 4, 5, 2), f32(2), f32(2)],
        grad=2,
        rtol=1e-2,
        atol=1e-3,
    ),
    Case(
        "second-depthwise",
        lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME"),
        [f32(1, 4, 4, 2), f32(3, 3, 2, 1)],
        grad=2,
        **SMALL,
    ),
    Case(
        "second-conv3d",
        lambda tf, x, w: tf.nn.conv3d(x, w, [1] * 5, "SAME", "NDHWC"),
        [f32(1, 3, 3, 3, 2), f32(2, 2, 2, 2, 1)],
        grad=2,
        **SMALL,
    ),
    Case(
        "second-conv2d-transpose",
        lambda tf, x, w: tf.nn.conv2d_transpose(x, w, [1, 4, 4, 2], 2),
        [f32(1, 2, 2, 3), f32(3, 3, 2, 3)],
        grad=2,
        **SMALL,
    ),
]

CASES = [*second_orders]
