"""`tf.nn.fractional_max_pool` and `fractional_avg_pool`, and their gradients."""

from __future__ import annotations

from collections import namedtuple

from tfshim import dtypes, seeds
from tfshim.api.windows import per_dimension
from tfshim.backprop import Record, gradient_rule
from tfshim.export import export
from tfshim.ops import op

_max_grad = op("FractionalMaxPoolGrad")
_avg_grad = op("FractionalAvgPoolGrad")
_shape = op("Shape")
_FIELDS = ["output", "row_pooling_sequence", "col_pooling_sequence"]


def _four_ratios(ratio):
    if not isinstance(ratio, (int, float, list, tuple)):
        raise ValueError(f"`pooling_ratio` should be a number or a list of numbers. Received: pooling_ratio={ratio}")
    if isinstance(ratio, (list, tuple)) and (ratio[0] != 1 or ratio[-1] != 1):
        raise ValueError(f"`pooling_ratio` should have first and last elements 1. Received: pooling_ratio={ratio}")
    ratios = per_dimension(ratio, 2, 3, "pooling_ratio")
    if any(r < 1 for r in ratios):
        raise ValueError(f"`pooling_ratio` should be >= 1.0. Received: pooling_ratio={ratio}")
    return ratios


def _declare(kind: str, what: str):
    run = op(f"Fractional{kind}Pool")
    results = namedtuple(run.name, _FIELDS)

    def fractional_pool(value, pooling_ratio, pseudo_random=False, overlapping=False, seed=0, name=None):
        ratio = pooling_ratio if kind == "Avg" else _four_ratios(pooling_ratio)
        if seed == 0 and seeds.is_deterministic():
            raise ValueError(f"tf.nn.fractional_{kind.lower()}_pool needs a `seed` other than 0 under determinism.")
        first, second = (0, 0) if seed == 0 else seeds.get_seed(seed)
        return results(
            *run(
                value,
                pooling_ratio=tuple(float(r) for r in ratio),
                pseudo_random=pseudo_random,
                overlapping=overlapping,
                deterministic=seed != 0,
                seed=first,
                seed2=second,
                name=name,
            )
        )

    fractional_pool.__name__ = fractional_pool.__qualname__ = f"fractional_{kind.lower()}_pool"
    shorter = " (or one number for height and width)" if kind == "Max" else ""
    fractional_pool.__doc__ = f"""{what} of each window, the windows being of two neighbouring sizes in random order.

    Args:
      value: `[batch, height, width, channels]`; float32, float64, int32 or int64.
      pooling_ratio: how many times smaller the result is in each dimension, 1 for batch and channels{shorter}.
      pseudo_random: whether the sizes alternate regularly from a random start, or are shuffled.
      overlapping: whether a window also holds the first row and column of the next one.
      seed: op seed, see `tf.random.set_seed`; the same one gives the same windows in each call. 0: others each time.
      name: name of the op in a graph.

    Returns:
      A named tuple: `output`, and where windows start and the last one ends, `row_pooling_sequence` and
      `col_pooling_sequence` (int64).
    """
    return export(f"nn.fractional_{kind.lower()}_pool")(fractional_pool)


def _declare_v1(kind: str):
    run = op(f"Fractional{kind}Pool")
    results = namedtuple(run.name, _FIELDS)
    label = f"fractional_{kind.lower()}_pool"

    def fractional_pool(
        value,
        pooling_ratio,
        pseudo_random=False,
        overlapping=False,
        deterministic=False,
        seed=0,
        seed2=0,
        name=None,
    ):
        if seeds.is_deterministic() and not (deterministic and (seed or seed2)):
            raise ValueError(f"{label} requires a non-zero seed under determinism, and `deterministic`.")
        ratio = tuple(float(r) for r in pooling_ratio)
        attrs = dict(pseudo_random=pseudo_random, overlapping=overlapping, deterministic=deterministic)
        return results(*run(value, pooling_ratio=ratio, seed=seed, seed2=seed2, name=name, **attrs))

    fractional_pool.__name__ = fractional_pool.__qualname__ = label
    fractional_pool.__doc__ = f"""`tf.nn.{label}` with the seeds of the op itself, which count if `deterministic`."""
    return export(f"compat.v1.nn.{label}")(fractional_pool)


fractional_max_pool = _declare("Max", "The largest element")
fractional_avg_pool = _declare("Avg", "The mean")
fractional_max_pool_v1 = _declare_v1("Max")
fractional_avg_pool_v1 = _declare_v1("Avg")


# The windows of a call are known from its outputs only: the kernel would draw others.


@gradient_rule("FractionalMaxPool")
def _max_gradient(record: Record, grads, wanted):
    output, rows, columns = record.outputs
    return [
        _max_grad(record.inputs[0], output, grads[0], rows, columns, overlapping=record.computation.attr("overlapping"))
    ]


@gradient_rule("FractionalAvgPool")
def _avg_gradient(record: Record, grads, wanted):
    _, rows, columns = record.outputs
    sizes = _shape(record.inputs[0], out_type=dtypes.int64)
    return [_avg_grad(sizes, grads[0], rows, columns, overlapping=record.computation.attr("overlapping"))]
