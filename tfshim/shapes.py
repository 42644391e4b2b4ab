"""`TensorShape`: static shapes, in which sizes and the rank may be unknown; TensorFlow 1's `Dimension`."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from tfshim.export import export
from tfshim.static_type import StaticType

_v2_behavior = True


@export("compat.v1.enable_v2_tensorshape")
def enable_v2_tensorshape() -> None:
    """Makes iterating over and indexing a `TensorShape` give integers or `None` (the default)."""
    global _v2_behavior
    _v2_behavior = True


@export("compat.v1.disable_v2_tensorshape")
def disable_v2_tensorshape() -> None:
    """Makes iterating over and indexing a `TensorShape` give `Dimension`s, as in TensorFlow 1."""
    global _v2_behavior
    _v2_behavior = False


@export("compat.v1.Dimension")
class Dimension:
    """The size of one dimension: an integer, or `None` if unknown.

    Arithmetic with an unknown dimension is unknown; comparisons with one are `None`.
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = _size(value)

    @property
    def value(self) -> int | None:
        return self._value

    def is_compatible_with(self, other: Any) -> bool:
        """Whether the two sizes are equal or one of them is unknown."""
        size = _size(other)
        return self._value is None or size is None or self._value == size

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises `ValueError` unless `is_compatible_with(other)`."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {as_dimension(other)} are not compatible")

    def merge_with(self, other: Any) -> "Dimension":
        """Returns the known one of two compatible sizes; `ValueError` if they differ."""
        self.assert_is_compatible_with(other)
        return Dimension(other if self._value is None else self)

    def __repr__(self) -> str:
        return f"Dimension({self._value!r})"

    def __str__(self) -> str:
        return "?" if self._value is None else str(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __int__(self) -> int:
        return self._value  # type: ignore[return-value]

    def __index__(self) -> int:
        return self._value  # type: ignore[return-value]

    def __truediv__(self, other: Any) -> Any:
        raise TypeError(_no_true_division(self, other))

    def __rtruediv__(self, other: Any) -> Any:
        raise TypeError(_no_true_division(other, self))

    def __reduce__(self) -> Any:
        return Dimension, (self._value,)

    __hash__ = None  # type: ignore[assignment]


def _no_true_division(left: Any, right: Any) -> str:
    names = f"{type(left).__name__!r} and {type(right).__name__!r}"
    return f"unsupported operand type(s) for /: {names}, please use // instead"


def _define_dimension_operators() -> None:
    """Adds the arithmetic and comparison methods, which differ in the function and the type of the result."""

    def arithmetic(function: Any, strict: bool) -> Any:
        def method(self: Dimension, other: Any) -> Any:
            try:
                size = _size(other)
            except (TypeError, ValueError):
                if strict:
                    raise
                return NotImplemented
            if self._value is None or size is None:
                return Dimension(None)
            return Dimension(function(self._value, size))

        return method

    def comparison(function: Any, strict: bool) -> Any:
        def method(self: Dimension, other: Any) -> Any:
            try:
                size = _size(other)
            except (TypeError, ValueError):
                if strict:
                    raise
                return NotImplemented
            if self._value is None or size is None:
                return None
            return function(self._value, size)

        return method

    table: dict[str, tuple[Any, Any, bool]] = {
        "__add__": (arithmetic, lambda a, b: a + b, False),
        "__radd__": (arithmetic, lambda a, b: b + a, False),
        "__sub__": (arithmetic, lambda a, b: a - b, False),
        "__rsub__": (arithmetic, lambda a, b: b - a, True),
        "__mul__": (arithmetic, lambda a, b: a * b, False),
        "__rmul__": (arithmetic, lambda a, b: b * a, False),
        "__floordiv__": (arithmetic, lambda a, b: a // b, False),
        "__rfloordiv__": (arithmetic, lambda a, b: b // a, True),
        "__mod__": (arithmetic, lambda a, b: a % b, True),
        "__rmod__": (arithmetic, lambda a, b: b % a, False),
        "__eq__": (comparison, lambda a, b: a == b, False),
        "__ne__": (comparison, lambda a, b: a != b, False),
        "__lt__": (comparison, lambda a, b: a < b, True),
        "__le__": (comparison, lambda a, b: a <= b, True),
        "__gt__": (comparison, lambda a, b: a > b, True),
        "__ge__": (comparison, lambda a, b: a >= b, True),
    }
    for name, (make, function, strict) in table.items():
        method = make(function, strict)
        method.__name__ = name
        setattr(Dimension, name, method)


_define_dimension_operators()


def as_dimension(value: Any) -> Dimension:
    """Returns `value` as a `Dimension`."""
    return value if isinstance(value, Dimension) else Dimension(value)


def _size(value: Any) -> int | None:
    """The size that `value` stands for; `ValueError` if negative, `TypeError` if it is not a size."""
    if isinstance(value, int):
        if value < 0:
            raise ValueError(f"Dimension {value} must be >= 0")
        return value
    if value is None:
        return None
    if isinstance(value, Dimension):
        return value._value
    try:
        size = int(value.__index__())
    except AttributeError:
        raise TypeError(
            "Dimension value must be integer or None or have an __index__ method, "
            f"got value '{value!r}' with type '{type(value)!r}'"
        ) from None
    if size < 0:
        raise ValueError(f"Dimension {size} must be >= 0")
    return size


@export("compat.dimension_value", "compat.v1.dimension_value", "compat.v1.compat.dimension_value")
def dimension_value(dimension: Any) -> Any:
    """Returns the integer or `None` of a `Dimension`; anything else is returned unchanged."""
    return dimension._value if isinstance(dimension, Dimension) else dimension


@export("compat.dimension_at_index", "compat.v1.dimension_at_index", "compat.v1.compat.dimension_at_index")
def dimension_at_index(shape: "TensorShape", index: int) -> Dimension:
    """Returns `shape[index]` as a `Dimension`, unknown if the rank is unknown."""
    if not isinstance(shape, TensorShape):
        raise AssertionError(f"shape must be a TensorShape, got {shape!r}")
    return Dimension(None) if shape._dims is None else Dimension(shape._dims[index])


def _sizes(dims: Any) -> tuple[int | None, ...] | None:
    """The tuple of sizes, or `None` for an unknown rank, that an argument of `TensorShape` stands for."""
    if isinstance(dims, (tuple, list)):
        for size in dims:
            if type(size) is not int and size is not None or size is not None and size < 0:
                return tuple([_size(size) for size in dims])
        return tuple(dims)
    if dims is None:
        return None
    if isinstance(dims, TensorShape):
        return dims._dims
    if hasattr(dims, "unknown_rank") and hasattr(dims, "dim"):  # a TensorShapeProto
        return None if dims.unknown_rank else tuple(None if d.size == -1 else d.size for d in dims.dim)
    try:
        items = iter(dims)
    except TypeError:
        return (_size(dims),)
    sizes = []
    for item in items:
        try:
            sizes.append(_size(item))
        except TypeError as error:
            raise TypeError(
                f"Failed to convert '{dims!r}' to a shape: '{item!r}'could not be converted to a dimension. "
                "A shape is a single dimension (e.g. 10) or an iterable of dimensions (e.g. [1, 10, None])."
            ) from error
    return tuple(sizes)


@export("TensorShape")
class TensorShape(StaticType):
    """The static shape of a tensor: known, partly known (`[None, 3]`), or of unknown rank (`None`).

    `TensorShape(dims)` takes an iterable of integers and `None`, one integer, another shape, or `None`.
    It raises `TypeError` for what is not a shape and `ValueError` for negative sizes.
    """

    __slots__ = ("__weakref__", "_dims")
    _dims: tuple[int | None, ...] | None

    def __init__(self, dims: Any) -> None:
        self._dims = _sizes(dims)

    @property
    def rank(self) -> int | None:
        """The number of dimensions, or `None`."""
        return None if self._dims is None else len(self._dims)

    ndims = rank

    @property
    def dims(self) -> list[Dimension] | None:
        """The list of `Dimension`s, or `None` if the rank is unknown."""
        return None if self._dims is None else [Dimension(size) for size in self._dims]

    def as_list(self) -> list[int | None]:
        """Returns the list of sizes; `ValueError` if the rank is unknown."""
        if self._dims is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._dims)

    def num_elements(self) -> int | None:
        """Returns the number of elements, or `None` unless the shape is fully defined."""
        return math.prod(self._dims) if self.is_fully_defined() else None  # type: ignore[arg-type]

    def is_fully_defined(self) -> bool:
        """Whether the rank and all sizes are known."""
        return self._dims is not None and None not in self._dims

    def assert_is_fully_defined(self) -> None:
        """Raises `ValueError` unless `is_fully_defined()`."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def is_compatible_with(self, other: Any) -> bool:
        """Whether some fully known shape is described by both `self` and `other`."""
        mine, others = self._dims, as_shape(other)._dims
        if mine is None or others is None or mine == others:
            return True
        return len(mine) == len(others) and all(
            a is None or b is None or a == b for a, b in zip(mine, others, strict=True)
        )

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises `ValueError` unless `is_compatible_with(other)`."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are incompatible")

    def merge_with(self, other: Any) -> "TensorShape":
        """Returns what `self` and `other` say together; `ValueError` if they are not compatible."""
        other = as_shape(other)
        if self._dims is None:
            return other
        if other._dims is None:
            return self
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are not compatible")
        return from_dims(tuple(b if a is None else a for a, b in zip(self._dims, other._dims, strict=True)))

    def most_specific_compatible_shape(self, other: Any) -> "TensorShape":
        """Returns the most specific shape that describes all that `self` and `other` describe."""
        other = as_shape(other)
        if self._dims is None or other._dims is None or len(self._dims) != len(other._dims):
            return unknown_shape()
        return from_dims(tuple(a if a == b else None for a, b in zip(self._dims, other._dims, strict=True)))

    def concatenate(self, other: Any) -> "TensorShape":
        """Returns the dimensions of `self` and then of `other`; unknown if either rank is unknown."""
        other = as_shape(other)
        if self._dims is None or other._dims is None:
            return unknown_shape()
        return from_dims(self._dims + other._dims)

    __add__ = concatenate
    __concat__ = concatenate

    def __radd__(self, other: Any) -> "TensorShape":
        return as_shape(other).concatenate(self)

    def assert_same_rank(self, other: Any) -> None:
        """Raises `ValueError` if both ranks are known and differ."""
        other = as_shape(other)
        if self._dims is not None and other._dims is not None and len(self._dims) != len(other._dims):
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_has_rank(self, rank: int) -> None:
        """Raises `ValueError` if the rank is known and is not `rank`."""
        if self.rank not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")

    def with_rank(self, rank: int) -> "TensorShape":
        """Returns `self`, or `rank` unknown sizes if its rank is unknown; `ValueError` if it differs."""
        try:
            return self.merge_with(unknown_shape(rank))
        except ValueError:
            raise ValueError(f"Shape {self} must have rank {rank}") from None

    def with_rank_at_least(self, rank: int) -> "TensorShape":
        """Returns `self`; `ValueError` if it has fewer than `rank` dimensions."""
        if self._dims is not None and len(self._dims) < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> "TensorShape":
        """Returns `self`; `ValueError` if it has more than `rank` dimensions."""
        if self._dims is not None and len(self._dims) > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def is_subtype_of(self, other: Any) -> bool:
        """Whether `other` describes every shape that `self` describes."""
        if not isinstance(other, TensorShape):
            return False
        if other._dims is None:
            return True
        if self._dims is None or len(self._dims) != len(other._dims):
            return False
        return all(b is None or a == b for a, b in zip(self._dims, other._dims, strict=True))

    def most_specific_common_supertype(self, others: Iterable[Any]) -> "TensorShape | None":
        """Returns the most specific supertype of `self` and `others`; `None` if one of them is no shape."""
        common = self
        for other in others:
            if not isinstance(other, TensorShape):
                return None
            common = common.most_specific_compatible_shape(other)
        return common

    def as_proto(self) -> Any:
        """Returns the `TensorShapeProto`."""
        proto = self.experimental_type_proto()
        if self._dims is None:
            return proto(unknown_rank=True)
        return proto(dim=[proto.Dim(size=-1 if size is None else size) for size in self._dims])

    @classmethod
    def experimental_type_proto(cls) -> Any:
        """The `TensorShapeProto` message class."""
        from tfshim import protos

        return protos.TensorShapeProto

    @classmethod
    def experimental_from_proto(cls, proto: Any) -> "TensorShape":
        return TensorShape(proto)

    experimental_as_proto = as_proto

    def __repr__(self) -> str:
        if not _v2_behavior:
            return f"TensorShape({self.dims})"
        return "TensorShape(None)" if self._dims is None else f"TensorShape({list(self._dims)})"

    def __str__(self) -> str:
        if self._dims is None:
            return "<unknown>"
        items = [str(item) for item in (self._dims if _v2_behavior else self.dims)]  # type: ignore[union-attr]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"

    def __len__(self) -> int:
        if self._dims is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self._dims)

    def __bool__(self) -> bool:
        return self._dims is not None

    def __iter__(self) -> Iterator[Any]:
        if self._dims is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter(self._dims if _v2_behavior else self.dims)  # type: ignore[arg-type]

    def __getitem__(self, key: Any) -> Any:
        dims = self._dims
        if dims is not None:
            if isinstance(key, slice):
                return from_dims(dims[key])
            return dims[key] if _v2_behavior else Dimension(dims[key])
        if not isinstance(key, slice):
            return None if _v2_behavior else Dimension(None)
        if key.step is not None:
            raise ValueError("Steps are not yet handled")
        start = 0 if key.start is None else key.start
        if key.stop is None or start < 0 or key.stop < 0:
            return unknown_shape()
        return unknown_shape(rank=key.stop - start)

    def __eq__(self, other: object) -> bool:
        if type(other) is TensorShape:
            return self._dims == other._dims
        try:
            return self._dims == _sizes(other)
        except TypeError:
            return NotImplemented

    def __hash__(self) -> int:
        return hash(self._dims)

    def __reduce__(self) -> Any:
        return TensorShape, (self._dims,)


_new_object = object.__new__


def from_dims(dims: tuple[int | None, ...] | None) -> TensorShape:
    """The shape of a tuple of integers >= 0 and `None`, or of None. Checks nothing (for hot paths)."""
    shape = _new_object(TensorShape)
    shape._dims = dims
    return shape


def as_shape(shape: Any) -> TensorShape:
    """Returns `shape` as a `TensorShape`."""
    return shape if isinstance(shape, TensorShape) else TensorShape(shape)


def unknown_shape(rank: int | None = None, **kwargs: Any) -> TensorShape:
    """Returns the shape of unknown rank, or of `rank` (alias `ndims`) unknown sizes."""
    if rank is None and "ndims" in kwargs:
        rank = kwargs.pop("ndims")
    if kwargs:
        raise TypeError(f"Unknown argument: {kwargs}")
    return from_dims(None if rank is None else (None,) * rank)
