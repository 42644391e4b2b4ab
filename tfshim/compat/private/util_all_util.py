"""`tensorflow.python.util.all_util`: modules whose docstrings list their public names, one `@@name` a line."""

import re
import sys
from collections.abc import Sequence
from types import ModuleType

_LISTED = re.compile(r"^@@(\w+)$", re.MULTILINE)


def make_all(module_name: str, doc_string_modules: Sequence[ModuleType] | None = None) -> list[str]:
    """The names of the module that its docstring lists, or the docstrings of `doc_string_modules`."""
    module = sys.modules[module_name]
    documented = [module] if doc_string_modules is None else doc_string_modules
    listed = {name for source in documented for name in _LISTED.findall(source.__doc__ or "")}
    return [name for name in dir(module) if name in listed]


def remove_undocumented(
    module_name: str,
    allowed_exception_list: Sequence[str] | None = None,
    doc_string_modules: Sequence[ModuleType] | None = None,
) -> None:
    """Deletes the module's attributes that are neither listed, nor allowed, nor begin with an underscore."""
    module = sys.modules[module_name]
    kept = {*make_all(module_name, doc_string_modules), *(allowed_exception_list or ())}
    for name in dir(module):
        if name not in kept and not name.startswith("_"):
            delattr(module, name)
