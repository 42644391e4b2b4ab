"""`tf.nest` and its internal relatives: the same expressions under TensorFlow and under tfshim."""

import collections
import dataclasses
import importlib
import itertools
import types
from types import SimpleNamespace

import numpy as np
import pytest
import wrapt

pytest.importorskip("tensorflow")

from tensorflow.python.util import nest as their_nest

import tfshim  # noqa: F401

our_nest = importlib.import_module("tfshim.nest")  # `from tfshim import nest` is the public namespace

Point = collections.namedtuple("Point", "x y")
SamePoint = collections.namedtuple("Point", "x y")
Other = collections.namedtuple("Other", "x y")


class SubPoint(Point):
    pass


class WrappedList(wrapt.ObjectProxy):
    """TensorFlow remembers by class what a proxy wraps, so there is one for each kind."""


class WrappedTuple(wrapt.ObjectProxy):
    pass


class WrappedPoint(wrapt.ObjectProxy):
    pass


class WrappedDict(wrapt.ObjectProxy):
    def __init__(self, wrapped=None):
        super().__init__({} if wrapped is None else wrapped)


class WrappedAtom(wrapt.ObjectProxy):
    pass


class Listlike(list):
    pass


class Tuplelike(tuple):
    __slots__ = ()


class Dictlike(dict):
    pass


class Mapping(collections.abc.Mapping):
    def __init__(self, *args, **kwargs):
        self._items = dict(*args, **kwargs)

    def __getitem__(self, key):
        return self._items[key]

    def __iter__(self):
        return iter(self._items)

    def __len__(self):
        return len(self._items)

    def __repr__(self):
        return f"Mapping({self._items})"


class Attrs:
    __attrs_attrs__ = (SimpleNamespace(name="b"), SimpleNamespace(name="a"))

    def __init__(self, b, a):
        self.b, self.a = b, a

    def __repr__(self):
        return f"Attrs({self.b!r}, {self.a!r})"

    def __len__(self):
        return 2


@dataclasses.dataclass
class Plain:
    x: object


@dataclasses.dataclass
class Custom:
    name: str
    x: object
    y: object = None

    def __tf_flatten__(self):
        return (self.name,), (self.x, self.y)

    @classmethod
    def __tf_unflatten__(cls, metadata, components):
        return cls(metadata[0], *components)

    def __len__(self):
        return 2


class Sized(collections.abc.Sequence):
    def __init__(self, items):
        self._items = tuple(items)

    def __getitem__(self, i):
        return self._items[i]

    def __len__(self):
        return len(self._items)

    def __repr__(self):
        return f"Sized{self._items}"


def structures():
    """Fresh ones at each call, for some can be walked once only."""
    return {
        "atom": 1,
        "none": None,
        "string": "ab",
        "bytes": b"ab",
        "bytearray": bytearray(b"ab"),
        "array": np.float32(2),
        "set": {1},
        "frozenset": frozenset([1]),
        "generator": (i for i in ()).__class__,
        "plain": Plain(1),
        "empty": [],
        "empty_tuple": (),
        "empty_dict": {},
        "list": [1, 2],
        "list3": [1, 2, 3],
        "tuple": (1, 2),
        "nested": [1, [2, (3, 4)]],
        "nested2": [1, [2, 3]],
        "list_none": [None, None],
        "point": Point(1, 2),
        "same_point": SamePoint(1, 2),
        "other": Other(1, 2),
        "sub_point": SubPoint(1, 2),
        "deep_point": Point([1], {"a": 2}),
        "listlike": Listlike([1, 2]),
        "tuplelike": Tuplelike((1, 2)),
        "deque": collections.deque([1, 2]),
        "userlist": collections.UserList([1, 2]),
        "sized": Sized([1, 2]),
        "range": range(2),
        "memoryview": memoryview(b"ab"),
        "dict": {"x": 1, "y": 2},
        "dict_reversed": {"y": 2, "x": 1},
        "dict_other": {"x": 1, "z": 2},
        "dict_int": {1: "a", 0: "b"},
        "dict_mixed": {1: "a", "b": 2},
        "dict_none": {None: 1},
        "dict_bool": {True: 1, False: 2},
        "dict_tuple_keys": {(1, "a"): 1, (0, "b"): 2},
        "dict_deep": {"x": [1, 2], "y": {"z": (3,)}},
        "ordered": collections.OrderedDict([("y", 2), ("x", 1)]),
        "default": collections.defaultdict(list, {"y": 2, "x": 1}),
        "counter": collections.Counter("abb"),
        "dictlike": Dictlike(y=2, x=1),
        "userdict": collections.UserDict(y=2, x=1),
        "chainmap": collections.ChainMap({"y": 2}, {"x": 1}),
        "mapping": Mapping(y=2, x=1),
        "proxy": types.MappingProxyType({"y": 2, "x": 1}),
        "keys": {"y": 2, "x": 1}.keys(),
        "values": {"y": 2, "x": 1}.values(),
        "items": {"y": 2, "x": 1}.items(),
        "attrs": Attrs(1, 2),
        "attrs_deep": Attrs([1, 2], {"a": 3}),
        "custom": Custom("n", 1, 2),
        "custom_deep": Custom("m", [1, 2], {"a": 3}),
        "wrapped_list": WrappedList([1, 2]),
        "wrapped_tuple": WrappedTuple((1, 2)),
        "wrapped_point": WrappedPoint(Point(1, 2)),
        "wrapped_atom": WrappedAtom(3),
        "wrapped_dict": WrappedDict({"y": 2, "x": 1}),
        "wrapped_inside": [WrappedTuple((1, 2)), 3],
        "mixed": {"b": Point([1], (2, None)), "a": [(), {}, "s", Attrs(1, [2])]},
    }


NAMES = list(structures())
COLLECTIONS = [name for name in NAMES if their_nest.is_nested(structures()[name])]


def plain(value):
    if isinstance(value, types.GeneratorType):
        value = list(value)
    name = type(value).__name__
    if isinstance(value, wrapt.ObjectProxy):
        return [name, plain(value.__wrapped__)]
    if isinstance(value, dict):
        return [name, [[plain(key), plain(item)] for key, item in value.items()]]
    if isinstance(value, (list, tuple)):
        return [name, [plain(item) for item in value]]
    if isinstance(value, memoryview):
        return [name, value.tolist()]
    return [name, repr(value)]


def outcome(function):
    try:
        return plain(function())
    except Exception as error:
        return f"raised {type(error).__name__}"


def agree(expression, *names, **accept):
    """The expression of the nest module and the named structures; the outcome that both give."""
    expected = outcome(lambda: expression(their_nest, *[structures()[name] for name in names]))
    assert outcome(lambda: expression(our_nest, *[structures()[name] for name in names])) == expected, names
    return expected


def tag(x):
    return ("seen", x)


ONE = {
    "flatten": lambda n, s: n.flatten(s),
    "is_nested": lambda n, s: n.is_nested(s),
    "is_nested_or_composite": lambda n, s: n.is_nested_or_composite(s),
    "is_mapping": lambda n, s: n.is_mapping(s),
    "is_attrs": lambda n, s: n.is_attrs(s),
    "is_namedtuple": lambda n, s: n.is_namedtuple(s),
    "is_namedtuple_strict": lambda n, s: n.is_namedtuple(s, True),
    "map": lambda n, s: n.map_structure(tag, s),
    "map_expand": lambda n, s: n.map_structure(tag, s, expand_composites=True),
    "pack": lambda n, s: n.pack_sequence_as(s, list("abcdefgh")[: len(n.flatten(s))]),
    "pack_few": lambda n, s: n.pack_sequence_as(s, ["a"]),
    "pack_none": lambda n, s: n.pack_sequence_as(s, []),
    "pack_many": lambda n, s: n.pack_sequence_as(s, list(range(20))),
    "pack_into": lambda n, s: n.pack_sequence_as([1, 2], s),
    "paths": lambda n, s: n.yield_flat_paths(s),
    "tuple_paths": lambda n, s: n.flatten_with_tuple_paths(s),
    "joined_paths": lambda n, s: n.flatten_with_joined_string_paths(s, ":"),
    "map_paths": lambda n, s: n.map_structure_with_paths(lambda path, x: (path, x), s),
    "map_tuple_paths": lambda n, s: n.map_structure_with_tuple_paths(lambda path, x: (path, x), s),
    "list_to_tuple": lambda n, s: n.list_to_tuple(s),
    "like": lambda n, s: (
        n._sequence_like(s, ["a", "b"]) if hasattr(n, "_sequence_like") else n.sequence_like(s, ["a", "b"])
    ),
    "traverse_all": lambda n, s: n.get_traverse_shallow_structure(lambda _: True, s),
    "traverse_none": lambda n, s: n.get_traverse_shallow_structure(lambda _: False, s),
    "traverse_lists": lambda n, s: n.get_traverse_shallow_structure(lambda x: isinstance(x, list), s),
    "traverse_bad": lambda n, s: n.get_traverse_shallow_structure(lambda _: 3, s),
    "dict_items": lambda n, s: n.flatten_dict_items(s),
}


@pytest.mark.parametrize("operation", ONE)
@pytest.mark.parametrize("name", NAMES)
def test_one_structure(name, operation):
    if operation == "pack_into" and isinstance(structures()[name], collections.abc.Mapping):
        return  # TensorFlow looks up the integers as keys
    agree(ONE[operation], name)


TWO = {
    "same": lambda n, a, b: n.assert_same_structure(a, b),
    "same_form": lambda n, a, b: n.assert_same_structure(a, b, check_types=False),
    "map": lambda n, a, b: n.map_structure(lambda x, y: (x, y), a, b),
    "map_form": lambda n, a, b: n.map_structure(lambda x, y: (x, y), a, b, check_types=False),
    "shallow": lambda n, a, b: n.assert_shallow_structure(a, b),
    "shallow_form": lambda n, a, b: n.assert_shallow_structure(a, b, check_types=False),
    "up_to": lambda n, a, b: n.flatten_up_to(a, b),
    "up_to_form": lambda n, a, b: n.flatten_up_to(a, b, check_types=False),
    "paths_up_to": lambda n, a, b: n.flatten_with_tuple_paths_up_to(a, b),
    "map_up_to": lambda n, a, b: n.map_structure_up_to(a, lambda x, y: (x, y), b, a),
}


@pytest.mark.parametrize("operation", TWO)
def test_two_structures(operation):
    failures = []
    # A Counter has an item for every key that it is asked for, and so TensorFlow finds all keys in it;
    # keys that cannot be sorted make it fail with a SystemError here.
    names = [name for name in NAMES if name not in ("counter", "dict_mixed")]
    for a, b in itertools.product(names, names):
        if {a, b} == {"same_point", "wrapped_point"}:
            continue  # where TensorFlow compares names, it takes that of the proxy's class
        try:
            agree(TWO[operation], a, b)
        except AssertionError as error:
            failures.append(f"{a}, {b}: {str(error)[:300]}")
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize(
    "expression",
    [
        lambda n: n.map_structure(1, [1]),
        lambda n: n.map_structure(tag),
        lambda n: n.map_structure(tag, [1], other=1),
        lambda n: n.map_structure(lambda x, y, z: x + y + z, [1, (2,)], [3, (4,)], [5, (6,)]),
        lambda n: n.map_structure(lambda x, y, z: x + y + z, [1, (2,)], [3, (4,)], [5, 6]),
        lambda n: n.map_structure(lambda x, y: x + y, [1, 2], (3, 4), check_types=False),
        lambda n: n.map_structure_up_to([1, 2], tag),
        lambda n: n.map_structure_up_to([1, 2], lambda x, other: (x, other), [[3], 4], other=5),
        lambda n: n.map_structure_up_to({"a": 1}, tag, {"a": [1], "b": 2}),
        lambda n: n.flatten_up_to({"a": 1, "b": 2}, {"b": [1], "a": 2}),
        lambda n: n.pack_sequence_as([1], (x for x in [1])),
        lambda n: n.pack_sequence_as([1, 2], "ab"),
        lambda n: n.pack_sequence_as([1, 2], (3, 4)),
        lambda n: n.pack_sequence_as([1, 2], np.array([3, 4])),
        lambda n: n.pack_sequence_as(1, [2]),
        lambda n: n.pack_sequence_as(1, [2, 3]),
        lambda n: n.pack_sequence_as("abc", ["x"]),
        lambda n: n.pack_sequence_as([[], [1]], [2]),
        lambda n: n.flatten_dict_items({(4, 5, (6, 8)): ("a", "b", ("c", "d"))}),
        lambda n: n.flatten_dict_items({4: [1], (5,): (6,)}),
        lambda n: n.flatten_dict_items({(1, 2): (1,)}),
        lambda n: n.flatten_dict_items({(1, 2): (1, 2), 1: 3}),
        lambda n: n.get_traverse_shallow_structure(lambda s: [False, True], [1, [2]]),
        lambda n: n.get_traverse_shallow_structure(lambda s: [False, 3], [1, [2]]),
        lambda n: n.get_traverse_shallow_structure(lambda s: [False], [1, [2]]),
        lambda n: n.same_namedtuples(Point(1, 2), SamePoint(3, 4)),
        lambda n: n.same_namedtuples(Point(1, 2), Other(3, 4)),
    ],
)
def test_calls(expression):
    agree(expression)


@pytest.mark.parametrize("names", [("list", "tuple"), ("list", "list3"), ("dict", "dict_other"), ("nested", "nested2")])
def test_messages_of_mismatches(names):
    """The parts that people match on."""
    texts = []
    for n in (their_nest, our_nest):
        with pytest.raises((TypeError, ValueError)) as caught:
            n.assert_same_structure(*[structures()[name] for name in names])
        texts.append(str(caught.value))
    for text in texts:
        assert text.startswith("The two structures don't have the same nested structure.")
    entire = [text[text.index("Entire first structure:") :] for text in texts]
    assert entire[0] == entire[1]


def test_order_of_calls():
    for n in (their_nest, our_nest):
        seen = []
        n.map_structure(seen.append, {"b": [1, 2], "a": Point(3, 4)})
        assert seen == [3, 4, 1, 2]


def test_new_classes_do_not_accumulate():
    for _ in range(3):
        kinds = our_nest._kinds
        limit, our_nest._MAX_KINDS = our_nest._MAX_KINDS, 5
        try:
            for i in range(20):
                our_nest.flatten(type(f"C{i}", (), {})())
            assert len(kinds) < 10
        finally:
            our_nest._MAX_KINDS = limit
