"""Gradients of whole LSTM layers: TensorFlow's own, by ops that pass on what clipping holds back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim.backprop import Record, gradient_rule
from tfshim.indexed_slices import dense
from tfshim.ops import op

_zeros_like = op("ZerosLike")
_CELL_STATE, _OUTPUT = 1, 6


def _register(name: str, gradient_name: str) -> None:
    run = op(gradient_name)

    @gradient_rule(name)
    def gradient(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
        """Cotangents of the gates count for nothing."""
        given = [
            _zeros_like(record.outputs[i]) if cotangents[i] is None else dense(cotangents[i])
            for i in (_CELL_STATE, _OUTPUT)
        ]
        use_peephole = record.computation.attr("use_peephole")
        return [None, *run(*record.inputs, *record.outputs, *given, use_peephole=use_peephole)]


_register("BlockLSTM", "BlockLSTMGrad")
# TensorFlow takes BlockLSTMGrad here too, which has the forget gate and the cell the wrong way round.
_register("BlockLSTMV2", "BlockLSTMGradV2")
