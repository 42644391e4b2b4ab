# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.errors import AbortedError as AbortedError
from tfshim.errors import AlreadyExistsError as AlreadyExistsError
from tfshim.errors import CancelledError as CancelledError
from tfshim.errors import DataLossError as DataLossError
from tfshim.errors import DeadlineExceededError as DeadlineExceededError
from tfshim.errors import FailedPreconditionError as FailedPreconditionError
from tfshim.errors import InternalError as InternalError
from tfshim.errors import InvalidArgumentError as InvalidArgumentError
from tfshim.errors import NotFoundError as NotFoundError
from tfshim.errors import OpError as OpError
from tfshim.errors import OperatorNotAllowedInGraphError as OperatorNotAllowedInGraphError
from tfshim.errors import OutOfRangeError as OutOfRangeError
from tfshim.errors import PermissionDeniedError as PermissionDeniedError
from tfshim.errors import ResourceExhaustedError as ResourceExhaustedError
from tfshim.errors import UnauthenticatedError as UnauthenticatedError
from tfshim.errors import UnavailableError as UnavailableError
from tfshim.errors import UnimplementedError as UnimplementedError
from tfshim.errors import UnknownError as UnknownError

ABORTED: int
ALREADY_EXISTS: int
CANCELLED: int
DATA_LOSS: int
DEADLINE_EXCEEDED: int
FAILED_PRECONDITION: int
INTERNAL: int
INVALID_ARGUMENT: int
NOT_FOUND: int
OK: int
OUT_OF_RANGE: int
PERMISSION_DENIED: int
RESOURCE_EXHAUSTED: int
UNAUTHENTICATED: int
UNAVAILABLE: int
UNIMPLEMENTED: int
UNKNOWN: int
