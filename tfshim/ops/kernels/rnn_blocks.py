"""Kernels of whole LSTM and GRU cells and of LSTM layers, with gradient ops that TensorFlow defines by hand."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.shapes import TensorShape

# In which order a weight matrix holds the gates: input, cell, forget, output; or input, forget, cell, output.
_ICFO = ("i", "c", "f", "o")
_IFCO = ("i", "f", "c", "o")


def _dot(a, b):
    """A matrix product; halves are added up in float32."""
    return jnp.matmul(a, b, preferred_element_type=jnp.float32).astype(a.dtype)


def _join(x, h):
    return jnp.concatenate([x, h], axis=1)


def _check_cell(x, states, w, b, gates: int = 4) -> None:
    if x.ndim != 2:
        raise invalid(f"x must be 2D, got shape {shape_text(x.shape)}")
    batch, inputs = x.shape
    units = states[0].shape[-1]
    for state in states:
        if state.shape != (batch, units):
            raise invalid(f"States must be [batch, units] = [{batch},{units}], got {shape_text(state.shape)}")
    if w.shape != (inputs + units, gates * units):
        wanted = shape_text((inputs + units, gates * units))
        raise invalid(f"Weights must be [inputs + units, {gates} * units] = {wanted}, got {shape_text(w.shape)}")
    if b.shape != (gates * units,):
        raise invalid(f"The bias must be [{gates} * units] = [{gates * units}], got {shape_text(b.shape)}")


def _lstm_step(x, cs_prev, h_prev, w, peepholes, b, forget_bias, cell_clip, order):
    """One step of an LSTM; returns i, cs, f, o, ci, co, h."""
    gates = dict(zip(order, jnp.split(_dot(_join(x, h_prev), w) + b, 4, axis=1)))
    wci, wcf, wco = peepholes or (0, 0, 0)
    i = jax.nn.sigmoid(gates["i"] + cs_prev * wci)
    f = jax.nn.sigmoid(gates["f"] + jnp.asarray(forget_bias, x.dtype) + cs_prev * wcf)
    ci = jnp.tanh(gates["c"])
    cs = ci * i + cs_prev * f
    if cell_clip > 0:
        cs = jnp.clip(cs, -cell_clip, cell_clip)
    o = jax.nn.sigmoid(gates["o"] + cs * wco)
    co = jnp.tanh(cs)
    return tuple(v.astype(x.dtype) for v in (i, cs, f, o, ci, co, co * o))


def _lstm_step_gradient(cs_prev, peepholes, outputs, cs_grad, h_grad, order):
    """The gradients of the cell state before a step and of its gates, and of the peepholes; clipping passes on all."""
    i, cs, f, o, ci, co = outputs
    d_o = o * (1 - o) * h_grad * co
    d_cs = (1 - co * co) * h_grad * o + cs_grad
    if peepholes:
        d_cs = d_cs + d_o * peepholes[2]
    d_gates = {"c": (1 - ci * ci) * d_cs * i, "f": f * (1 - f) * d_cs * cs_prev, "i": i * (1 - i) * d_cs * ci, "o": d_o}
    cs_prev_grad = d_cs * f
    if peepholes:
        cs_prev_grad = cs_prev_grad + d_gates["i"] * peepholes[0] + d_gates["f"] * peepholes[1]
        pairs = ((d_gates["i"], cs_prev), (d_gates["f"], cs_prev), (d_o, cs))
        peephole_grads = tuple(jnp.sum(d * state, axis=0) for d, state in pairs)
    else:
        peephole_grads = (jnp.zeros_like(i[0]),) * 3
    return cs_prev_grad, jnp.concatenate([d_gates[g] for g in order], axis=1), peephole_grads


def _peepholes(weights, units: int, use_peephole: bool):
    """The peephole weights of a cell, None if it has none; refuses what is no vector, also where it is not used."""
    for weight in weights:
        if weight.ndim != 1 or (use_peephole and weight.shape != (units,)):
            raise invalid(f"Peepholes must be [{units}], got {shape_text(weight.shape)}")
    return weights if use_peephole else None


@kernel("LSTMBlockCell")
def lstm_block_cell(x, cs_prev, h_prev, w, wci, wcf, wco, b, *, forget_bias, cell_clip, use_peephole):
    _check_cell(x, (cs_prev, h_prev), w, b)
    if not cs_prev.size:
        raise invalid(f"cs_prev must not be empty, got shape {shape_text(cs_prev.shape)}")
    peepholes = _peepholes((wci, wcf, wco), cs_prev.shape[1], use_peephole)
    return _lstm_step(x, cs_prev, h_prev, w, peepholes, b, forget_bias, cell_clip, _ICFO)


@kernel("LSTMBlockCellGrad")
def lstm_block_cell_grad(
    x, cs_prev, h_prev, w, wci, wcf, wco, b, i, cs, f, o, ci, co, cs_grad, h_grad, *, use_peephole
):
    _check_cell(x, (cs_prev, h_prev, i, cs, f, o, ci, co, cs_grad, h_grad), w, b)
    peepholes = _peepholes((wci, wcf, wco), cs_prev.shape[1], use_peephole)
    before, gates, rest = _lstm_step_gradient(cs_prev, peepholes, (i, cs, f, o, ci, co), cs_grad, h_grad, _ICFO)
    return before, gates, *rest


def _register_layer(name: str, order, **defaults) -> None:
    def run(length, x, cs_prev, h_prev, w, wci, wcf, wco, b, forget_bias, cell_clip, use_peephole):
        if x.ndim != 3:
            raise invalid(f"x must be 3D, got shape {shape_text(x.shape)}")
        _check_cell(x[0] if x.shape[0] else jnp.zeros(x.shape[1:], x.dtype), (cs_prev, h_prev), w, b)
        for peephole in (wci, wcf, wco):  # also where they are not used
            if peephole.shape != cs_prev.shape[1:]:
                raise invalid(f"Peepholes must be {shape_text(cs_prev.shape[1:])}, got {shape_text(peephole.shape)}")
        peepholes = (wci, wcf, wco) if use_peephole else None

        def step(states, at):
            time, now = at
            outputs = _lstm_step(now, *states, w, peepholes, b, forget_bias, cell_clip, order)
            # Steps past the longest sequence give zeros.
            outputs = tuple(jnp.where(time < length, v, 0) for v in outputs)
            return (outputs[1], outputs[6]), outputs

        return lax.scan(step, (cs_prev, h_prev), (jnp.arange(x.shape[0]), x))[1]

    if name == "BlockLSTM":

        @kernel(name, no_gradient=("seq_len_max",))
        def layer(seq_len_max, x, cs_prev, h_prev, w, wci, wcf, wco, b, *, forget_bias, cell_clip, use_peephole):
            operands = (seq_len_max, x, cs_prev, h_prev, w, wci, wcf, wco, b)
            return run(*operands, forget_bias, cell_clip, use_peephole)

    else:

        @kernel(name, no_gradient=("seq_len_max",))
        def layer_v2(seq_len_max, x, cs_prev, h_prev, w, wci, wcf, wco, b, *, cell_clip, use_peephole):
            return run(seq_len_max, x, cs_prev, h_prev, w, wci, wcf, wco, b, 0.0, cell_clip, use_peephole)


def _register_layer_gradient(name: str, order) -> None:
    @kernel(name)
    def gradient(
        seq_len_max,
        x,
        cs_prev,
        h_prev,
        w,
        wci,
        wcf,
        wco,
        b,
        i,
        cs,
        f,
        o,
        ci,
        co,
        h,
        cs_grad,
        h_grad,
        *,
        use_peephole,
    ):
        peepholes = (wci, wcf, wco) if use_peephole else None
        inputs = x.shape[2]
        cs_before = jnp.concatenate([cs_prev[None], cs[:-1]])
        h_before = jnp.concatenate([h_prev[None], h[:-1]])

        def step(carry, at):
            (d_cs, d_h), sums = carry
            time, now, cs_earlier, h_earlier, outputs, cs_given, h_given = at
            before, gates, more = _lstm_step_gradient(
                cs_earlier, peepholes, outputs, cs_given + d_cs, h_given + d_h, order
            )
            joined = _dot(gates, w.T)
            more = (_dot(_join(now, h_earlier).T, gates), *more, jnp.sum(gates, axis=0))
            running = time < seq_len_max
            sums = tuple(jnp.where(running, total + m, total) for total, m in zip(sums, more))
            states = jnp.where(running, before, d_cs), jnp.where(running, joined[:, inputs:], d_h)
            return (states, sums), jnp.where(running, joined[:, :inputs], 0)

        zeros = tuple(jnp.zeros_like(v) for v in (w, wci, wcf, wco, b))
        start = (jnp.zeros_like(cs_prev), jnp.zeros_like(h_prev)), zeros
        times = (jnp.arange(x.shape[0]), x, cs_before, h_before, (i, cs, f, o, ci, co), cs_grad, h_grad)
        ((d_cs, d_h), sums), d_x = lax.scan(step, start, times, reverse=True)
        return d_x, d_cs, d_h, *sums


_register_layer("BlockLSTM", _ICFO)
_register_layer("BlockLSTMV2", _IFCO)
_register_layer_gradient("BlockLSTMGrad", _ICFO)
_register_layer_gradient("BlockLSTMGradV2", _IFCO)


@kernel("GRUBlockCell")
def gru_block_cell(x, h_prev, w_ru, w_c, b_ru, b_c):
    _check_cell(x, (h_prev,), w_ru, b_ru, gates=2)
    _check_cell(x, (h_prev,), w_c, b_c, gates=1)
    r, u = jnp.split(jax.nn.sigmoid(_dot(_join(x, h_prev), w_ru) + b_ru), 2, axis=1)
    c = jnp.tanh(_dot(_join(x, h_prev * r), w_c) + b_c)
    return r, u, c, u * h_prev + (1 - u) * c


@kernel("GRUBlockCellGrad")
def gru_block_cell_grad(x, h_prev, w_ru, w_c, b_ru, b_c, r, u, c, d_h):
    inputs = x.shape[1]
    d_c_bar = d_h * (1 - u) * (1 - c * c)
    d_u_bar = d_h * (h_prev - c) * u * (1 - u)
    through_c = _dot(d_c_bar, w_c.T)
    d_reset = through_c[:, inputs:]
    d_ru_bar = jnp.concatenate([d_reset * h_prev * r * (1 - r), d_u_bar], axis=1)
    through_ru = _dot(d_ru_bar, w_ru.T)
    d_x = through_ru[:, :inputs] + through_c[:, :inputs]
    return d_x, through_ru[:, inputs:] + d_reset * r + d_h * u, d_c_bar, d_ru_bar


# Static shapes -------------------------------------------------------------------------------------------


def _register_cell_shapes(name: str, outputs: int) -> None:
    @shape_function(name)
    def shapes(op):
        x, state = op.shape(0).with_rank(2), op.shape(1).with_rank(2)
        return (TensorShape([x[0], state[1]]),) * outputs


_register_cell_shapes("LSTMBlockCell", 7)
_register_cell_shapes("GRUBlockCell", 4)


def _times(size: int | None, count: int) -> int | None:
    return None if size is None else size * count


@shape_function("LSTMBlockCellGrad")
def _cell_gradient_shapes(op):
    x, state = op.shape(0).with_rank(2), op.shape(1).with_rank(2)
    vectors = (TensorShape([state[1]]),) * 3
    return TensorShape([x[0], state[1]]), TensorShape([x[0], _times(state[1], 4)]), *vectors


@shape_function("GRUBlockCellGrad")
def _gru_gradient_shapes(op):
    x, state = op.shape(0).with_rank(2), op.shape(1).with_rank(2)
    like_state = TensorShape([x[0], state[1]])
    return x, like_state, like_state, TensorShape([x[0], _times(state[1], 2)])


@shape_function("BlockLSTM", "BlockLSTMV2")
def _layer_shapes(op):
    x, bias = op.shape(1).with_rank(3), op.shape(8).with_rank(1)
    if bias[0] is not None and bias[0] % 4:
        raise invalid(f"Dimension size must be evenly divisible by 4 but is {bias[0]}")
    units = None if bias[0] is None else bias[0] // 4
    return (TensorShape([x[0], x[1], units]),) * 7


@shape_function("BlockLSTMGrad", "BlockLSTMGradV2")
def _layer_gradient_shapes(op):
    return tuple(op.shape(i) for i in range(1, 9))
