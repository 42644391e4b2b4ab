"""`tf.compat.v1.train.export_meta_graph` and `import_meta_graph`: graphs with their collections, in messages."""

from __future__ import annotations

import os
import tempfile

from .runner import Program, raised


def _graph(tf):
    """A graph with variables, collections of all kinds, a queue runner, a branch."""
    v1 = tf.compat.v1
    x = v1.placeholder(tf.float32, [None, 2], name="x")
    with v1.variable_scope("inner"):
        w = v1.get_variable("w", initializer=[[1.0], [2.0]])
        b = v1.get_variable("b", initializer=0.5, trainable=False)
    y = tf.identity(tf.matmul(x, w) + b, name="y")
    tf.cond(v1.placeholder_with_default(True, [], name="p"), lambda: y, lambda: -y, name="branch")
    for name, item in {
        "tensors": y,
        "ints": 3,
        "floats": 2.5,
        "texts": "abc",
        "ops": y.op,
        ("no", "string"): 1,
    }.items():
        v1.add_to_collection(name, item)
    v1.add_to_collection("objects", object())
    queue = v1.FIFOQueue(3, [tf.float32], name="queue")
    v1.train.add_queue_runner(v1.train.QueueRunner(queue, [queue.enqueue(1.0)]))
    v1.train.get_or_create_global_step()


def _export(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        _graph(tf)
        whole = v1.train.export_meta_graph()
        part = v1.train.export_meta_graph(export_scope="inner", collection_list=["variables", "ints", "texts"])
        plain = v1.train.export_meta_graph(strip_default_attrs=True, clear_devices=True)
    info = whole.meta_info_def
    return [
        {key: str(value) for key, value in sorted(whole.collection_def.items())},
        [op.name for op in info.stripped_op_list.op],
        list(info.tags),
        [info.tensorflow_version, info.stripped_default_attrs, plain.meta_info_def.stripped_default_attrs],
        {key: str(value) for key, value in sorted(part.collection_def.items())},
        [[n.name, list(n.input)] for n in part.graph_def.node],
        ["transpose_a" in n.attr for m in (whole, plain) for n in m.graph_def.node if n.op == "MatMul"],
    ]


def _found(tf, session):
    v1 = tf.compat.v1
    kinds = [type(runner).__name__ for runner in v1.get_collection("queue_runners")]
    items = [v1.get_collection(name) for name in ("ints", "floats", "texts")]
    names = [[item.name for item in v1.get_collection(name)] for name in ("tensors", "ops", "variables")]
    keys = sorted(v1.get_default_graph().get_all_collection_keys())
    session.run(v1.global_variables_initializer())
    step = v1.train.get_global_step()
    same = v1.global_variables()[0] is v1.trainable_variables()[0]
    return kinds, items, names, keys, same, [v.name for v in v1.trainable_variables()], session.run(step.assign_add(1))


def _import(tf):
    v1 = tf.compat.v1
    folder = tempfile.mkdtemp()
    paths = [os.path.join(folder, name) for name in ("graph.meta", "graph.pbtxt")]
    with tf.Graph().as_default():
        _graph(tf)
        message = v1.train.export_meta_graph(paths[0])
        v1.train.export_meta_graph(paths[1], as_text=True)
    found = []
    for source in (message, *paths):
        with tf.Graph().as_default(), v1.Session() as session:
            saver = v1.train.import_meta_graph(source)
            found.append([type(saver).__name__, *_found(tf, session)])
            found.append(session.run(["y:0", "branch/Identity:0"], {"x:0": [[1, 2]]}))
            found.append(len(v1.train.start_queue_runners(session, start=False)))
    with tf.Graph().as_default(), v1.Session() as session:
        v1.train.import_meta_graph(message, import_scope="outer", input_map={"x:0": tf.ones([1, 2])})
        v1.train.import_meta_graph(message, import_scope="outer")
        found.append([[v.name for v in v1.global_variables()], [t.name for t in v1.get_collection("tensors")]])
        session.run(v1.global_variables_initializer())
        found.append(session.run("outer/y:0"))
        found.append(raised(lambda: v1.train.import_meta_graph(paths[0] + ".missing")))
    return found, raised(lambda: v1.train.import_meta_graph(message)), raised(v1.train.export_meta_graph)


def _saved(tf):
    """What a saver writes beside a checkpoint is enough to go on."""
    v1, path = tf.compat.v1, os.path.join(tempfile.mkdtemp(), "model")
    with tf.Graph().as_default(), v1.Session() as session:
        w = v1.get_variable("w", initializer=[1.0, 2.0])
        tf.reduce_sum(w * 2, name="y")
        session.run(w.initializer)
        session.run(w.assign([3.0, 4.0]))
        path = v1.train.Saver().save(session, path, global_step=7)
    with tf.Graph().as_default(), v1.Session() as session:
        saver = v1.train.import_meta_graph(path + ".meta")
        saver.restore(session, path)
        return session.run("y:0"), os.path.basename(path), [v.name for v in v1.global_variables()]


def _variable_messages(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        with v1.variable_scope("scope"):
            w = v1.get_variable("w", initializer=[1.0, 2.0], trainable=False)
        message = w.to_proto()
        again = type(w).from_proto(message)
        session.run(again.initializer)
        session.run(again.assign_add([1.0, 1.0]))
        found = [again.name, again.shape, again.dtype, again.trainable, again.op.name, again.initial_value.name]
        return str(message), str(w.to_proto("scope")), w.to_proto("other"), found, session.run(w)


CASES = [
    Program("export", _export),
    Program("import", _import),
    Program("saved", _saved),
    Program("variable-messages", _variable_messages),
]
