"""`tf.summary`: what stands in event files, read by real TensorFlow."""

from __future__ import annotations

import glob
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor

from .runner import Program, load_real, raised


def events(folder):
    """The events of all files in a folder, without what time and machine decide."""
    found = []
    for path in sorted(glob.glob(f"{folder}/*")):
        for event in load_real().compat.v1.train.summary_iterator(path):
            event.ClearField("wall_time")
            found.append(str(event))
    return found


def recorded(program):
    """A Program of `program(tf, writer)`: its result, the events, and the names of the files."""

    def run(tf):
        tf.summary.experimental.set_step(None)
        with tempfile.TemporaryDirectory() as folder:
            writer = tf.summary.create_file_writer(folder)
            result = program(tf, writer)
            writer.close()
            names = [os.path.basename(p).split(".") for p in glob.glob(f"{folder}/*")]
            tf.summary.experimental.set_step(None)
            return result, events(folder), [[*n[:3], n[-1]] for n in names]

    return run


def _eager(tf, writer):
    write = tf.summary.write
    with writer.as_default(step=3):
        return [
            write("vector", tf.constant([1, 2]), step=9),
            write("number", 2.5),
            write("strings", tf.constant(["x"])),
            write("matrix", [[1.0, 2.0]]),
            write("half", tf.constant(1.5, tf.float16)),
            write("flag", True),
            write("empty", tf.zeros([0, 2])),
            write("callable", lambda: tf.constant(4.0)),
            write("tensor-step", 1, step=tf.constant(5, tf.int64)),
            raised(lambda: write("narrow-step", 1, step=tf.constant(6))),
        ]


def _scopes(tf, writer):
    scope, found = tf.summary.experimental.summary_scope, []
    with writer.as_default(step=1), tf.name_scope("outer"):
        tf.summary.write("plain", 1.0)
        for name in ("foo bar", "foo bar", "", "a/b"):
            with scope(name, default_name="default", values=[]) as (tag, inner):
                found.append((tag, inner))
                tf.summary.write(tag, 1.0)
    return found


def _conditions(tf, writer):
    summary = tf.summary
    with writer.as_default(step=1):

        @tf.function(autograph=False)
        def f(x, condition):
            first = summary.write("always", x)
            with summary.record_if(condition):
                return first, summary.write("sometimes", x * 2), summary.should_record_summaries()

        results = [f(tf.constant(1.0), True), f(tf.constant(2.0), False)]
        results += [f(tf.constant(3.0), tf.constant(True)), f(tf.constant(4.0), tf.constant(False))]
        with summary.record_if(False):
            results += [summary.write("no", 1.0), summary.should_record_summaries()]
        with summary.record_if(lambda: tf.constant(True)):
            results += [summary.write("yes", 1.0), summary.should_record_summaries()]
    return results, summary.should_record_summaries(), summary.write("outside", 1.0, step=1)


def _steps(tf, writer):
    step = tf.Variable(0, dtype=tf.int64)
    tf.summary.experimental.set_step(step)

    @tf.function(autograph=False)
    def train(x):
        step.assign_add(1)
        tf.summary.write("loss", x)

    with writer.as_default():
        train(1.0)
        train(2.0)
        step.assign(70)
        train(3.0)
        same = tf.summary.experimental.get_step() is step
    with writer.as_default(step=5):
        with writer.as_default(step=6):
            tf.summary.write("inner", 1.0)
        tf.summary.write("outer", 1.0)
    tf.summary.experimental.set_step(None)
    with writer.as_default():
        return same, tf.summary.experimental.get_step(), raised(lambda: tf.summary.write("x", 1.0))


def _inside(tf, writer):
    @tf.function(autograph=False)
    def f(x, step):
        with writer.as_default():
            done = tf.summary.write("a", x, step=step)
            writer.flush()
            return done

    return [f(tf.constant(1.0), tf.constant(4, tf.int64)), f(tf.constant(2.0), tf.constant(5, tf.int64))]


def _metadata(tf, writer):
    metadata = tf.compat.v1.SummaryMetadata(summary_description="described")
    metadata.plugin_data.plugin_name = "plugin"
    metadata.plugin_data.content = b"content"
    with writer.as_default(step=1):
        tf.summary.write("message", 1.0, metadata=metadata)
        tf.summary.write("bytes", 1.0, metadata=metadata.SerializeToString())


def _raw(tf, writer):
    summary = tf.compat.v1.Summary()
    summary.value.add(tag="q", simple_value=2.0)
    with writer.as_default():
        one = tf.summary.experimental.write_raw_pb(summary.SerializeToString(), step=4)
        two = tf.summary.experimental.write_raw_pb([summary.SerializeToString()] * 2, step=5)
        return one, two, raised(lambda: tf.summary.experimental.write_raw_pb("text", step=6))


def _closed(tf, writer):
    writer.close()
    return raised(lambda: writer.as_default()), raised(writer.set_as_default), raised(writer.init), writer.close()


def _noop_inside(tf, writer):
    with writer.as_default(step=1), tf.summary.create_noop_writer().as_default(step=2):
        return tf.summary.write("x", 1.0), tf.summary.experimental.get_step(), raised(lambda: tf.summary.flush(()))


def _noop(tf):
    writer = tf.summary.create_noop_writer()
    with writer.as_default(step=1):
        inside = tf.summary.write("x", 1.0), tf.summary.should_record_summaries()
    return inside, writer.flush(), writer.close(), writer.init(), isinstance(writer, tf.summary.SummaryWriter)


def _in_a_thread(program):
    """`program` in a thread of its own: the default writer that it leaves behind is that of its thread."""

    def run(tf):
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(program, tf).result()

    return run


def _options(tf):
    with tempfile.TemporaryDirectory() as folder:
        deep = os.path.join(folder, "a", "b")
        writer = tf.summary.create_file_writer(deep, max_queue=1, flush_millis=10, filename_suffix=".end", name="n")
        writer.set_as_default(step=5)
        results = [tf.summary.write("x", 1.0), tf.summary.experimental.get_step(), tf.summary.flush(), writer.init()]
        tf.summary.create_noop_writer().set_as_default()
        writer.close()
        ends = [p.endswith(".end") for p in glob.glob(f"{deep}/*")]
        return results, events(deep), ends, raised(lambda: tf.summary.create_file_writer(None))


def _graphs(tf):
    """Graphs differ in their details: what is compared is which are written, and the names of their nodes."""
    real = load_real()
    summary = tf.summary

    @tf.function
    def square(x):
        return x * x + 1.0

    @tf.function
    def twice(x):
        return square(x) * 2.0

    square(tf.constant(1.0))
    results = [raised(lambda: summary.trace_export("early"))]
    with tempfile.TemporaryDirectory() as folder:
        writer = summary.create_file_writer(folder)
        results.append(summary.graph(tf.Graph()))
        with writer.as_default(step=4):
            results.append(summary.graph(square.get_concrete_function(tf.constant(1.0)).graph))
            results.append(raised(lambda: summary.graph(5)))
            results.append(raised(lambda: tf.function(lambda: summary.graph(tf.Graph()))()))
            with summary.record_if(False):
                results.append(summary.graph(tf.Graph()))
            summary.trace_on()
            square(tf.constant(1.0)), twice(tf.constant(2.0))
            with tf.name_scope("scope"):
                summary.trace_export("mine", step=7)
            results.append(raised(lambda: summary.trace_export("again")))
            summary.trace_on()
            summary.trace_off()
            summary.trace_off()
        writer.close()
        written = []
        for path in glob.glob(f"{folder}/*"):
            for event in real.compat.v1.train.summary_iterator(path):
                if event.graph_def:
                    nodes = real.compat.v1.GraphDef.FromString(event.graph_def).node
                    written.append((event.step, [n.name for n in nodes]))
                for value in event.summary.value:
                    # How many functions TensorFlow lists depends on what ran before.
                    run = real.compat.v1.RunMetadata.FromString(real.make_ndarray(value.tensor)[()])
                    plugin = value.metadata.plugin_data
                    written.append(
                        (event.step, value.tag, plugin.plugin_name, plugin.content, len(run.function_graphs) > 0)
                    )
    return results, written


CASES = [
    Program("graphs", _graphs),
    Program("eager", recorded(_eager)),
    Program("scopes", recorded(_scopes)),
    Program("conditions", recorded(_conditions)),
    Program("steps", recorded(_steps)),
    Program("inside", recorded(_inside)),
    Program("metadata", recorded(_metadata)),
    Program("raw", recorded(_raw)),
    Program("closed", recorded(_closed)),
    Program("noop-inside", recorded(_noop_inside)),
    Program("noop", _noop),
    Program("options", _in_a_thread(_options)),
]
