"""`tf.autograph`: what a user says about conversion."""

from __future__ import annotations

import inspect
from typing import Any

from tfshim.autograph import calls
from tfshim.autograph.errors import ConversionError
from tfshim.autograph.options import ConversionOptions
from tfshim.autograph.status import Status
from tfshim.export import export

export("__internal__.autograph.tf_convert")(calls.tf_convert)

_UNSPECIFIED = object()


@export("autograph.experimental.set_loop_options")
def set_loop_options(
    parallel_iterations: Any = _UNSPECIFIED,
    swap_memory: Any = _UNSPECIFIED,
    maximum_iterations: Any = _UNSPECIFIED,
    shape_invariants: Any = _UNSPECIFIED,
) -> None:
    """Options of the loop whose first statement this is; without effect where the loop stays a Python loop.

    Args:
      parallel_iterations: without effect on results.
      swap_memory: without effect on results.
      maximum_iterations: the loop stops after so many.
      shape_invariants: list of `(tensor, shape)`: what a variable's shape is in all iterations.
    """


@export("autograph.experimental.do_not_convert")
def do_not_convert(func: Any = None) -> Any:
    """A decorator: the function and what it calls run as they are."""
    if func is None:
        return do_not_convert
    return calls.with_status(func, Status.DISABLED)


@export("autograph.to_graph")
def to_graph(entity: Any, recursive: bool = True, experimental_optional_features: Any = None) -> Any:
    """The converted form of a Python function.

    Args:
      entity: function or method; of a method, the converted function takes `self` first.
      recursive: convert what the function calls, too.
      experimental_optional_features: None, a `Feature` or several.

    Raises:
      ConversionError: the source is not at hand, or the function has none.
    """
    from tfshim.autograph import transpiler

    function = _plain(entity)
    try:
        return calls.autograph_artifact(
            transpiler.convert(function, _options(recursive, experimental_optional_features))
        )
    except (ValueError, AttributeError, KeyError, NameError, AssertionError) as error:
        raise ConversionError(f"converting {entity}: {type(error).__name__}: {error}") from None


@export("compat.v1.autograph.to_graph")
def to_graph_v1(
    entity: Any,
    recursive: bool = True,
    arg_values: Any = None,
    arg_types: Any = None,
    experimental_optional_features: Any = None,
) -> Any:
    """`tf.autograph.to_graph`; `arg_values` and `arg_types` have no effect."""
    return to_graph(entity, recursive, experimental_optional_features)


@export("compat.v1.autograph.to_code")
def to_code_v1(
    entity: Any,
    recursive: bool = True,
    arg_values: Any = None,
    arg_types: Any = None,
    indentation: str = "  ",
    experimental_optional_features: Any = None,
) -> str:
    """`tf.autograph.to_code`; `arg_values`, `arg_types` and `indentation` have no effect."""
    return to_code(entity, recursive, experimental_optional_features)


@export("autograph.to_code")
def to_code(entity: Any, recursive: bool = True, experimental_optional_features: Any = None) -> str:
    """The source code of the converted form of a Python function; takes what `to_graph` takes."""
    from tfshim.autograph import transpiler

    to_graph(entity, recursive, experimental_optional_features)
    return transpiler.to_code(_plain(entity), _options(recursive, experimental_optional_features))


def _options(recursive: bool, features: Any) -> ConversionOptions:
    return ConversionOptions(recursive=recursive, user_requested=True, optional_features=features)


def _plain(entity: Any) -> Any:
    if not hasattr(entity, "__code__"):
        raise ConversionError(
            f"converting {entity}: ValueError: Cannot apply autograph to a function that doesn't expose a __code__ "
            "object. If this is a @tf.function, try passing f.python_function instead."
        )
    if not inspect.isfunction(entity) and not inspect.ismethod(entity):
        raise NotImplementedError(f"Non-function: {type(entity)}")
    return getattr(entity, "__func__", entity)
