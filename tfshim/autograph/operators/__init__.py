"""What converted code calls instead of running statements: the members of `ag__` in it."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

from tfshim.autograph import calls, options
from tfshim.autograph.operators import conditionals, frames, lists, logical, loops, scopes, variables


@cache
def namespace() -> SimpleNamespace:
    """The object that generated code knows as `ag__`."""
    members = {
        name: getattr(module, name)
        for module, names in (
            (calls, "autograph_artifact converted_call"),
            (conditionals, "if_exp if_stmt"),
            (frames, "caught"),
            (lists, "GetItemOpts ListPopOpts ListStackOpts get_item list_append list_pop list_stack new_list set_item"),
            (lists, "update_item_with_op"),
            (logical, "and_ assert_stmt eq not_ not_eq or_"),
            (loops, "for_stmt while_stmt"),
            (options, "ConversionOptions Feature"),
            (scopes, "FunctionScope with_function_scope"),
            (variables, "Undefined UndefinedReturnValue ld ldu"),
        )
        for name in names.split()
    }
    return SimpleNamespace(**members, STD=options.STANDARD)
