"""`tf.nn`: pooling."""

from __future__ import annotations

from collections import namedtuple

from tfshim import dtypes
from tfshim.api.nn_space_to_batch import with_space_to_batch
from tfshim.api.windows import CHANNELS_LAST, is_channels_first, per_dimension, split_padding
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.shapes import TensorShape

_expand_dims = op("ExpandDims")
_max_pool_with_argmax = op("MaxPoolWithArgmax")
_squeeze = op("Squeeze")
MaxPoolWithArgmax = namedtuple("MaxPoolWithArgmax", ["output", "argmax"])
_OPS = {
    ("MAX", 2): op("MaxPool"),
    ("MAX", 3): op("MaxPool3D"),
    ("AVG", 2): op("AvgPool"),
    ("AVG", 3): op("AvgPool3D"),
}


def _run(kind, n, input, ksize, strides, padding, data_format, name):
    """Pooling over `n` spatial dimensions; one of them is handled as the second of two."""
    data_format = data_format or CHANNELS_LAST[n]
    first = is_channels_first(data_format)
    channel_index = 1 if first else n + 1
    ksize = per_dimension(ksize, n, channel_index, "ksize")
    strides = per_dimension(strides, n, channel_index, "strides")
    if isinstance(padding, (list, tuple)) and n == 3:
        raise TypeError(f"The padding of volumes is a string, not {padding}.")
    explicit: tuple[int, ...] = ()
    if kind == "MAX":
        padding, explicit = split_padding(padding, n + 2)
    if n == 1:
        extra = 2 if first else 1
        attrs = dict(ksize=(1, *ksize), strides=(1, *strides), padding=padding)
        attrs["data_format"] = "NCHW" if first else "NHWC"
        if explicit:
            attrs["explicit_paddings"] = (0, 0, *explicit)
        return _squeeze(_OPS[kind, 2](_expand_dims(input, extra), name=name, **attrs), squeeze_dims=(extra,))
    attrs = dict(ksize=tuple(ksize), strides=tuple(strides), padding=padding, data_format=data_format)
    if explicit:
        attrs["explicit_paddings"] = explicit
    return _OPS[kind, n](input, name=name, **attrs)


def _declare(kind, n):
    letters = CHANNELS_LAST[n]
    python_name = f"{kind.lower()}_pool{n}d"

    def pool_nd(input, ksize, strides, padding, data_format=letters, name=None):
        return _run(kind, n, input, ksize, strides, padding, data_format, name)

    what = "The largest element" if kind == "MAX" else "The mean of the elements (padding not counted)"
    explicit = ", or a (before, after) pair for each dimension" if kind == "MAX" and n < 3 else ""
    pool_nd.__name__ = pool_nd.__qualname__ = python_name
    pool_nd.__doc__ = f"""{what} of each window over {n} spatial dimension(s).

    Args:
      input: tensor of rank {n + 2}, laid out as `data_format`.
      ksize: size of the window: one number, one per spatial dimension, or one per dimension.
      strides: as `ksize`.
      padding: "SAME" or "VALID"{explicit}.
      data_format: "{letters}" or "NC{letters[1:-1]}".
      name: name of the op in a graph.
    """
    return export(f"nn.{python_name}")(pool_nd)


max_pool1d, max_pool2d, max_pool3d = (_declare("MAX", n) for n in (1, 2, 3))
avg_pool1d, avg_pool2d, avg_pool3d = (_declare("AVG", n) for n in (1, 2, 3))


def _by_rank(kind, input, ksize, strides, padding, data_format, name):
    # An array is left to the op, which may take it in another dtype.
    input = input if hasattr(input, "shape") else convert_to_tensor(input, name="input")
    shape = TensorShape(input.shape)
    if shape.rank is not None:
        n = shape.rank - 2
    elif data_format is not None:
        n = len(data_format) - 2
    else:
        raise ValueError(
            "`input` must have a static shape or a data format must be given. "
            f"Received: input.shape={shape} and data_format={data_format}"
        )
    if not 1 <= n <= 3:
        raise ValueError(f"`input.shape.rank` must be 3, 4 or 5. Received: input.shape={shape} of rank {n + 2}.")
    return _run(kind, n, input, ksize, strides, padding, data_format, name)


@export("nn.max_pool")
def max_pool(input, ksize, strides, padding, data_format=None, name=None):
    """`max_pool1d`, `max_pool2d` or `max_pool3d`, by the rank of `input`."""
    return _by_rank("MAX", input, ksize, strides, padding, data_format, name)


@export("nn.avg_pool")
def avg_pool(input, ksize, strides, padding, data_format=None, name=None):
    """`avg_pool1d`, `avg_pool2d` or `avg_pool3d`, by the rank of `input`."""
    return _by_rank("AVG", input, ksize, strides, padding, data_format, name)


@export("nn.max_pool_with_argmax")
def max_pool_with_argmax(
    input,
    ksize,
    strides,
    padding,
    data_format="NHWC",
    output_dtype=dtypes.int64,
    include_batch_in_index=False,
    name=None,
):
    """`max_pool2d` and the flat position of each maximum within its image, or within the batch."""
    if data_format != "NHWC":
        raise ValueError(
            f"`data_format` values other than 'NHWC' are not supported. Received: data_format={data_format}"
        )
    outputs = _max_pool_with_argmax(
        input,
        ksize=tuple(per_dimension(ksize, 2, 3, "ksize")),
        strides=tuple(per_dimension(strides, 2, 3, "strides")),
        padding=padding,
        Targmax=output_dtype,
        include_batch_in_index=include_batch_in_index,
        name=name,
    )
    return MaxPoolWithArgmax(*outputs)


@export("nn.pool")
def pool(
    input,
    window_shape,
    pooling_type,
    strides=None,
    padding="VALID",
    data_format=None,
    dilations=None,
    name=None,
):
    """Max or average pooling over one to three spatial dimensions, with dilations.

    Args:
      input: tensor of rank `len(window_shape) + 2`.
      window_shape: size of the window in each spatial dimension.
      pooling_type: "MAX" or "AVG".
      strides: one for each spatial dimension.
      padding: "SAME", "VALID", or a (before, after) pair for each dimension; with dilations that adds zeros.
      data_format: None for channels last, or a format that starts with "NC".
      dilations: one for each spatial dimension; not together with strides or "SAME".
      name: name of the op in a graph.

    Raises:
      ValueError: for arguments that do not go together.
    """
    input = convert_to_tensor(input, name="input")
    n = len(window_shape)
    if not 1 <= n <= 3:
        raise ValueError(f"`len(window_shape)` must be 1, 2, or 3. Received: {window_shape=} of length {n}")
    input.shape.with_rank(n + 2)
    rates = _positive(dilations, n, "dilation_rate")
    steps = _positive(strides, n, "strides")
    if any(s > 1 for s in steps) and any(r > 1 for r in rates):
        raise ValueError(
            "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
            f"Received: strides={strides} and dilation_rate={dilations}"
        )
    if padding == "SAME" and any(r > 1 for r in rates):
        raise ValueError(
            "pooling with 'SAME' padding is not implemented for `dilation_rate` > 1. "
            f"Received: {padding=} and dilation_rate={dilations}"
        )
    if any(s > w for s, w in zip(steps, window_shape)):
        raise ValueError(f"`strides` > `window_shape` not supported. Received: {strides=} and {window_shape=}")
    if pooling_type not in ("MAX", "AVG"):
        raise ValueError(f"{n}-D {pooling_type} pooling is not supported.")

    def plain(images, _, padding):
        return _run(pooling_type, n, images, list(window_shape), steps, padding, data_format, name)

    return with_space_to_batch(input, rates, padding, plain, data_format=data_format)


def _positive(values, n, name):
    values = [1] * n if values is None else [int(v) for v in values]
    if len(values) != n:
        raise ValueError(f"`len({name})` should be {n}. Received: {name}={values} of length {len(values)}")
    if any(v < 1 for v in values):
        raise ValueError(f"all values of `{name}` must be positive. Received: {name}={values}")
    return values
