"""Kernels of the CudnnRNN ops: recurrent networks of several layers and two directions, weights in one vector.

TensorFlow has them on GPUs only; these compute the same networks on every device. The vector holds the weight
matrices of all layers, then their biases. A layer (of a direction) has, gate by gate, the matrices for its input
[units, inputs], then those for its state [units, units]; its biases come in the same order, two for each gate. With
the input mode "skip_input" the first layer has no matrices for its input, which each gate is given as it is. An LSTM
whose output is projected has states of `num_proj` numbers, and the matrix [num_proj, units] as the last of a layer.
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.errors import UnimplementedError
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.shapes import TensorShape

_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


class _Network(NamedTuple):
    """What the sizes and attributes of an op say about its network."""

    mode: str
    layers: int
    directions: int
    units: int
    inputs: int
    # Size of the output: that of the state too.
    outputs: int
    # Whether every gate of the first layer is given the input itself, without a matrix.
    skips: bool

    @classmethod
    def of(cls, mode, layers, direction, units, inputs, input_mode, num_proj=0) -> _Network:
        skips = input_mode == "skip_input" or (input_mode == "auto_select" and units == inputs)
        if skips and units != inputs:
            raise invalid(
                f"CudnnRNN: input_mode skip_input needs inputs as large as the state, not {inputs} and {units}"
            )
        if num_proj and mode != "lstm":
            raise invalid(f"CudnnRNN: only an LSTM can have num_proj, not {mode}")
        if num_proj > units:
            raise invalid(f"CudnnRNN: num_proj {num_proj} must not exceed the number of units, {units}")
        outputs = units if num_proj in (0, units) else num_proj
        return cls(mode, layers, 2 if direction == "bidirectional" else 1, units, inputs, outputs, skips)

    @property
    def projects(self) -> bool:
        """Whether outputs are projected to fewer numbers than there are units."""
        return self.outputs != self.units

    @property
    def per_layer(self) -> int:
        """How many matrices a layer has in each direction."""
        return 2 * _GATES[self.mode] + self.projects

    def matrix_sizes(self) -> list[tuple[int, int]]:
        """The shapes of all weight matrices, in order."""
        gates, sizes = _GATES[self.mode], []
        for layer in range(self.layers):
            first = 0 if self.skips else self.inputs
            inputs = first if layer == 0 else self.outputs * self.directions
            projection = [(self.outputs, self.units)] * self.projects
            own = [(self.units, inputs)] * gates + [(self.units, self.outputs)] * gates
            sizes += (own + projection) * self.directions
        return sizes

    @property
    def bias_count(self) -> int:
        """How many biases there are; a projection has none."""
        return 2 * _GATES[self.mode] * self.layers * self.directions

    @property
    def size(self) -> int:
        """How many numbers the vector holds."""
        matrices = self.matrix_sizes()
        return sum(math.prod(s) for s in matrices) + self.bias_count * self.units

    def split(self, params) -> tuple[list[jax.Array], list[jax.Array]]:
        """The weight matrices and the biases in a vector."""
        if params.shape != (self.size,):
            raise invalid(f"CudnnRNN: params must be [{self.size}], got {shape_text(params.shape)}")
        sizes = self.matrix_sizes()
        ends = np.cumsum([*(math.prod(s) for s in sizes), *([self.units] * self.bias_count)])
        parts = jnp.split(params, ends[:-1])
        return [p.reshape(s) for p, s in zip(parts, sizes)], parts[len(sizes) :]


def _cell(mode: str, h, c, from_input, from_state):
    """The next states, from what weights and biases make of input and state, a list of gates each."""
    if mode == "lstm":
        i, f, g, o = (a + b for a, b in zip(from_input, from_state))
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c
    if mode == "gru":
        r, u = (jax.nn.sigmoid(a + b) for a, b in zip(from_input[:2], from_state[:2]))
        new = jnp.tanh(from_input[2] + r * from_state[2])
        return (1 - u) * new + u * h, c
    total = from_input[0] + from_state[0]
    return jnp.tanh(total) if mode == "rnn_tanh" else jax.nn.relu(total), c


def _direction(mode: str, x, h, c, weights, biases, lengths, backward: bool):
    """One layer in one direction over [time, batch, inputs]: outputs and last states."""
    gates = _GATES[mode]
    before = [(x @ w.T if w.shape[1] == x.shape[2] else x) + b for w, b in zip(weights[:gates], biases[:gates])]
    recurrent, recurrent_biases = weights[gates : 2 * gates], biases[gates:]
    projection = weights[2 * gates :]

    def step(states, at):
        time, from_input = at
        h, c = states
        from_state = [h @ w.T + b for w, b in zip(recurrent, recurrent_biases)]
        running = (time < lengths)[:, None]
        new_h, new_c = _cell(mode, h, c, from_input, from_state)
        if projection:
            new_h = new_h @ projection[0].T
        states = jnp.where(running, new_h, h), jnp.where(running, new_c, c)
        return states, jnp.where(running, new_h, 0)

    # Backwards, steps past a sequence's end come first and leave its state alone.
    times = jnp.arange(x.shape[0])
    (h, c), outputs = lax.scan(step, (h, c), (times, before), reverse=backward)
    return outputs, h, c


def _network(x, h, c, params, lengths, network: _Network):
    weights, biases = network.split(params)
    per_layer, per_bias = network.per_layer, 2 * _GATES[network.mode]
    last_h, last_c = [], []
    for layer in range(network.layers):
        outputs = []
        for direction in range(network.directions):
            n = layer * network.directions + direction
            matrices = weights[n * per_layer : (n + 1) * per_layer]
            offsets = biases[n * per_bias : (n + 1) * per_bias]
            state = c[n] if network.mode == "lstm" else jnp.zeros_like(h[n])
            y, new_h, new_c = _direction(network.mode, x, h[n], state, matrices, offsets, lengths, direction == 1)
            outputs.append(y)
            last_h.append(new_h)
            last_c.append(new_c)
        x = jnp.concatenate(outputs, axis=2)
    no_cell = jnp.zeros((0,), x.dtype)
    return x, jnp.stack(last_h), jnp.stack(last_c) if network.mode == "lstm" else no_cell


def _run(x, h, c, params, lengths, *, time_major=True, is_training=True, dropout, **options):
    if x.ndim != 3 or h.ndim != 3:
        raise invalid(f"CudnnRNN: input and input_h must be 3-D, got {shape_text(x.shape)} and {shape_text(h.shape)}")
    if not time_major:
        x, h, c = (jnp.swapaxes(v, 0, 1) if v.ndim == 3 else v for v in (x, h, c))
    directions = 2 if options["direction"] == "bidirectional" else 1
    layers = h.shape[0] // directions
    if dropout > 0 and is_training and layers > 1:
        # With it, `tf.raw_ops` puts several of these ops together (`tfshim.api.cudnn_dropout`).
        raise UnimplementedError(
            None, None, "CudnnRNN with dropout between layers is supported through tf.raw_ops, not as one node"
        )
    network = _Network.of(
        options["rnn_mode"],
        layers,
        options["direction"],
        c.shape[2] if options["rnn_mode"] == "lstm" and c.ndim == 3 else h.shape[2],
        x.shape[2],
        options["input_mode"],
        options.get("num_proj", 0),
    )
    cells = [("input_c", c, network.units)] if network.mode == "lstm" else []
    for name, state, size in (("input_h", h, network.outputs), *cells):
        wanted = (layers * directions, x.shape[1], size)
        if state.shape != wanted:
            raise invalid(f"CudnnRNN: {name} must be {shape_text(wanted)}, got {shape_text(state.shape)}")
    if lengths is None:
        lengths = jnp.full(x.shape[1], x.shape[0])
    y, h, c = _network(x, h, c, params, lengths, network)
    if not time_major:
        y, h, c = (jnp.swapaxes(v, 0, 1) if v.ndim == 3 else v for v in (y, h, c))
    return y, h, c


def _reserve(x):
    # What cuDNN would keep for the gradient: nothing is needed here.
    return jnp.zeros(0, x.dtype)


@kernel("CudnnRNN")
def cudnn_rnn(input, input_h, input_c, params, *, rnn_mode, input_mode, direction, dropout, is_training):
    options = {"rnn_mode": rnn_mode, "input_mode": input_mode, "direction": direction, "dropout": dropout}
    return *_run(input, input_h, input_c, params, None, is_training=is_training, **options), _reserve(input)


@kernel("CudnnRNNV2")
def cudnn_rnn_v2(input, input_h, input_c, params, *, rnn_mode, input_mode, direction, dropout, is_training):
    options = {"rnn_mode": rnn_mode, "input_mode": input_mode, "direction": direction, "dropout": dropout}
    outputs = _run(input, input_h, input_c, params, None, is_training=is_training, **options)
    return *outputs, _reserve(input), jnp.zeros(0, jnp.int8)


@kernel("CudnnRNNV3", no_gradient=("sequence_lengths",))
def cudnn_rnn_v3(
    input,
    input_h,
    input_c,
    params,
    sequence_lengths,
    *,
    rnn_mode,
    input_mode,
    direction,
    dropout,
    num_proj,
    is_training,
    time_major,
):
    options = {"rnn_mode": rnn_mode, "input_mode": input_mode, "direction": direction, "dropout": dropout}
    options |= {"num_proj": num_proj, "is_training": is_training, "time_major": time_major}
    outputs = _run(input, input_h, input_c, params, sequence_lengths, **options)
    return *outputs, _reserve(input), jnp.zeros(0, jnp.int8)


def _gradients(operands, lengths, cotangents, **options):
    _, pull = jax.vjp(lambda *inputs: _run(*inputs, lengths, **options), *operands)
    return pull(tuple(cotangents))


def _register_gradient(name: str) -> None:
    @kernel(name)
    def gradient(*operands, rnn_mode, input_mode, direction, dropout):
        options = {"rnn_mode": rnn_mode, "input_mode": input_mode, "direction": direction, "dropout": dropout}
        return _gradients(operands[:4], None, operands[7:10], **options)


_register_gradient("CudnnRNNBackprop")
_register_gradient("CudnnRNNBackpropV2")


@kernel("CudnnRNNBackpropV3")
def cudnn_rnn_gradient_v3(*operands, rnn_mode, input_mode, direction, dropout, num_proj, time_major):
    options = {"rnn_mode": rnn_mode, "input_mode": input_mode, "direction": direction, "dropout": dropout}
    options |= {"num_proj": num_proj, "time_major": time_major}
    return _gradients(operands[:4], operands[4], operands[8:11], **options)


# Parameters ----------------------------------------------------------------------------------------------

_SIZES = ("num_layers", "num_units", "input_size")


def _sized(num_layers, num_units, input_size, rnn_mode, input_mode, direction, num_proj=0) -> _Network:
    return _Network.of(rnn_mode, int(num_layers), direction, int(num_units), int(input_size), input_mode, num_proj)


@kernel("CudnnRNNParamsSize", static=_SIZES)
def params_size(num_layers, num_units, input_size, *, S, rnn_mode, input_mode, direction, num_proj):
    network = _sized(num_layers, num_units, input_size, rnn_mode, input_mode, direction, num_proj)
    return jnp.array([network.size], S.as_numpy_dtype)


def _flattened(network: _Network, weights, biases):
    sizes = network.matrix_sizes()
    if [w.shape for w in weights] != sizes or len(biases) != network.bias_count:
        raise invalid(
            f"CudnnRNN: the weights must be {sizes}, with {network.bias_count} biases, got "
            f"{[w.shape for w in weights]} and {len(biases)}"
        )
    return jnp.concatenate([v.reshape(-1) for v in (*weights, *biases)])


@kernel("CudnnRNNCanonicalToParams", static=_SIZES)
def canonical_to_params(num_layers, num_units, input_size, weights, biases, *, rnn_mode, input_mode, direction):
    network = _sized(num_layers, num_units, input_size, rnn_mode, input_mode, direction)
    return _flattened(network, weights, biases)


@kernel("CudnnRNNCanonicalToParamsV2", static=_SIZES)
def canonical_to_params_v2(
    num_layers, num_units, input_size, weights, biases, *, rnn_mode, input_mode, direction, num_proj
):
    network = _sized(num_layers, num_units, input_size, rnn_mode, input_mode, direction, num_proj)
    return _flattened(network, weights, biases)


@kernel("CudnnRNNParamsToCanonical", static=_SIZES)
def params_to_canonical(num_layers, num_units, input_size, params, *, rnn_mode, input_mode, direction):
    weights, biases = _sized(num_layers, num_units, input_size, rnn_mode, input_mode, direction).split(params)
    return *weights, *biases


@kernel("CudnnRNNParamsToCanonicalV2", static=_SIZES)
def params_to_canonical_v2(num_layers, num_units, input_size, params, *, rnn_mode, input_mode, direction, num_proj):
    network = _sized(num_layers, num_units, input_size, rnn_mode, input_mode, direction, num_proj)
    weights, biases = network.split(params)
    return *weights, *biases


# Static shapes -------------------------------------------------------------------------------------------


def _network_shapes(extra: int, op):
    x, h = op.shape(0).with_rank(3), op.shape(1).with_rank(3)
    directions = 2 if op.attr("direction") == "bidirectional" else 1
    units = None if h[2] is None else h[2] * directions
    c = op.shape(2) if op.attr("rnn_mode") == "lstm" else TensorShape([None])
    return TensorShape([x[0], x[1], units]), h, c, *([TensorShape([None])] * extra)


for _name, _extra in (("CudnnRNN", 1), ("CudnnRNNV2", 2), ("CudnnRNNV3", 2)):
    shape_function(_name)(functools.partial(_network_shapes, _extra))


@shape_function("CudnnRNNBackprop", "CudnnRNNBackpropV2", "CudnnRNNBackpropV3")
def _input_shapes(op):
    return tuple(op.shape(i) for i in range(4))


@shape_function("CudnnRNNParamsSize")
def _one(op):
    return TensorShape([1])


@shape_function("CudnnRNNCanonicalToParams", "CudnnRNNCanonicalToParamsV2")
def _some(op):
    return TensorShape([None])
