# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.api.array import InvalidArgumentError as InvalidArgumentError
from tfshim.api.callbacks import InternalError as InternalError
from tfshim.api.callbacks import OpError as OpError
from tfshim.api.callbacks import OutOfRangeError as OutOfRangeError
from tfshim.api.callbacks import ResourceExhaustedError as ResourceExhaustedError
from tfshim.api.callbacks import UnimplementedError as UnimplementedError
from tfshim.api.callbacks import UnknownError as UnknownError
from tfshim.api.config import NotFoundError as NotFoundError
from tfshim.api.gfile import AlreadyExistsError as AlreadyExistsError
from tfshim.api.gfile import PermissionDeniedError as PermissionDeniedError
from tfshim.api.profiler import UnavailableError as UnavailableError
from tfshim.api.tf_record import FailedPreconditionError as FailedPreconditionError
from tfshim.checkpoint.bundle_reader import DataLossError as DataLossError
from tfshim.errors import AbortedError as AbortedError
from tfshim.errors import CancelledError as CancelledError
from tfshim.errors import DeadlineExceededError as DeadlineExceededError
from tfshim.errors import OperatorNotAllowedInGraphError as OperatorNotAllowedInGraphError
from tfshim.errors import UnauthenticatedError as UnauthenticatedError

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
