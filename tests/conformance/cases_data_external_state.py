"""Which iterators may be saved: those of datasets whose functions depend on no state outside of them."""

from __future__ import annotations

import os
import tempfile

from .runner import Program, raised


def saved(name, **pipelines):
    """Whether iterators of datasets `make(tf, Dataset, variable)` can be saved."""

    def run(tf):
        variable, found = tf.Variable(1, dtype=tf.int64), {}
        with tempfile.TemporaryDirectory() as folder:
            for label, make in pipelines.items():
                iterator = iter(make(tf, tf.data.Dataset, variable))
                checkpoint = tf.train.Checkpoint(iterator=iterator)
                found[label] = raised(lambda to=checkpoint, at=label: to.write(os.path.join(folder, at)))
        return found

    return Program(name, run)


def _generated(tf, Dataset):
    return Dataset.from_generator(lambda: iter(range(5)), output_signature=tf.TensorSpec([], tf.int64))


def _dense_table(tf):
    keys = [tf.constant(v, tf.int64) for v in (-1, -2, -3)]
    return tf.lookup.experimental.DenseHashTable(tf.int64, tf.int64, *keys)


def _mapped(fn):
    return lambda tf, Dataset, v: Dataset.range(5).map(lambda x: fn(tf, x, v))


def _policy(tf, *names):
    policies = tf.data.experimental.ExternalStatePolicy
    for name in names:
        options = tf.data.Options()
        options.experimental_external_state_policy = getattr(policies, name)
        yield options


def _with_policies(*names, before=False):
    def make(tf, Dataset, v):
        dataset = Dataset.range(5) if before else Dataset.range(5).map(lambda x: x + v)
        for options in _policy(tf, *names):
            dataset = dataset.with_options(options)
        return dataset.map(lambda x: x + v) if before else dataset

    return make


CASES = [
    saved(
        "sources",
        random=lambda tf, D, v: D.random(),
        shuffle=lambda tf, D, v: D.range(5).shuffle(5),
        generator=lambda tf, D, v: _generated(tf, D),
        generator_mapped=lambda tf, D, v: _generated(tf, D).map(lambda x: x + 1).batch(2),
        generator_zipped=lambda tf, D, v: D.zip((D.range(3), _generated(tf, D))),
        generators_interleaved=lambda tf, D, v: D.range(2).interleave(lambda x: _generated(tf, D)),
        shuffles_interleaved=lambda tf, D, v: D.range(2).interleave(lambda x: D.range(3).shuffle(2)),
        random_interleaved=lambda tf, D, v: D.range(2).interleave(lambda x: D.random().take(2)),
    ),
    saved(
        "functions",
        random=_mapped(lambda tf, x, v: tf.random.uniform([], seed=1)),
        stateless_random=_mapped(lambda tf, x, v: tf.random.stateless_uniform([], [1, 2])),
        dropout=_mapped(lambda tf, x, v: tf.nn.dropout(tf.ones([2]), 0.5)),
        python=_mapped(lambda tf, x, v: tf.py_function(lambda x: x, [x], tf.int64)),
        stateless_python=_mapped(lambda tf, x, v: tf.numpy_function(lambda x: x, [x], tf.int64, stateful=False)),
        variable=_mapped(lambda tf, x, v: x + v),
        assigned=_mapped(lambda tf, x, v: v.assign_add(x)),
        asserted=_mapped(lambda tf, x, v: (tf.debugging.assert_less(x, tf.constant(9, tf.int64)), x)[1]),
        timestamp=_mapped(lambda tf, x, v: tf.timestamp()),
        branch=_mapped(lambda tf, x, v: tf.cond(x > 0, lambda: x + v, lambda: x)),
        called=_mapped(lambda tf, x, v: tf.function(lambda x: x + v, autograph=False)(x)),
        called_pure=_mapped(lambda tf, x, v: tf.function(lambda x: x + 1, autograph=False)(x)),
        nested=lambda tf, D, v: D.range(3).flat_map(lambda x: D.range(x).map(lambda y: y + v)),
        filtered=lambda tf, D, v: D.range(3).filter(lambda x: x < v),
        scanned=lambda tf, D, v: D.range(3).scan(tf.constant(0, tf.int64), lambda s, x: (s + v, x)),
    ),
    saved(
        "tables",
        found=lambda tf, D, v: (lambda table: D.range(5).map(table.lookup))(_dense_table(tf)),
        size=lambda tf, D, v: (lambda table: D.range(5).map(lambda x: table.size()))(_dense_table(tf)),
        inserted=lambda tf, D, v: (lambda t: D.range(5).map(lambda x: (t.insert(x, x), x)[1]))(_dense_table(tf)),
    ),
    saved(
        "policies",
        warn=_with_policies("WARN"),
        ignore=_with_policies("IGNORE", before=True),
        fail=_with_policies("FAIL"),
        ignore_then_fail=_with_policies("IGNORE", "FAIL"),
        fail_then_ignore=_with_policies("FAIL", "IGNORE"),
    ),
]
