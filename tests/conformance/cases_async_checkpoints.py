"""Checkpoints that are written in the background: which values they hold, the order of callbacks, errors."""

import os
import tempfile

from .runner import Program, raised


def _options(tf, **more):
    return tf.train.CheckpointOptions(enable_async=True, **more)


def _values(tf):
    """Each save holds the values of its time, and is complete after `sync`, or when it is restored."""
    folder, v, log = tempfile.mkdtemp(), tf.Variable([0.0, 0.0]), []
    checkpoint = tf.train.Checkpoint(v=v, parts=[tf.Variable(3)])
    note = [lambda path: log.append(os.path.basename(path)), lambda: log.append("written")]
    for i in range(4):
        v.assign([float(i), 1.0])
        path = checkpoint.save(folder + "/c", options=_options(tf, experimental_write_callbacks=note))
        v.assign([9.0, 9.0])
    checkpoint.sync()
    other = tf.Variable([5.0, 5.0])
    tf.train.Checkpoint(v=other).restore(path).expect_partial()
    names = sorted(os.listdir(folder)), os.path.basename(tf.train.latest_checkpoint(folder))
    key = "v/.ATTRIBUTES/VARIABLE_VALUE"
    found = [tf.train.load_checkpoint(f"{folder}/c-{i}").get_tensor(key) for i in range(1, 5)]
    checkpoint.restore(path)
    return names, log, found, other, v


def _written(tf):
    folder, v = tempfile.mkdtemp(), tf.Variable([1.0])
    checkpoint = tf.train.Checkpoint(v=v)
    path = checkpoint.write(folder + "/deeper/w", options=_options(tf))
    v.assign([2.0])
    checkpoint.read(path)
    return os.path.basename(path), type(path).__name__, sorted(os.listdir(folder + "/deeper")), v


def _manager(tf):
    folder, v = tempfile.mkdtemp(), tf.Variable(1.0)
    manager = tf.train.CheckpointManager(tf.train.Checkpoint(v=v), folder, max_to_keep=2)
    paths = [manager.save(options=_options(tf)) for _ in range(4)]
    manager.sync()
    kept = [os.path.basename(p) for p in (*paths, *manager.checkpoints, manager.latest_checkpoint)]
    return kept, sorted(os.listdir(folder))


def _errors(tf):
    """What fails in the background is raised by the next save, which then writes nothing."""
    folder = tempfile.mkdtemp()
    with open(folder + "/file", "w"):
        pass

    def fail(path):
        raise ValueError("no")

    blocked, failing = (tf.train.Checkpoint(v=tf.Variable(1.0)) for _ in range(2))

    def save_blocked():
        blocked.save(folder + "/file/c", options=_options(tf))
        blocked.sync()

    def save_failing(*callbacks):
        failing.save(folder + "/c", options=_options(tf, experimental_write_callbacks=list(callbacks)))
        failing.sync()

    outcomes = [raised(save_blocked), raised(save_blocked), raised(blocked.sync)]
    outcomes += [raised(lambda: save_failing(fail)), raised(failing.sync), raised(save_failing)]
    # In TensorFlow too, what failed after the files were there is there.
    return outcomes, sorted(os.listdir(folder))


CASES = [
    Program("values", _values),
    Program("written", _written),
    Program("manager", _manager),
    Program("errors", _errors),
]
