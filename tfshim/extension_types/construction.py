"""How extension types and their specs are constructed: fields are set in the constructor, converted, then frozen."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from tfshim.extension_types.fields import Field, convert_fields

_IN_CONSTRUCTOR = "_tf_extension_type_in_constructor"
# What Keras notes on the outputs of its layers.
_KERAS = ("_keras_history", "_keras_mask", "_keras_shape", "_inferred_value")


class Immutable:
    """An object with declared fields, which only its own constructor may set."""

    _described: str
    _is_spec = False

    @classmethod
    def _tf_extension_type_fields(cls) -> tuple[Field, ...]:
        raise NotImplementedError

    @classmethod
    def _tf_extension_type_has_field(cls, name: str) -> bool:
        return any(field.name == name for field in cls._tf_extension_type_fields())

    def _tf_extension_type_convert_fields(self) -> None:
        notes = {key: value for key, value in self.__dict__.items() if key in _KERAS or key.startswith("_cached")}
        values = {key: value for key, value in self.__dict__.items() if key not in notes}
        convert_fields(self._tf_extension_type_fields(), values, self._is_spec)
        self.__dict__.update(values)

    def __validate__(self):
        """Override it to check the fields after construction."""

    def __setattr__(self, name: str, value: Any) -> None:
        self._refuse_change(name)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        self._refuse_change(name)
        object.__delattr__(self, name)

    def _refuse_change(self, name: str) -> None:
        constructing = _IN_CONSTRUCTOR in self.__dict__ and self._tf_extension_type_has_field(name)
        if not (constructing or name in _KERAS or (self._is_spec and name == "_cached_cmp_key")):
            raise AttributeError(
                f"Cannot mutate attribute `{name}` outside the custom constructor of {self._described}."
            )

    def __repr__(self) -> str:
        fields = self._tf_extension_type_fields()
        text = ", ".join(f"{field.name}={self.__dict__.get(field.name)!r}" for field in fields)
        return f"{type(self).__qualname__}({text})"


def add_constructor(cls: Any, fields: Iterable[Field], annotated: bool) -> None:
    """Gives a class its `__init__`: the user's, or one with a parameter for each field."""
    if "__init__" in cls.__dict__:
        cls.__init__ = _finishing(cls.__init__)
    else:
        cls.__init__ = _constructor(_signature(cls, list(fields), annotated))


def _finishing(constructor: Callable[..., None]) -> Callable[..., None]:
    """A constructor in whose course fields can be set."""

    @functools.wraps(constructor)
    def construct(self, *args, **kwargs):
        self.__dict__[_IN_CONSTRUCTOR] = True
        constructor(self, *args, **kwargs)
        self.__dict__.pop(_IN_CONSTRUCTOR, None)
        self._tf_extension_type_convert_fields()
        self.__validate__()

    return construct


def _constructor(signature: inspect.Signature) -> Callable[..., None]:
    def __init__(self, *args, **kwargs):
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        bound.arguments.pop("self")
        self.__dict__.update(bound.arguments)
        self._tf_extension_type_convert_fields()
        self.__validate__()

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    return __init__


def _signature(cls: type, fields: list[Field], annotated: bool) -> inspect.Signature:
    """Parameters may be given by position up to the first that has no default though one before it has."""
    kind: Any = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter("self", kind)]
    seen_default = False
    for field in fields:
        # Specs are complete: their parameters have no defaults.
        has_default = annotated and field.default is not Field.NO_DEFAULT
        if seen_default and not has_default:
            kind = inspect.Parameter.KEYWORD_ONLY
        seen_default = seen_default or has_default
        parameters.append(
            inspect.Parameter(
                field.name,
                kind,
                default=field.default if has_default else inspect.Parameter.empty,
                annotation=field.value_type if annotated else inspect.Parameter.empty,
            )
        )
    return inspect.Signature(parameters, return_annotation=cls)
