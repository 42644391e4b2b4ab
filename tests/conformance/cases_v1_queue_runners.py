"""Input pipelines of queues: queue runners, producers of elements, batches, threads in a loop."""

from __future__ import annotations

from .runner import Program, raised


def _pipeline(build, runs=None, values=True):
    """Runs what `build(tf, tf.compat.v1.train)` makes until its end, or so often."""

    def program(tf):
        v1 = tf.compat.v1
        with tf.Graph().as_default(), v1.Session() as session:
            fetches = build(tf, v1.train)
            session.run([v1.global_variables_initializer(), v1.local_variables_initializer()])
            coordinator = tf.train.Coordinator()
            threads = v1.train.start_queue_runners(session, coordinator)
            found = []
            try:
                while runs is None or len(found) < runs:
                    found.append(session.run(fetches))
            except tf.errors.OutOfRangeError:
                found.append("end")
            coordinator.request_stop()
            coordinator.join(threads, stop_grace_period_secs=10)
            return found if values else len(found), len(threads), [t.shape for t in tf.nest.flatten(fetches)]

    return program


def _numbers(train, n, **options):
    return train.range_input_producer(n, shuffle=False, **options).dequeue()


def _shuffled(tf, train):
    numbers = train.range_input_producer(5, num_epochs=2, seed=3).dequeue()
    batch = train.shuffle_batch([numbers], 10, capacity=20, min_after_dequeue=5, seed=1)
    return tf.reduce_sum(batch, name="sum")


def _kept(tf, train):
    numbers = _numbers(train, 5, num_epochs=2)
    return train.maybe_batch([numbers, numbers * numbers], numbers > 1, 2)


def _kept_of_many(tf, train):
    keep = tf.constant([True, False, True, True])
    return train.maybe_batch([tf.constant([1, 2, 3, 4])], keep, 3, enqueue_many=True)


def _padded(tf, train):
    numbers = _numbers(train, 3, num_epochs=1)
    return train.batch([tf.ones([numbers + 1], tf.int32)], 3, dynamic_pad=True, shapes=[[None]])


def _sparse(tf, train):
    n = tf.cast(_numbers(train, 3, num_epochs=1), tf.int64)
    sparse = tf.SparseTensor([[n]], [n * 10], [3])
    return train.batch([n, sparse], 3)


def _sparse_rows(tf, train):
    sparse = tf.SparseTensor([[0, 1], [2, 0]], [1.0, 2.0], [3, 2])
    return train.batch([sparse], 3, enqueue_many=True)


def _padded_scalars(tf, train):
    return train.batch([_numbers(train, 3, num_epochs=1), tf.constant([1, 2])], 2, dynamic_pad=True)


_PIPELINES = {
    "sparse": _pipeline(_sparse),
    "sparse-rows": _pipeline(_sparse_rows, 2),
    "padded-scalars": _pipeline(_padded_scalars),
    "strings": _pipeline(lambda tf, t: t.string_input_producer(["a", "b"], num_epochs=2, shuffle=False).dequeue()),
    "slices": _pipeline(
        lambda tf, t: t.batch(t.slice_input_producer([tf.range(5), tf.range(5.0)], num_epochs=2, shuffle=False), 3)
    ),
    "smaller-batch": _pipeline(
        lambda tf, t: t.batch({"x": _numbers(t, 5, num_epochs=1)}, 3, allow_smaller_final_batch=True)
    ),
    "shuffled": _pipeline(_shuffled),
    "kept": _pipeline(_kept),
    "kept-of-many": _pipeline(_kept_of_many, 3),
    "padded": _pipeline(_padded),
    "joined": _pipeline(lambda tf, t: t.batch_join([[tf.constant(1)], [tf.constant(2)]], 4), 3, values=False),
    "joined-shuffled": _pipeline(
        lambda tf, t: t.shuffle_batch_join([{"a": tf.constant(1)}, {"a": tf.constant(2)}], 4, 20, 8), 3, values=False
    ),
}


def _monitored(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        batch = v1.train.batch([_numbers(v1.train, 4, num_epochs=1)], 2)
        found = []
        with v1.train.MonitoredSession() as session:
            while not session.should_stop():
                found.append(session.run(batch))
            again = v1.train.start_queue_runners(session)
        return found, again


def _runner(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        queue = tf.queue.FIFOQueue(10, tf.float32, [[]])
        limit = v1.placeholder_with_default(2.0, [])
        filled = queue.enqueue(tf.debugging.check_numerics(1.0 / (limit - 2.0), "bad"))
        runner = v1.train.QueueRunner(queue, [filled, filled])
        coordinator = tf.train.Coordinator()
        threads = runner.create_threads(session, coordinator, start=True)
        error = raised(lambda: coordinator.join(threads))
        return len(threads), error, runner.name, len(runner.enqueue_ops), runner.exceptions_raised


def _errors(tf):
    train = tf.compat.v1.train
    eager = [
        raised(lambda: train.batch([tf.constant(1)], 2)),
        raised(lambda: train.range_input_producer(2)),
        raised(train.start_queue_runners),
        raised(train.QueueRunner),
    ]
    with tf.Graph().as_default():
        unknown = tf.compat.v1.placeholder(tf.float32)
        queue = tf.queue.FIFOQueue(1, tf.int32)
        return eager, [
            raised(train.start_queue_runners),
            raised(lambda: train.start_queue_runners(3)),
            raised(train.QueueRunner),
            raised(lambda: train.QueueRunner(queue, [tf.no_op()], queue_closed_exception_types=ValueError)),
            raised(lambda: train.batch([], 2)),
            raised(lambda: train.batch([unknown], 2)),
            raised(lambda: train.batch_join([], 2)),
            raised(lambda: train.batch_join([[1], [1.0]], 2)),
            raised(lambda: train.batch_join([{"a": 1}, {"b": 1}], 2)),
            raised(lambda: train.string_input_producer([])),
            raised(lambda: train.slice_input_producer([])),
            raised(lambda: train.input_producer(unknown)),
            raised(lambda: train.limit_epochs(tf.constant(1), 0)),
            raised(lambda: train.LooperThread(1, 2)),
        ]


def _looper(tf):
    coordinator, seen = tf.train.Coordinator(), []

    def work(a, b=1):
        seen.append(a + b)
        if len(seen) == 3:
            coordinator.request_stop()

    thread = tf.compat.v1.train.LooperThread.loop(coordinator, 0.01, work, args=[1], kwargs={"b": 2})
    coordinator.join([thread])
    return seen


def _conditions(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        v, p = v1.get_variable("v", initializer=0.0), v1.placeholder(tf.bool, [])
        update = tf.cond(p, lambda: tf.group(v.assign_add(1.0)), tf.no_op)
        both = v1.cond(p, lambda: [v.assign_add(1.0).op, tf.constant(1)], lambda: [tf.no_op(), tf.constant(2)])
        errors = [
            raised(lambda: tf.cond(p, tf.no_op, lambda: tf.constant(2))),
            raised(lambda: tf.cond(p, tf.no_op, lambda: None)),
        ]
        session.run(v.initializer)
        runs = [session.run(x, {p: b}) for x in (update, both) for b in (True, False)]
        return runs, session.run(v), errors


CASES = [
    *[Program(f"pipeline-{what}", program) for what, program in _PIPELINES.items()],
    Program("monitored", _monitored),
    Program("runner", _runner),
    Program("errors", _errors),
    Program("looper", _looper),
    Program("conditions-with-operations", _conditions),
]
