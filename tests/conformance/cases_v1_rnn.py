"""`tf.compat.v1.nn`: recurrent cells over sequences, eagerly, in functions and in sessions."""

from __future__ import annotations

import numpy as np

from .runner import Program, raised

_X = np.random.default_rng(1).normal(size=(2, 5, 3)).astype(np.float32)
_W = np.random.default_rng(2).normal(size=(7, 4)).astype(np.float32)
_LENGTHS = [5, 3]


def _cell(tf, variables=False):
    class Cell:
        """A simple recurrent cell with two states, one of which counts the steps."""

        state_size = (4, 1)
        output_size = 4

        def zero_state(self, batch, dtype):
            return tf.zeros([batch, 4], dtype), tf.zeros([batch, 1], dtype)

        def __call__(self, inputs, state, scope=None):
            weights = tf.compat.v1.get_variable("w", initializer=_W) if variables else tf.constant(_W)
            h, n = state
            h = tf.tanh(tf.matmul(tf.concat([inputs, h], -1), weights))
            return h * 2.0, (h, n + 1.0)

    return Cell()


def _dynamic(tf, x, **options):
    return tf.compat.v1.nn.dynamic_rnn(_cell(tf), x, dtype=tf.float32, **options)


def _dynamic_program(tf):
    x = tf.constant(_X)
    signature = [tf.TensorSpec([None, None, 3])]

    @tf.function(input_signature=signature)
    def unknown(x):
        outputs, state = _dynamic(tf, x, sequence_length=_LENGTHS)
        return outputs, state, tf.gradients(outputs, x)

    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs, _ = _dynamic(tf, x, sequence_length=_LENGTHS)
    return [
        _dynamic(tf, x),
        _dynamic(tf, x, sequence_length=tf.constant(_LENGTHS, tf.int64)),
        _dynamic(tf, tf.transpose(x, [1, 0, 2]), time_major=True),
        _dynamic(tf, x, initial_state=(tf.ones([2, 4]), tf.ones([2, 1]))),
        tf.function(lambda x: _dynamic(tf, x, sequence_length=_LENGTHS))(x),
        unknown(x),
        tape.gradient(outputs, x),
        unknown.get_concrete_function().structured_outputs[0].shape,
    ]


def _both_ways(tf):
    v1, x = tf.compat.v1, tf.constant(_X)
    cells = _cell(tf), _cell(tf)
    steps = tf.unstack(x, axis=1)
    return [
        v1.nn.bidirectional_dynamic_rnn(*cells, x, dtype=tf.float32),
        v1.nn.bidirectional_dynamic_rnn(*cells, x, sequence_length=_LENGTHS, dtype=tf.float32),
        v1.nn.static_rnn(cells[0], steps, dtype=tf.float32),
        v1.nn.static_rnn(cells[0], steps, dtype=tf.float32, sequence_length=_LENGTHS),
        v1.nn.static_bidirectional_rnn(*cells, steps, dtype=tf.float32),
        v1.nn.static_bidirectional_rnn(*cells, steps, dtype=tf.float32, sequence_length=tf.constant(_LENGTHS)),
    ]


def _raw_run(tf):
    inputs = tf.TensorArray(tf.float32, 5, clear_after_read=False).unstack(np.transpose(_X, [1, 0, 2]))
    cell = _cell(tf)

    def loop_fn(time, output, state, loop_state):
        if output is None:
            state, loop_state = cell.zero_state(2, tf.float32), tf.constant(0.0)
        else:
            loop_state = loop_state + tf.reduce_sum(output)
        finished = time >= tf.constant(_LENGTHS)
        ended = tf.reduce_all(finished)
        now = tf.cond(ended, lambda: tf.zeros([2, 3]), lambda: inputs.read(time))
        return finished, now, state, output, loop_state

    emitted, state, loop_state = tf.compat.v1.nn.raw_rnn(cell, loop_fn)
    return emitted.stack(), state, loop_state


def _raw(tf):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        return session.run(_raw_run(tf))


def _in_session(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 5, 3])
        outputs, state = v1.nn.dynamic_rnn(_cell(tf, True), x, dtype=tf.float32)
        backwards, _ = v1.nn.static_rnn(_cell(tf, True), tf.unstack(x, axis=1), dtype=tf.float32, scope="other")
        names = [v.name for v in v1.global_variables()]
        gradient = tf.gradients(outputs, v1.global_variables()[0])[0]
        session.run(v1.global_variables_initializer())
        return names, session.run([outputs, state, backwards[-1], gradient], {x: _X}), outputs.shape


def _errors(tf):
    v1 = tf.compat.v1
    return [
        raised(lambda: v1.nn.dynamic_rnn(lambda x, s: (x, s), _X, dtype=tf.float32)),
        raised(lambda: v1.nn.dynamic_rnn(_cell(tf), _X)),
        raised(lambda: v1.nn.dynamic_rnn(_cell(tf), _X, sequence_length=[[1, 2]], dtype=tf.float32)),
        raised(lambda: v1.nn.static_rnn(_cell(tf), tf.constant(_X), dtype=tf.float32)),
        raised(lambda: v1.nn.static_rnn(_cell(tf), [], dtype=tf.float32)),
        raised(lambda: v1.nn.raw_rnn(_cell(tf), 3)),
    ]


CASES = [
    Program("dynamic", _dynamic_program),
    Program("both-ways", _both_ways),
    Program("raw", _raw),
    Program("session", _in_session),
    Program("errors", _errors),
]
