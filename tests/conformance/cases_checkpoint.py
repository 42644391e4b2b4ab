"""Checkpoints of objects: what is saved under which keys, when it is restored, and what status objects say."""

from __future__ import annotations

import os
import pathlib
import tempfile

from .runner import Program, raised


def in_folder(body):
    """A program `body(tf, folder)` in a folder of its own, whose path does not show in what it returns."""

    def program(tf):
        with tempfile.TemporaryDirectory() as folder:
            return _relative(body(tf, folder), folder)

    return program


def _relative(found, folder):
    if isinstance(found, dict):
        return {_relative(k, folder): _relative(v, folder) for k, v in found.items()}
    if isinstance(found, (list, tuple)):
        return [_relative(f, folder) for f in found]
    return found.replace(folder, "DIR") if isinstance(found, str) else found


def said(fn, words):
    """The class of the error that `fn()` raises, and which of the words are in its message."""
    try:
        fn()
    except Exception as error:
        return [type(error).__name__, [word for word in words if word in str(error)]]
    return "no error"


def _dense(tf):
    class Dense(tf.Module):
        """Makes its variables when it is called first."""

        def __init__(self, size):
            super().__init__()
            self.size = size

        def __call__(self, x):
            if not hasattr(self, "w"):
                self.w = tf.Variable(tf.ones([x.shape[-1], self.size]), name="w")
                self.b = tf.Variable(tf.zeros([self.size]), name="b")
            return x @ self.w + self.b

    return Dense


def _lazy_modules(tf, folder):
    dense = _dense(tf)
    first = dense(3)
    first(tf.ones([1, 2]))
    first.b.assign([1.0, 2.0, 3.0])
    path = tf.train.Checkpoint(net=first).save(folder + "/ckpt")
    second = dense(3)
    status = tf.train.Checkpoint(net=second).restore(path)
    early = [raised(status.assert_consumed), raised(status.assert_existing_objects_matched)]
    y = second(tf.ones([1, 2]))
    status.assert_consumed()
    return [early, y, tf.train.list_variables(path), os.path.basename(tf.train.latest_checkpoint(folder))]


def _structures(tf, folder):
    saved = tf.train.Checkpoint()
    saved.listed = [tf.Variable(1.0)]
    saved.listed.append(tf.Variable(2.0))
    saved.mapped = {"one": saved.listed[0], "a/b.c": tf.Variable(3)}
    saved.pair = (tf.Variable(4), [tf.Variable(5)])
    path = saved.save(folder + "/ckpt")
    target = tf.train.Checkpoint()
    target.restore(path).expect_partial()
    target.listed = []
    target.listed.append(tf.Variable(0.0))
    target.mapped = {}
    target.mapped["a/b.c"] = tf.Variable(0)
    target.pair = (tf.Variable(0), [tf.Variable(0)])
    keys = [key for key, _ in tf.train.list_variables(path)]
    saved.listed.insert(0, tf.Variable(0.0))
    refused = raised(lambda: saved.save(folder + "/ckpt"))
    return [target.listed[0], target.mapped["a/b.c"], target.pair[0], target.pair[1][0], keys, refused]


def _roots(tf, folder):
    class Model(tf.Module):
        def __init__(self):
            super().__init__()
            self.v = tf.Variable(1.0)

    model = Model()
    path = tf.train.Checkpoint(model, step=tf.Variable(7)).save(folder + "/ckpt")
    other, step = Model(), tf.Variable(0)
    other.v.assign(0.0)
    checkpoint = tf.train.Checkpoint(root=other, step=step)
    checkpoint.restore(path).assert_consumed()
    clash = said(lambda: tf.train.Checkpoint(model, v=tf.Variable(0.0)), ["keyword argument v", "root.v"])
    wrong = [
        said(lambda: tf.train.Checkpoint(v=3), ["trackable object", "expecting v", "got 3"]),
        said(lambda: tf.train.Checkpoint(3), ["trackable object", "expecting root"]),
        raised(lambda: tf.train.Checkpoint(weird=tf.constant(1))),
    ]
    variable = tf.Variable(3)
    alone = tf.train.list_variables(tf.train.Checkpoint(variable).write(folder + "/alone"))
    return [other.v, step, checkpoint.save_counter, clash, wrong, alone, tf.train.list_variables(path)]


def _statuses(tf, folder):
    path = tf.train.Checkpoint(a=tf.Variable(1.0), b=tf.Variable(2.0)).write(folder + "/ckpt")
    checks = ("assert_consumed", "assert_existing_objects_matched", "assert_nontrivial_match")
    found = []
    for names in ("a", "ac", "c", "abc", ""):
        checkpoint = tf.train.Checkpoint(**{name: tf.Variable(0.0) for name in names})
        status = checkpoint.read(path).expect_partial()
        found.append([raised(getattr(status, check)) for check in checks])
    nothing = tf.train.Checkpoint().restore(None)
    found.append([said(getattr(nothing, c), ["No checkpoint specified"]) for c in (*checks, "run_restore_ops")])
    found.append([nothing.expect_partial() is nothing, nothing.initialize_or_restore()])
    status = tf.train.Checkpoint(a=tf.Variable(0.0)).read(path).expect_partial()
    words = ["Unresolved object in checkpoint", "(root).b"]
    found.append(said(status.assert_consumed, words))
    status = tf.train.Checkpoint(a=tf.Module(), b=tf.Variable(0.0)).read(path).expect_partial()
    found.append(said(status.assert_consumed, ["Unused attributes", "(root).a"]))
    status = tf.train.Checkpoint(a=tf.Variable(0.0), z=tf.Variable(0.0)).read(path).expect_partial()
    found.append(said(status.assert_existing_objects_matched, ["Found 1 Python objects", "not bound to checkpointed"]))
    return found


def _mismatches(tf, folder):
    path = tf.train.Checkpoint(v=tf.Variable([1.0, 2.0])).save(folder + "/ckpt")
    bad_shape = said(lambda: tf.train.Checkpoint(v=tf.Variable(tf.zeros([3]))).restore(path), ["incompatible tensor"])
    bad_dtype = said(
        lambda: tf.train.Checkpoint(v=tf.Variable([1, 2])).restore(path),
        ["expected dtype int32 does not equal original dtype float"],
    )
    missing = said(lambda: tf.train.Checkpoint().restore(folder + "/none"), ["Failed to find any matching files"])
    free = tf.Variable([0.0], shape=tf.TensorShape(None))
    tf.train.Checkpoint(v=free).restore(path)
    return [bad_shape, bad_dtype, missing, free, raised(lambda: tf.train.load_checkpoint(folder + "/none"))]


def _later_wins(tf, folder):
    paths = []
    for value in (1.0, 2.0, 3.0):
        paths.append(tf.train.Checkpoint(m=tf.train.Checkpoint(v=tf.Variable(value))).save(folder + f"/ckpt{value}"))
    inner = tf.train.Checkpoint()
    outer = tf.train.Checkpoint(m=inner)
    outer.restore(paths[0])
    outer.restore(paths[2])
    inner.v = tf.Variable(0.0)
    first = float(inner.v)
    loop = tf.Module()
    loop.me, loop.v = loop, tf.Variable(5.0)
    path = tf.train.Checkpoint(loop=loop).save(folder + "/loop")
    loop.v.assign(0.0)
    tf.train.Checkpoint(loop=loop).restore(path).assert_consumed()
    return [first, loop.v, outer.save_counter]


def _functions(tf, folder):
    v = tf.Variable([1.0, 2.0])
    checkpoint = tf.train.Checkpoint(v=v)

    @tf.function
    def write(path, x):
        v.assign_add(x)
        written = checkpoint.write(path)
        v.assign_add(x)
        return written

    key = "v/.ATTRIBUTES/VARIABLE_VALUE"
    path = write(tf.constant(folder + "/a"), [1.0, 1.0])
    found = [v, tf.train.load_variable(folder + "/a", key)]
    write(tf.constant(folder + "/b"), [1.0, 1.0])
    found += [v, tf.train.load_variable(folder + "/b", key), path.numpy() == (folder + "/a").encode()]
    found.append(sorted(n for n in os.listdir(folder) if ".data-" not in n))
    save = tf.function(lambda: checkpoint.save(folder + "/c"))
    found.append(said(save, ["Checkpoint.write()", "not supported"]))
    found.append(raised(lambda: write(tf.constant(folder + "/none/none/d"), [1.0, 1.0])))
    found.append(raised(tf.function(lambda: checkpoint.restore(folder + "/a") and None)))
    checkpoint.read(folder + "/a").assert_consumed()
    return [*found, v, tf.train.latest_checkpoint(folder)]


def _options(tf, folder):
    called = []
    callbacks = [lambda path: called.append(os.path.basename(path)), lambda: called.append("no argument")]
    options = tf.train.CheckpointOptions(experimental_write_callbacks=callbacks, enable_async=False)
    checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))
    checkpoint.write(folder + "/w", options)
    checkpoint.save(folder + "/s", options=options)
    checkpoint.sync()
    refused = raised(lambda: tf.train.CheckpointOptions(experimental_write_callbacks=[lambda a, b: None]))
    pathlike = checkpoint.save(pathlib.Path(folder) / "p")
    return [called, len(options.experimental_write_callbacks), refused, pathlike]


def _manager(tf, folder):
    v, steps, seen = tf.Variable(1.0), tf.Variable(0), []
    checkpoint = tf.train.Checkpoint(v=v)
    manager = tf.train.CheckpointManager(
        checkpoint, folder, 2, step_counter=steps, checkpoint_interval=3, init_fn=lambda: seen.append("init")
    )
    seen.append(manager.restore_or_initialize())
    for _ in range(8):
        seen.append(manager.save())
        steps.assign_add(1)
    seen.append([manager.checkpoints, manager.latest_checkpoint, manager.checkpoint_interval, manager.directory])
    seen.append([manager.save(checkpoint_number=70, check_interval=False), manager.save(check_interval=False)])
    v.assign(9.0)
    seen.append([manager.restore_or_initialize(), float(v), sorted(os.listdir(folder))])
    again = tf.train.CheckpointManager(tf.train.Checkpoint(v=v), folder, max_to_keep=None, checkpoint_name="other")
    seen.append([again.checkpoints, again.save(), again.save(), len(again.checkpoints)])
    state = tf.train.get_checkpoint_state(folder)
    seen.append([state.model_checkpoint_path, list(state.all_model_checkpoint_paths)])
    seen.append([raised(lambda n=n: tf.train.CheckpointManager(checkpoint, folder, n)) for n in (0, -1)])
    seen.append(raised(lambda: tf.train.CheckpointManager(checkpoint, folder, 1, checkpoint_interval=2)))
    return seen


def _reading(tf, folder):
    tensors = {"v": tf.Variable([[1.0]]), "s": tf.Variable("text"), "i": tf.Variable(3, dtype=tf.int64)}
    path = tf.train.Checkpoint(**tensors).write(folder + "/ckpt")
    reader = tf.train.load_checkpoint(path)
    key = "{}/.ATTRIBUTES/VARIABLE_VALUE".format
    values = [reader.get_tensor(key(name)) for name in "vsi"]
    return [
        [type(v).__name__ for v in values],
        values,
        sorted(reader.get_variable_to_shape_map().items()),
        sorted((k, d.name) for k, d in reader.get_variable_to_dtype_map().items()),
        [reader.has_tensor(key("v")), reader.has_tensor("v")],
        reader.debug_string().decode().splitlines(),
        raised(lambda: reader.get_tensor("v")),
        tf.train.load_variable(path, key("i") + ":0"),
        raised(lambda: tf.train.load_checkpoint(folder)),
        list(tf.train.checkpoints_iterator(folder, timeout=0)),
        tf.train.latest_checkpoint(folder),
        tf.train.get_checkpoint_state(folder),
    ]


def _views(tf, folder):
    root = tf.train.Checkpoint(a=tf.Variable(1.0), b=[tf.Variable(2.0), tf.Variable(3.0)])
    view = tf.train.CheckpointView(root.save(folder + "/ckpt"))
    other = tf.train.Checkpoint(a=tf.Variable(0.0), b=[tf.Variable(0.0)], c=tf.Variable(0.0))
    matched, only_saved, only_here = view.diff(other)
    tf.compat.v1.train.Saver([tf.Variable(1.0, name="x")]).save(None, folder + "/names")
    return [
        view.children(0),
        view.descendants(),
        sorted(view.match(other)),
        [sorted(matched), only_saved, len(only_here)],
        raised(lambda: view.match(3)),
        raised(lambda: tf.train.CheckpointView(folder + "/names")),
    ]


def _states(tf, folder):
    class Counter(tf.train.experimental.PythonState):
        count = 0

        def serialize(self):
            return str(self.count)

        def deserialize(self, string_value):
            self.count = int(string_value)

    class Custom(tf.__internal__.tracking.Trackable):
        def __init__(self, value):
            self.value = value

        def _serialize_to_tensors(self):
            return {"one": tf.constant(self.value), "two": tf.constant([self.value])}

        def _restore_from_tensors(self, restored_tensors):
            self.value = int(restored_tensors["one"]) + int(restored_tensors["two"][0])

    counter = Counter()
    counter.count = 5
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    table.insert(["a", "b"], [1, 2])
    generator = tf.random.Generator.from_seed(3)
    generator.normal([3])
    checkpoint = tf.train.Checkpoint(counter=counter, custom=Custom(4), table=table, generator=generator)
    path = checkpoint.write(folder + "/ckpt")
    drawn = generator.normal([2])
    counter.count = 0
    table.insert(["c"], [3])
    checkpoint.read(path).assert_consumed()
    return [
        counter.count,
        checkpoint.custom.value,
        table.lookup(tf.constant(["a", "b", "c"])),
        generator.normal([2]) - drawn,
        tf.train.list_variables(path),
    ]


def _slots(tf, folder):
    v1 = tf.compat.v1

    def make(names):
        v = tf.Variable([1.0, 2.0], name="v")
        optimizers = {name: getattr(v1.train, name + "Optimizer")(0.1, **extra[name]) for name in names}
        return v, optimizers, tf.train.Checkpoint(v=v, **optimizers)

    extra = {"Adam": {}, "Momentum": {"momentum": 0.9}}
    v, optimizers, checkpoint = make(extra)
    for optimizer in optimizers.values():
        optimizer.apply_gradients([(tf.constant([1.0, -1.0]), v)])
    path = checkpoint.save(folder + "/ckpt")
    w, others, target = make(extra)
    w.assign([0.0, 0.0])
    status = target.restore(path)
    restored = [w.numpy().tolist(), others["Momentum"].get_slot(w, "momentum"), others["Adam"].get_slot(w, "v")]
    for mine, theirs in zip(optimizers.values(), others.values(), strict=True):
        mine.apply_gradients([(tf.constant([1.0, -1.0]), v)])
        theirs.apply_gradients([(tf.constant([1.0, -1.0]), w)])
    status.assert_consumed()
    skipped = tf.train.CheckpointOptions(experimental_skip_slot_variables=True)
    x, last, third = make({"Momentum": {"momentum": 0.9}})
    third.read(path, options=skipped).expect_partial()
    return [restored, v - w, tf.train.list_variables(path), last["Momentum"].get_slot(x, "momentum")]


def _graphs(tf, folder):
    v1, found = tf.compat.v1, []
    with tf.Graph().as_default() as graph, v1.Session() as session:
        v = v1.get_variable("v", initializer=[1.0, 2.0], use_resource=True)
        checkpoint = v1.train.Checkpoint(v=v)
        session.run(v1.global_variables_initializer())
        found.append(checkpoint.save(folder + "/ckpt"))
        session.run(v.assign([7.0, 7.0]))
        found.append(checkpoint.save(folder + "/ckpt", session=session))
        status = checkpoint.restore(folder + "/ckpt-1").assert_consumed()
        status.run_restore_ops()
        found.append(session.run([v, checkpoint.save_counter]))
        size = len(graph.get_operations())
        checkpoint.restore(folder + "/ckpt-2").assert_consumed().run_restore_ops(session)
        checkpoint.save(folder + "/ckpt")
        found += [session.run(v), len(graph.get_operations()) - size, v1.train.latest_checkpoint(folder)]
        checkpoint.restore(None).initialize_or_restore()
        found.append(session.run([v, checkpoint.save_counter]))
    with tf.Graph().as_default(), v1.Session() as session:
        v = v1.get_variable("v", [2], use_resource=True)
        w = v1.get_variable("w", initializer=11.0, use_resource=True)
        status = tf.train.Checkpoint(v=v, w=w).restore(folder + "/ckpt-2")
        found.append(raised(status.assert_existing_objects_matched))
        status.expect_partial().initialize_or_restore(session)
        found.append(session.run([v, w]))
    with tf.Graph().as_default():
        checkpoint = tf.train.Checkpoint(v=v1.get_variable("v", [2], use_resource=True))
        found.append(raised(lambda: checkpoint.write(folder + "/no session")))
    return found


CASES = [
    Program(name, in_folder(body))
    for name, body in {
        "lazy-modules": _lazy_modules,
        "structures": _structures,
        "roots": _roots,
        "statuses": _statuses,
        "mismatches": _mismatches,
        "later-restores-win": _later_wins,
        "functions": _functions,
        "options": _options,
        "manager": _manager,
        "reading": _reading,
        "views": _views,
        "states": _states,
        "slots": _slots,
        "graphs": _graphs,
    }.items()
]
