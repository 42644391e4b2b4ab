"""What a conversion may do."""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterable
from dataclasses import dataclass

from tfshim.export import export


@export("autograph.experimental.Feature")
class Feature(enum.Enum):
    """Optional features of the conversion.

    EQUALITY_OPERATORS makes `==` and `!=` compare tensors by value where their operators would not, LISTS turns empty
    lists into tensor lists, NAME_SCOPES names ops after the functions that make them. BUILTIN_FUNCTIONS and
    ASSERT_STATEMENTS concern `print` and `assert`. AUTO_CONTROL_DEPS changes nothing: graphs keep the order of effects.
    """

    ALL = "ALL"
    AUTO_CONTROL_DEPS = "AUTO_CONTROL_DEPS"
    ASSERT_STATEMENTS = "ASSERT_STATEMENTS"
    BUILTIN_FUNCTIONS = "BUILTIN_FUNCTIONS"
    EQUALITY_OPERATORS = "EQUALITY_OPERATORS"
    LISTS = "LISTS"
    NAME_SCOPES = "NAME_SCOPES"

    @classmethod
    def all(cls) -> tuple[Feature, ...]:
        """Every feature."""
        return tuple(cls)

    @classmethod
    def all_but(cls, exclude: Feature | Iterable[Feature]) -> tuple[Feature, ...]:
        """Every feature but these."""
        excluded = {exclude} if isinstance(exclude, Feature) else set(exclude)
        return tuple(f for f in cls if f is not cls.ALL and f not in excluded)


def _features(given: Feature | Iterable[Feature] | None) -> frozenset[Feature]:
    if given is None:
        return frozenset()
    return frozenset((given,) if isinstance(given, Feature) else given)


@dataclass(frozen=True)
class ConversionOptions:
    """How to convert one function; generated code names it.

    `recursive`: also what it calls. `user_requested`: even what the allow-list leaves alone.
    `internal_convert_user_code`: False in what a conversion that is not recursive calls. `optional_features` may be
    given as None, one Feature or several.
    """

    recursive: bool = False
    user_requested: bool = False
    internal_convert_user_code: bool = True
    optional_features: frozenset[Feature] = frozenset({Feature.ALL})

    def __post_init__(self) -> None:
        object.__setattr__(self, "optional_features", _features(self.optional_features))

    def uses(self, feature: enum.Enum) -> bool:
        """True if a feature is on; the converters' own enumeration is asked by name."""
        return Feature.ALL in self.optional_features or any(f.name == feature.name for f in self.optional_features)

    def call_options(self) -> ConversionOptions:
        """For what the converted function calls."""
        return ConversionOptions(self.recursive, False, self.recursive, self.optional_features)

    def to_ast(self) -> ast.expr:
        """An expression that makes these options in generated code."""
        if self == STANDARD:
            text = "ag__.STD"
        else:
            features = "".join(f"ag__.{f}, " for f in sorted(self.optional_features, key=str))
            text = (
                f"ag__.ConversionOptions(recursive={self.recursive}, user_requested={self.user_requested}, "
                f"optional_features=({features}), internal_convert_user_code={self.internal_convert_user_code})"
            )
        return ast.parse(text, mode="eval").body


STANDARD = ConversionOptions(recursive=True, optional_features=frozenset())
