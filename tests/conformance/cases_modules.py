"""`tf.Module` and the tracking of objects: names, order, recursion, containers, dependencies."""

from __future__ import annotations

import collections
import copy
import json
import pickle
from types import SimpleNamespace

from .runner import Program, raised

Pair = collections.namedtuple("Pair", "left right")


class Picky(collections.namedtuple("Picky", "left right")):
    """A namedtuple whose constructor does not take its fields."""

    def __new__(cls, both):
        return super().__new__(cls, both, both)


def names(variables):
    return [v.name for v in variables]


def var(tf, name="v", value=1.0, **options):
    return tf.Variable(value, name=name, **options)


def layers(tf):
    """Classes as guides write them, for either module."""

    class Dense(tf.Module):
        def __init__(self, n_in, n_out, name=None):
            super().__init__(name=name)
            self.w = tf.Variable(tf.ones([n_in, n_out]), name="w")
            self.b = tf.Variable(tf.zeros([n_out]), name="b")

        def __call__(self, x):
            return tf.nn.relu(x @ self.w + self.b)

    class MLP(tf.Module):
        def __init__(self, sizes, name=None):
            super().__init__(name=name)
            self.layers = []
            with self.name_scope:
                for n_in, n_out in zip(sizes, sizes[1:], strict=False):
                    self.layers.append(Dense(n_in, n_out))

        @tf.Module.with_name_scope
        def __call__(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    class Lazy(tf.Module):
        """Creates its variable on the first call."""

        @tf.Module.with_name_scope
        def __call__(self, x):
            """Doc of call."""
            if not hasattr(self, "w"):
                self.w = tf.Variable(tf.ones([x.shape[-1], 3]), name="w")
            return x @ self.w

    return SimpleNamespace(Dense=Dense, MLP=MLP, Lazy=Lazy)


def holding(tf, **attributes):
    module = tf.Module(name="holder")
    for name, value in attributes.items():
        setattr(module, name, value)
    return module


# ---------------------------------------------------------------- names and scopes


def _default_names(tf):
    made = []
    for name in (
        "Dense HTTPServerRequest Conv2DTranspose A AB Abc ABC aBC MyModule2 My2Module _Private X1Y2 camelCase snake_case"
    ).split():
        cls = type(name, (tf.Module,), {})
        made.append([cls().name, cls().name_scope.name])
    return made


def _name_errors(tf):
    return [raised(lambda n=n: tf.Module(name=n)) for n in ("a b", "1a", "", "a-b", "a/b", "a.b", 3, "ok", "_ok", "é")]


def _nested_scopes(tf):
    with tf.name_scope("outer"):
        outer = tf.Module(name="m")
        with outer.name_scope:
            inner = tf.Module(name="n")
            v = var(tf)
        with inner.name_scope as scope:
            w = var(tf)
    again = tf.Module(name="m")
    return [
        outer.name,
        outer.name_scope.name,
        inner.name_scope.name,
        v.name,
        w.name,
        scope,
        again.name_scope.name,
    ]


def _lazy(tf):
    module = layers(tf).Lazy()
    out = module(tf.ones([2, 4]))
    method = type(module).__call__
    return [out, names(module.variables), method.__name__, method.__doc__, hasattr(method, "__wrapped__")]


def _scope_in_function(tf):
    module = layers(tf).MLP([2, 3, 1])
    function = tf.function(module)
    graph = function.get_concrete_function(tf.TensorSpec([None, 2])).graph
    found = sorted({op.name.split("/")[0] for op in graph.get_operations() if op.type in ("MatMul", "Relu")})
    return [found, function(tf.ones([1, 2]))]


def _no_super_init(tf):
    class Bare(tf.Module):
        def __init__(self):
            self.w = var(tf)

    bare = Bare()
    return [
        raised(lambda: bare.name),
        raised(lambda: bare.name_scope),
        names(bare.variables),
        list(bare._trackable_children()),
    ]


NAMES = [
    Program("default-names", _default_names),
    Program("name-errors", _name_errors),
    Program("nested-scopes", _nested_scopes),
    Program("with-name-scope-lazy", _lazy),
    Program("with-name-scope-in-function", _scope_in_function),
    Program("no-super-init", _no_super_init),
    Program(
        "read-only-properties",
        lambda tf: [
            raised(lambda a=a: setattr(tf.Module(), a, 1))
            for a in ("name", "name_scope", "variables", "trainable_variables", "submodules", "anything")
        ],
    ),
    Program(
        "classes",
        lambda tf: [
            [c.__module__ + "." + c.__name__ for c in tf.Module.__mro__],
            tf.__internal__.tracking.AutoTrackable.__module__,
            issubclass(tf.Module, tf.__internal__.tracking.Trackable),
            isinstance(tf.Variable(1), tf.__internal__.tracking.Trackable),
            sorted(a for a in dir(tf.Module) if not a.startswith("_")),
        ],
    ),
]

# ---------------------------------------------------------------- what a module owns


def _mlp(tf):
    mlp = layers(tf).MLP([3, 4, 2])
    return [
        names(mlp.variables),
        [v.shape for v in mlp.variables],
        names(mlp.trainable_variables),
        [m.name for m in mlp.submodules],
        mlp(tf.ones([2, 3])),
        type(mlp.variables).__name__,
        type(mlp.submodules).__name__,
    ]


def _order(tf):
    child = holding(tf, z=var(tf, "child_z"), a=var(tf, "child_a"))
    module = holding(tf, c=var(tf, "c"), b=child, a=var(tf, "a"), Z=var(tf, "Z"), _p=var(tf, "p"), a10=var(tf, "a10"))
    return [
        names(module.variables),
        names(v for v in module._flatten(predicate=lambda x: isinstance(x, tf.Variable))),
    ]


def _containers(tf):
    v = [var(tf, f"v{i}") for i in range(12)]
    module = holding(
        tf,
        a_list=[v[0], [v[1]], "text"],
        b_dict={"y": v[2], "x": v[3]},
        c_tuple=(v[4], (v[5], 3)),
        d_named=Pair(v[6], v[7]),
        e_ordered=collections.OrderedDict(b=v[8], a=v[9]),
        f_default=collections.defaultdict(list, k=[v[10]]),
        g_set={1, 2},
        h_deep=[{"k": ([v[11]],)}],
    )
    return names(module.variables)


def _shared(tf):
    v = var(tf, "shared")
    child = holding(tf, v=v, w=v)
    module = holding(tf, a=v, b=[v, child], c={"x": child, "y": v})
    return [
        names(module.variables),
        len(module.submodules),
        [path for path, _ in module._flatten(with_path=True, predicate=lambda x: isinstance(x, tf.Variable))],
    ]


def _cycles(tf):
    a, b = tf.Module(name="a"), tf.Module(name="b")
    a.me, a.b, a.v = a, b, var(tf, "va")
    b.a, b.v, b.many = a, var(tf, "vb"), [a, b]
    return [
        names(a.variables),
        names(b.variables),
        [m.name for m in a.submodules],
        [m.name for m in b.submodules],
        [path for path, _ in a._flatten(with_path=True, predicate=lambda x: isinstance(x, tf.Variable))],
    ]


def _breadth(tf):
    leaf = [holding(tf, v=var(tf, f"leaf{i}")) for i in range(2)]
    middle = [holding(tf, child=leaf[i], v=var(tf, f"middle{i}")) for i in range(2)]
    root = holding(tf, first=middle[0], second=middle[1], v=var(tf, "root"))
    return [names(root.variables), [m.variables[0].name for m in root.submodules]]


def _trainable(tf):
    module = holding(
        tf,
        a=var(tf, "a", trainable=False),
        b=var(tf, "b"),
        c=var(tf, "c", 1),
        d=[var(tf, "d", trainable=False)],
    )
    return [names(module.trainable_variables), names(module.non_trainable_variables), names(module.variables)]


def _flatten_options(tf):
    child = holding(tf, t=tf.constant(3))
    module = holding(tf, x=[tf.constant(1), tf.constant(2)], y={"i": tf.constant(4)}, child=child)
    tensors = tf.is_tensor
    return [
        list(module._flatten(predicate=tensors)),
        list(module._flatten(predicate=tensors, recursive=False)),
        list(module._flatten(predicate=tensors, with_path=True)),
        list(module._flatten(predicate=tensors, attribute_traversal_key=lambda name: [-ord(c) for c in name])),
    ]


def _ignored(tf):
    class Ignoring(tf.Module):
        _TF_MODULE_IGNORED_PROPERTIES = frozenset(("hidden", *tf.Module._TF_MODULE_IGNORED_PROPERTIES))

    module = Ignoring()
    module.hidden, module.seen = var(tf, "hidden"), var(tf, "seen")
    return names(module.variables)


def _composites(tf):
    slices = tf.IndexedSlices(var(tf, "values", [1.0]), tf.constant([0]))
    module = holding(tf, s=slices, v=var(tf))
    return [names(module.variables)]


OWNED = [
    Program("mlp", _mlp),
    Program("order", _order),
    Program("containers", _containers),
    Program("shared", _shared),
    Program("cycles", _cycles),
    Program("breadth-first", _breadth),
    Program("trainable", _trainable),
    Program("flatten-options", _flatten_options),
    Program("ignored-properties", _ignored),
    Program("composites", _composites),
    Program("unsortable-keys", lambda tf: raised(lambda: holding(tf, d={1: var(tf), "a": var(tf)}).variables)),
    Program("integer-keys", lambda tf: names(holding(tf, d={2: var(tf, "b"), 1: var(tf, "a")}).variables)),
    Program("empty", lambda tf: [tf.Module().variables, tf.Module().submodules]),
    Program("replaced-attribute", lambda tf: _replaced(tf)),
    Program("deep-copy", lambda tf: _deep_copy(tf)),
]


def _replaced(tf):
    module = holding(tf, a=var(tf, "old"))
    module.a = var(tf, "new")
    before = [names(module.variables), list(module._trackable_children())]
    module.a = 3
    after = [names(module.variables), list(module._trackable_children())]
    module.b = var(tf, "b")
    del module.b
    return [
        before,
        after,
        names(module.variables),
        list(module._trackable_children()),
        raised(lambda: module.b),
    ]


def _deep_copy(tf):
    module = layers(tf).MLP([2, 2])
    copied = copy.deepcopy(module)
    copied.layers[0].w.assign_add(tf.ones([2, 2]))
    return [
        module.layers[0].w,
        copied.layers[0].w,
        names(copied.variables),
        copied.layers[0] is module.layers[0],
    ]


# ---------------------------------------------------------------- containers that track


def show(value):
    """A container as text, variables by their names."""
    return [type(value).__name__, repr(value)]


def wrapped(name, make, body):
    return Program(name, lambda tf: body(tf, holding(tf, x=make(tf))))


CONTAINERS = [
    wrapped("list-type", lambda tf: [1, 2], lambda tf, m: [show(m.x), isinstance(m.x, list), str(m.x), len(m.x)]),
    wrapped("dict-type", lambda tf: {"a": 1}, lambda tf, m: [show(m.x), isinstance(m.x, dict), str(m.x), len(m.x)]),
    wrapped("tuple-plain", lambda tf: (1, 2), lambda tf, m: show(m.x)),
    wrapped(
        "tuple-type",
        lambda tf: (var(tf), 2),
        lambda tf, m: [show(m.x), isinstance(m.x, tuple), len(m.x), m.x[1], m.x[0].name, m.x[1:]],
    ),
    wrapped(
        "namedtuple-type",
        lambda tf: Pair(var(tf), 2),
        lambda tf, m: [
            show(m.x),
            isinstance(m.x, Pair),
            m.x.right,
            m.x.left.name,
            m.x._fields,
            m.x._asdict()["right"],
        ],
    ),
    wrapped("ordered-dict", lambda tf: collections.OrderedDict(b=1, a=2), lambda tf, m: [show(m.x), list(m.x)]),
    wrapped("subclasses-stay", lambda tf: collections.defaultdict(list), lambda tf, m: [show(m.x)]),
    wrapped("nested-wrappers", lambda tf: [{"a": [1]}, (1, [2])], lambda tf, m: [type(e).__name__ for e in m.x]),
    wrapped(
        "list-reads",
        lambda tf: [3, 1, 2],
        lambda tf, m: [
            m.x == [3, 1, 2],
            [3, 1, 2] == m.x,
            m.x != [1],
            m.x < [4],
            m.x + [4],
            [0] + m.x,
            m.x * 2,
            m.x[0],
            m.x[-1],
            m.x[1:],
            list(m.x),
            tuple(m.x),
            sorted(m.x),
            [*m.x],
            sum(m.x),
            max(m.x),
            2 in m.x,
            m.x.index(1),
            m.x.count(3),
            list(reversed(m.x)),
            bool(m.x),
            show(m.x.copy()),
            show(copy.copy(m.x)),
            show(copy.deepcopy(m.x)),
            show(pickle.loads(pickle.dumps(m.x))),
            raised(lambda: hash(m.x)),
            raised(lambda: m.x[7]),
        ],
    ),
    wrapped(
        "dict-reads",
        lambda tf: {"b": 1, "a": 2},
        lambda tf, m: [
            m.x == {"a": 2, "b": 1},
            {"a": 2, "b": 1} == m.x,
            m.x != {},
            m.x["a"],
            list(m.x),
            list(m.x.items()),
            list(m.x.keys()),
            list(m.x.values()),
            dict(m.x),
            {**m.x},
            m.x.get("z", 3),
            "a" in m.x,
            bool(m.x),
            m.x | {"c": 3},
            list(reversed(m.x)),
            show(m.x.copy()),
            show(copy.copy(m.x)),
            show(copy.deepcopy(m.x)),
            show(pickle.loads(pickle.dumps(m.x))),
            raised(lambda: hash(m.x)),
            raised(lambda: m.x["z"]),
            raised(lambda: json.dumps(m.x)),
        ],
    ),
    wrapped(
        "list-changes",
        lambda tf: [1],
        lambda tf, m: [
            m.x.append([5]),
            show(m.x),
            m.x.extend((6, {"k": 1})),
            type(m.x[-1]).__name__,
            m.x.pop(),
            m.x.insert(0, 9),
            m.x.remove(6),
            show(m.x),
            m.x.reverse(),
            m.x.__setitem__(0, 4),
            m.x.__setitem__(slice(0, 2), [7, 8, 9]),
            show(m.x),
            m.x.__delitem__(0),
            show(m.x),
            m.x.clear(),
            show(m.x),
            raised(lambda: m.x.pop()),
        ],
    ),
    wrapped("list-sort", lambda tf: [3, 1, 2], lambda tf, m: [m.x.sort(), show(m.x)]),
    wrapped("list-in-place", lambda tf: [1], lambda tf, m: _in_place(m)),
    wrapped(
        "dict-changes",
        lambda tf: {"a": 1},
        lambda tf, m: [
            m.x.__setitem__("b", [1]),
            type(m.x["b"]).__name__,
            m.x.update({"c": {}}, d=4),
            show(m.x),
            m.x.__delitem__("a"),
            m.x.pop("d"),
            m.x.setdefault("e", 5),
            show(m.x),
            m.x.clear(),
            show(m.x),
        ],
    ),
    wrapped(
        "nest",
        lambda tf: {"l": [1, (2, [3])], "d": {"b": 1, "a": 2}},
        lambda tf, m: [
            tf.nest.flatten(m.x),
            repr(tf.nest.map_structure(lambda v: v + 1, m.x)),
            raised(lambda: tf.nest.assert_same_structure(m.x, {"l": [1, (2, [3])], "d": {"b": 1, "a": 2}})),
            raised(lambda: tf.nest.assert_same_structure({"l": [1, (2, [3])], "d": {"b": 1, "a": 2}}, m.x)),
            raised(lambda: tf.nest.assert_same_structure(m.x, {"l": [1, 2], "d": {}})),
        ],
    ),
    Program("original-list-shared", lambda tf: _original_list(tf)),
    Program("original-dict-shared", lambda tf: _original_dict(tf)),
    Program("no-dependency", lambda tf: _no_dependency(tf)),
    Program("as-function-argument", lambda tf: _as_argument(tf)),
]


def _in_place(m):
    m.x += [2, 3]
    first = show(m.x)
    m.x *= 2
    return [first, show(m.x)]


def _original_list(tf):
    original = [var(tf, "a")]
    module = holding(tf, x=original)
    original.append(var(tf, "b"))
    return [
        names(module.variables),
        len(module.x),
        module.x is original,
        raised(lambda: module.x._trackable_children()),
    ]


def _original_dict(tf):
    original = {}
    module = holding(tf, x=original)
    original["k"] = var(tf, "b")
    return [names(module.variables), len(module.x), raised(lambda: module.x._trackable_children())]


def _no_dependency(tf):
    module = tf.Module()
    module.a = module._no_dependency([var(tf, "a")])
    module.b = {"x": module._no_dependency(var(tf, "b")), "y": var(tf, "c")}
    module.c = (module._no_dependency(var(tf, "d")), var(tf, "e"))

    @tf.__internal__.tracking.no_automatic_dependency_tracking
    def quietly(self):
        self.d = [var(tf, "f")]

    quietly(module)
    return [
        type(module.a).__name__,
        type(module.d).__name__,
        names(module.variables),
        list(module._trackable_children()),
        list(module.b._trackable_children()),
        list(module.c._trackable_children()),
    ]


def _as_argument(tf):
    module = holding(tf, x={"a": [tf.constant(1.0)], "b": (tf.constant(2.0),)})
    traces = []

    @tf.function
    def f(structure):
        traces.append(1)
        return tf.nest.map_structure(lambda t: t + 1.0, structure)

    out = f(module.x)
    f({"a": [tf.constant(1.0)], "b": (tf.constant(2.0),)})
    return [tf.nest.flatten(out), sorted(out)]


# ---------------------------------------------------------------- dependencies


def children(obj):
    return {name: type(child).__name__ for name, child in obj._trackable_children().items()}


def refusal(make, change):
    def program(tf):
        module = holding(tf, x=make(tf))
        change(tf, module.x)
        return [raised(lambda: module.x._trackable_children()), len(module.variables)]

    return program


DEPENDENCIES = [
    Program(
        "children",
        lambda tf: _children(tf),
    ),
    Program("children-of-containers", lambda tf: _children_of_containers(tf)),
    Program("auto-trackable", lambda tf: _auto(tf)),
    Program("track-errors", lambda tf: _track_errors(tf)),
    Program("view", lambda tf: _view(tf)),
    Program("refuse-replaced", refusal(lambda tf: [var(tf)], lambda tf, x: x.__setitem__(0, var(tf)))),
    Program("accept-replaced-plain", refusal(lambda tf: [1], lambda tf, x: x.__setitem__(0, var(tf)))),
    Program("refuse-deleted", refusal(lambda tf: [var(tf)], lambda tf, x: x.__delitem__(0))),
    Program("refuse-inserted", refusal(lambda tf: [1], lambda tf, x: x.insert(0, var(tf)))),
    Program("accept-inserted-plain", refusal(lambda tf: [1], lambda tf, x: x.insert(0, 2))),
    Program("refuse-popped", refusal(lambda tf: [1, var(tf)], lambda tf, x: x.pop())),
    Program("accept-appended", refusal(lambda tf: [], lambda tf, x: x.append(var(tf)))),
    Program("refuse-non-string-key", refusal(lambda tf: {1: var(tf)}, lambda tf, x: None)),
    Program("accept-non-string-key-plain", refusal(lambda tf: {1: 2}, lambda tf, x: None)),
    Program("accept-dict-replaced", refusal(lambda tf: {"a": var(tf)}, lambda tf, x: x.__setitem__("a", var(tf)))),
    Program("refuse-dict-popped", refusal(lambda tf: {"a": var(tf)}, lambda tf, x: x.pop("a"))),
    Program("refuse-namedtuple", refusal(lambda tf: Picky(var(tf)), lambda tf, x: None)),
]


def _children(tf):
    module = holding(tf, v=var(tf), l=[var(tf)], d={"a": 1}, n=3, t=(1, 2), tt=(var(tf),), m=tf.Module(), s="x")
    return children(module)


def _children_of_containers(tf):
    v = var(tf)
    module = holding(
        tf,
        a=[v, 1, [v]],
        b={"x": v, "y": 1, "z": {"k": v}},
        c=(v, 2),
        d=Pair(v, 2),
        e=collections.OrderedDict(b=v, a=v),
    )
    return {name: children(child) for name, child in module._trackable_children().items()}


def _auto(tf):
    auto = tf.__internal__.tracking.AutoTrackable()
    auto.v, auto.l, auto.n = var(tf), [1], 3
    found = [
        children(auto),
        [[d.name, type(d.ref).__name__] for d in auto._checkpoint_dependencies],
        auto._lookup_dependency("v") is auto.v,
        auto._lookup_dependency("none"),
        auto._object_identifier,
        type(auto._checkpoint_dependencies[0]).__name__,
    ]
    auto.v = var(tf, "other")
    del auto.l
    return [*found, children(auto), [v.name for _, v in auto._checkpoint_dependencies]]


def _track_errors(tf):
    auto = tf.__internal__.tracking.AutoTrackable()
    v = var(tf)
    return [
        auto._track_trackable(v, "v") is v,
        auto._track_trackable(v, "v") is v,
        raised(lambda: auto._track_trackable(var(tf), "v")),
        raised(lambda: auto._track_trackable(var(tf), "v", overwrite=True)),
        raised(lambda: auto._track_trackable(3, "x")),
        children(auto),
    ]


def _view(tf):
    shared = var(tf, "shared")
    child = holding(tf, v=shared, w=var(tf, "w"))
    root = holding(tf, child=child, l=[child, shared], v=shared)
    child.back = root
    view = tf.train.TrackableView(root)
    return [
        [type(d).__name__ for d in view.descendants()],
        sorted(view.children(child)),
        view.root is root,
    ]


CASES = [*NAMES, *OWNED, *CONTAINERS, *DEPENDENCIES]
