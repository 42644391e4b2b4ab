"""Checkpoint files between TensorFlow and tfshim: each reads what the other writes; failed writes change nothing."""

import os
from pathlib import Path

import numpy as np
import pytest

import tfshim
from tfshim.checkpoint import sorted_table
from tfshim.checkpoint.snappy import decompressed

tensorflow = pytest.importorskip("tensorflow")

BOTH = [pytest.param(tensorflow, tfshim, id="tensorflow-writes"), pytest.param(tfshim, tensorflow, id="tfshim-writes")]
SUFFIXES = (".index", ".data-00000-of-00001")
DTYPES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 bfloat16 float32 float64 complex64 complex128 int4 "
    "uint4 float8_e5m2 float8_e4m3fn"
).split()


def _save(tf, path, tensors, slices=None):
    names = [name for name, _ in tensors]
    tf.raw_ops.SaveV2(
        prefix=str(path),
        tensor_names=names,
        shape_and_slices=slices or [""] * len(names),
        tensors=[value for _, value in tensors],
    )


def _tensors(tf):
    bits = tf.constant([[0, 1, 1], [1, 0, 1]])
    # TensorFlow casts integers to integers of four bits, and floating numbers to those of eight.
    between = {"int4": "int8", "uint4": "int8", "float8_e5m2": "float32", "float8_e4m3fn": "float32"}
    return [
        *((dtype, tf.cast(tf.cast(bits, between.get(dtype, "int32")), dtype)) for dtype in DTYPES),
        ("strings", tf.constant([["", "abc"], ["é", "x" * 300]])),
        ("string", tf.constant(b"\x00\xff")),
        ("scalar", tf.constant(3.5)),
        ("empty", tf.zeros([0, 3])),
        ("no strings", tf.constant([], tf.string)),
        ("large", tf.reshape(tf.range(300_000), [3, 100_000])),
    ]


def _contents(path):
    return [Path(f"{path}{suffix}").read_bytes() for suffix in SUFFIXES]


@pytest.mark.parametrize("writer, reader", BOTH)
def test_tensors_of_each_dtype(tmp_path, writer, reader):
    path = tmp_path / "all"
    _save(writer, path, _tensors(writer))
    for name, value in _tensors(reader):
        (restored,) = reader.raw_ops.RestoreV2(
            prefix=str(path), tensor_names=[name], shape_and_slices=[""], dtypes=[value.dtype]
        )
        assert restored.dtype == value.dtype and restored.shape == value.shape
        assert np.asarray(restored.numpy()).tolist() == np.asarray(value.numpy()).tolist()
    found = reader.train.load_checkpoint(str(path))
    assert found.get_variable_to_shape_map() == {n: v.shape.as_list() for n, v in _tensors(reader)}
    assert {n: d.name for n, d in found.get_variable_to_dtype_map().items()} == {
        n: v.dtype.name for n, v in _tensors(reader)
    }


def test_files_are_those_of_tensorflow_byte_by_byte(tmp_path):
    # So many keys that the index has several blocks, and blocks have several restarts.
    values = [(f"layer_{i:05d}/kernel/.ATTRIBUTES/VARIABLE_VALUE", np.float32(i)) for i in range(6000)]
    for tf, name in ((tensorflow, "theirs"), (tfshim, "ours")):
        _save(tf, tmp_path / name, _tensors(tf))
        _save(tf, tmp_path / f"{name}_many", [(n, tf.constant(v)) for n, v in values])
    assert _contents(tmp_path / "ours") == _contents(tmp_path / "theirs")
    assert _contents(tmp_path / "ours_many") == _contents(tmp_path / "theirs_many")


@pytest.mark.parametrize("writer, reader", BOTH)
def test_slices(tmp_path, writer, reader):
    whole = np.arange(24, dtype=np.float32).reshape(4, 6)
    parts = {"4 6 0,2:-": whole[:2], "4 6 2,2:0,4": whole[2:, :4], "4 6 2,2:4,2": whole[2:, 4:]}
    _save(writer, tmp_path / "s", [("w", writer.constant(p)) for p in parts.values()], list(parts))
    for spec, expected in {"": whole, "4 6 1,2:-": whole[1:3], "4 6 3,1:3,3": whole[3:, 3:]}.items():
        (restored,) = reader.raw_ops.RestoreV2(
            prefix=str(tmp_path / "s"), tensor_names=["w"], shape_and_slices=[spec], dtypes=[reader.float32]
        )
        np.testing.assert_array_equal(restored, expected)


def _model(tf, scale):
    """A module of many kinds of objects whose values depend on `scale`."""

    class Dense(tf.Module):
        def __init__(self, size):
            super().__init__()
            self.w = tf.Variable(scale * tf.ones([2, size]), name="w")
            self.b = tf.Variable(scale * tf.range(size), name="b")

    class Model(tf.Module):
        def __init__(self):
            super().__init__()
            self.layers = [Dense(2), Dense(3)]
            self.named = {"a/b": tf.Variable([scale]), "x.y": self.layers[0]}
            self.pair = (tf.Variable(scale), Dense(1))
            self.again = self.layers[1]
            self.generator = tf.random.Generator.from_seed(scale)
            self.table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
            self.table.insert(["one", "two"], tf.constant([scale, 2 * scale], tf.int64))
            self.dense = tf.lookup.experimental.DenseHashTable(tf.int64, tf.int64, -1, -1, -2, initial_num_buckets=8)
            self.dense.insert(tf.constant([3, 11, 19], tf.int64), tf.constant([scale, 1, 2], tf.int64))
            self.words = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["x"], [1]), 0)
            self.function = tf.function(lambda x: x)

    model = Model()
    optimizer = tf.compat.v1.train.AdamOptimizer(0.1)
    optimizer.apply_gradients([(v, v) for v in model.layers[0].variables if v.dtype.is_floating])
    return tf.train.Checkpoint(model=model, optimizer=optimizer, step=tf.Variable(scale, dtype=tf.int64))


def _values(tf, checkpoint):
    model, optimizer = checkpoint.model, checkpoint.optimizer
    found = [v.numpy().tolist() for v in model.variables]
    slots = [optimizer.get_slot(model.layers[0].w, name).numpy().tolist() for name in ("m", "v")]
    powers = [v.numpy() for v in optimizer._get_beta_accumulators()] if tf is tensorflow else []
    dense = model.dense.lookup(tf.constant([3, 11, 19, 27], tf.int64)).numpy().tolist()
    looked_up = model.table.lookup(tf.constant(["one", "two", "three"])).numpy().tolist()
    return [found, slots, dense, looked_up, int(checkpoint.step), int(checkpoint.save_counter), len(powers)]


@pytest.mark.parametrize("writer, reader", BOTH)
def test_objects(tmp_path, writer, reader):
    written = _model(writer, 3)
    path = written.save(str(tmp_path / "ckpt"))
    assert reader.train.latest_checkpoint(str(tmp_path)) == path == str(tmp_path / "ckpt-1")
    target = _model(reader, 5)
    status = target.restore(path)
    status.assert_consumed()
    status.assert_existing_objects_matched()
    status.assert_nontrivial_match()
    assert _values(reader, target)[:-1] == _values(writer, written)[:-1]


def test_object_graphs_and_keys_are_equal(tmp_path):
    graphs, keys = [], []
    for tf, name in ((tensorflow, "theirs"), (tfshim, "ours")):
        path = _model(tf, 3).write(str(tmp_path / name))
        keys.append(tensorflow.train.list_variables(path))
        graphs.append(tensorflow.train.load_variable(path, "_CHECKPOINTABLE_OBJECT_GRAPH"))
    assert keys[0] == keys[1]
    parse = tfshim.protos.TrackableObjectGraph.FromString
    assert parse(graphs[0]) == parse(graphs[1])


@pytest.mark.parametrize("writer, reader", BOTH)
def test_savers(tmp_path, writer, reader):
    def variables(tf, initial):
        v1 = tf.compat.v1
        constant = v1.constant_initializer(initial)
        a = v1.get_variable("a", [2, 3], initializer=constant, use_resource=True)
        parts = v1.get_variable(
            "p", [4, 2], initializer=constant, partitioner=v1.fixed_size_partitioner(3), use_resource=True
        )
        return a, parts

    with writer.Graph().as_default(), writer.compat.v1.Session() as session:
        variables(writer, 2.5)
        session.run(writer.compat.v1.global_variables_initializer())
        saver = writer.compat.v1.train.Saver(sharded=True)
        path = saver.save(session, str(tmp_path / "model"), global_step=7, write_meta_graph=False)
    with reader.Graph().as_default(), reader.compat.v1.Session() as session:
        a, parts = variables(reader, 0.0)
        reader.compat.v1.train.Saver().restore(session, path)
        assert (session.run(a) == 2.5).all() and (session.run(parts.as_tensor()) == 2.5).all()
    with reader.Graph().as_default(), reader.compat.v1.Session() as session:
        whole = reader.compat.v1.get_variable("p", [4, 2], use_resource=True)
        reader.compat.v1.train.Saver().restore(session, path)
        assert (session.run(whole) == 2.5).all()


@pytest.mark.parametrize("writer, reader", BOTH)
def test_shards(tmp_path, writer, reader):
    def checkpoint(tf, scale):
        return tf.train.Checkpoint(a=tf.Variable(scale * tf.range(100.0)), b=tf.Variable(scale * tf.ones([8, 8])))

    policy = writer.train.experimental.MaxShardSizePolicy(max_shard_size=150)
    options = writer.train.CheckpointOptions(experimental_sharding_callback=policy)
    path = checkpoint(writer, 2.0).write(str(tmp_path / "ckpt"), options)
    assert len([name for name in os.listdir(tmp_path) if ".data-" in name]) > 3
    target = checkpoint(reader, 0.0)
    target.read(path).assert_consumed()
    np.testing.assert_array_equal(target.a, 2.0 * np.arange(100.0))
    np.testing.assert_array_equal(target.b, np.full([8, 8], 2.0))


@pytest.mark.parametrize("writer, reader", BOTH)
def test_managers_continue_each_other(tmp_path, writer, reader):
    def manager(tf):
        return tf.train.CheckpointManager(tf.train.Checkpoint(v=tf.Variable(1.0)), str(tmp_path), max_to_keep=2)

    first = manager(writer)
    for _ in range(3):
        first.save()
    second = manager(reader)
    assert second.checkpoints == first.checkpoints
    second.checkpoint.restore(second.latest_checkpoint).assert_consumed()
    second.save()
    assert [os.path.basename(p) for p in second.checkpoints] == ["ckpt-3", "ckpt-4"]
    assert manager(writer).checkpoints == second.checkpoints


def test_a_failed_write_leaves_the_old_files(tmp_path):
    path = tmp_path / "ckpt"
    _save(tfshim, path, [("a", tfshim.ones([1000]))])
    before = _contents(path)
    with pytest.raises(tfshim.errors.InvalidArgumentError, match="duplicate key"):
        _save(tfshim, path, [("a", tfshim.zeros([1000])), ("b", tfshim.ones([3])), ("b", tfshim.ones([3]))])
    assert _contents(path) == before
    assert sorted(os.listdir(tmp_path)) == sorted(f"ckpt{suffix}" for suffix in SUFFIXES)


def test_a_disk_that_fills_leaves_the_old_files(tmp_path, monkeypatch):
    checkpoint = tfshim.train.Checkpoint(v=tfshim.Variable(1.0))
    path = checkpoint.write(str(tmp_path / "ckpt"))
    before = _contents(path)

    def full(*args):
        raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(sorted_table, "write_table", full)
    checkpoint.v.assign(2.0)
    with pytest.raises(tfshim.errors.OpError, match="No space left"):
        checkpoint.write(path)
    assert _contents(path) == before and len(os.listdir(tmp_path)) == 2


def _flip(path, position):
    with open(path, "r+b") as file:
        content = bytearray(file.read())
        content[position] ^= 1
        file.seek(0)
        file.write(content)


@pytest.mark.parametrize("suffix, position", [(SUFFIXES[0], 20), (SUFFIXES[0], -1), (SUFFIXES[1], 5)])
def test_damage_is_noticed(tmp_path, suffix, position):
    checkpoint = tfshim.train.Checkpoint(v=tfshim.Variable(tfshim.ones([20])))
    path = checkpoint.write(str(tmp_path / "ckpt"))
    _flip(path + suffix, position)
    with pytest.raises(tfshim.errors.DataLossError):
        checkpoint.read(path)


def test_a_truncated_file_is_noticed(tmp_path):
    checkpoint = tfshim.train.Checkpoint(v=tfshim.Variable(tfshim.ones([20])))
    path = checkpoint.write(str(tmp_path / "ckpt"))
    os.truncate(path + SUFFIXES[1], 10)
    with pytest.raises(tfshim.errors.OutOfRangeError):
        checkpoint.read(path)
    os.truncate(path + SUFFIXES[0], 10)
    with pytest.raises(tfshim.errors.DataLossError):
        checkpoint.read(path)


def test_compressed_blocks():
    # Literal "abcd"; a copy of 6 from 4 before, which repeats; a copy of 3 from 10 before, with a wide offset.
    data = bytes([13, 3 << 2]) + b"abcd" + bytes([(6 - 4) << 2 | 1, 4, (3 - 1) << 2 | 2, 10, 0])
    assert decompressed(data) == b"abcdabcdababc"
    long = b"x" * 100
    assert decompressed(bytes([100, 60 << 2, 99]) + long) == long
    for bad in (bytes([3, 0]) + b"a", bytes([4, 1, 1])):
        with pytest.raises((ValueError, IndexError)):
            decompressed(bad)


def test_an_iterator_goes_on_in_another_process(tmp_path):
    def start():
        dataset = tfshim.data.Dataset.range(50).shuffle(20).batch(3)
        return dataset, tfshim.train.Checkpoint(it=iter(dataset), v=tfshim.Variable(0.0))

    _, first = start()
    for _ in range(4):
        next(first.it)
    path = first.save(str(tmp_path / "ckpt"))
    # Another dataset has other seeds, as it would have in another process.
    _, second = start()
    second.restore(path).assert_consumed()
    assert [x.numpy().tolist() for x in second.it] == [x.numpy().tolist() for x in first.it]


def test_neither_reads_the_iterators_of_the_other(tmp_path):
    for writer, reader in ((tensorflow, tfshim), (tfshim, tensorflow)):
        path = writer.train.Checkpoint(it=iter(writer.data.Dataset.range(3)), v=writer.Variable(2.0)).write(
            str(tmp_path / writer.__name__)
        )
        target = reader.train.Checkpoint(it=iter(reader.data.Dataset.range(3)), v=reader.Variable(0.0))
        status = target.read(path).expect_partial()
        assert float(target.v) == 2.0
        with pytest.raises(AssertionError, match="Unresolved object|not bound to checkpointed values"):
            status.assert_consumed()
        if reader is tfshim:
            # An iterator does not start over in silence.
            with pytest.raises(tfshim.errors.UnimplementedError, match="make a new iterator"):
                next(target.it)


@pytest.mark.parametrize("writer, reader", BOTH)
def test_the_older_format(tmp_path, writer, reader):
    path = str(tmp_path / "old")
    # What that format can hold.
    tensors = [(n, v) for n, v in _tensors(writer) if n not in ("bfloat16", "uint32", "uint64")]
    tensors = [(n, v) for n, v in tensors if not n.startswith(("int4", "uint4", "float8"))]
    tensors += [("w", writer.ones([2, 3])), ("w", 2.0 * writer.ones([1, 3]))]
    slices = [""] * (len(tensors) - 2) + ["3 3 0,2:-", "3 3 2,1:-"]
    names, values = zip(*tensors, strict=True)
    writer.raw_ops.SaveSlices(filename=path, tensor_names=names, shapes_and_slices=slices, data=values)
    for name, value in tensors[:-2]:
        restored = reader.raw_ops.Restore(file_pattern=path, tensor_name=name, dt=value.dtype.name)
        assert np.asarray(restored.numpy()).tolist() == np.asarray(value.numpy()).tolist()
    part = reader.raw_ops.RestoreSlice(file_pattern=path, tensor_name="w", shape_and_slice="3 3 1,2:0,1", dt="float32")
    assert part.numpy().tolist() == [[1.0], [2.0]]
    (whole,) = reader.raw_ops.RestoreV2(prefix=path, tensor_names=["w"], shape_and_slices=[""], dtypes=[reader.float32])
    assert whole.numpy().tolist() == [[1.0] * 3, [1.0] * 3, [2.0] * 3]


@pytest.mark.parametrize("writer, reader", BOTH)
def test_savers_of_the_older_format(tmp_path, writer, reader):
    path = str(tmp_path / "old")
    version = writer.compat.v1.train.SaverDef.V1
    with writer.Graph().as_default(), writer.compat.v1.Session() as session:
        writer.compat.v1.get_variable("v", initializer=[1.5, 2.5], use_resource=True)
        session.run(writer.compat.v1.global_variables_initializer())
        writer.compat.v1.train.Saver(write_version=version).save(session, path, write_meta_graph=False)
    assert reader.compat.v1.train.checkpoint_exists(path)
    with reader.Graph().as_default(), reader.compat.v1.Session() as session:
        v = reader.compat.v1.get_variable("v", [2], use_resource=True)
        reader.compat.v1.train.Saver().restore(session, path)
        assert session.run(v).tolist() == [1.5, 2.5]
    module = reader.Module()
    module.v = reader.Variable([0.0, 0.0], name="v")
    reader.train.Checkpoint(module=module).restore(path).assert_consumed()
    assert module.v.numpy().tolist() == [1.5, 2.5]
