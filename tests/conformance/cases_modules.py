"""`tf.Module`: what it finds in itself, in which order, under which names."""

from __future__ import annotations

import collections

from .runner import Program, raised


def names(variables):
    return [v.name for v in variables]


def layers(tf):
    class Dense(tf.Module):
        def __init__(self, inputs, outputs, name=None):
            super().__init__(name=name)
            self.w = tf.Variable(tf.ones([inputs, outputs]), name="w")
            self.b = tf.Variable(tf.zeros([outputs]), name="b")

        @tf.Module.with_name_scope
        def __call__(self, x):
            if not hasattr(self, "late"):
                self.late = tf.Variable(1.0, name="late")
            return x @ self.w + self.b * self.late

    class Stack(tf.Module):
        def __init__(self, name=None):
            super().__init__(name=name)
            self.z_last = Dense(2, 1, name="last")
            self.blocks = [Dense(2, 2), Dense(2, 2, name="named")]
            self.by_name = {"b": Dense(1, 1, name="in_b"), "a": [Dense(1, 1, name="in_a")]}
            self.frozen = tf.Variable(0.0, trainable=False, name="frozen")
            self.first = Dense(1, 1, name="first")
            self.not_a_module = 3

        @tf.function
        def __call__(self, x):
            for block in self.blocks:
                x = block(x)
            return self.z_last(x)

    return Dense, Stack


def _found(tf):
    _, Stack = layers(tf)
    m = Stack()
    return {
        "variables": names(m.variables),
        "trainable": names(m.trainable_variables),
        "non-trainable": names(m.non_trainable_variables),
        "submodules": [s.name for s in m.submodules],
        "kind": [type(m.variables).__name__, type(m.submodules).__name__],
        "name": [m.name, m.blocks[0].name, m.blocks[1].name],
    }


def _called(tf):
    _, Stack = layers(tf)
    m = Stack(name="net")
    first = m(tf.ones([1, 2]))
    return [first, names(m.variables), m(tf.zeros([1, 2])), len(m.trainable_variables)]


def _names(tf):
    class CamelCase(tf.Module):
        pass

    class HTTPServer2(tf.Module):
        pass

    class _Private(tf.Module):
        pass

    made = [
        CamelCase(),
        CamelCase(),
        HTTPServer2(),
        _Private(),
        CamelCase(name="own"),
        tf.Module(),
        tf.Module(name="m"),
    ]
    scopes = [m.name_scope.name for m in made]
    return [
        [m.name for m in made],
        scopes,
        raised(lambda: tf.Module(name="not a name")),
        raised(lambda: tf.Module(name=3)),
        raised(lambda: tf.Module(name="a/b")),
        raised(lambda: tf.Module("x", 1)),
    ]


def _scopes(tf):
    class Inner(tf.Module):
        @tf.Module.with_name_scope
        def make(self):
            self.v = tf.Variable(1.0, name="v")
            return self.v

    class Outer(tf.Module):
        def __init__(self):
            super().__init__(name="outer")
            with self.name_scope:
                self.inner = Inner(name="inner")
                self.own = tf.Variable(1.0, name="own")

        @tf.Module.with_name_scope
        def make(self):
            return self.inner.make()

    o = Outer()
    first = o.make().name
    return [first, o.own.name, o.inner.make().name, o.inner.name_scope.name, o.name_scope.name]


def _structures(tf):
    class Holder(tf.Module):
        def __init__(self):
            super().__init__()
            v = lambda name: tf.Variable(1.0, name=name)
            self.in_list = [v("list0"), v("list1")]
            self.in_tuple = (v("tuple0"), [v("tuple1")])
            self.in_dict = {"z": v("dict_z"), "a": v("dict_a")}
            self.in_ordered = collections.OrderedDict([("y", v("ordered_y")), ("b", v("ordered_b"))])
            self.deep = {"k": [({"m": v("deep")},)]}
            self.alone = v("alone")
            self._private = v("private")
            self.tensor = tf.constant(1.0)
            self.nothing = None

    h = Holder()
    return [
        names(h.variables),
        type(h.in_list).__name__,
        type(h.in_dict).__name__,
        type(h.in_tuple).__name__,
        len(h.in_list),
    ]


def _shared(tf):
    class Node(tf.Module):
        pass

    a, b, c = Node(name="a"), Node(name="b"), Node(name="c")
    v = tf.Variable(1.0, name="shared")
    a.v, b.v, a.child, b.child, c.back = v, v, b, c, a
    return [
        names(a.variables),
        [m.name for m in a.submodules],
        names(c.variables),
        [m.name for m in c.submodules],
    ]


def _mutation(tf):
    m = tf.Module()
    m.items = [tf.Variable(1.0, name="one")]
    before = names(m.variables)
    m.items.append(tf.Variable(2.0, name="two"))
    middle = names(m.variables)
    m.items = [tf.Variable(3.0, name="three")]
    after = names(m.variables)
    del m.items
    m.d = {}
    m.d["k"] = tf.Variable(4.0, name="four")
    return [before, middle, after, names(m.variables)]


def _reassigned(tf):
    m = tf.Module()
    m.v = tf.Variable(1.0, name="old")
    m.v = tf.Variable(1.0, name="new")
    m.w = m.v
    return [names(m.variables), m.w is m.v]


def _overridden(tf):
    class Custom(tf.Module):
        def __init__(self):
            super().__init__()
            self.a = tf.Variable(1.0, name="a")
            self.b = tf.Variable(1.0, name="b", trainable=False)
            self.child = tf.Module(name="child")
            self.child.c = tf.Variable(1.0, name="c")

    m = Custom()
    flat = m._flatten(recursive=False, predicate=lambda x: isinstance(x, tf.Variable))
    paths = m._flatten(predicate=lambda x: isinstance(x, tf.Variable), with_path=True)
    return [[v.name for v in flat], [[list(path), v.name] for path, v in paths]]


def _ignored(tf):
    class Ignoring(tf.Module):
        _TF_MODULE_IGNORED_PROPERTIES = frozenset(["hidden", *tf.Module._TF_MODULE_IGNORED_PROPERTIES])

        def __init__(self):
            super().__init__()
            self.hidden = tf.Variable(1.0, name="hidden")
            self.shown = tf.Variable(1.0, name="shown")

    return names(Ignoring().variables)


def _training(tf):
    Dense, _ = layers(tf)
    m = Dense(2, 1, name="layer")
    x, y = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant([[1.0], [0.0]])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((m(x) - y) ** 2)
        for v, g in zip(m.trainable_variables, tape.gradient(loss, m.trainable_variables), strict=True):
            v.assign_sub(0.01 * g)
        return loss

    m(x)
    return [[step() for _ in range(3)], names(m.trainable_variables), list(m.trainable_variables)]


def _without_super(tf):
    class Forgot(tf.Module):
        def __init__(self):
            self.v = tf.Variable(1.0)

    return [raised(lambda: Forgot()), raised(lambda: Forgot().name)]


def _repr(tf):
    m = tf.Module(name="m")
    return [
        repr(m).startswith("<"),
        isinstance(m, tf.Module),
        isinstance(m, tf.__internal__.tracking.AutoTrackable) if hasattr(tf, "__internal__") else True,
    ]


def _deep_copy(tf):
    import copy

    m = tf.Module(name="m")
    m.v = tf.Variable([1.0, 2.0], name="v")
    m.items = [m.v]
    other = copy.deepcopy(m)
    other.v.assign([5.0, 6.0])
    return [m.v, other.v, len(other.variables), other.items[0] is other.v]


def _wrappers(tf):
    m = tf.Module()
    m.l, m.d, m.t = [1, [2, 3]], {"a": {"b": 1}}, (1, [2])
    m.l.append(4)
    m.l[1].append(5)
    m.d["a"]["c"] = 2
    return [
        list(m.l),
        list(m.l[1]),
        dict(m.d),
        m.l == [1, [2, 3, 5], 4],
        isinstance(m.l, list),
        isinstance(m.d, dict),
        isinstance(m.t, tuple),
        m.l + [7],
        sorted(m.d["a"]),
        repr(m.d),
        repr(m.l),
    ]


CASES = [
    Program("found", _found),
    Program("called", _called),
    Program("names", _names),
    Program("scopes", _scopes),
    Program("structures", _structures),
    Program("shared-and-cyclic", _shared),
    Program("mutation", _mutation),
    Program("reassigned", _reassigned),
    Program("flatten", _overridden),
    Program("ignored-properties", _ignored),
    Program("training", _training),
    Program("without-super", _without_super),
    Program("kind", _repr),
    Program("deep-copy", _deep_copy),
    Program("wrappers", _wrappers),
]
