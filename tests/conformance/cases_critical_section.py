"""`tf.CriticalSection`."""

from __future__ import annotations

import threading
import time

from .runner import Program, raised


def _results(tf):
    section, v = tf.CriticalSection(name="own"), tf.Variable(2.0)

    @tf.function
    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)

            def body():
                y = v * x * x
                v.assign_add(1.0)
                return {"y": y, "v": (v.read_value(), 3)}

            found = section.execute(body)
        return found, tape.gradient(found["y"], [x, v])

    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = section.execute(lambda: v * x)
    return [
        f(x),
        y,
        tape.gradient(y, [x, v]),
        section.execute(lambda: None),
        section.execute(lambda: [3, "text"], False, "named"),
        raised(lambda: section.name),
    ]


def _errors(tf):
    section, other, v = tf.CriticalSection(), tf.CriticalSection(shared_name="other"), tf.Variable(1.0)

    def fails():
        raise KeyError("no")

    def both(**options):
        return section.execute(lambda: v + 1.0, **options), other.execute(lambda: v + 1.0)

    return [
        raised(lambda: section.execute(fails)),
        raised(lambda: section.execute(lambda: tf.debugging.assert_equal(1, 2))),
        # It is free again.
        section.execute(lambda: 2),
        raised(lambda: section.execute(lambda: section.execute(lambda: 1))),
        raised(lambda: tf.function(lambda: section.execute(lambda: section.execute(lambda: 1)))()),
        raised(lambda: tf.function(lambda: section.execute(lambda: None))()),
        raised(lambda: tf.function(both)()),
        raised(lambda: tf.function(lambda: both(exclusive_resource_access=False))()),
        raised(lambda: tf.CriticalSection(critical_section_def=1)),
        raised(lambda: tf.CriticalSection(shared_name=1)),
    ]


def _names(tf):
    with tf.Graph().as_default():
        sections = [tf.CriticalSection(name="own"), tf.CriticalSection(), tf.CriticalSection(shared_name="x")]
        v = tf.compat.v1.get_variable("v", initializer=1.0)
        found = sections[0].execute(lambda: v.assign_add(2.0))
        with tf.compat.v1.Session() as session:
            session.run(tf.compat.v1.global_variables_initializer())
            return [[s.name for s in sections], session.run(found), session.run(found)]


def _threads(tf):
    """Read, wait, write: without the section, writes would be lost."""
    section, v = tf.CriticalSection(), tf.Variable(0)

    def wait():
        time.sleep(0.002)
        return 1

    def add():
        before = v.read_value()
        with tf.control_dependencies([before]):
            one = tf.numpy_function(wait, [], tf.int64)
        return v.assign(before + tf.cast(one, tf.int32))

    compiled = tf.function(lambda: section.execute(add))

    def run(fn):
        for _ in range(10):
            fn()

    threads = [threading.Thread(target=run, args=(fn,)) for fn in (compiled, lambda: section.execute(add), compiled)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return v.numpy()


CASES = [
    Program("results", _results, symbols=["CriticalSection", "CriticalSection.execute", "CriticalSection.name"]),
    Program("errors", _errors),
    Program("names", _names),
    Program("threads", _threads),
]
