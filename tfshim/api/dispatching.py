"""`tf.experimental.dispatch_for_...`: users say what public functions do with their own composite tensors.

A function for which somebody registers a target gets other code, which looks at the arguments first: so it does
under whatever name it was imported before, and nothing is paid where nothing is registered. For targets of all
elementwise functions, these ask when they have failed (`tfshim.dispatch`).
"""

from __future__ import annotations

import collections.abc
import functools
import inspect
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from tfshim import dispatch, namespaces
from tfshim import export as registry
from tfshim.export import export
from tfshim.type_spec import CompositeTensor

_ASSERTS = frozenset(path for path in dispatch.BINARY if path.startswith("debugging."))


@dataclass(eq=False)
class _Target:
    """A function that users registered, and for which types of parameters (by name or position) it answers."""

    fn: Callable[..., Any]
    signatures: Sequence[Mapping[Any, Any]]

    def matches(self, arguments: Mapping[str, Any]) -> bool:
        """Whether some signature describes the arguments, a composite tensor among them."""
        return any(_describes(signature, arguments) for signature in self.signatures)

    def run(self, api: _Api, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.fn(*args, **kwargs)


@dataclass(eq=False)
class _Elementwise(_Target):
    """A function of `(api, x)` or `(api, x, y)` that answers for all elementwise functions."""

    arity: int = 1

    def matches(self, arguments: Mapping[str, Any]) -> bool:
        by_position = dict(enumerate(arguments.values()))
        return any(_describes(signature, by_position) for signature in self.signatures)

    def run(self, api: _Api, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        arguments = api.signature.bind(*args, **kwargs).arguments
        names = list(api.signature.parameters)[: self.arity]
        operands = [arguments.pop(name) for name in names]
        function = api.public()
        return self.fn(functools.partial(function, **arguments) if arguments else function, *operands)


@dataclass(eq=False)
class _Api:
    """A public function for which targets are registered."""

    path: str
    function: FunctionType
    targets: list[_Target] = field(default_factory=list)
    undirected: FunctionType | None = None  # while there are targets: the function with its own code

    def __post_init__(self) -> None:
        self.signature = inspect.signature(self.function)

    def public(self) -> Callable[..., Any]:
        return namespaces.resolve(self.path)  # type: ignore[return-value]

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> inspect.BoundArguments | None:
        """The arguments that are given; None if they are not those of the function."""
        try:
            return self.signature.bind(*args, **kwargs)
        except TypeError:
            return None

    def choose(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[..., Any] | None:
        """The one registered function that answers, or None; `ValueError` if several could."""
        bound = self.bind(args, kwargs)
        if bound is None:
            return None
        bound.apply_defaults()
        candidates = (*self.targets, *_elementwise_targets(self.path))
        found = [target for target in candidates if target.matches(bound.arguments)]
        if len(found) > 1:
            raise ValueError(
                "Multiple dispatch targets that were registered with tf.dispatch_for "
                f"({' and '.join(str(t.fn) for t in found)}) match the arguments to {self.function.__name__}"
            )
        return functools.partial(found[0].run, self) if found else None


_apis: dict[str, _Api] = {}  # by each public path
_unary: list[_Elementwise] = []
_binary: list[_Elementwise] = []
_asserts: list[_Elementwise] = []


def _elementwise_targets(path: str) -> list[_Elementwise]:
    if path in dispatch.UNARY:
        return _unary
    return _asserts if path in _ASSERTS else _binary if path in dispatch.BINARY else []


def _answer(path: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Callable[..., Any] | None:
    """For functions that failed: what is to be called with the same arguments, or None."""
    api = _apis.get(path)
    if api is None:
        if not _elementwise_targets(path):
            return None
        api = _apis[path] = _Api(path, namespaces.resolve(path))  # type: ignore[arg-type]
    chosen = api.choose(args, dict(kwargs))
    # The target gets the arguments as they are named in the call, not as the caller passes them on.
    return None if chosen is None else lambda *a, **k: chosen(a, k)


def _is_concerned(args: Iterable[Any]) -> bool:
    # Variables are composite too, but every function knows them.
    return any(isinstance(v, CompositeTensor) and not hasattr(v, "handle") for v in dispatch.values(args))


def _api_of(function: Any) -> _Api:
    """The public function, as one that can look at its arguments."""
    known = next((api for api in _apis.values() if api.function is function), None)
    if known is not None:
        return known
    paths = [path for path, obj in registry.symbols().items() if obj is function]
    if not isinstance(function, FunctionType) or not any(map(_is_supported, paths)):
        raise ValueError(f"{function} does not support dispatch.")
    path = next((path for path in paths if path in dispatch.NAMES), paths[0])
    api = _apis.get(path) or _Api(path, function)
    for path in paths:
        _apis[path] = api
    return api


# Public functions that TensorFlow calls without looking for targets: whole namespaces, and single names.
_UNSUPPORTED_IN = (
    "autograph. compat. config. data. debugging.experimental. distribute. experimental. feature_column. graph_util. "
    "io.gfile. mlir. nest. profiler. quantization.experimental. raw_ops. saved_model. summary. sysconfig. test. tpu. "
    "train. types. xla."
).split()
_UNSUPPORTED = frozenset(
    """
    as_dtype constant control_dependencies custom_gradient debugging.disable_check_numerics
    debugging.disable_traceback_filtering debugging.enable_check_numerics debugging.enable_traceback_filtering
    debugging.get_log_device_placement debugging.is_numeric_tensor debugging.is_traceback_filtering_enabled
    debugging.set_log_device_placement device dtypes.as_dtype einsum executing_eagerly function
    get_current_name_scope get_logger get_static_value grad_pass_through gradients group guarantee_const hessians
    image.is_jpeg import_graph_def init_scope inside_function io.decode_json_example io.is_jpeg
    io.match_filenames_once io.read_file io.serialize_tensor io.write_graph is_symbolic_tensor is_tensor
    linalg.banded_triangular_solve linalg.einsum linalg.logm linalg.slogdet load_library load_op_library make_ndarray
    make_tensor_proto map_fn meshgrid nn.all_candidate_sampler no_gradient nondifferentiable_batch_function print
    ragged.map_flat_values random.all_candidate_sampler random.create_rng_state random.get_global_generator
    random.set_global_generator random.set_seed recompute_grad register_tensor_conversion_function
    required_space_to_batch_paddings signal.fftnd signal.ifftnd signal.irfft signal.irfft2d signal.irfft3d
    signal.irfftnd signal.rfft signal.rfft2d signal.rfft3d signal.rfftnd sparse.add sparse.concat sparse.cross
    sparse.cross_hashed sparse.expand_dims sparse.eye sparse.fill_empty_rows sparse.from_dense sparse.map_values
    sparse.mask sparse.maximum sparse.minimum sparse.reduce_max sparse.reduce_sum sparse.reorder sparse.reset_shape
    sparse.retain sparse.sampled_addmm sparse.segment_mean sparse.segment_sqrt_n sparse.segment_sum sparse.slice
    sparse.softmax sparse.sparse_dense_matmul sparse.split sparse.to_dense sparse.to_indicator sparse.transpose
    switch_case type_spec_from_value variable_creator_scope vectorized_map while_loop
    """.split()
)


def _is_supported(path: str) -> bool:
    path = path.removeprefix("compat.v1.")
    return path not in _UNSUPPORTED and not path.startswith(tuple(_UNSUPPORTED_IN))


def _redirect(api: _Api) -> None:
    """Makes every call of the function look for a target first, under whatever name it was imported before."""
    function = api.function
    own = function.__code__
    original = FunctionType(own, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
    original.__kwdefaults__ = function.__kwdefaults__
    original.__dict__.update(function.__dict__)

    def call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if _is_concerned((*args, *kwargs.values())):
            chosen = api.choose(args, kwargs)
            if chosen is not None:
                return chosen(args, kwargs)
        return original(*args, **kwargs)

    function.__signature__ = api.signature  # type: ignore[attr-defined]
    # The variables of its closure are part of a function: they stay, unused.
    code = _redirected.__code__
    constants = tuple(call if c == "target" else c for c in code.co_consts)
    function.__code__ = code.replace(co_name=own.co_name, co_freevars=own.co_freevars, co_consts=constants)
    api.undirected = original


def _restore(api: _Api) -> None:
    """Gives the function of an API without targets its own code back."""
    if api.undirected is not None and not api.targets:
        api.function.__code__ = api.undirected.__code__
        api.function.__dict__.clear()
        api.function.__dict__.update(api.undirected.__dict__)
        api.undirected = None


def _redirected(*args: Any, **kwargs: Any) -> Any:
    target: Any = "target"
    return target(args, kwargs)


@export("experimental.dispatch_for_api")
def dispatch_for_api(api, *signatures):
    """A decorator: the function answers for `api` when the arguments are of the given types.

    Args:
      api: a public function.
      *signatures: dicts from names (or positions) of parameters to types: a class, or `List[...]` and `Union[...]`
        of types. Any of them may match; one of the matching arguments must be a composite tensor. Without them, the
        annotations of the decorated function count.

    Raises:
      ValueError: `api` is no function that supports it, or the signatures do not fit it. Calls of several targets.
    """

    found = _api_of(api)

    def decorator(target):
        described = given or [_checked(_annotations(target), found)]
        found.targets.append(_Target(target, described))
        if found.undirected is None:
            _redirect(found)
        return target

    for signature in signatures:
        if not isinstance(signature, Mapping):
            raise TypeError("signatures must be dictionaries mapping parameter names to type annotations.")
    given = [_checked(s, found) for s in signatures]
    dispatch.answer = _answer
    return decorator


@export("experimental.dispatch_for_unary_elementwise_apis")
def dispatch_for_unary_elementwise_apis(x_type):
    """A decorator: the function `(api, x)` answers for all elementwise functions of one tensor, called with `x_type`.

    `api` is the function that was called, with all arguments but `x` given. `ValueError` if `x_type` has one already.
    """
    return _elementwise("unary", _unary, [x_type])


@export("experimental.dispatch_for_binary_elementwise_apis")
def dispatch_for_binary_elementwise_apis(x_type, y_type):
    """A decorator: the function `(api, x, y)` answers for all elementwise functions of two tensors of these types.

    `api` is the function that was called, with all arguments but `x` and `y` given. `ValueError` if there is one
    already.
    """
    return _elementwise("binary", _binary, [x_type, y_type])


@export("experimental.dispatch_for_binary_elementwise_assert_apis")
def dispatch_for_binary_elementwise_assert_apis(x_type, y_type):
    """A decorator: the function `(api, x, y)` answers for `tf.debugging.assert_equal` and its like with these types.

    `api` is the function that was called, with all arguments but `x` and `y` given. `ValueError` if there is one
    already.
    """
    return _elementwise("binary elementwise assert", _asserts, [x_type, y_type])


def _elementwise(kind: str, targets: list[_Elementwise], types: list[Any]) -> Callable[[Any], Any]:
    signature = dict(enumerate(types))

    def decorator(handler):
        for annotation in types:
            _check_annotation(annotation)
        for known in targets:
            if known.signatures == [signature]:
                described = " and ".join(map(str, types))
                kind_name = kind if "elementwise" in kind else f"{kind} elementwise"
                raise ValueError(
                    f"A {kind_name} dispatch handler ({known.fn}) has already been registered for {described}."
                )
        targets.append(_Elementwise(handler, [signature], len(types)))
        return handler

    dispatch.answer = _answer
    return decorator


@export("experimental.unregister_dispatch_for")
def unregister_dispatch_for(dispatch_target):
    """Undoes all that the `dispatch_for_...` decorators did for a function; `ValueError` if they did nothing."""
    found = False
    lists: list[list[Any]] = [_unary, _binary, _asserts, *(api.targets for api in set(_apis.values()))]
    for targets in lists:
        remaining = [t for t in targets if t.fn is not dispatch_target]
        found = found or len(remaining) < len(targets)
        targets[:] = remaining
    if not found:
        raise ValueError(f"Function {dispatch_target} was not registered using a `@dispatch_for_*` decorator.")
    for api in set(_apis.values()):
        _restore(api)


# Annotations ------------------------------------------------------------------------------------------------------


def _annotations(target: Callable[..., Any]) -> dict[str, Any]:
    annotations = {k: v for k, v in typing.get_type_hints(target).items() if k != "return"}
    if not annotations:
        raise ValueError(
            "The dispatch_for_api decorator must be called with at least one signature, or applied to a function that "
            "has type annotations on its parameters."
        )
    return annotations


def _checked(signature: Mapping[Any, Any], api: _Api) -> dict[str, Any]:
    """The signature by names of parameters."""
    names = list(api.signature.parameters)
    checked = {}
    for key, annotation in signature.items():
        if isinstance(key, int) and 0 <= key < len(names):
            name = names[key]
        elif key in names:
            name = key
        else:
            raise ValueError(f"signature includes annotation for unknown parameter {key!r}.")
        _check_annotation(annotation)
        checked[name] = annotation
    return checked


def _check_annotation(annotation: Any) -> None:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, list, collections.abc.Sequence):
        for argument in typing.get_args(annotation):
            _check_annotation(argument)
    elif origin is not None or not (annotation is None or annotation is Any or isinstance(annotation, type)):
        raise ValueError(
            f"Type annotation {annotation} is not currently supported by dispatch.  Supported annotations: type "
            "objects,  List[...], and Union[...]"
        )


def _describes(signature: Mapping[Any, Any], arguments: Mapping[Any, Any]) -> bool:
    """Whether each annotated argument is of its type, and one of them composite."""
    if not all(name in arguments and _is_instance(arguments[name], t) for name, t in signature.items()):
        return False
    return _is_concerned(arguments[name] for name in signature)


def _is_instance(value: Any, annotation: Any) -> bool:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Union:
        return any(_is_instance(value, argument) for argument in arguments)
    if origin is not None:
        items = isinstance(value, (list, tuple))
        return items and bool(value) and all(_is_instance(item, arguments[0]) for item in value)
    if annotation is None or annotation is Any:
        return annotation is Any or value is None
    return isinstance(value, annotation)
