"""Raw ops of whole LSTM and GRU cells and layers, and their gradients."""

import functools

from .inputs import f16, f32
from .runner import Case, Program, raised

BATCH, INPUTS, UNITS, STEPS = 2, 3, 4, 5
CELL = [f32(BATCH, INPUTS), f32(BATCH, UNITS), f32(BATCH, UNITS)]
WEIGHTS = [f32(INPUTS + UNITS, 4 * UNITS), f32(UNITS), f32(UNITS), f32(UNITS), f32(4 * UNITS)]
NAMES = ("cs_prev", "h_prev", "w", "wci", "wcf", "wco", "b")
STATES = [f32(BATCH, UNITS) for _ in range(8)]
GRU = [
    *CELL[:2],
    f32(INPUTS + UNITS, 2 * UNITS),
    f32(INPUTS + UNITS, UNITS),
    f32(2 * UNITS),
    f32(UNITS),
]
GRU_NAMES = ("x", "h_prev", "w_ru", "w_c", "b_ru", "b_c")
OTHER_ORDER = "TensorFlow differentiates BlockLSTMV2 by the op for the other order of gates, with wrong results"


def _cell(**attrs):
    return lambda tf, *inputs: tf.raw_ops.LSTMBlockCell(**dict(zip(("x", *NAMES), inputs)), **attrs)


def _layer(name, length=STEPS, **attrs):
    def run(tf, *inputs):
        outputs = getattr(tf.raw_ops, name)(
            seq_len_max=tf.constant(length, tf.int64), **dict(zip(("x", *NAMES), inputs)), **attrs
        )
        return outputs.cs, outputs.h

    return run


def _layer_all(name):
    # All steps: TensorFlow leaves the gates of others uninitialised.
    return lambda tf, *inputs: getattr(tf.raw_ops, name)(
        seq_len_max=tf.constant(STEPS, tf.int64), **dict(zip(("x", *NAMES), inputs))
    )


def _layer_gradient(name):
    names = ("x", *NAMES, "i", "cs", "f", "o", "ci", "co", "h", "cs_grad", "h_grad")
    return lambda tf, *inputs: getattr(tf.raw_ops, name)(
        seq_len_max=tf.constant(3, tf.int64), use_peephole=True, **dict(zip(names, inputs))
    )


def _cell_gradient(peephole):
    names = ("x", *NAMES, "i", "cs", "f", "o", "ci", "co", "cs_grad", "h_grad")
    return lambda tf, *inputs: tf.raw_ops.LSTMBlockCellGrad(use_peephole=peephole, **dict(zip(names, inputs)))


def _gru_gradient(tf, *inputs):
    return tf.raw_ops.GRUBlockCellGrad(**dict(zip((*GRU_NAMES, "r", "u", "c", "d_h"), inputs)))


def _errors(tf):
    def cell(x=(2, 3), state=(2, 4), w=(7, 16), b=(16,), wci=(4,), **attrs):
        zeros = tf.zeros
        return raised(
            lambda: tf.raw_ops.LSTMBlockCell(
                x=zeros(x), cs_prev=zeros(state), h_prev=zeros(state), w=zeros(w), b=zeros(b),
                wci=zeros(wci), wcf=zeros([4]), wco=zeros([4]), **attrs,
            )
        )  # fmt: skip

    vectors = [cell(wci=shape, use_peephole=used) for shape in ((), (1, 4)) for used in (False, True)]
    return [cell(), cell(x=(2, 2)), cell(state=(3, 4)), cell(w=(7, 15)), cell(b=(15,)), vectors]


SEQUENCE = [f32(STEPS, BATCH, INPUTS), *CELL[1:], *WEIGHTS]


def _sizes(tf):
    """Whether operands of other sizes are refused, in a function and outside."""
    right = {"x": [2, 3, 4], "cs_prev": [3, 5], "h_prev": [3, 5], "w": [9, 20], "b": [20]}
    right |= {"wci": [5], "wcf": [5], "wco": [5]}
    wrong = {
        "x": [2, 3],
        "cs_prev": [3, 4],
        "h_prev": [2, 5],
        "w": [9, 21],
        "b": [19],
        "wci": [4],
        "wcf": [1, 5],
        "wco": [6],
    }
    found = []
    for name in ("BlockLSTM", "BlockLSTMV2"):
        for argument in wrong:
            operands = {k: tf.zeros((wrong if k == argument else right)[k]) for k in right}
            call = functools.partial(getattr(tf.raw_ops, name), seq_len_max=tf.constant(2, tf.int64), **operands)
            found.append([argument, raised(call), raised(lambda call=call: tf.function(lambda: call())())])
    return found


CASES = [
    Program("lstm-sizes", _sizes),
    Case("lstm-cell", _cell(), [*CELL, *WEIGHTS]),
    Case("lstm-cell-peephole", _cell(use_peephole=True, forget_bias=0.5, cell_clip=0.7), [*CELL, *WEIGHTS]),
    Case(
        "lstm-cell-half", _cell(cell_clip=-1.0), [f16(2, 3), f16(2, 4), f16(2, 4), f16(7, 16), *[f16(4)] * 3, f16(16)]
    ),
    Case("lstm-cell-no-gradient", _cell(), [*CELL, *WEIGHTS], grad=True),
    Case("lstm-cell-gradient", _cell_gradient(False), [*CELL, *WEIGHTS, *STATES]),
    Case("lstm-cell-gradient-peephole", _cell_gradient(True), [*CELL, *WEIGHTS, *STATES]),
    Program("lstm-cell-errors", _errors),
    *(Case(f"{name}-all", _layer_all(name), SEQUENCE) for name in ("BlockLSTM", "BlockLSTMV2")),
    Case("lstm", _layer("BlockLSTM"), SEQUENCE, grad=True, rtol=1e-4),
    Case("lstm-short", _layer("BlockLSTM", 3, use_peephole=True, cell_clip=0.5), SEQUENCE, grad=True, rtol=1e-4),
    Case("lstm-empty", _layer("BlockLSTM", 0), SEQUENCE),
    Case("lstm-v2", _layer("BlockLSTMV2", cell_clip=1.0), SEQUENCE),
    Case("lstm-v2-gradient", _layer("BlockLSTMV2"), SEQUENCE, grad=True, xfail=OTHER_ORDER),
    *(
        Case(f"{name}-raw", _layer_gradient(name), [*SEQUENCE, *[f32(STEPS, BATCH, UNITS)] * 9], rtol=1e-4)
        for name in ("BlockLSTMGrad", "BlockLSTMGradV2")
    ),
    Case("gru-cell", lambda tf, *inputs: tf.raw_ops.GRUBlockCell(**dict(zip(GRU_NAMES, inputs))), GRU),
    Case("gru-cell-gradient", _gru_gradient, [*GRU, *STATES[:4]]),
    Case(
        "gru-cell-empty",
        lambda tf, *inputs: tf.raw_ops.GRUBlockCell(**dict(zip(GRU_NAMES, inputs))),
        [f32(0, INPUTS), f32(0, UNITS), *GRU[2:]],
    ),
    Case(
        "gru-cell-shape",
        lambda tf, *inputs: tf.raw_ops.GRUBlockCell(**dict(zip(GRU_NAMES, inputs))),
        [f32(2, INPUTS), f32(3, UNITS), *GRU[2:]],
    ),
]
