"""Calls that several threads make and that run as one: `tf.nondifferentiable_batch_function`, `Batch`, `Unbatch`."""

from __future__ import annotations

import threading
import time

from .runner import Program, raised

OPTIONS = {"num_batch_threads": 1, "max_batch_size": 10, "batch_timeout_micros": 1000}


def _together(fn, count):
    """What `fn(i)` gives in threads that start one after the other."""
    found = {}

    def call(i):
        time.sleep(0.1 * i)
        found[i] = fn(i)

    threads = [threading.Thread(target=call, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[i] for i in range(count)]


def _traced(tf):
    return tf.function(lambda a: (a + 1.0, a * 0 + a[0] + a[-1])).get_concrete_function(tf.TensorSpec([None]))


def _call(tf, x, name, concrete=None, **options):
    """Calls a function whose second result tells which rows came together."""
    concrete = concrete or _traced(tf)
    return tf.raw_ops.BatchFunction(
        in_tensors=[x],
        captured_tensors=concrete.captured_inputs,
        f=concrete,
        Tout=[t.dtype for t in concrete.outputs],
        shared_name=f"cases_{name}",
        **{**OPTIONS, **options},
    )


def _of_threads(tf):
    options = {"max_batch_size": 6, "batch_timeout_micros": 2000000, "allowed_batch_sizes": [2, 6]}
    concrete = _traced(tf)
    return _together(lambda i: _call(tf, tf.fill([i + 1], float(i)), "threads", concrete, **options), 4)


def _decorated(tf):
    batched = tf.nondifferentiable_batch_function(1, 10, 1000)
    traces, v = [], tf.Variable(3.0)

    @batched
    def scaled(a, b):
        traces.append(a.shape)
        v.assign_add(1.0)
        return {"a": a * v, "b": [b]}

    x = tf.constant([[1.0, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = scaled(x, tf.constant([7]))
    called = tf.function(lambda x: scaled(x, tf.constant([7])))
    refusals = [
        raised(lambda: scaled([1.0], tf.constant([1]))),
        raised(lambda: scaled(tf.constant(1.0), tf.constant([1]))),
        raised(lambda: scaled(tf.constant([1.0, 2.0]), tf.constant([1]))),
        raised(lambda: scaled(tf.zeros([25, 1]), tf.range(25))),
        raised(lambda: scaled(tf.Variable([1.0]), tf.constant([1]))),
        raised(lambda: tape.gradient(y["a"], x)),
        raised(lambda: batched(lambda a: tf.reduce_sum(a))(x)),
        raised(lambda: batched(lambda a: a[:0])(x)),
        raised(lambda: batched(lambda a: [])(x)),
        raised(lambda: batched(tf.zeros)()),
    ]
    return [y, called(x), len(traces), v, refusals]


def _in_graph(tf):
    with tf.Graph().as_default():
        outputs = tf.nondifferentiable_batch_function(1, 10, 1000)(lambda a: (a, a + 1))(tf.constant([1, 2]))
        node = outputs[0].op
        return [[t.shape.rank for t in outputs], node.type, node.name, sorted(node.node_def.attr), len(node.inputs)]


def _batch(tf, x, name, **options):
    return tf.raw_ops.Batch(
        in_tensors=[x], grad_timeout_micros=1000, shared_name=f"cases_{name}", **{**OPTIONS, **options}
    )


def _there_and_back(tf):
    @tf.function
    def step(x):
        (batch,), index, key = _batch(tf, x, "joined", max_batch_size=6, batch_timeout_micros=2000000)
        total = batch * batch + tf.reduce_sum(batch)
        back = tf.raw_ops.Unbatch(
            batched_tensor=total, batch_index=index, id=key, timeout_micros=2000000, shared_name="cases_back"
        )
        grad = tf.raw_ops.UnbatchGrad(original_input=batch, batch_index=index, grad=x, id=key, shared_name="cases_grad")
        return back, batch, index[:, 1:], grad, [t.shape.as_list() for t in (batch, index, key, back)]

    step.get_concrete_function(tf.TensorSpec([2]))
    return _together(lambda i: step(tf.fill([2], float(i))), 3)


def _refusals(tf):
    x = tf.range(8.0)
    unbatch = tf.raw_ops.Unbatch
    rows = tf.constant([[1, 0, 9]], tf.int64)
    return [
        raised(lambda: _call(tf, x, "r1", allowed_batch_sizes=[3, 9])),
        raised(lambda: _call(tf, x, "r2", allowed_batch_sizes=[10, 3])),
        raised(lambda: _call(tf, x, "r3", max_batch_size=0)),
        raised(lambda: _call(tf, x, "r4", batch_timeout_micros=-1)),
        raised(lambda: _call(tf, x, "r5", batch_padding_policy="SIDEWAYS")),
        raised(lambda: _call(tf, x, "r6", max_batch_size=7, enable_large_batch_splitting=True)),
        raised(lambda: _batch(tf, x, "r7", allowed_batch_sizes=[3, 9])),
        raised(lambda: _batch(tf, tf.constant(1.0), "r8")),
        raised(lambda: unbatch(batched_tensor=x, batch_index=rows, id=1, timeout_micros=1)),
        raised(lambda: unbatch(batched_tensor=x, batch_index=rows[:0], id=1, timeout_micros=1)),
    ]


CASES = [
    Program("batch-function", _decorated),
    Program("batch-function-in-graph", _in_graph),
    Program("batch-function-threads", _of_threads),
    Program("batch-function-padding", lambda tf: _call(tf, tf.range(4.0), "pads", allowed_batch_sizes=[3, 10])),
    Program(
        "batch-function-splitting",
        lambda tf: _call(tf, tf.range(8.0), "splits", allowed_batch_sizes=[3, 6], enable_large_batch_splitting=True),
    ),
    Program("batch-function-empty", lambda tf: _call(tf, tf.range(0.0), "empty")),
    Program("batch-padding", lambda tf: _batch(tf, tf.range(3.0), "padded", allowed_batch_sizes=[4, 10])[0]),
    Program("batch-and-unbatch", _there_and_back),
    Program("batch-refusals", _refusals),
]
