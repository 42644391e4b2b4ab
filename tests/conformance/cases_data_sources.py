"""`tf.data`: where elements come from, what they look like, and in which order they come."""

import collections
import os
import tempfile

import numpy as np

from .runner import Program, raised

Point = collections.namedtuple("Point", "x y")


def shown(dataset, most=30):
    """Spec, class and elements of a dataset."""
    return [repr(dataset), int(dataset.cardinality()), [elements(e) for e in dataset.take(most)]]


def elements(element):
    if hasattr(element, "as_numpy_iterator"):
        return [elements(e) for e in element]
    return element


def _spec(function):
    return Program(function.__name__.strip("_").replace("_", "-"), function)


def _tensor_slices(tf):
    D = tf.data.Dataset
    return [
        shown(D.from_tensor_slices([1, 2, 3])),
        shown(D.from_tensor_slices(np.arange(6.0).reshape(3, 2))),
        shown(D.from_tensor_slices(([1, 2], ["a", "b"]))),
        shown(D.from_tensor_slices({"b": [1, 2], "a": (np.zeros((2, 3)), [True, False])})),
        shown(D.from_tensor_slices(Point([1.0, 2.0], [[1], [2]]))),
        shown(D.from_tensor_slices(tf.constant([[1, 2], [3, 4]]))),
        shown(D.from_tensor_slices([])),
        shown(D.from_tensor_slices(tf.Variable([1.0, 2.0]))),
    ]


def _tensors(tf):
    D = tf.data.Dataset
    return [
        shown(D.from_tensors(1)),
        shown(D.from_tensors([1, 2])),
        shown(D.from_tensors((1, {"a": "x", "b": [1.5]}))),
        shown(D.from_tensors((1, None)).map(lambda x, y: x)),
        shown(tf.data.experimental.from_list([(1, "a"), (2, "b")]).map(lambda *x: x)),
    ]


def _ranges(tf):
    D = tf.data.Dataset
    return [
        shown(D.range(5)),
        shown(D.range(2, 5)),
        shown(D.range(10, 0, -3)),
        shown(D.range(0)),
        shown(D.range(3, output_type=tf.float32)),
        shown(D.range(tf.constant(2), name="n")),
        int(sum(D.range(10_000).as_numpy_iterator())),
        shown(D.counter(start=3, step=2), 4),
        shown(D.counter(dtype=tf.int32), 3),
    ]


def _generators(tf):
    D = tf.data.Dataset

    def numbers(n=3):
        yield from range(n)

    calls = []

    def noted():
        calls.append("start")
        yield 1
        calls.append("end")

    twice = D.from_generator(noted, output_signature=tf.TensorSpec([], tf.int32)).repeat(2)
    return [
        shown(D.from_generator(numbers, output_signature=tf.TensorSpec([], tf.int64))),
        shown(D.from_generator(numbers, tf.int32)),
        shown(D.from_generator(numbers, tf.int32, (), args=(2,))),
        shown(D.from_generator(lambda: [(1, [1.0, 2.0])], (tf.int32, tf.float32), ((), (2,)))),
        shown(
            D.from_generator(
                lambda: iter([{"a": 1, "b": "x"}]),
                output_signature={"a": tf.TensorSpec([], tf.int32), "b": tf.TensorSpec([], tf.string)},
            )
        ),
        shown(D.from_generator(lambda: iter([(1, 2)]), output_signature=tf.TensorSpec([2], tf.int32))),
        shown(twice),
        calls,
    ]


def _generator_errors(tf):
    D = tf.data.Dataset
    spec = tf.TensorSpec([], tf.int32)

    def fails():
        yield 1
        raise KeyError("key")

    def first_then_error(generator, signature):
        seen = []

        def run():
            for x in D.from_generator(generator, output_signature=signature):
                seen.append(x)

        return [raised(run), seen]

    return [
        raised(lambda: D.from_generator([1, 2], tf.int32)),
        raised(lambda: D.from_generator(lambda: iter([1]))),
        raised(lambda: D.from_generator(lambda: iter([1]), tf.int32, output_signature=spec)),
        raised(lambda: D.from_generator(lambda: iter([1]), output_signature=tf.int32)),
        first_then_error(fails, spec),
        first_then_error(lambda: iter(["a"]), spec),
        first_then_error(lambda: iter([[1, 2, 3]]), tf.TensorSpec([2], tf.int32)),
        first_then_error(lambda: iter([1]), (spec, spec)),
    ]


def _zips(tf):
    D = tf.data.Dataset
    a, b = D.range(3), D.from_tensor_slices(["x", "y"])
    return [
        shown(D.zip((a, b))),
        shown(D.zip(a, b)),
        shown(D.zip({"a": a, "b": (b, a)})),
        shown(D.zip(datasets=(a, b))),
        shown(a.enumerate()),
        shown(b.enumerate(start=7)),
        shown(D.zip((a, a.repeat()))),
        raised(lambda: D.zip(1)),
        raised(lambda: D.zip([a, b])),
        raised(lambda: D.zip()),
        raised(lambda: D.zip(a, datasets=b)),
    ]


def _bad_sources(tf):
    D = tf.data.Dataset
    return [
        raised(lambda: D.from_tensor_slices(3)),
        raised(lambda: D.from_tensor_slices(([1, 2], [1, 2, 3]))),
        raised(lambda: D.from_tensors([1, "a"])),
        raised(lambda: D.from_tensors(object())),
        raised(lambda: D.from_tensors(None)),
        raised(lambda: D.range()),
        raised(lambda: D.range(1, 2, 3, 4)),
        raised(lambda: D.range(1, 2, 0)),
        raised(lambda: D.range(5.0)),
        raised(lambda: D.range("a")),
        raised(lambda: D(1)),
        raised(lambda: tf.constant(D.range(3))),
        raised(lambda: D.range(3)[0]),
        raised(lambda: next(D.range(3))),
    ]


def _random_numbers(tf):
    D = tf.data.Dataset
    numbers = D.random(seed=4).take(5)
    again = D.random(seed=4, rerandomize_each_iteration=True).take(3)
    tf.random.set_seed(7)
    unseeded = D.random().take(3)
    return [
        [shown(numbers), shown(numbers)],
        shown(unseeded),
        [shown(again)[2] != shown(again)[2]],
    ]


def _choices(tf):
    D = tf.data.Dataset
    sources = [D.from_tensors("a").repeat(), D.from_tensors("b").repeat(2), D.from_tensors("c").repeat()]
    pick = D.from_tensor_slices(np.array([0, 1, 2, 1, 1, 0], np.int64))
    short = [D.range(3), D.range(10, 20)]
    return [
        shown(D.choose_from_datasets(sources, pick)),
        shown(D.choose_from_datasets(sources, pick, stop_on_empty_dataset=False)),
        raised(lambda: D.choose_from_datasets([], pick)),
        raised(lambda: D.choose_from_datasets(sources, D.range(2).map(float))),
        raised(lambda: list(D.choose_from_datasets(short, D.range(9)))),
        raised(lambda: D.sample_from_datasets([])),
        raised(lambda: D.sample_from_datasets(short, weights=[1.0])),
        raised(lambda: D.sample_from_datasets([D.range(3), D.from_tensors("a")])),
    ]


def _samples(tf):
    D = tf.data.Dataset
    sources = [D.range(0, 100), D.range(100, 200), D.range(200, 300)]
    return [
        shown(D.sample_from_datasets(sources, seed=3)),
        shown(D.sample_from_datasets(sources[:2], weights=[0.2, 0.8], seed=5)),
        shown(D.sample_from_datasets(sources[:1], seed=5), 3),
        shown(D.sample_from_datasets([s.take(4) for s in sources], seed=1)),
        shown(D.sample_from_datasets([s.take(4) for s in sources], seed=1, stop_on_empty_dataset=True)),
    ]


def _files(tf):
    folder = tempfile.mkdtemp()

    def write(name, data):
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    import gzip
    import zlib

    one = write("a.txt", b"first\nsecond\r\n\nlast")
    two = write("b.txt", b"x\ny\n")
    packed = write("c.gz", gzip.compress(b"p\nq"))
    deflated = write("d.z", zlib.compress(b"r\ns"))
    fixed = write("e.bin", b"HHaabbccF")
    lines = tf.data.TextLineDataset
    return [
        shown(lines(one)),
        shown(lines([one, two])),
        shown(lines(packed, compression_type="GZIP")),
        shown(lines(deflated, "ZLIB")),
        shown(lines(tf.data.Dataset.from_tensor_slices([two, one]))),
        shown(lines([one, two], num_parallel_reads=2)),
        shown(tf.data.FixedLengthRecordDataset(fixed, 2, header_bytes=2, footer_bytes=1)),
        raised(lambda: list(tf.data.FixedLengthRecordDataset(fixed, 2))),
        raised(lambda: list(lines(os.path.join(folder, "missing")))),
        raised(lambda: lines(1)),
        raised(lambda: list(lines(one, "LZ4"))),
        [os.path.basename(f) for f in _names(tf.data.Dataset.list_files(folder + "/*.txt", shuffle=False))],
        sorted(os.path.basename(f) for f in _names(tf.data.Dataset.list_files([folder + "/a*", folder + "/b*"]))),
        raised(lambda: tf.data.Dataset.list_files(folder + "/none*")),
    ]


def _names(dataset):
    return [n.decode() for n in dataset.as_numpy_iterator()]


def _records(tf):
    path = os.path.join(tempfile.mkdtemp(), "records")
    from tfshim.data.crc import masked_crc

    with open(path, "wb") as file:
        for data in (b"hello", b"", b"x" * 300):
            header = len(data).to_bytes(8, "little")
            file.write(header + masked_crc(header).to_bytes(4, "little"))
            file.write(data + masked_crc(data).to_bytes(4, "little"))
    with open(path, "rb") as file:
        whole = file.read()
    damaged, truncated = path + "d", path + "t"
    with open(damaged, "wb") as file:
        file.write(whole[:13] + b"X" + whole[14:])
    with open(truncated, "wb") as file:
        file.write(whole[:-3])
    records = tf.data.TFRecordDataset
    return [
        shown(records(path)),
        shown(records([path, path])),
        raised(lambda: list(records(damaged))),
        raised(lambda: list(records(truncated))),
        raised(lambda: list(records(path + "missing"))),
    ]


CASES = [
    _spec(f)
    for f in (
        _tensor_slices,
        _tensors,
        _ranges,
        _generators,
        _generator_errors,
        _zips,
        _bad_sources,
        _random_numbers,
        _choices,
        _samples,
        _files,
        _records,
    )
]
