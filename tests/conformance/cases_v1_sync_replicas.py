"""`tf.compat.v1.train.SyncReplicasOptimizer`: gradients of several steps, applied once."""

from __future__ import annotations

import time

from .runner import Program, raised


def _model(tf, rows=None):
    v1 = tf.compat.v1
    w = v1.get_variable("w", initializer=[[1.0], [2.0], [3.0]])
    return tf.reduce_sum((w if rows is None else tf.gather(w, rows)) ** 2), w, v1.train.get_or_create_global_step()


def _settled(session, step, wanted):
    """The global step, once the thread that makes the steps has come so far."""
    for _ in range(100):
        if session.run(step) >= wanted:
            break
        time.sleep(0.02)
    return session.run(step)


def trained(name, replicas, steps, rows=None, average=False, **options):
    def run(tf):
        v1 = tf.compat.v1
        with tf.Graph().as_default(), v1.Session() as session:
            loss, w, step = _model(tf, rows)
            averages = v1.train.ExponentialMovingAverage(0.5) if average else None
            inner = v1.train.MomentumOptimizer(0.1, 0.9)
            optimizer = v1.train.SyncReplicasOptimizer(
                inner, replicas, variable_averages=averages, variables_to_average=[w] if average else None, **options
            )
            update = optimizer.minimize(loss, global_step=step)
            names = [sorted(v.name for v in v1.global_variables()), [v.name for v in v1.local_variables()]]
            session.run([v1.global_variables_initializer(), v1.local_variables_initializer()])
            session.run(optimizer.chief_init_op)
            session.run(optimizer.get_init_tokens_op())
            coordinator = v1.train.Coordinator()
            optimizer.get_chief_queue_runner().create_threads(session, coord=coordinator, daemon=True, start=True)
            for _ in range(steps):
                session.run(update)
            found = [_settled(session, step, steps // replicas), optimizer.get_slot_names()]
            coordinator.request_stop()
            return names, found

    return Program(name, run)


def _hook(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        loss, w, step = _model(tf)
        optimizer = v1.train.SyncReplicasOptimizer(v1.train.GradientDescentOptimizer(0.1), 1)
        update = optimizer.minimize(loss, global_step=step)
        hooks = [optimizer.make_session_run_hook(True, num_tokens=0)]
        with v1.train.MonitoredTrainingSession(hooks=hooks, stop_grace_period_secs=0) as session:
            session.run(update)
            return session.run(step) >= 1


def _refusals(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        loss, _, step = _model(tf)
        optimizer = v1.train.SyncReplicasOptimizer(v1.train.GradientDescentOptimizer(0.1), 2, 1)
        found = [
            raised(optimizer.get_chief_queue_runner),
            raised(optimizer.get_init_tokens_op),
            raised(lambda: optimizer.minimize(loss)),
            raised(lambda: optimizer.apply_gradients([], step)),
        ]
        optimizer.minimize(loss, global_step=step)
        return [*found, raised(lambda: optimizer.get_init_tokens_op(0)), optimizer.get_init_tokens_op(1).type]


def _accumulated_rows(tf):
    v1 = tf.compat.v1
    gradients = {"a": ([0, 2, 0], [[1.0], [2.0], [4.0]]), "b": ([0, 1], [[8.0], [16.0]]), "c": ([2, 0], [[3.0], [5.0]])}
    found = []
    for kind in ("MEAN", "SUM"):
        for labels in ("a", "bc", "cb", "ab", "ba", "aa", "bba"):
            with tf.Graph().as_default(), v1.Session() as session:
                accumulator = v1.SparseConditionalAccumulator(tf.float32, shape=(), reduction_type=kind)
                for label in labels:
                    session.run(accumulator.apply_grad(*gradients[label], grad_shape=[3, 1]))
                found.append(session.run(accumulator.take_grad(len(labels))))
    return found


CASES = [
    Program("accumulated-rows", _accumulated_rows),
    trained("one-replica", 1, 2),
    trained("two-gradients", 2, 4),
    trained("rows", 1, 2, rows=[0, 2, 0]),
    trained("backup-replica", 2, 2, total_num_replicas=1),
    trained("averages", 1, 2, average=True),
    Program("hook", _hook),
    Program("refusals", _refusals),
]
