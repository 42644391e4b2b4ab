"""`tf.compat.v1.train.SessionManager` and `Supervisor`: sessions that are ready, and threads beside them."""

from __future__ import annotations

import os
import tempfile

from .runner import Program, raised


def _model(tf):
    v1 = tf.compat.v1
    w = v1.get_variable("w", initializer=1.0)
    local = v1.get_local_variable("l", initializer=2.0)
    return w, local, w.initializer, local.initializer


def _sessions(tf):
    v1, found = tf.compat.v1, []
    with tf.Graph().as_default():
        w, local, init, local_init = _model(tf)
        ready, ready_for_local = v1.report_uninitialized_variables(), v1.report_uninitialized_variables([w])
        manager = v1.train.SessionManager(local_init, ready, ready_for_local, recovery_wait_secs=0.01)
        session = manager.prepare_session("", init_op=init)
        found.append(session.run([w, local]))
        session = manager.prepare_session("", init_fn=lambda s: s.run(init))
        found.append([session.run([w, local]), session.graph is w.graph])
        session, initialised = manager.recover_session("")
        found += [initialised, session.run(ready)]
        always_local = v1.train.SessionManager(local_init, ready)
        session, initialised = always_local.recover_session("")
        found += [initialised, session.run(local), session.run(v1.report_uninitialized_variables([]))]
        found += [session.run(v1.is_variable_initialized(v)) for v in (w, local)]
        plain = v1.train.SessionManager(ready_op=ready)
        for call in (
            lambda: plain.prepare_session(""),
            lambda: plain.prepare_session("", init_op=init),
            lambda: manager.prepare_session("", init_fn=lambda s: None),
            lambda: manager.wait_for_session("", max_wait_secs=0.05),
            lambda: v1.train.SessionManager(ready_for_local_init_op=ready_for_local),
        ):
            found.append(raised(call))
        always = v1.train.SessionManager(ready_op=tf.no_op())
        found.append(type(always.wait_for_session("")).__name__)
    return found


def _checkpoints(tf):
    v1, found, folder = tf.compat.v1, [], tempfile.mkdtemp()
    with tf.Graph().as_default():
        w, local, init, local_init = _model(tf)
        saver = v1.train.Saver([w])
        manager = v1.train.SessionManager(local_init, v1.report_uninitialized_variables(), recovery_wait_secs=0.01)
        session, initialised = manager.recover_session("", saver=saver, checkpoint_dir=folder)
        found.append(initialised)
        session.run(init)
        session.run(w.assign(7.0))
        path = saver.save(session, os.path.join(folder, "model"))
        session, initialised = manager.recover_session("", saver=saver, checkpoint_dir=folder)
        found += [initialised, session.run([w, local])]
        session = manager.prepare_session("", saver=saver, checkpoint_filename_with_path=path)
        found.append(session.run(w))
        both = {"checkpoint_dir": folder, "checkpoint_filename_with_path": path}
        found.append(raised(lambda: manager.prepare_session("", init_op=init, saver=saver, **both)))
    return found


def _supervisor(tf):
    v1, found = tf.compat.v1, []
    with tf.Graph().as_default():
        w, local, *_ = _model(tf)
        step = v1.train.get_or_create_global_step()
        advance = v1.train.GradientDescentOptimizer(0.1).minimize(w**2, global_step=step)
        queue = tf.queue.FIFOQueue(2, tf.float32, shapes=[])
        v1.train.add_queue_runner(v1.train.QueueRunner(queue, [queue.enqueue(3.0)]))
        taken = queue.dequeue()
        supervisor = v1.train.Supervisor()
        found += [raised(lambda: tf.constant(1)), supervisor.save_path, supervisor.summary_writer, supervisor.is_chief]
        found += [supervisor.global_step is step, supervisor.init_op.type, type(supervisor.saver).__name__]
        with supervisor.managed_session() as session:
            while not supervisor.should_stop():
                session.run(advance)
                if session.run(step) >= 3:
                    supervisor.request_stop()
            found += [session.run([w, local]), supervisor.should_stop()]
        found.append(raised(lambda: session.run(w)))
        calls = []

        def train(session, limit):
            calls.append(session.run(taken))
            if len(calls) == limit:
                raise tf.errors.OutOfRangeError(None, None, "the end")

        v1.train.basic_train_loop(supervisor, train, args=[3])
        found += [calls, raised(lambda: _failing(tf, supervisor))]
        found.append(raised(lambda: supervisor.summary_computed(None, b"")))
    return found, raised(lambda: v1.train.Supervisor())


def _failing(tf, supervisor):
    with supervisor.managed_session():
        raise ValueError("in the scope")


def _resumed(tf):
    """A second supervisor goes on where the first one stopped."""
    v1, found, folder = tf.compat.v1, [], tempfile.mkdtemp()
    for _ in range(2):
        with tf.Graph().as_default():
            step = v1.train.get_or_create_global_step()
            advance = step.assign_add(1)
            supervisor = v1.train.Supervisor(logdir=folder, save_model_secs=0, summary_op=None, summary_writer=None)
            with supervisor.managed_session() as session:
                found.append(session.run(advance))
                supervisor.saver.save(session, supervisor.save_path, global_step=step)
    files = sorted(name for name in os.listdir(folder) if not name.startswith("events"))
    return found, os.path.basename(supervisor.save_path), files


CASES = [
    Program("sessions", _sessions),
    Program("checkpoints", _checkpoints),
    Program("supervisor", _supervisor),
    Program("resumed", _resumed),
]
