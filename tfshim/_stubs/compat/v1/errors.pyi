# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.errors import error_code_from_exception_type as error_code_from_exception_type
from tfshim.errors import exception_type_from_error_code as exception_type_from_error_code
