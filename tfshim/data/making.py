"""How datasets are made: at once in eager mode, by a node in a graph."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.data.functions import ElementFunction, raw_capture
from tfshim.data.options import Options
from tfshim.data.stages import Stage
from tfshim.data.structure import leaf_specs
from tfshim.execute import execute
from tfshim.ops.computation import Computation
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor, opaque_tensor, opaque_value

MODULE = "tensorflow.python.data.ops.dataset_ops"


class MakeStage(Computation):
    """The node that makes a stage when a graph runs: `(input datasets, tensors, captures) -> (dataset,)`."""

    __slots__ = ("_make", "_n_inputs", "external", "functions")
    stateful = False

    def __init__(
        self,
        name: str,
        make: Callable[..., Stage],
        n_inputs: int,
        functions: Sequence[ElementFunction],
        external: str | None,
    ):
        super().__init__(name, (), host=True)
        self._make = make
        self.functions = functions
        self.external = external
        self._n_inputs = n_inputs

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[dtypes.DType, ...]:
        """One variant."""
        return (dtypes.variant,)

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """A scalar."""
        return [TensorShape([])]

    def call_host(self, inputs: Sequence[Any]) -> tuple[Stage]:
        """Makes the stage."""
        n = self._n_inputs
        return (self._make(*map(as_stage, inputs[:n]), *inputs[n:]),)


def as_stage(value: Any) -> Stage:
    """The stage in a raw variant."""
    return value[()] if isinstance(value, np.ndarray) else value


def merged_options(inputs: Sequence[Any]) -> Options:
    options = Options()
    for dataset in inputs:
        options = options.merge(dataset._options_attr)
    return options


# The public class, which is declared over mixins that use this module.
_bases: list[type] = []


def base(cls: type) -> type:
    """Declares the class from which the classes of datasets derive."""
    _bases.append(cls)
    return cls


def base_class() -> Any:
    """`tf.data.Dataset`."""
    return _bases[0]


@functools.cache
def class_named(name: str) -> Any:
    """The subclass by whose name a dataset shows what made it."""
    return type(name, tuple(_bases), {"__module__": MODULE})


def derive(
    name: str,
    stage: Callable[..., Stage],
    inputs: Sequence[Any],
    spec: Any,
    /,
    tensors: Sequence[Any] = (),
    functions: Sequence[ElementFunction] = (),
    external: str | None = None,
    **attrs: Any,
) -> Any:
    """A dataset of the class `name`: made now, or by a node of the current graph.

    Args:
      name: name of the class.
      stage: called with the stages of the inputs, the values of the tensors, the values that the functions capture,
        and `attrs`.
      inputs: input datasets.
      spec: structure of specs of the elements.
      tensors: parameters.
      functions: functions in `attrs`.
      external: the op by which TensorFlow's dataset depends on state outside of it, if it does.
      **attrs: what is known now.
    """
    captures = [c for f in functions for c in f.captures]
    specs = leaf_specs(spec)

    def make(*parts: Any) -> Stage:
        made = stage(*parts, **attrs)
        made.specs, made.functions, made.external = specs, functions, external
        return made

    if context.graph is None:
        raws = [t.host_value() if t.dtype is not dtypes.variant else opaque_value(t) for t in tensors]
        variant: Tensor = opaque_tensor(make(*[d._stage for d in inputs], *raws, *map(raw_capture, captures)))
    else:
        node = MakeStage(name.strip("_"), make, len(inputs), functions, external)
        operands = [convert_to_tensor(t) for t in (*[d._variant_tensor for d in inputs], *tensors, *captures)]
        (variant,) = execute(node, operands, {}, node.name)
    return class_named(name)._over(variant, spec, inputs)
