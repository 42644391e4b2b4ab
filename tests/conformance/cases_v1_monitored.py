"""`tf.compat.v1.train`: monitored sessions, their hooks, and coordinators of threads."""

from __future__ import annotations

import json
import os
import tempfile
import threading

from .runner import Program, raised


def _noting(tf, seen, fetch=None, feeds=None):
    class Noting(tf.compat.v1.train.SessionRunHook):
        """Notes what it is called for."""

        def begin(self):
            seen.append("begin")

        def after_create_session(self, session, coord):
            seen.append(("created", coord.should_stop()))

        def before_run(self, run_context):
            seen.append(("before", run_context.original_args.feed_dict is not None))
            return None if fetch is None and feeds is None else tf.compat.v1.train.SessionRunArgs(fetch, feeds)

        def after_run(self, run_context, run_values):
            seen.append(("after", run_values.results, run_context.stop_requested))

        def end(self, session):
            seen.append("end")

    return Noting()


def _training(tf):
    v1, seen = tf.compat.v1, []
    with tf.Graph().as_default():
        step = v1.train.get_or_create_global_step()
        w = v1.get_variable("w", initializer=2.0)
        x = v1.placeholder_with_default(1.0, [])
        advance = v1.train.GradientDescentOptimizer(0.1).minimize((w * x) ** 2, global_step=step)
        final = v1.train.FinalOpsHook(w * 2.0)
        feed = v1.train.FeedFnHook(lambda: {x: 2.0})
        # Not `w`: whether a run reads a variable before or after it writes it, TensorFlow leaves open.
        hooks = [_noting(tf, seen, x + 1.0), v1.train.StopAtStepHook(num_steps=3), final, feed]
        with v1.train.MonitoredSession(hooks=hooks) as session:
            refused = raised(lambda: tf.constant(1))
            while not session.should_stop():
                session.run(advance)
            seen.append(session.run(step) if not session.should_stop() else "stopped")
    return [*seen, final.final_ops_values, refused, session.should_stop()]


def _ends(tf):
    v1, seen = tf.compat.v1, []
    with tf.Graph().as_default():
        queue = tf.queue.FIFOQueue(5, tf.int32, shapes=[])
        fill, close, take = queue.enqueue_many([[1, 2]]), queue.close(), queue.dequeue()
        local = v1.get_local_variable("l", initializer=7.0)
        with v1.train.SingularMonitoredSession(hooks=[_noting(tf, seen)]) as session:
            seen.append(session.raw_session().run(local))
            session.run([fill])
            session.run(close)
            while not session.should_stop():
                seen.append(session.run(take))
    return seen


def _fails(tf):
    v1, seen = tf.compat.v1, []
    with tf.Graph().as_default():
        x = v1.placeholder(tf.float32, [])
        y, z = x * 2.0, v1.log(x) if hasattr(v1, "log") else tf.math.log(x)
        nan = v1.train.NanTensorHook(z)
        stop = v1.train.NanTensorHook(z, fail_on_nan_loss=False)

        def run(hook, value):
            with v1.train.MonitoredSession(hooks=[hook, _noting(tf, seen)]) as session:
                found = session.run(y, feed_dict={x: value})
                return found, session.should_stop()

        results = [run(stop, 1.0), run(stop, -1.0), raised(lambda: run(nan, -1.0))]
        twice = _noting(tf, seen, None, {x: 1.0})
    # Feeding what a hook feeds too: which error real TensorFlow raises depends on what ran before.
    return [*results, raised(lambda: run(twice, 1.0)) != "no error", seen]


def _steps(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        x = v1.get_variable("x", initializer=1.0)
        scaffold = v1.train.Scaffold(init_fn=lambda scaffold, session: session.run(set_x))
        set_x = x.assign(5.0)

        def step_fn(step_context):
            value = step_context.run_with_hooks(x), step_context.session.run(x)
            if value[0] > 4.0:
                step_context.request_stop()
            return value

        creator = v1.train.ChiefSessionCreator(scaffold)
        with v1.train.MonitoredSession(creator) as session:
            found = session.run(x), raised(lambda: session.run_step_fn(step_fn)), session.should_stop()
            wrong = raised(lambda: session.run_step_fn(lambda a, b, c: 0))
    timer = v1.train.SecondOrStepTimer(every_steps=3)
    due = []
    for step in range(8):
        due.append(timer.should_trigger_for_step(step))
        if due[-1]:
            timer.update_last_triggered_step(step)
    made = (
        lambda: v1.train.SecondOrStepTimer(),
        lambda: v1.train.StopAtStepHook(),
        lambda: v1.train.LoggingTensorHook([]),
    )
    return [found, wrong, due, timer.last_triggered_step(), [raised(m) for m in made]]


def _coordinator(tf):
    coord, seen = tf.train.Coordinator(), []

    def work():
        with coord.stop_on_exception():
            while not coord.should_stop():
                seen.append(len(seen))
                if len(seen) == 3:
                    raise ValueError("three")

    thread = threading.Thread(target=work)
    thread.start()
    first = raised(lambda: coord.join([thread]))
    state = coord.joined, coord.should_stop()
    coord.clear_stop()
    again = coord.should_stop(), coord.wait_for_stop(0.01)
    coord.request_stop(tf.errors.OutOfRangeError(None, None, "end"))
    coord.join([])
    return [first, seen, state, again, raised(coord.raise_requested_exception), raised(lambda: coord.request_stop())]


def _recoveries(tf):
    v1 = tf.compat.v1
    failures = {3: tf.errors.AbortedError, 5: tf.errors.UnavailableError, 6: tf.errors.InternalError}

    class Failing(v1.train.SessionRunHook):
        runs = created = 0

        def after_create_session(self, session, coord):
            self.created += 1

        def before_run(self, run_context):
            self.runs += 1
            if self.runs in failures:
                raise failures[self.runs](None, None, "no more")

    class Late(v1.train.SessionCreator):
        asked = 0

        def create_session(self):
            self.asked += 1
            if self.asked < 3:
                raise tf.errors.UnavailableError(None, None, "not yet")
            return v1.train.ChiefSessionCreator().create_session()

    def steps(make, count):
        with tf.Graph().as_default() as graph:
            increment = v1.get_variable("v", initializer=0.0).assign_add(1.0)
            found = []

            def run():
                with make() as session:
                    for _ in range(count):
                        found.append(session.run(increment))

            return raised(run), found, graph.finalized

    hook, late = Failing(), Late()
    with_hook = steps(lambda: v1.train.MonitoredSession(hooks=[hook]), 5)
    return (
        [with_hook, hook.created],
        [steps(lambda: v1.train.MonitoredSession(session_creator=late), 1), late.asked],
        steps(lambda: v1.train.SingularMonitoredSession(hooks=[Failing()]), 4),
    )


def _profiled(tf):
    v1 = tf.compat.v1
    with tempfile.TemporaryDirectory() as folder, tf.Graph().as_default():
        step = v1.assign_add(v1.train.get_or_create_global_step(), 1)
        hooks = [v1.train.ProfilerHook(save_steps=2, output_dir=folder), v1.train.StopAtStepHook(5)]
        with v1.train.MonitoredTrainingSession(hooks=hooks) as session:
            while not session.should_stop():
                session.run(step)
        written = sorted(name for name in os.listdir(folder) if name.startswith("timeline"))
        with open(os.path.join(folder, written[0])) as file:
            events = json.load(file)["traceEvents"]
        whole = [e for e in events if e["ph"] == "X"]
        refused = raised(lambda: v1.train.ProfilerHook(output_dir=folder))
        return written, {"cat", "ts", "dur", "pid", "tid", "args"} <= whole[0].keys(), refused


def _worker(tf):
    v1 = tf.compat.v1

    def run(variable):
        with tf.Graph().as_default():
            value = v1.get_variable("v", initializer=1.0) if variable else tf.constant(1.0)
            with v1.train.MonitoredTrainingSession(is_chief=False, max_wait_secs=1) as session:
                return session.run(value)

    return raised(lambda: run(True)), run(False)


def _options_of_hooks(tf):
    v1, found = tf.compat.v1, []

    class Tracing(v1.train.SessionRunHook):
        def before_run(self, run_context):
            options = v1.RunOptions(trace_level=v1.RunOptions.FULL_TRACE, timeout_in_ms=5000)
            return v1.train.SessionRunArgs(None, options=options)

    class Looking(v1.train.SessionRunHook):
        def after_run(self, run_context, run_values):
            options, metadata = run_values.options, run_values.run_metadata
            found.append([options.trace_level, options.timeout_in_ms, len(metadata.step_stats.dev_stats) > 0])

    with tf.Graph().as_default():
        value = tf.constant(1.0) + 1.0
        for hooks in ([Looking()], [Tracing(), Looking()]):
            with v1.train.MonitoredSession(hooks=hooks) as session:
                session.run(value, options=v1.RunOptions(timeout_in_ms=7000))
    return found


CASES = [
    Program("profiled", _profiled),
    Program("worker", _worker),
    Program("options-of-hooks", _options_of_hooks),
    Program("recoveries", _recoveries),
    Program("training", _training),
    Program("ends", _ends),
    Program("fails", _fails),
    Program("steps", _steps),
    Program("coordinator", _coordinator),
]
