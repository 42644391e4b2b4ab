"""Functions of TensorFlow 1 declared by their parameters, and by what these are called in TensorFlow 2."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Mapping
from typing import Any

from tfshim import dtypes
from tfshim import export as registry
from tfshim.export import Lazy, export

_EMPTY = inspect.Parameter.empty
_DTYPES = {d.name: d for d in (dtypes.int32, dtypes.int64)}


def declare(
    paths: str, target: str, parameters: str, renamed: Mapping[str, str] | None = None, without_effect: str = ""
) -> None:
    """Exports a function of TensorFlow 1 that calls one of TensorFlow 2.

    Args:
      paths: where it appears below `compat.v1`, separated by spaces.
      target: path of the function of TensorFlow 2, looked up when called.
      parameters: names in order, separated by spaces; `name` is mandatory, `name=` has the default None, `name=VALUE`
        that literal.
      renamed: other names in TensorFlow 2. Where two parameters stand for the same one, only one may be given.
      without_effect: parameters that are accepted and dropped.

    Arguments that are None are not passed on: the default of TensorFlow 2 applies. A path that is exported beside the
    function of TensorFlow 2 is left alone.
    """
    signature = _signature(parameters)
    renames, dropped = dict(renamed or {}), frozenset(without_effect.split())
    names = paths.split()

    def call(*args: Any, **kwargs: Any) -> Any:
        given: dict[str, Any] = {}
        bound = signature.bind(*args, **kwargs)
        explicit = set(bound.arguments)
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            if value is None or name in dropped:
                continue
            new = renames.get(name, name)
            if new in given:
                if name in renames and name not in explicit:
                    continue
                raise ValueError(f"{names[0]}: {name!r} stands for {new!r}, of which two values were given")
            given[new] = value
        return _find(target)(**given)

    call.__name__ = call.__qualname__ = names[0].rpartition(".")[2]
    call.__signature__ = signature  # type: ignore[attr-defined]
    olds = ", ".join(f"`{old}` is `{new}`" for old, new in renames.items())
    notes = [f"{olds} there" if olds else "", f"`{without_effect}` has no effect" if without_effect else ""]
    call.__doc__ = f"`tf.{target}` with the parameters of TensorFlow 1" + "".join(f"; {n}" for n in notes if n) + "."
    module = sys._getframe(1).f_globals["__name__"]
    free = [p for p in map("compat.v1.{}".format, names) if registry.is_free(p, module)]
    if free:
        export(*free)(call)


def _find(target: str) -> Any:
    found = registry.symbols().get(target)
    if found is None:
        raise NotImplementedError(f"tfshim does not have tf.{target} yet, which this function of TensorFlow 1 calls")
    return found.load() if isinstance(found, Lazy) else found


def _signature(parameters: str) -> inspect.Signature:
    made = []
    for text in parameters.split():
        name, has_default, default = text.partition("=")
        value = (_literal(default) if default else None) if has_default else _EMPTY
        made.append(inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=value))
    return inspect.Signature(made)


def _literal(text: str) -> Any:
    """A Python literal, a dtype by its name, or else the text itself."""
    if text in _DTYPES:
        return _DTYPES[text]
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text
