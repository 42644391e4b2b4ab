"""`tf.io`: files, raw numbers, base64, compression, tensors as protos, CSV, records."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib

import numpy as np

from .inputs import arr, f32
from .runner import Case, Program, raised

RAW = np.arange(12, dtype=np.int16).tobytes()


def _in_directory(program):
    """A program that gets a new directory, whose path is not compared."""

    def run(tf):
        with tempfile.TemporaryDirectory() as path:
            return program(tf, path)

    return run


def _files(tf, path):
    name = os.path.join(path, "a", "b.txt")
    tf.io.write_file(name, "hello\nworld")
    write = tf.function(lambda n, c: tf.io.write_file(n, c))
    write(tf.constant(os.path.join(path, "a", "c.txt")), tf.constant("x"))
    names = tf.io.matching_files([os.path.join(path, "a", "*.txt"), os.path.join(path, "none*")])
    return [
        tf.io.read_file(name),
        tf.function(tf.io.read_file)(name),
        tf.strings.regex_replace(names, ".*/", ""),
        tf.io.matching_files(os.path.join(path, "none*")),
        raised(lambda: tf.io.read_file(os.path.join(path, "none"))),
        raised(lambda: tf.io.read_file([name])),
        raised(lambda: tf.io.read_file(path)),
    ]


def _gfile(tf, path):
    g = tf.io.gfile
    name = g.join(path, "a.txt")
    with g.GFile(name, "w") as f:
        f.write("one\ntwo\nthree")
        size = f.size()
    with g.GFile(name, "a") as f:
        f.write("é")
    with g.GFile(name) as f:
        lines = list(f)
    with g.GFile(name, "rb") as f:
        start = f.read(3), f.tell()
        f.seek(-2, 2)
        end = f.read()
        f.seek(4)
        rest = [f.readline(), f.readlines(), f.read(), f.seekable(), f.mode]
    g.makedirs(g.join(path, "d", "e"))
    g.makedirs(g.join(path, "d", "e"))
    g.copy(name, g.join(path, "d", "b.txt"))
    again = raised(lambda: g.copy(name, g.join(path, "d", "b.txt")))
    g.copy(name, g.join(path, "d", "b.txt"), overwrite=True)
    g.rename(name, g.join(path, "d", "c.txt"))
    walked = [[d[len(path) :], sorted(s), sorted(f)] for d, s, f in g.walk(path)]
    found = [p[len(path) :] for p in g.glob(g.join(path, "d", "*.txt"))]
    statistics = g.stat(g.join(path, "d", "b.txt"))
    listed = sorted(g.listdir(g.join(path, "d")))
    g.remove(g.join(path, "d", "b.txt"))
    existing = [g.exists(name), g.exists(path), g.isdir(path), g.isdir(name), g.exists("")]
    errors = [
        raised(lambda: g.GFile(name).read()),
        raised(lambda: g.GFile(g.join(path, "d", "c.txt")).write("x")),
        raised(lambda: g.GFile(name, "w").read()),
        raised(lambda: g.GFile(name, "x")),
        raised(lambda: g.mkdir(path)),
        raised(lambda: g.mkdir(g.join(path, "no", "no"))),
        raised(lambda: g.remove(name)),
        raised(lambda: g.rmtree(name)),
        raised(lambda: g.listdir(name)),
        raised(lambda: g.rename(name, name + "x")),
        raised(lambda: g.stat(name)),
    ]
    g.rmtree(g.join(path, "d"))
    kept = [size, lines, start, end, rest, again, walked, found, statistics.length, statistics.is_directory]
    return [*kept, listed, existing, errors, g.listdir(path)]


def _gfile_both(tf, path):
    name = os.path.join(path, "a.txt")
    found = []
    for mode in ("r+", "w+", "a+"):
        with tf.io.gfile.GFile(name, mode) as f:
            f.write("abc\ndef")
            f.flush()
            found += [f.read(), f.tell(), f.read()]
            f.seek(2)
            f.write("Z")
            found.append(f.read(3))
        with open(name) as file:
            found.append(file.read())
    unused = tf.io.gfile.GFile(name, "w")
    unused.close()
    return [*found, os.path.getsize(name)]


def _gfile_v1(tf, path):
    g = tf.compat.v1.gfile
    name = os.path.join(path, "a.txt")
    with g.Open(name, "w") as f:
        f.write("x")
    g.Copy(name, name + "2")
    walked = [[d[len(path) :], s, sorted(f)] for d, s, f in g.Walk(path)]
    with g.FastGFile(name) as f:
        text = f.read()
    return [g.Exists(name), g.Stat(name).length, text, walked, g.IsDirectory(path)]


def _records(tf, path):
    found = []
    for options in (None, "GZIP", tf.io.TFRecordOptions("ZLIB", compression_level=3)):
        name = os.path.join(path, "r")
        with tf.io.TFRecordWriter(name, options) as writer:
            for i in range(3):
                writer.write(b"record %d" % i)
            writer.flush()
        kind = tf.io.TFRecordOptions.get_compression_type_string(options)
        found += [list(tf.data.TFRecordDataset(name, kind)), list(tf.compat.v1.io.tf_record_iterator(name, options))]
    found.append(raised(lambda: writer.write(b"x")))
    with tf.io.TFRecordWriter(os.path.join(path, "s")) as writer:
        writer.write(b"x")
    with open(os.path.join(path, "s"), "rb") as file:
        found.append(file.read())
    return [
        *found,
        raised(lambda: tf.io.TFRecordWriter(os.path.join(path, "no", "no"))),
        raised(lambda: tf.io.TFRecordWriter(name, "BZ")),
        raised(lambda: tf.io.TFRecordOptions("BZ")),
    ]


def _write_graph(tf, path):
    with tf.Graph().as_default() as graph:
        tf.constant(1.0, name="c")
    names = [tf.io.write_graph(graph, path, "g.pbtxt"), tf.io.write_graph(graph.as_graph_def(), path, "g.pb", False)]
    with open(names[1], "rb") as file:
        nodes = tf.compat.v1.GraphDef.FromString(file.read()).node
    return [[os.path.basename(n) for n in names], [n.name for n in nodes], tf.io.read_file(names[0]).numpy()[:12]]


def _csv_errors(tf):
    def decode(line, defaults, **kwargs):
        return raised(lambda: tf.io.decode_csv(line, defaults, **kwargs))

    return [
        decode("1,2", [[0]]),
        decode("1,", [[0], tf.constant([], tf.int32)]),
        decode("1,x", [[0], [0]]),
        decode("1,99999999999", [[0], [0]]),
        decode('1,a"b', [[0], ["x"]]),
        decode('1,"ab', [[0], ["x"]]),
        decode('1,"a"b', [[0], ["x"]]),
        decode("1,2\n", [[0], [0]]),
        decode("1,2", [[0], [0]], select_cols=[1, 0]),
        decode("1,2", [[0]], select_cols=[0, 1]),
        decode("1,2", [[0]], field_delim="ab"),
        decode("1,2", [[0, 1], [0]]),
    ]


LINES = ['1,2.5,"a,b",4', ",,,", '-7,1e3,"say ""hi""",NA', "3,.5,plain,5"]
DEFAULTS = [[9], [0.5], ["none"], np.array([-1], np.int64)]

CASES = [
    Program("files", _in_directory(_files)),
    Program("gfile", _in_directory(_gfile)),
    Program("gfile-both", _in_directory(_gfile_both)),
    Program("gfile-v1", _in_directory(_gfile_v1)),
    Program("records", _in_directory(_records)),
    Program("write-graph", _in_directory(_write_graph)),
    Case("decode-raw", lambda tf: tf.io.decode_raw([[RAW], [RAW]], tf.int16)),
    Case("decode-raw-big", lambda tf: tf.io.decode_raw(RAW, tf.int32, little_endian=False)),
    Case("decode-raw-complex", lambda tf: tf.io.decode_raw(RAW + RAW[:8], tf.complex64, little_endian=False)),
    Case("decode-raw-bytes", lambda tf: tf.io.decode_raw(["ab", "cd"], tf.uint8)),
    Case("decode-raw-fixed", lambda tf: tf.io.decode_raw(["ab", "cdefgh"], tf.int16, fixed_length=4)),
    Case("decode-raw-none", lambda tf, x: tf.io.decode_raw(x, tf.float32), [arr([], "string")]),
    Case("decode-raw-v1", lambda tf: tf.compat.v1.decode_raw(RAW, tf.uint16)),
    Program(
        "decode-raw-errors",
        lambda tf: [
            raised(lambda: tf.io.decode_raw(["a", "bc"], tf.uint8)),
            raised(lambda: tf.io.decode_raw("abc", tf.int16)),
            raised(lambda: tf.io.decode_raw("abc", tf.int16, fixed_length=3)),
            raised(lambda: tf.io.decode_raw("abc", tf.int16, fixed_length=0)),
        ],
    ),
    Case(
        "base64",
        lambda tf, x: [tf.io.encode_base64(x), tf.io.encode_base64(x, pad=True)],
        [arr(["", "a", "ab?>"], "string")],
    ),
    Case(
        "base64-back",
        lambda tf, x: [tf.io.decode_base64(x), tf.io.decode_base64(tf.io.encode_base64(x, pad=True))],
        [arr(["YWI_Pg", "YQ", ""], "string")],
    ),
    Program(
        "base64-errors",
        lambda tf: [raised(lambda t=t: tf.io.decode_base64(t)) for t in ("a", "ab+c", "a b=", "YQ=", "YQ===", "!!!!")],
    ),
    Case("uncompressed", lambda tf, x: tf.io.decode_compressed(x), [arr(["ab", "c"], "string")]),
    Case("zlib", lambda tf: tf.io.decode_compressed([zlib.compress(b"abc" * 50)], "ZLIB")),
    Case("gzip", lambda tf: tf.io.decode_compressed(gzip.compress(b"abc" * 50), "GZIP")),
    Program(
        "compression-errors",
        lambda tf: [
            raised(lambda: tf.io.decode_compressed("abc", "ZLIB")),
            raised(lambda: tf.io.decode_compressed("abc", "BZ")),
        ],
    ),
    *(
        Case(
            f"tensor-proto-{dtype}",
            lambda tf, x, d=dtype: tf.io.parse_tensor(tf.io.serialize_tensor(tf.cast(x, d)), d),
            [f32(2, 3)],
        )
        for dtype in ("float32", "bfloat16", "int8", "complex64", "bool")
    ),
    Case("tensor-proto-bytes", lambda tf, x: tf.io.serialize_tensor(x), [f32(2, 3)]),
    Case(
        "tensor-proto-strings",
        lambda tf, x: tf.io.parse_tensor(tf.io.serialize_tensor(x), "string"),
        [arr(["a"], "string")],
    ),
    Program(
        "tensor-proto-errors",
        lambda tf: [
            raised(lambda: tf.io.parse_tensor(tf.io.serialize_tensor(1.0), tf.int32)),
            raised(lambda: tf.io.parse_tensor("\xff\xff", tf.int32)),
            raised(lambda: tf.io.parse_tensor([tf.io.serialize_tensor(1.0)], tf.float32)),
        ],
    ),
    Case("csv", lambda tf, x: tf.io.decode_csv(x, DEFAULTS, na_value="NA"), [arr(LINES, "string")]),
    Case(
        "csv-columns",
        lambda tf, x: tf.io.decode_csv(x, [[0.5], ["x"]], select_cols=[1, 2]),
        [arr(LINES[:1], "string")],
    ),
    Case("csv-unquoted", lambda tf: tf.io.decode_csv('a"b;c', [["x"], ["y"]], field_delim=";", use_quote_delim=False)),
    Case("csv-v1", lambda tf: tf.compat.v1.decode_csv([["1,2"], ["3,4"]], [[0], [0]])),
    Program("csv-errors", _csv_errors),
]
