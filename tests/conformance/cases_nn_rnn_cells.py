"""Wrappers of recurrent cells, around a plain cell: dropout drops the same elements for the same seed."""

from .runner import Program, raised


def _cell(tf, state_size=3):
    class Cell(tf.Module):
        """h' = tanh(x w + h): as many outputs as states."""

        def __init__(self, units=3):
            super().__init__(name="plain")
            self.units, self.state_size, self.output_size = units, state_size, units
            self.w = None

        def build(self, shape):
            self.w = tf.Variable(tf.ones([shape[-1], self.units]) / 4)

        def call(self, inputs, state):
            h = tf.nest.flatten(state)[-1]
            out = tf.tanh(tf.matmul(inputs, self.w) + h)
            return out, tf.nest.map_structure(lambda s: s + out, state)

        def zero_state(self, batch, dtype):
            return tf.zeros([batch, self.units], dtype)

        def get_config(self):
            return {"units": self.units}

        @classmethod
        def from_config(cls, config):
            return cls(**config)

    return Cell()


def _inputs(tf, size=3):
    return tf.reshape(tf.range(4.0 * size), [4, size]) / 10, tf.ones([4, 3])


def _dropout(tf, **options):
    tf.random.set_seed(12)
    cell = tf.nn.RNNCellDropoutWrapper(_cell(tf), seed=5, **options)
    x, state = _inputs(tf)
    cell.build(x.shape)
    return [cell.call(x, state) for _ in "12"]


def _structured_state(tf, **options):
    tf.random.set_seed(12)
    cell = tf.nn.RNNCellDropoutWrapper(_cell(tf, (3, (3, 3))), state_keep_prob=0.5, seed=5, **options)
    x, _ = _inputs(tf)
    cell.build(x.shape)
    return cell.call(x, (tf.ones([4, 3]), (tf.ones([4, 3]), tf.ones([4, 3]))))


def _residual(tf):
    x, state = _inputs(tf)
    plain = tf.nn.RNNCellResidualWrapper(_cell(tf))
    other = tf.nn.RNNCellResidualWrapper(_cell(tf), residual_fn=lambda i, o: i - o)
    wide, _ = _inputs(tf, 5)
    results = []
    for cell in (plain, other):
        cell.build(x.shape)
        results.append(cell.call(x, state))
    mismatched = tf.nn.RNNCellResidualWrapper(_cell(tf))
    mismatched.build(wide.shape)
    results += [raised(lambda: mismatched.call(wide, state)), plain.state_size, plain.output_size]
    return [*results, tf.function(plain.call)(x, state), len(plain.cell.trainable_variables)]


def _device(tf):
    x, state = _inputs(tf)
    cell = tf.nn.RNNCellDeviceWrapper(_cell(tf), "/cpu:0")
    cell.build(x.shape)
    weights = [*cell.get_weights(), cell.count_params(), len(cell.trainable_weights), len(cell.non_trainable_weights)]
    cell.set_weights([cell.get_weights()[0] * 2])
    return [cell.call(x, state), cell.zero_state(2, tf.float32), cell.get_config()["device"], weights]


def _config(tf):
    cell = tf.nn.RNNCellDropoutWrapper(_cell(tf), input_keep_prob=0.5, seed=5, name="dropped")
    config = cell.get_config()
    return [config.pop("name"), {k: config[k] for k in ("input_keep_prob", "seed", "input_size", "cell")}]


def _errors(tf):
    wrap = tf.nn.RNNCellDropoutWrapper
    return [
        raised(lambda: wrap(_cell(tf), input_keep_prob=1.5)),
        raised(lambda: wrap(_cell(tf), state_keep_prob=-0.5)),
        raised(lambda: wrap(_cell(tf), variational_recurrent=True)),
        raised(lambda: wrap(_cell(tf), 0.5, variational_recurrent=True, dtype="float32")),
        raised(lambda: wrap(_cell(tf), dropout_state_filter_visitor=3)),
    ]


CASES = [
    Program("dropout", lambda tf: _dropout(tf, input_keep_prob=0.6, output_keep_prob=0.7, state_keep_prob=0.8)),
    Program("dropout-none", _dropout),
    Program(
        "dropout-variational",
        lambda tf: _dropout(
            tf,
            input_keep_prob=0.6,
            output_keep_prob=0.7,
            state_keep_prob=0.8,
            variational_recurrent=True,
            input_size=3,
            dtype="float32",
        ),
    ),
    Program("dropout-state", _structured_state),
    Program(
        "dropout-filter",
        lambda tf: _structured_state(
            tf, dropout_state_filter_visitor=lambda s: (False, True) if isinstance(s, tuple) else True
        ),
    ),
    Program("residual", _residual),
    Program("device", _device),
    Program("config", _config),
    Program("errors", _errors),
]
