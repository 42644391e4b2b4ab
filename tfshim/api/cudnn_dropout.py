"""`tf.raw_ops.CudnnRNN` with dropout: layer by layer, with what goes from one to the next dropped at random.

The random numbers are those of `tf.nn.dropout` with the op's seeds, which on a GPU differ from cuDNN's.
"""

from __future__ import annotations

from typing import Any

from tfshim.convert import convert_to_tensor
from tfshim.namespaces import resolve
from tfshim.ops import op
from tfshim.ops.registry import composite
from tfshim.tensor import Tensor


def _declare(op_name: str) -> None:
    @composite(op_name)
    def run(input, input_h, input_c, params, *rest, dropout=0.0, seed=0, seed2=0, is_training=True, name=None, **attrs):
        given = [input, input_h, input_c, params, *rest]
        plain = op(op_name)
        h = convert_to_tensor(input_h)
        layer_axis = 0 if attrs.get("time_major", True) else 1
        directions = 2 if attrs.get("direction") == "bidirectional" else 1
        layers = None if h.shape.rank is None else h.shape.as_list()[layer_axis]
        if not dropout or not is_training or layers == directions:
            return plain(*given, dropout=0.0, seed=seed, seed2=seed2, is_training=is_training, name=name, **attrs)
        if layers is None:
            raise ValueError(f"{op_name} with dropout: the number of layers must be known, input_h is {h.shape}")
        layered = _Layered(plain, layers // directions, directions, layer_axis, attrs)
        return layered.run(*map(convert_to_tensor, given), dropout=dropout, seed=(seed or seed2) or None)


class _Layered:
    """The layers of a network as networks of one layer each."""

    def __init__(self, plain: Any, layers: int, directions: int, axis: int, attrs: dict[str, Any]):
        self._plain = plain
        self._layers = layers
        self._directions = directions
        self._axis = axis
        self._attrs = attrs
        # Only the first layer may be given its input without a matrix.
        self._inner = {**attrs, "input_mode": "linear_input"}

    def run(
        self, x: Tensor, h: Tensor, c: Tensor, params: Tensor, *lengths: Tensor, dropout: float, seed: int | None
    ) -> Any:
        """The outputs of the op."""
        lstm = self._attrs.get("rnn_mode", "lstm") == "lstm"
        units = (c if lstm else h).shape.as_list()[2]
        parts = self._parameters(params, x.shape.as_list()[2], units)
        hs, cs = self._states(h), self._states(c) if lstm else [c] * self._layers
        found: list[Any] = []
        for layer in range(self._layers):
            if layer:
                x = resolve("nn.dropout")(x, rate=dropout, seed=None if seed is None else seed + layer)
            attrs = self._inner if layer else self._attrs
            outputs = self._plain(x, hs[layer], cs[layer], parts[layer], *lengths, is_training=True, **attrs)
            x = outputs[0]
            found.append(outputs)
        last_h = op("ConcatV2")([o[1] for o in found], self._axis)
        last_c = op("ConcatV2")([o[2] for o in found], self._axis) if lstm else found[-1][2]
        return (x, last_h, last_c, *found[-1][3:])

    def _states(self, state: Tensor) -> list[Tensor]:
        return op("Split")(self._axis, state, num_split=self._layers)

    def _parameters(self, params: Tensor, inputs: int, units: int) -> list[Tensor]:
        """The vector of parameters of each layer: its matrices, then its biases."""
        projection = self._attrs.get("num_proj", 0)
        outputs = projection or units
        gates = {"lstm": 4, "gru": 3}.get(self._attrs.get("rnn_mode", "lstm"), 1)
        input_mode = self._attrs.get("input_mode", "linear_input")
        if input_mode == "skip_input" or (input_mode == "auto_select" and inputs == units):
            inputs = 0
        matrices = []
        for layer in range(self._layers):
            size = inputs if layer == 0 else outputs * self._directions
            own = gates * units * (size + outputs) + (outputs * units if outputs != units else 0)
            matrices.append(own * self._directions)
        biases = [2 * gates * units * self._directions] * self._layers
        parts = op("SplitV")(params, [*matrices, *biases], 0, num_split=2 * self._layers)
        return [op("ConcatV2")([parts[i], parts[self._layers + i]], 0) for i in range(self._layers)]


for _name in ("CudnnRNN", "CudnnRNNV2", "CudnnRNNV3"):
    _declare(_name)
