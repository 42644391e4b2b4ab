"""`tf.compat.v1.summary`: summaries in graphs, merged, and written to event files."""

from __future__ import annotations

import glob
import os
import tempfile
import zlib

import numpy as np

from .runner import Program, raised

VALUES = [-1.0, 0.0, 2.0, 3.0, 3.0, 1e-13, 1e21]


def _run(tf, build):
    """The values of the summaries that `build` returns."""
    with tf.Graph().as_default():
        made = build(tf.compat.v1.summary)
        with tf.compat.v1.Session() as session:
            summaries = [tf.compat.v1.Summary.FromString(data) for data in session.run(made)]
    return [t.name for t in made], summaries


def _text(tf, build):
    names, summaries = _run(tf, build)
    return [*names, *(str(s) for s in summaries)]


def _pixels(data):
    """The rows of an 8-bit PNG image, its filters undone."""
    width = int.from_bytes(data[16:20], "big")
    start = data.index(b"IDAT") + 4
    raw = zlib.decompress(data[start : start + int.from_bytes(data[start - 8 : start - 4], "big")])
    channels = {0: 1, 2: 3, 6: 4}[data[25]]
    size = width * channels
    rows, above = [], np.zeros(size, int)
    for i in range(0, len(raw), size + 1):
        kind, row = raw[i], np.frombuffer(raw[i + 1 : i + 1 + size], np.uint8).astype(int)
        for x in range(size):
            left, corner = (row[x - channels], above[x - channels]) if x >= channels else (0, 0)
            guess = left + above[x] - corner
            near = min((abs(guess - v), order, v) for order, v in enumerate((left, above[x], corner)))[2]
            row[x] = (row[x] + [0, left, above[x], (left + above[x]) // 2, near][kind]) % 256
        rows.append(row.tolist())
        above = row
    return rows


def _images(tf):
    ramp = np.linspace(0, 3, 24).reshape(2, 2, 2, 3).astype(np.float32)
    broken = np.array([[[[1.0], [np.nan]], [[np.inf], [0.5]]]], np.float32)
    build = lambda s: [
        s.image("bright", ramp),
        s.image("signed", ramp - 1.0, max_outputs=1),
        s.image("bytes", np.arange(16, dtype=np.uint8).reshape(1, 2, 2, 4)),
        s.image("broken", broken, family="f"),
        s.image("dark", np.zeros([1, 1, 1, 1], np.float32)),
    ]
    _, summaries = _run(tf, build)
    values = [v for s in summaries for v in s.value]
    return [
        [v.tag, v.image.height, v.image.width, v.image.colorspace, _pixels(v.image.encoded_image_string)]
        for v in values
    ]


def _merged(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        none = v1.summary.merge_all()
        v1.summary.scalar("a", 1.0)
        with tf.name_scope("inner"):
            v1.summary.scalar("b", 2, collections=["other", v1.GraphKeys.SUMMARIES])
        every, other = v1.summary.merge_all(), v1.summary.merge_all("other")
        twice = v1.summary.merge([every, every], name="twice")
        with v1.Session() as session:
            texts = [str(v1.Summary.FromString(session.run(m))) for m in (every, other)]
            duplicate = raised(lambda: session.run(twice))
        names = [every.name, every.op.type, twice.name, len(v1.get_collection("other"))]
        inside = v1.summary.merge_all(scope="inner").op.inputs[0].name
    return [none, *texts, duplicate, names, inside, raised(v1.summary.merge_all)]


def _errors(tf):
    v1 = tf.compat.v1

    def run(build):
        def attempt():
            with tf.Graph().as_default(), v1.Session() as session:
                session.run(build(v1.summary))

        return raised(attempt)

    return [
        run(lambda s: s.histogram("h", [np.nan])),
        run(lambda s: s.histogram("h", [np.inf])),
        run(lambda s: s.scalar("s", [1.0])),
        run(lambda s: s.image("i", np.zeros([1, 2, 2, 2], np.float32))),
        run(lambda s: s.text("t", tf.constant(1))),
        raised(lambda: v1.summary.FileWriter("nowhere")),
    ]


def _written(tf):
    v1 = tf.compat.v1
    with tempfile.TemporaryDirectory() as path, tf.Graph().as_default() as graph:
        summary = v1.summary.scalar("a", 1.5)
        text = v1.summary.text("t", tf.constant("hi"))
        with v1.summary.FileWriter(os.path.join(path, "new"), graph, filename_suffix=".x") as writer:
            with v1.Session() as session:
                writer.add_summary(session.run(summary), 3)
                writer.add_summary(session.run(text), 4)
                writer.add_summary(session.run(text), 5)
            writer.add_summary(v1.Summary(value=[v1.Summary.Value(tag="x", simple_value=2.0)]))
            writer.add_session_log(v1.SessionLog(status=v1.SessionLog.START), 6)
            writer.add_run_metadata(v1.RunMetadata(), "run", 7)
            again = raised(lambda: writer.add_run_metadata(v1.RunMetadata(), "run"))
        kinds = ("file_version", "graph_def", "summary", "session_log", "tagged_run_metadata")
        (name,) = glob.glob(os.path.join(path, "new", "*.x"))
        events = [
            [e.step, [k for k in kinds if e.HasField(k)], str(e.summary)] for e in v1.train.summary_iterator(name)
        ]
        # TensorFlow writes the graph a second time, as a MetaGraphDef.
        events = [e for e in events if e[1]]
        cache = v1.summary.FileWriterCache
        same = cache.get(path) is cache.get(path)
        cache.clear()
        return [again, events, writer.get_logdir() == os.path.join(path, "new"), same]


CASES = [
    Program(
        "values",
        lambda tf: _text(
            tf,
            lambda s: [
                s.scalar("a b", 1.5),
                s.scalar("/int", 3, family="fam"),
                s.histogram("h", VALUES),
                s.histogram("ints", [1, 2, 2]),
                s.histogram("none", np.zeros(0, np.float32)),
                s.tensor_summary("t", [[1, 2]], summary_description="d", display_name="n"),
                s.text("x", tf.constant(["hi", "there"])),
                s.audio("au", np.array([[0.5, -1.0, 2.0]] * 4, np.float32), 10.0),
                s.audio("one", np.zeros([1, 3, 2], np.float32), 10.0, max_outputs=1),
            ],
        ),
    ),
    Program("images", _images),
    Program("merged", _merged),
    Program("errors", _errors),
    Program("written", _written),
    Program("eager", lambda tf: tf.compat.v1.summary.scalar("a", 2.0)),
]
