"""`tensorflow.python.framework.type_spec_registry`: names of type specs in saved models."""

from tfshim.type_spec_base import _by_name as _NAME_TO_TYPE_SPEC  # noqa: F401
from tfshim.type_spec_base import _names as _TYPE_SPEC_TO_NAME  # noqa: F401
from tfshim.type_spec_base import get_name, lookup, register  # noqa: F401
