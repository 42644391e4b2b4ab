"""Nested structures: the functions of `tf.nest` and those that the package itself builds on.

A structure is an atom, or a collection of structures: a sequence (list, tuple, namedtuple, range, ...; not
str or bytes), a mapping with sortable keys, a view of a mapping, an instance of an attrs class, or of a class
with `__tf_flatten__` and `__tf_unflatten__`. With `expand_composites`, composite tensors and their type specs
are collections of their components. Mappings are traversed in the order of their sorted keys.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, MappingView, MutableMapping, Sequence
from typing import Any

# What a type is. Up to _VIEW: iterating over the object gives its children.
(
    _LEAF,
    _LIST,
    _TUPLE,
    _NAMEDTUPLE,
    _SEQUENCE,
    _RANGE,
    _VIEW,
    _DICT,
    _MAPPING,
    _ATTRS,
    _CUSTOM,
    _COMPOSITE,
    _SPEC,
) = range(13)
_EXPANDED = (_COMPOSITE, _SPEC)

_kinds: dict[type, int] = {}
_MAX_KINDS = 10000

_composite_types: tuple[type, ...] = ()
_spec_types: tuple[type, ...] = ()
_atomic_types: tuple[type, ...] = ()


def register_composites(composite: type, spec: type) -> None:
    """Declares the base classes of composite tensors and of type specs."""
    global _composite_types, _spec_types
    _composite_types, _spec_types = (composite,), (spec,)
    _kinds.clear()


def register_atoms(*types: type) -> None:
    """Declares classes of composite tensors and type specs that are atoms even with `expand_composites`."""
    global _atomic_types
    _atomic_types += types
    _kinds.clear()


def _kind_of_class(cls: type) -> int:
    if cls is list:
        return _LIST
    if cls is tuple:
        return _TUPLE
    if cls is range:
        return _RANGE
    if issubclass(cls, Mapping):
        return _DICT if cls is dict else _MAPPING
    if issubclass(cls, MappingView):
        return _VIEW
    if hasattr(cls, "__attrs_attrs__"):
        return _ATTRS
    if issubclass(cls, (str, bytes)):
        return _LEAF
    if issubclass(cls, tuple) and isinstance(getattr(cls, "_fields", None), tuple):
        return _NAMEDTUPLE
    if hasattr(cls, "__tf_flatten__") and hasattr(cls, "__tf_unflatten__"):
        return _CUSTOM
    if issubclass(cls, Sequence):
        return _LIST if issubclass(cls, list) else _SEQUENCE
    if issubclass(cls, _atomic_types):
        return _LEAF
    if issubclass(cls, _composite_types):
        return _COMPOSITE
    return _SPEC if issubclass(cls, _spec_types) else _LEAF


def _kind(obj: Any) -> int:
    cls = type(obj)
    kind = _kinds.get(cls)
    if kind is None:
        seen = obj.__class__
        kind = _kind_of_class(seen)
        if seen is cls:  # a transparent proxy says something else for each object
            if len(_kinds) > _MAX_KINDS:
                _kinds.clear()
            _kinds[cls] = kind
    return kind


def _sorted_keys(mapping: Any) -> list[Any]:
    try:
        return sorted(mapping)
    except TypeError as error:
        raise TypeError(f"nest only supports dicts with sortable keys: {error}") from None


def _children(obj: Any, kind: int) -> Any:
    """The children of a collection, in the order of traversal."""
    if kind <= _VIEW:
        return obj
    if kind <= _MAPPING:
        return [obj[key] for key in _sorted_keys(obj)]
    if kind == _ATTRS:
        return [getattr(obj, attribute.name) for attribute in obj.__class__.__attrs_attrs__]
    if kind == _CUSTOM:
        return _custom_flatten(obj)[1]
    if kind == _COMPOSITE:
        return (obj._type_spec._to_components(obj),)
    return (obj._component_specs,)


def _custom_flatten(obj: Any) -> tuple[Any, tuple[Any, ...]]:
    metadata, components = obj.__tf_flatten__()
    if not isinstance(components, tuple):
        raise AssertionError(f"__tf_flatten__ must return a tuple of components, got {type(components)}.")
    return metadata, components


def _items(obj: Any, kind: int) -> Iterator[tuple[Any, Any]]:
    """The children of a collection with their keys: indices, keys or names."""
    if kind in (_DICT, _MAPPING):
        return ((key, obj[key]) for key in _sorted_keys(obj))
    children = _children(obj, kind)
    if kind == _NAMEDTUPLE:
        return zip(obj._fields, children, strict=True)
    if kind == _ATTRS:
        return zip([attribute.name for attribute in obj.__class__.__attrs_attrs__], children, strict=True)
    if kind in _EXPANDED:
        value_type = (obj._type_spec if kind == _COMPOSITE else obj).value_type
        return iter([(value_type.__name__, children[0])])
    return enumerate(children)


def keyed_children(structure: Any) -> Iterator[tuple[Any, Any]]:
    """The children of a collection in the order of `flatten`, each with its key, name or index."""
    return _items(structure, _kind(structure))


def sequence_like(instance: Any, args: Any) -> Any:
    """Returns the items `args`, in the order of traversal, as a collection like `instance`."""
    kind = _kind(instance)
    if kind == _LIST and type(instance) is list:
        return list(args)
    if kind == _TUPLE:
        return tuple(args) if type(instance) is tuple else type(instance)(tuple(args))
    return _rebuild(instance, kind, list(args))


def _rebuild(obj: Any, kind: int, items: list[Any]) -> Any:
    cls = type(obj)
    if kind == _LIST:
        if cls is list:
            return items
    elif kind == _TUPLE:
        if cls is tuple:
            return tuple(items)
    elif kind == _DICT:
        if cls is dict:
            values = dict(zip(_sorted_keys(obj), items, strict=False))
            return {key: values[key] for key in obj}
    elif kind in (_NAMEDTUPLE, _ATTRS):
        return obj.__class__(*items)
    elif kind in (_VIEW, _RANGE):
        return items
    if obj.__class__ is not cls and hasattr(obj, "__wrapped__"):
        return cls(sequence_like(obj.__wrapped__, items))
    if kind == _MAPPING:
        values = dict(zip(_sorted_keys(obj), items, strict=False))
        if isinstance(obj, MutableMapping):
            mapping = defaultdict(obj.default_factory) if cls is defaultdict else cls()
            for key in obj:
                mapping[key] = values[key]
            return mapping
        try:
            return cls((key, values[key]) for key in obj)
        except TypeError as error:
            raise TypeError(
                f"Cannot create a {cls} like {obj}: its constructor must accept an iterable of pairs. Cause: {error}"
            ) from error
    if kind == _CUSTOM:
        return obj.__tf_unflatten__(_custom_flatten(obj)[0], tuple(items))
    if kind == _COMPOSITE:
        return obj._type_spec._from_components(items[0])
    if kind == _SPEC:
        return obj._from_components(items[0])
    return cls(items)


def is_nested(seq: Any) -> bool:
    """Whether `seq` is a collection rather than an atom. Composite tensors are atoms here."""
    return _LEAF < _kind(seq) < _COMPOSITE


def is_nested_or_composite(seq: Any) -> bool:
    """Whether `seq` is a collection when composite tensors and type specs count as such."""
    return _kind(seq) != _LEAF


def _is_collection(kind: int, expand_composites: Any) -> bool:
    return kind != _LEAF and (kind < _COMPOSITE or bool(expand_composites))


def is_namedtuple(instance: Any, strict: bool = False) -> bool:
    """Whether `instance` is a namedtuple; with `strict`, not one of a class derived from it."""
    return _kind(instance) == _NAMEDTUPLE and (not strict or instance.__class__.__base__ is tuple)


def same_namedtuples(a: Any, b: Any) -> bool:
    """Whether the classes of two namedtuples have the same name and fields."""
    return a.__class__.__name__ == b.__class__.__name__ and a._fields == b._fields


def is_mapping(obj: Any) -> bool:
    return _kind(obj) in (_DICT, _MAPPING)


def is_attrs(obj: Any) -> bool:
    return _kind(obj) == _ATTRS


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """Returns the list of the atoms of a structure; `[structure]` for an atom.

    Raises `TypeError` for a mapping whose keys cannot be sorted.
    """
    atoms: list[Any] = []
    _flatten_into(structure, atoms, expand_composites)
    return atoms


def _flatten_into(structure: Any, atoms: list[Any], expand_composites: bool) -> None:
    kind = _kinds.get(type(structure))
    if kind is None:
        kind = _kind(structure)
    if kind == _LEAF or kind >= _COMPOSITE and not expand_composites:
        atoms.append(structure)
        return
    for child in structure if kind <= _VIEW else _children(structure, kind):
        if _kinds.get(type(child)) == _LEAF:
            atoms.append(child)
        else:
            _flatten_into(child, atoms, expand_composites)


def _short(value: Any, length: int = 100) -> str:
    text = str(value)
    return text if len(text) <= length else text[:length] + "..."


def pack_sequence_as(
    structure: Any,
    flat_sequence: Any,
    expand_composites: bool = False,
    sequence_fn: Callable[[Any, Any], Any] | None = None,
) -> Any:
    """Returns a structure like `structure` whose atoms are the items of `flat_sequence`; inverts `flatten`.

    Raises `TypeError` if `flat_sequence` is no sequence, `ValueError` if it has not one item for each atom.
    """
    if type(flat_sequence) not in (list, tuple):
        if not _is_collection(_kind(flat_sequence), expand_composites):
            raise TypeError(
                f"Cannot pack a value that is not a sequence into a structure: {_short(flat_sequence)} has "
                f"the incompatible type `{type(flat_sequence)}`."
            )
        flat_sequence = [flat_sequence[i] for i in range(len(flat_sequence))]
    if not _is_collection(_kind(structure), expand_composites):
        if len(flat_sequence) != 1:
            raise ValueError(
                f"The target structure is an atom of type `{type(structure)}` ({_short(structure)}), but the "
                f"flat sequence has {len(flat_sequence)} items: {_short(flat_sequence)}."
            )
        return flat_sequence[0]
    items = iter(flat_sequence)
    try:
        packed = _pack_children(structure, items, expand_composites, sequence_fn)
    except StopIteration:
        packed = None
    if packed is None or next(items, _END) is not _END:
        raise ValueError(
            f"Could not pack sequence. Structure had {len(flatten(structure, expand_composites))} atoms, but "
            f"flat_sequence had {len(flat_sequence)} items. Structure: {structure}, "
            f"flat_sequence: {flat_sequence}."
        )
    return (sequence_fn or sequence_like)(structure, packed)


_END = object()


def _pack_children(structure: Any, items: Iterator[Any], expand_composites: bool, sequence_fn: Any) -> list[Any]:
    kind = _kinds.get(type(structure))
    if kind is None:
        kind = _kind(structure)
    packed = []
    for child in structure if kind <= _VIEW else _children(structure, kind):
        child_kind = _kinds.get(type(child))
        if child_kind is None:
            child_kind = _kind(child)
        if child_kind == _LEAF or child_kind >= _COMPOSITE and not expand_composites:
            packed.append(next(items))
        else:
            children = _pack_children(child, items, expand_composites, sequence_fn)
            packed.append(
                _rebuild(child, child_kind, children) if sequence_fn is None else sequence_fn(child, children)
            )
    return packed


def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Returns the structure of `func(a, b, ...)` for the corresponding atoms of structures of the same form.

    Keyword arguments: `check_types=True` (collections must agree in type too) and `expand_composites=False`.
    Raises `TypeError` if the types of collections differ, `ValueError` if the structures differ otherwise.
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    check_types, expand_composites = True, False
    if kwargs:
        check_types = kwargs.pop("check_types", True)
        expand_composites = kwargs.pop("expand_composites", False)
        if kwargs:
            raise ValueError(
                f"The keyword arguments are `check_types` and `expand_composites`, not {', '.join(kwargs)}"
            )
    first = structure[0]
    if len(structure) == 1:
        return _map_one(func, first, expand_composites)
    for other in structure[1:]:
        assert_same_structure(first, other, check_types, expand_composites)
    flat = [flatten(s, expand_composites) for s in structure]
    return pack_sequence_as(first, [func(*atoms) for atoms in zip(*flat, strict=True)], expand_composites)


def _map_one(func: Callable[[Any], Any], structure: Any, expand_composites: bool) -> Any:
    kind = _kinds.get(type(structure))
    if kind is None:
        kind = _kind(structure)
    if kind == _LEAF or kind >= _COMPOSITE and not expand_composites:
        return func(structure)
    children = structure if kind <= _VIEW else _children(structure, kind)
    return _rebuild(structure, kind, [_map_one(func, child, expand_composites) for child in children])


def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False) -> None:
    """Raises unless two structures have the same form; their atoms do not matter.

    Raises `ValueError` if lengths, keys or nesting differ, `TypeError` if the types of collections do (unless
    `check_types` is False). Two lists, two mappings, and two namedtuples with the same name and fields agree.
    """
    try:
        _assert_same(nest1, nest2, bool(check_types), bool(expand_composites))
    except (ValueError, TypeError) as error:
        raise type(error)(
            "The two structures don't have the same nested structure.\n\n"
            f"First structure: {_describe(nest1)}\n\nSecond structure: {_describe(nest2)}\n\n"
            f"More specifically: {error}\n"
            f"Entire first structure:\n{map_structure(lambda _: _DOT, nest1)}\n"
            f"Entire second structure:\n{map_structure(lambda _: _DOT, nest2)}"
        ) from None


class _Dot:
    """Stands for an atom when the form of a structure is printed."""

    def __repr__(self) -> str:
        return "."


_DOT = _Dot()


def _describe(obj: Any) -> str:
    return f"type={type(obj).__name__} str={obj}"


def _assert_same(a: Any, b: Any, check_types: bool, expand_composites: bool) -> None:
    kind_a, kind_b = _kind(a), _kind(b)
    nested_a, nested_b = _is_collection(kind_a, expand_composites), _is_collection(kind_b, expand_composites)
    if nested_a != nested_b:
        sequence, atom = (a, b) if nested_a else (b, a)
        raise ValueError(
            f'Substructure "{_describe(sequence)}" is a sequence, while substructure "{_describe(atom)}" is not'
        )
    if not nested_a:
        return
    if check_types:
        _assert_same_type(a, b, kind_a, kind_b)
    if kind_a == _COMPOSITE or kind_b == _COMPOSITE:
        _assert_same_composite(a, b, kind_a, kind_b)
    children_a, children_b = list(_children(a, kind_a)), list(_children(b, kind_b))
    if len(children_a) != len(children_b):
        raise ValueError(
            "The two structures don't have the same number of elements. "
            f"First structure: {_describe(a)}. Second structure: {_describe(b)}"
        )
    for child_a, child_b in zip(children_a, children_b, strict=True):
        _assert_same(child_a, child_b, check_types, expand_composites)


def _assert_same_type(a: Any, b: Any, kind_a: int, kind_b: int) -> None:
    class_a, class_b = a.__class__, b.__class__
    if kind_a in (_DICT, _MAPPING) and kind_b in (_DICT, _MAPPING):
        if len(a) != len(b) or any(key not in b for key in a):
            raise ValueError(
                "The two dictionaries don't have the same set of keys. First structure has keys "
                f"{list(a)}, while second structure has keys {list(b)}"
            )
        return
    if class_a is class_b or kind_a == kind_b == _LIST:
        return
    if is_namedtuple(a, strict=True) and is_namedtuple(b, strict=True) and same_namedtuples(a, b):
        return
    if kind_a in _EXPANDED and kind_b in _EXPANDED:
        return
    raise TypeError(
        f"The two structures don't have the same sequence type. First structure {_describe(a)} has type "
        f"{class_a.__name__}, while second structure {_describe(b)} has type {class_b.__name__}"
    )


def _assert_same_composite(a: Any, b: Any, kind_a: int, kind_b: int) -> None:
    if kind_a not in _EXPANDED or kind_b not in _EXPANDED:
        raise TypeError(_MISMATCHING_TYPES.format(type(b), type(a)))
    spec_a = (a._type_spec if kind_a == _COMPOSITE else a)._without_tensor_names()
    spec_b = (b._type_spec if kind_b == _COMPOSITE else b)._without_tensor_names()
    if hasattr(spec_a, "_get_structure") and hasattr(spec_b, "_get_structure"):
        compatible = spec_a._get_structure() == spec_b._get_structure()
    else:
        compatible = spec_a.most_specific_common_supertype([spec_b]) is not None
    if not compatible:
        raise ValueError(f"Incompatible CompositeTensor TypeSpecs: {spec_a} vs. {spec_b}")


_MISMATCHING_TYPES = (
    "The two structures don't have the same sequence type. Input structure has type {}, "
    "while shallow structure has type {}."
)


def assert_shallow_structure(
    shallow_tree: Any, input_tree: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Raises unless `input_tree` is `shallow_tree` with its atoms replaced by structures.

    Raises `TypeError` where a collection meets an atom or (with `check_types`) a collection of another type,
    `ValueError` where lengths or keys differ.
    """
    kind, input_kind = _kind(shallow_tree), _kind(input_tree)
    if not _is_collection(kind, expand_composites):
        return
    if not _is_collection(input_kind, expand_composites):
        raise TypeError(
            f"If shallow structure is a sequence, input must also be a sequence. Input has type: {type(input_tree)}."
        )
    if check_types and not isinstance(input_tree, shallow_tree.__class__):
        if kind == input_kind == _NAMEDTUPLE:
            same = same_namedtuples(shallow_tree, input_tree)
        else:
            same = (
                kind == input_kind == _LIST
                or kind in _EXPANDED
                and input_kind in _EXPANDED
                or is_mapping(shallow_tree)
                and is_mapping(input_tree)
            )
        if not same:
            raise TypeError(_MISMATCHING_TYPES.format(type(input_tree), type(shallow_tree)))
    if kind == _COMPOSITE or input_kind == _COMPOSITE:
        _assert_same_composite(shallow_tree, input_tree, kind, input_kind)
    elif kind == _SPEC:
        if input_kind != _SPEC:
            raise TypeError(
                "If shallow structure is a TypeSpec, input must also be a TypeSpec. "
                f"Input has type: {type(input_tree)}."
            )
    else:
        shallow_length = len(_children(shallow_tree, kind))
        input_length = len(_children(input_tree, input_kind))
        if shallow_length != input_length:
            raise ValueError(
                "The two structures don't have the same sequence length. Input structure has length "
                f"{input_length}, while shallow structure has length {shallow_length}."
            )
    if kind in (_DICT, _MAPPING):
        absent = set(shallow_tree) - set(input_tree)
        if absent:
            raise ValueError(
                "The shallow_tree's keys are not a subset of the input_tree's keys. "
                f"These keys are not in the input_tree: {sorted(absent)}."
            )
    pairs = zip(_children(shallow_tree, kind), _children(input_tree, input_kind), strict=True)
    for shallow_child, input_child in pairs:
        assert_shallow_structure(shallow_child, input_child, check_types, expand_composites)


def _yield_up_to(shallow_tree: Any, input_tree: Any, expand_composites: bool, path: Any) -> Iterator[tuple[Any, Any]]:
    kind = _kind(shallow_tree)
    if not _is_collection(kind, expand_composites):
        yield path, input_tree
        return
    inputs = dict(_items(input_tree, _kind(input_tree)))
    for key, child in _items(shallow_tree, kind):
        yield from _yield_up_to(child, inputs[key], expand_composites, (*path, key))


def flatten_with_tuple_paths_up_to(
    shallow_tree: Any, input_tree: Any, check_types: bool = True, expand_composites: bool = False
) -> list[tuple[Any, Any]]:
    """Returns the pairs of (path, substructure of `input_tree`) for the atoms of `shallow_tree`."""
    assert_shallow_structure(shallow_tree, input_tree, check_types, expand_composites)
    return list(_yield_up_to(shallow_tree, input_tree, expand_composites, ()))


def flatten_up_to(
    shallow_tree: Any, input_tree: Any, check_types: bool = True, expand_composites: bool = False
) -> list[Any]:
    """Returns the substructures of `input_tree` that correspond to the atoms of `shallow_tree`."""
    return [
        item for _, item in flatten_with_tuple_paths_up_to(shallow_tree, input_tree, check_types, expand_composites)
    ]


def map_structure_with_tuple_paths_up_to(
    shallow_tree: Any, func: Callable[..., Any], *inputs: Any, **kwargs: Any
) -> Any:
    """`map_structure_up_to` whose function takes the path to the atom first.

    Keyword arguments other than `check_types` and `expand_composites` go to `func`.
    """
    if not inputs:
        raise ValueError("Cannot map over no sequences")
    check_types = kwargs.pop("check_types", True)
    expand_composites = kwargs.pop("expand_composites", False)
    flat = [flatten_with_tuple_paths_up_to(shallow_tree, tree, check_types, expand_composites) for tree in inputs]
    results = [func(items[0][0], *[item for _, item in items], **kwargs) for items in zip(*flat, strict=True)]
    return pack_sequence_as(shallow_tree, results, expand_composites)


def map_structure_up_to(shallow_tree: Any, func: Callable[..., Any], *inputs: Any, **kwargs: Any) -> Any:
    """Applies `func` to the substructures of `inputs` that correspond to the atoms of `shallow_tree`."""

    def without_path(_: Any, *values: Any) -> Any:
        return func(*values)

    return map_structure_with_tuple_paths_up_to(shallow_tree, without_path, *inputs, **kwargs)


def map_structure_with_tuple_paths(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """`map_structure` whose function takes the path to the atom, a tuple, first."""
    return map_structure_with_tuple_paths_up_to(structure[0], func, *structure, **kwargs)


def map_structure_with_paths(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """`map_structure` whose function takes the path to the atom, joined by "/", first."""

    def with_string(path: Any, *values: Any, **rest: Any) -> Any:
        return func("/".join(map(str, path)), *values, **rest)

    return map_structure_with_tuple_paths_up_to(structure[0], with_string, *structure, **kwargs)


def yield_flat_paths(nest: Any, expand_composites: bool = False) -> Iterator[tuple[Any, ...]]:
    """Yields the path to each atom: a tuple of indices, keys and names."""
    for path, _ in _yield_up_to(nest, nest, expand_composites, ()):
        yield path


def flatten_with_tuple_paths(structure: Any, expand_composites: bool = False) -> list[tuple[Any, Any]]:
    """Returns the list of (path, atom)."""
    return list(_yield_up_to(structure, structure, expand_composites, ()))


def flatten_with_joined_string_paths(
    structure: Any, separator: str = "/", expand_composites: bool = False
) -> list[tuple[str, Any]]:
    """Returns the list of (path joined by `separator`, atom)."""
    return [
        (separator.join(map(str, path)), atom) for path, atom in flatten_with_tuple_paths(structure, expand_composites)
    ]


def flatten_dict_items(dictionary: Any) -> dict[Any, Any]:
    """Returns a dictionary whose keys, which may be structures, are flattened together with their values."""
    if not is_mapping(dictionary):
        raise TypeError(f"dictionary must be a mapping, got {type(dictionary).__name__!r}.")
    flat: dict[Any, Any] = {}
    for keys, values in dictionary.items():
        pairs = [(keys, values)]
        if is_nested(keys):
            assert_same_structure(keys, values)
            pairs = list(zip(flatten(keys), flatten(values), strict=True))
        for key, value in pairs:
            if key in flat:
                raise ValueError(f"Cannot flatten dict because this key is not unique: {key}")
            flat[key] = value
    return flat


def list_to_tuple(structure: Any) -> Any:
    """Returns the structure with its lists replaced by tuples."""

    def as_tuple(instance: Any, args: Any) -> Any:
        return tuple(args) if isinstance(instance, list) else sequence_like(instance, args)

    return pack_sequence_as(structure, flatten(structure), sequence_fn=as_tuple)


def get_traverse_shallow_structure(
    traverse_fn: Callable[[Any], Any], structure: Any, expand_composites: bool = False
) -> Any:
    """Returns a shallow structure of booleans that says how far `traverse_fn` wants to descend.

    `traverse_fn(substructure)` returns a boolean, or a structure of depth 1 of booleans. Raises `TypeError`
    for anything else.
    """
    answer = traverse_fn(structure)
    kind = _kind(structure)
    if not _is_collection(kind, expand_composites):
        if not isinstance(answer, bool):
            raise TypeError(f"traverse_fn returned structure: {answer} for non-structure: {structure}")
        return answer
    if answer is False:
        return False
    children = list(_children(structure, kind))
    if answer is True:
        answers: list[Any] = [True] * len(children)
    elif not _is_collection(_kind(answer), expand_composites):
        raise TypeError(f"traverse_fn returned a non-bool scalar: {answer} for input: {structure}")
    else:
        assert_shallow_structure(answer, structure, expand_composites=expand_composites)
        answers = list(_children(answer, _kind(answer)))
    level = []
    for descend, child in zip(answers, children, strict=True):
        if not isinstance(descend, bool):
            raise TypeError(f"traverse_fn must return a depth-1 structure of bools, got {answer} for: {structure}")
        level.append(descend and get_traverse_shallow_structure(traverse_fn, child, expand_composites))
    return _rebuild(structure, kind, level)
