"""`tf.errors`: the exceptions that ops raise, and their codes."""

import inspect
import traceback
import warnings
from typing import Any

from tfshim.export import export

OK = export("errors.OK")(0)
CANCELLED = export("errors.CANCELLED")(1)
UNKNOWN = export("errors.UNKNOWN")(2)
INVALID_ARGUMENT = export("errors.INVALID_ARGUMENT")(3)
DEADLINE_EXCEEDED = export("errors.DEADLINE_EXCEEDED")(4)
NOT_FOUND = export("errors.NOT_FOUND")(5)
ALREADY_EXISTS = export("errors.ALREADY_EXISTS")(6)
PERMISSION_DENIED = export("errors.PERMISSION_DENIED")(7)
RESOURCE_EXHAUSTED = export("errors.RESOURCE_EXHAUSTED")(8)
FAILED_PRECONDITION = export("errors.FAILED_PRECONDITION")(9)
ABORTED = export("errors.ABORTED")(10)
OUT_OF_RANGE = export("errors.OUT_OF_RANGE")(11)
UNIMPLEMENTED = export("errors.UNIMPLEMENTED")(12)
INTERNAL = export("errors.INTERNAL")(13)
UNAVAILABLE = export("errors.UNAVAILABLE")(14)
DATA_LOSS = export("errors.DATA_LOSS")(15)
UNAUTHENTICATED = export("errors.UNAUTHENTICATED")(16)


_SHOWN_MODULE = "tensorflow.python.framework.errors_impl"


class InaccessibleTensorError(ValueError):
    """A symbolic tensor was used outside the graph that it belongs to."""


@export("errors.OperatorNotAllowedInGraphError")
class OperatorNotAllowedInGraphError(TypeError):
    """A Python operation that needs a value (`bool`, iteration, ...) was applied to a symbolic tensor."""


@export("errors.OpError", "compat.v1.OpError")
class OpError(Exception):
    """Base class of the errors that ops raise.

    `OpError(node_def, op, message, error_code, payloads={})`; the subclasses below fix `error_code` and do
    not take it. The properties of the same names give the arguments back; `str` is the message, followed in
    graphs by where the op was created.
    """

    # The node of a graph that failed, until the call of the function or session that ran it tells of it.
    _node: Any = None

    def __init_subclass__(cls, code: int | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if code is None:
            return

        def __init__(self: Any, node_def: Any, op: Any, message: Any, *args: Any) -> None:
            OpError.__init__(self, node_def, op, message, code, *args)

        cls.__init__ = __init__  # type: ignore[method-assign]
        _CODE_TO_CLASS[code] = cls
        _CLASS_TO_CODE[cls] = code

    def __init__(self, node_def: Any, op: Any, message: Any, error_code: Any, *args: Any) -> None:
        super().__init__()
        self._node_def = node_def
        self._op = op
        self._message = message
        self._error_code = error_code
        self._experimental_payloads = args[0] if args else {}

    def __reduce__(self) -> Any:
        # Subclasses may take other arguments: those that their signature names are read back by name.
        names = [
            name
            for name, parameter in inspect.signature(type(self).__init__).parameters.items()
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and name != "self"
        ]
        arguments = tuple(getattr(self, name) for name in names)
        if type(self).__module__ != _SHOWN_MODULE:
            return type(self), arguments
        # By name: the module that the class is shown in need not be there where it is unpickled.
        return _remake, (type(self).__name__, arguments)

    @property
    def message(self) -> Any:
        return self._message

    @property
    def op(self) -> Any:
        """The failed operation of a graph, if known."""
        return self._op

    @property
    def error_code(self) -> Any:
        """The number of the error: one of the constants of `tf.errors`."""
        return self._error_code

    @property
    def node_def(self) -> Any:
        return self._node_def

    @property
    def experimental_payloads(self) -> Any:
        return self._experimental_payloads

    def __str__(self) -> str:
        op = self._op
        if op is None:
            return self.message
        parts = [f"{self.message}\n\nOriginal stack trace for {op.name!r}:\n"]
        parts += traceback.format_list(op.traceback or [])
        origin = getattr(op, "_original_op", None)
        while origin is not None:
            parts.append(f"\n...which was originally created as op {origin.name!r}, defined at:\n")
            parts += traceback.format_list(origin.traceback or [])
            origin = getattr(origin, "_original_op", None)
        return "".join(parts)


_CODE_TO_CLASS: dict[int, type[OpError]] = {}
_CLASS_TO_CODE: dict[type[OpError], int] = {}


@export("errors.CancelledError")
class CancelledError(OpError, code=CANCELLED):
    """The operation was cancelled."""


@export("errors.UnknownError")
class UnknownError(OpError, code=UNKNOWN):
    """An error of which no more is known than its message."""


@export("errors.InvalidArgumentError")
class InvalidArgumentError(OpError, code=INVALID_ARGUMENT):
    """An op was given arguments that it does not accept."""


@export("errors.DeadlineExceededError")
class DeadlineExceededError(OpError, code=DEADLINE_EXCEEDED):
    """Time ran out before the operation ended."""


@export("errors.NotFoundError")
class NotFoundError(OpError, code=NOT_FOUND):
    """Something that was asked for (a file, a key, ...) does not exist."""


@export("errors.AlreadyExistsError")
class AlreadyExistsError(OpError, code=ALREADY_EXISTS):
    """Something that was to be created exists already."""


@export("errors.PermissionDeniedError")
class PermissionDeniedError(OpError, code=PERMISSION_DENIED):
    """The caller may not do this."""


@export("errors.ResourceExhaustedError")
class ResourceExhaustedError(OpError, code=RESOURCE_EXHAUSTED):
    """Memory, disk space or a quota ran out."""


@export("errors.FailedPreconditionError")
class FailedPreconditionError(OpError, code=FAILED_PRECONDITION):
    """The state that the operation needs is not there: a variable has no value, a table no contents."""


@export("errors.AbortedError")
class AbortedError(OpError, code=ABORTED):
    """The operation was given up, as a rule because of another one that ran at the same time."""


@export("errors.OutOfRangeError")
class OutOfRangeError(OpError, code=OUT_OF_RANGE):
    """The operation went past the end: of a dataset, a file, a queue."""


@export("errors.UnimplementedError")
class UnimplementedError(OpError, code=UNIMPLEMENTED):
    """The operation does not support these (valid) arguments."""


@export("errors.InternalError")
class InternalError(OpError, code=INTERNAL):
    """An invariant of the runtime is broken."""


@export("errors.UnavailableError")
class UnavailableError(OpError, code=UNAVAILABLE):
    """The service cannot be reached at present."""


@export("errors.DataLossError")
class DataLossError(OpError, code=DATA_LOSS):
    """Data is lost or corrupted: a truncated file, a wrong checksum."""


@export("errors.UnauthenticatedError")
class UnauthenticatedError(OpError, code=UNAUTHENTICATED):
    """The request carries no valid credentials."""


# Where TensorFlow has them, as tracebacks and `print(type(error))` show.
for _cls in (OpError, *_CODE_TO_CLASS.values()):
    _cls.__module__ = _SHOWN_MODULE


def _remake(name: str, arguments: tuple[Any, ...]) -> OpError:
    return globals()[name](*arguments)


@export("compat.v1.errors.exception_type_from_error_code")
def exception_type_from_error_code(error_code: int) -> type[OpError]:
    """Returns the exception class of a code; `KeyError` if there is none."""
    return _CODE_TO_CLASS[error_code]


@export("compat.v1.errors.error_code_from_exception_type")
def error_code_from_exception_type(cls: type[OpError]) -> Any:
    """Returns the code of an exception class; warns and returns an `UnknownError` if it has none."""
    try:
        return _CLASS_TO_CODE[cls]
    except KeyError:
        warnings.warn("Unknown class exception", stacklevel=2)
        return UnknownError(None, None, "Unknown class exception", None)
