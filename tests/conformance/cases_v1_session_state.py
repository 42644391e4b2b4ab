"""What sessions keep between runs besides variables: conditional accumulators, readers, values behind handles."""

from __future__ import annotations

import gc
import os
import tempfile
import threading

import numpy as np

from .runner import Program, raised


def _accumulator(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        mean = v1.ConditionalAccumulator(tf.float32, shape=[2], name="mean")
        total = v1.ConditionalAccumulator(tf.float64, reduction_type="SUM")
        x = v1.placeholder(tf.float32)
        early, late, fed = mean.apply_grad([1.0, 2.0]), mean.apply_grad([3.0, 5.0], 1), mean.apply_grad(x, 9)
        take, count, step = mean.take_grad(2), mean.num_accumulated(), mean.set_global_step(5)
        names = [mean.name, mean.dtype, mean.accumulator_ref.op.type, early.type, take.name, count.name, step.type]
        found = [take.shape, total.take_grad(1).shape, count.dtype]
        for run in (early, late, count, take, count, early, count, late, step, late, count):
            found.append(session.run(run))
        session.run([total.apply_grad([1.0, 2.0]), total.apply_grad([5.0, 5.0])])
        found.append(session.run(total.take_grad(2)))
        refused = [
            raised(lambda: session.run(mean.take_grad(0))),
            raised(lambda: session.run(fed, {x: [1.0, 2.0, 3.0]})),
            raised(lambda: mean.apply_grad([1.0])),
            raised(lambda: mean.apply_grad(["a"])),
            raised(lambda: v1.ConditionalAccumulator(tf.float32, reduction_type="LAST")),
        ]
    # An eager one is in tests/test_eager_accumulators.py: TensorFlow's ends the process at its next `set_seed`.
    return names, found, refused


def _sparse_accumulator(tf):
    v1, rows = tf.compat.v1, np.array([[0, 0, 1], [3, 0, 4]], np.float32)
    with tf.Graph().as_default(), v1.Session() as session:
        mean = v1.SparseConditionalAccumulator(tf.float32, name="mean")
        total = v1.SparseConditionalAccumulator(tf.float32, shape=[3, None], reduction_type="SUM")
        first, later = mean.apply_grad([0, 2], rows), mean.apply_grad([0, 2], rows, local_step=9)
        slices = mean.apply_indexed_slices_grad(tf.IndexedSlices(rows * 10, np.array([0, 1])))
        take, take_slices = mean.take_grad(1), mean.take_indexed_slices_grad(1)
        found = [[t.shape for t in take], take._fields, take_slices.values.dtype, mean.name]
        for run in (first, slices, take, first, mean.num_accumulated(), later, take_slices):
            found.append(session.run(run))
        add = total.apply_grad([0, 2], [[1.0, 2.0], [3.0, 4.0]], [3, 2])
        session.run(add)
        session.run(add)
        found.append(session.run(total.take_grad(2)))
        indices, values = v1.placeholder(tf.int64), v1.placeholder(tf.float32)
        fed = mean.apply_grad(indices, values, local_step=9)
        refused = [
            raised(lambda i=i, v=v: session.run(fed, {indices: i, values: v}))
            for i, v in (([0, 1], [[1, 2]]), ([[0]], [[1]]), ([0], 1), ([], np.zeros([0, 3])), ([1], [2]), ([0], [[1]]))
        ]
    return found, refused, raised(lambda: v1.SparseConditionalAccumulator(tf.float32))


def _awaited(tf):
    """A thread that takes waits for another one."""
    v1, found = tf.compat.v1, []
    with tf.Graph().as_default(), v1.Session() as session:
        accumulator = v1.ConditionalAccumulator(tf.float32)
        add, take = accumulator.apply_grad(2.0), accumulator.take_grad(2)
        thread = threading.Thread(target=lambda: found.append(session.run(take)))
        thread.start()
        session.run(add)
        before = list(found)
        session.run(add)
        thread.join()
    return before, found


def _files() -> dict[str, str]:
    folder = os.path.join(tempfile.gettempdir(), "tfshim-readers")
    os.makedirs(folder, exist_ok=True)
    contents = {"a": b"head\nx\r\ny\n\nlast", "b": b"head\nz\n", "fixed": b"HH0123456789abF"}
    for name, data in contents.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
    return {name: os.path.join(folder, name) for name in [*contents, "missing"]}


def _read(tf, make, names, many=None):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        reader, queue = make(), v1.FIFOQueue(9, [tf.string], shapes=())
        parts = reader.read(queue) if many is None else reader.read_up_to(queue, many)
        session.run(queue.enqueue_many([names]))
        session.run(queue.close())
        counts = [reader.num_records_produced(), reader.num_work_units_completed()]
        found = [[p.name for p in parts], [p.shape for p in parts], reader.reader_ref.op.type]
        for _ in range(9):
            failure = raised(lambda: found.append(session.run(parts)))
            found.append(failure)
            if failure != "no error":
                break
            found.append(session.run(counts))
        state = None
        if reader.supports_serialize:
            state = session.run(reader.serialize_state())
        else:
            found.append(raised(lambda: session.run(reader.serialize_state())))
        session.run(reader.reset())
        found.append(session.run(counts))
        if state is not None:
            session.run(reader.restore_state(state))
            found += [session.run(counts), raised(lambda: session.run(reader.restore_state(b"abc")))]
    return found


def _readers(tf):
    v1, f = tf.compat.v1, _files()
    fixed = lambda **sizes: v1.FixedLengthRecordReader(header_bytes=2, footer_bytes=1, **sizes)
    return [
        _read(tf, lambda: v1.TextLineReader(skip_header_lines=1, name="lines"), [f["a"], f["b"]]),
        _read(tf, v1.TextLineReader, [f["a"], f["b"]], many=3),
        _read(tf, v1.WholeFileReader, [f["b"], f["a"]]),
        _read(tf, v1.IdentityReader, ["A", "B"]),
        _read(tf, lambda: fixed(record_bytes=4), [f["fixed"]]),
        _read(tf, lambda: fixed(record_bytes=4, hop_bytes=3), [f["fixed"]]),
        _read(tf, v1.TextLineReader, [f["missing"]]),
        raised(v1.TextLineReader),
    ]


def _handles(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        a = tf.constant(10)
        handle = v1.get_session_handle(a * 5)
        kept = session.run(handle)
        holder, value = v1.get_session_tensor(kept.handle, tf.int32)
        fed = v1.placeholder(tf.int32)
        found = [handle.dtype, handle.shape, handle.op.type, type(kept).__name__, kept.eval(), str(kept) == kept.handle]
        found += [holder.dtype, value.dtype, value.shape, session.run(value * 2, {holder: kept.handle})]
        found.append(session.run(fed + 1, {fed: kept}))
        holder_of_end, end = v1.delete_session_tensor(kept.handle)
        found += [end.type, session.run(end, {holder_of_end: kept.handle})]
        found.append(raised(lambda: session.run(value, {holder: kept.handle})))
        first, second = session.run([handle, v1.get_session_handle(tf.constant([1.0, 2.0]))])
        found += [first.eval(), second.eval(), session.run({"h": handle, "a": a})["a"]]
        first.delete()
        found.append(raised(first.eval))
        name = second.get_raw_handle()
        holder, value = v1.get_session_tensor(name, tf.float32)
        del second
        gc.collect()
        found += [session.run(value, {holder: name}), raised(lambda: v1.get_session_handle(1))]
        return found


def _run_metadata(tf):
    """Which nodes of the graph a run reports, on which device, and what it leaves empty."""
    v1, found = tf.compat.v1, []
    full, software = v1.RunOptions.FULL_TRACE, v1.RunOptions.SOFTWARE_TRACE
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [2], name="x")
        y = tf.reduce_sum(x * v1.get_variable("w", initializer=[1.0, 2.0]), name="y")
        tf.square(x, name="unused")
        session.run(v1.global_variables_initializer())
        call = session.make_callable(y, [x], accept_options=True)
        for options in (
            v1.RunOptions(trace_level=full, output_partition_graphs=True),
            v1.RunOptions(trace_level=software),
            v1.RunOptions(),
            None,
        ):
            told = v1.RunMetadata()
            session.run(y, {x: [1, 2]}, options=options, run_metadata=told)
            devices = told.step_stats.dev_stats
            nodes = [n for d in devices for n in d.node_stats]
            found.append([d.device for d in devices])
            found.append([sorted({n.node_name for n in nodes} & {"mul", "y", "w", "unused"}), told.ByteSize() == 0])
            found.append(["mul" in {n.name for n in graph.node} for graph in told.partition_graphs])
            found.append(all(n.all_start_micros > 1e15 and n.node_name in n.timeline_label for n in nodes))
        told = v1.RunMetadata()
        found.append(call([1.0, 2.0], options=v1.RunOptions(trace_level=full), run_metadata=told))
        found.append(len(told.step_stats.dev_stats))
        refused = [raised(lambda: session.run(y, {x: [1, 2]}, run_metadata=3))]
    return found, refused


def _all_checked(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [2], name="x")
        y = tf.sqrt(tf.math.log(x), name="y")
        checks = v1.add_check_numerics_ops()
        found = [checks.type, session.run([y, checks], {x: [2, 3]})[1]]
        return [*found, raised(lambda: session.run([y, checks], {x: [2, 0]}))], raised(v1.add_check_numerics_ops)


def _names_and_targets(tf):
    session = tf.compat.v1.Session
    with tf.Graph().as_default() as graph:
        a = tf.constant(1.0, name="a")
        feeds = [raised(lambda k=k: session().run(a, {k: 2.0})) for k in ("a", a.op, "b:0", "b", 3)]
        found = [
            raised(lambda n=n, more=more: graph.as_graph_element(n, **more))
            for n in ("a", "a:0", "b", "b:0")
            for more in ({}, {"allow_tensor": False}, {"allow_operation": False})
        ]
        return feeds, found, [raised(lambda t=t: session(t)) for t in (37, "nowhere", None)]


CASES = [
    Program("all-checked", _all_checked),
    Program("run-metadata", _run_metadata),
    Program("accumulator", _accumulator),
    Program("sparse-accumulator", _sparse_accumulator),
    Program("awaited", _awaited),
    Program("readers", _readers),
    Program("handles", _handles),
    Program("names-and-targets", _names_and_targets),
]
