"""`tensorflow.python.framework.type_spec`: type specs and their bases."""

from tfshim.type_spec import (  # noqa: F401
    BatchableTypeSpec,
    TypeSpec,
    TypeSpecBatchEncoder,
    register,
    register_type_spec_from_value_converter,
)
from tfshim.type_spec_base import get_name, lookup  # noqa: F401
