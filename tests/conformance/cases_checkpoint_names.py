"""Checkpoints by names of variables: the raw ops, `Saver`, initialisers that read checkpoints, monitored sessions."""

from __future__ import annotations

import os

import numpy as np

from .cases_checkpoint import in_folder, said
from .runner import Program, raised


def _raw_errors(tf, folder):
    ops, path = tf.raw_ops, folder + "/ckpt"

    def save(names, slices, tensors, prefix=path):
        return ops.SaveV2(prefix=prefix, tensor_names=names, shape_and_slices=slices, tensors=tensors)

    def restore(name, spec="", dtype="float32", prefix=path):
        return ops.RestoreV2(prefix=prefix, tensor_names=[name], shape_and_slices=[spec], dtypes=[dtype])

    x = tf.reshape(tf.range(12.0), [4, 3])
    save(["x", "s"], ["", ""], [x, tf.constant("text")])
    save(["w", "w"], ["4 3 0,2:-", "4 3 3,1:-"], [x[:2], x[3:]], folder + "/parts")
    save(["w", "w"], ["4 3 0,2:-", "4 3 1,2:-"], [x[:2], x[1:3]], folder + "/overlap")
    return [
        restore("x", "4 3 1,2:0,2"),
        restore("x", "4 3 -:1,1"),
        restore("w", "4 3 1,1:-", prefix=folder + "/parts"),
        said(lambda: restore("w", prefix=folder + "/parts"), ["sufficient slices"]),
        said(lambda: restore("w", prefix=folder + "/overlap"), ["Overlapping slices"]),
        said(lambda: restore("x", prefix=folder + "/none"), ["Failed to find any matching files"]),
        said(lambda: restore("y"), ["Key y not found in checkpoint"]),
        said(lambda: restore("x", dtype="int32"), ["expected dtype int32 does not equal original dtype float"]),
        said(lambda: restore("x", "4 5 -:0,2"), ["[4,5] does not match the shape stored in checkpoint: [4,3]"]),
        said(lambda: restore("x", "4 3 0,9:-"), ["out of bounds"]),
        said(lambda: restore("x", "words"), ["least two elements"]),
        said(lambda: restore("x", "4 3"), ["pair of numbers"]),
        said(lambda: save(["a", "a"], ["", ""], [x, x]), ["duplicate key: a"]),
        said(lambda: save(["a"], ["", ""], [x]), ["different number of elements: 1 vs. 2"]),
        said(lambda: save(["a"], ["4 3 0,2:-"], [x]), ["does not match the shape of the tensor"]),
        said(lambda: save(["a"], [""], [x], folder + "/no/no/no"), ["No such file or directory"]),
    ]


def _raw_merge(tf, folder):
    ops = tf.raw_ops

    def save(prefix, name):
        tensors = [tf.ones([2])]
        ops.SaveV2(prefix=folder + prefix, tensor_names=[name], shape_and_slices=[""], tensors=tensors)
        return folder + prefix

    def merge(prefixes, **options):
        ops.MergeV2Checkpoints(checkpoint_prefixes=prefixes, destination_prefix=folder + "/all", **options)

    merge([save("/temp/a", "x"), save("/temp/b", "y")])
    found = [tf.train.list_variables(folder + "/all"), sorted(os.listdir(folder))]
    one, two = save("/t/a", "x"), save("/t/b", "x")
    found.append(said(lambda: merge([one, two]), ["Duplicate tensor"]))
    found.append(raised(lambda: merge([one, folder + "/t/none"])))
    merge([one, folder + "/t/none"], allow_missing_files=True, delete_old_dirs=False)
    return [*found, tf.train.list_variables(folder + "/all"), os.path.isdir(folder + "/t")]


def _variables(tf, value):
    v1 = tf.compat.v1
    start = v1.constant_initializer(value)
    a = v1.get_variable("a", [2], initializer=start, use_resource=True)
    with v1.variable_scope("s"):
        b = v1.get_variable("b", [], tf.int64, initializer=start, use_resource=True)
        p = v1.get_variable("p", [4, 2], initializer=start, partitioner=v1.fixed_size_partitioner(2), use_resource=True)
    return a, b, p


def _saver(tf, folder):
    v1, found = tf.compat.v1, []
    for sharded in (False, True):
        with tf.Graph().as_default(), v1.Session() as session:
            a, b, p = _variables(tf, 1)
            saver = v1.train.Saver(max_to_keep=2, sharded=sharded)
            session.run(v1.global_variables_initializer())
            for step in range(3):
                session.run(a.assign_add([1.0, 1.0]))
                found.append(saver.save(session, folder + "/model", global_step=step, write_meta_graph=False))
            found += [saver.last_checkpoints, sorted(os.listdir(folder)), v1.train.latest_checkpoint(folder)]
            session.run([a.assign([0.0, 0.0]), b.assign(0)])
            saver.restore(session, v1.train.latest_checkpoint(folder))
            found += [session.run([a, b, p.as_tensor()]), tf.train.list_variables(folder)]
            made = saver.as_saver_def()
            found.append([made.restore_op_name, made.filename_tensor_name, made.max_to_keep, made.sharded])
            session.run(made.save_tensor_name, {made.filename_tensor_name: folder + "/direct"})
            found.append([v1.train.checkpoint_exists(folder + "/direct"), v1.train.checkpoint_exists(folder + "/x")])
            v1.train.remove_checkpoint(folder + "/direct")
            found.append(v1.train.checkpoint_exists(folder + "/direct"))
            found.append([saver.to_proto("other"), saver.to_proto("save").restore_op_name])
            again = v1.train.Saver(saver_def=made)
            again.restore(session, folder + "/model-2")
            again.recover_last_checkpoints([folder + "/model-1", folder + "/model-7"])
            found += [again.last_checkpoints, len(v1.train.get_checkpoint_mtimes([folder + "/model-2", "none"]))]
    return found


def _saver_errors(tf, folder):
    v1, found = tf.compat.v1, []
    with tf.Graph().as_default(), v1.Session() as session:
        a, b, _ = _variables(tf, 1)
        session.run(v1.global_variables_initializer())
        saver = v1.train.Saver()
        path = saver.save(session, folder + "/model", write_meta_graph=False)
        found.append(raised(lambda: saver.restore(session, None)))
        found.append(said(lambda: saver.restore(session, folder + "/none"), ["not a valid checkpoint"]))
        found.append(said(lambda: saver.save(session, folder + "/x/y/m"), ["Parent directory of"]))
        found.append(raised(lambda: saver.save(session, folder + "/checkpoint")))
        found.append(raised(lambda: saver.save(session, folder + "/m", latest_filename="a/b")))
        found.append(raised(lambda: saver.save(None, folder + "/m")))
        found.append(said(lambda: v1.train.Saver([a, a]), ["At least two variables have the same name: a"]))
        found.append(said(lambda: v1.train.Saver({"x": a, "y": a}), ["restored with two names"]))
        found.append([raised(lambda v=v: v1.train.Saver(v)) for v in ({3: a}, {"s": [a]}, {"s": "t"}, [])])
        found.append(raised(lambda: v1.train.Saver([a], defer_build=True)))
        found.append(raised(lambda: v1.train.Saver(defer_build=True).save(session, folder + "/m")))
    with tf.Graph().as_default(), v1.Session() as session:
        found.append(raised(v1.train.Saver))
        found.append(v1.train.Saver(allow_empty=True).save(session, folder + "/m", write_meta_graph=False))
        flat = v1.get_variable("flat", [2, 1], use_resource=True)
        integers = v1.get_variable("i", [2], tf.int32, use_resource=True)
        v1.train.Saver({"a": flat}, reshape=True).restore(session, path)
        found.append(session.run(flat))
        missing, mismatch = "a Variable name or other graph key that is missing", "a mismatch between the current graph"
        found.append(said(lambda: v1.train.Saver([flat]).restore(session, path), [missing]))
        found.append(said(lambda: v1.train.Saver({"a": integers}).restore(session, path), [mismatch]))
    return found


def _eager_and_objects(tf, folder):
    v1 = tf.compat.v1

    class Model(tf.Module):
        def __init__(self, value):
            super().__init__()
            self.v = tf.Variable([value], name="v")
            self.w = tf.Variable(value, name="w")

    one = Model(2.0)
    saver = v1.train.Saver([one.v, one.w])
    names = saver.save(None, folder + "/names", global_step=3)
    objects = tf.train.Checkpoint(m=Model(5.0)).save(folder + "/objects")
    saver.restore(None, objects)
    found = [one.v, one.w, tf.train.list_variables(names), raised(v1.train.Saver)]
    unknown = v1.train.Saver([tf.Variable(1.0, name="u")])
    found.append(said(lambda: unknown.restore(None, objects), ["not in the checkpoint: u", "don't exist now: "]))
    two = Model(0.0)
    status = tf.train.Checkpoint(m=two).restore(names)
    status.assert_consumed()
    found += [type(status).__name__, two.v, two.w]
    two.u = tf.Variable(1.0, name="u")
    found.append(raised(tf.train.Checkpoint(m=two).restore(names).assert_consumed))
    return found


def _initialisers(tf, folder):
    v1, found, path = tf.compat.v1, [], folder + "/ckpt"
    with tf.Graph().as_default(), v1.Session() as session:
        _variables(tf, 4)
        session.run(v1.global_variables_initializer())
        v1.train.Saver().save(session, path, write_meta_graph=False)
    for given in ({"/": "new/"}, {"s/": "new/s/"}, {"a": "new/a"}, {"x": "new/a"}, {"s/p": "new/a"}, {"s": "new/"}):
        with tf.Graph().as_default(), v1.Session() as session:
            with v1.variable_scope("new"):
                a, b, p = _variables(tf, 0)
            found.append(raised(lambda given=given: v1.train.init_from_checkpoint(path, given)))
            session.run(v1.global_variables_initializer())
            found.append(session.run([a, b, p.as_tensor()]))
    with tf.Graph().as_default(), v1.Session() as session:
        a, b, p = _variables(tf, 0)
        v1.train.init_from_checkpoint(path, [("a", a), ("s/p", list(p))])
        session.run(v1.global_variables_initializer())
        found.append(session.run([a, b, p.as_tensor()]))
    for given in ({}, {"vars_to_warm_start": "s/"}, {"vars_to_warm_start": ["a"]}, {"vars_to_warm_start": None}):
        with tf.Graph().as_default(), v1.Session() as session:
            a, b, p = _variables(tf, 0)
            v1.train.warm_start(path, **given)
            session.run(v1.global_variables_initializer())
            found.append(session.run([a, b, p.as_tensor()]))
    with tf.Graph().as_default(), v1.Session() as session:
        c = v1.get_variable("c", [2], use_resource=True)
        v1.train.warm_start(path, "c", var_name_to_prev_var_name={"c": "a"})
        session.run(v1.global_variables_initializer())
        found.append(session.run(c))
        found.append(raised(lambda: v1.train.warm_start(path, [c], var_name_to_prev_var_name={"d": "a"})))
    return found


def _monitored(tf, folder):
    v1, found = tf.compat.v1, []

    class Listener(v1.train.CheckpointSaverListener):
        def begin(self):
            found.append("begin")

        def before_save(self, session, global_step_value):
            found.append(["before", global_step_value])

        def after_save(self, session, global_step_value):
            found.append(["after", global_step_value])

        def end(self, session, global_step_value):
            found.append(["end", global_step_value])

    for last in (3, 6):
        with tf.Graph().as_default():
            step = v1.train.get_or_create_global_step()
            w = v1.get_variable("w", initializer=1.0, use_resource=True)
            advance = tf.group(w.assign_add(1.0), step.assign_add(1))
            scaffold = v1.train.Scaffold()
            saving = v1.train.CheckpointSaverHook(
                folder, save_steps=2, scaffold=scaffold, listeners=[Listener()], save_graph_def=False
            )
            hooks = [v1.train.StopAtStepHook(last_step=last), saving]
            options = dict(save_checkpoint_secs=None, save_graph_def=False, log_step_count_steps=None)
            with v1.train.MonitoredTrainingSession(
                checkpoint_dir=folder, hooks=hooks, scaffold=scaffold, **options
            ) as session:
                found.append(session.run([step, w]))
                while not session.should_stop():
                    session.run(advance)
    found.append(sorted(n for n in os.listdir(folder) if n.startswith("model")))
    with tf.Graph().as_default():
        w = v1.get_variable("w", initializer=1.0, use_resource=True)
        saver = v1.train.Saver()
        scaffold = v1.train.Scaffold(saver=saver)
        given = {"scaffold": scaffold, "checkpoint_filename_with_path": folder + "/model.ckpt-6"}
        with v1.train.SingularMonitoredSession(**given) as session:
            found += [session.run(w), scaffold.saver is saver]
    hook = v1.train.CheckpointSaverHook
    found.append(raised(lambda: hook(folder, save_steps=1, saver=saver, scaffold=scaffold)))
    found.append(raised(lambda: hook(folder)))
    return found


def _monitored_summaries(tf, folder):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        step = v1.train.get_or_create_global_step()
        v1.summary.scalar("twice", tf.cast(step, tf.float32) * 2.0)
        advance = step.assign_add(1)
        options = dict(save_checkpoint_steps=3, save_summaries_steps=2, log_step_count_steps=2)
        hooks = [v1.train.StopAtStepHook(last_step=5)]
        with v1.train.MonitoredTrainingSession(checkpoint_dir=folder, hooks=hooks, **options) as session:
            while not session.should_stop():
                session.run(advance)
    v1.summary.FileWriterCache.clear()
    names = sorted(os.listdir(folder))
    events = [e for n in names if "tfevents" in n for e in v1.train.summary_iterator(f"{folder}/{n}")]
    tags = [[e.step, e.WhichOneof("what"), [v.tag for v in e.summary.value]] for e in events]
    kinds = sorted({kind for _, kind, _ in tags if kind})
    # Only the steps: whether the value is read before or after the step is counted is not determined.
    twice = [e.step for e in events for v in e.summary.value if v.tag == "twice"]
    return [[n for n in names if "tfevents" not in n], kinds, twice, sum("/sec" in t for _, _, ts in tags for t in ts)]


def _meta_graphs(tf, folder):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        v = v1.get_variable("v", initializer=[1.0, 2.0], use_resource=True)
        x = v1.placeholder(tf.float32, [2], name="x")
        tf.add(v, x, name="sum")
        session.run(v1.global_variables_initializer())
        session.run(v.assign([5.0, 6.0]))
        path = v1.train.Saver().save(session, folder + "/model", global_step=3)
    with tf.Graph().as_default(), v1.Session() as session:
        saver = v1.train.import_meta_graph(path + ".meta")
        saver.restore(session, path)
        found = session.run("sum:0", {"x:0": [1.0, 1.0]})
        return [found, [v.name for v in v1.global_variables()], saver.last_checkpoints, sorted(os.listdir(folder))]


def _state_files(tf, folder):
    v1 = tf.compat.v1
    state = v1.train.generate_checkpoint_state_proto(folder, "b", ["a"], [1.5, 2.5], 0.5)
    v1.train.update_checkpoint_state(folder, folder + "/b", [folder + "/a", folder + "/b"])
    read = v1.train.get_checkpoint_state(folder)
    return [
        [state.model_checkpoint_path, list(state.all_model_checkpoint_paths)],
        [list(state.all_model_checkpoint_timestamps), state.last_preserved_timestamp],
        list(v1.train.generate_checkpoint_state_proto("x/y", "x/y/b").all_model_checkpoint_paths),
        raised(lambda: v1.train.generate_checkpoint_state_proto(folder, "b", ["a"], [1.0])),
        raised(lambda: v1.train.update_checkpoint_state(folder, folder + "/checkpoint")),
        [read.model_checkpoint_path, list(read.all_model_checkpoint_paths)],
        v1.train.latest_checkpoint(folder),
        v1.train.get_checkpoint_state(folder, "other"),
    ]


def _tables_and_saveables(tf, folder):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1, name="t")
        v = v1.get_variable("v", initializer=np.float32(1.0), use_resource=True)
        insert, looked_up = (
            table.insert(tf.constant(["a"]), tf.constant([5], tf.int64)),
            table.lookup(tf.constant(["a"])),
        )
        remove = table.remove(tf.constant(["a"]))
        saver = v1.train.Saver()
        session.run([v1.global_variables_initializer(), insert])
        path = saver.save(session, folder + "/ckpt", write_meta_graph=False)
        session.run([remove, v.assign(0.0)])
        saver.restore(session, path)
        return [session.run([looked_up, v]), tf.train.list_variables(path)]


CASES = [
    Program(name, in_folder(body))
    for name, body in {
        "raw-errors": _raw_errors,
        "raw-merge": _raw_merge,
        "saver": _saver,
        "saver-errors": _saver_errors,
        "eager-and-objects": _eager_and_objects,
        "initialisers": _initialisers,
        "monitored": _monitored,
        "monitored-summaries": _monitored_summaries,
        "meta-graphs": _meta_graphs,
        "state-files": _state_files,
        "tables-and-saveables": _tables_and_saveables,
    }.items()
]
