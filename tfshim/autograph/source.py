"""From a function to the syntax tree of its definition, at its true place in the file."""

from __future__ import annotations

import ast
import copy
import inspect
import linecache
import types
from collections import defaultdict
from functools import lru_cache

from tfshim.autograph.errors import InaccessibleSourceCodeError, UnsupportedLanguageElementError

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def definition(fn: types.FunctionType) -> FunctionNode:
    """A fresh tree of the `def` or `lambda` that `fn` comes from.

    Raises:
      InaccessibleSourceCodeError: there is no source, or it has changed since.
      UnsupportedLanguageElementError: several lambdas may be the one.
    """
    code = fn.__code__
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, fn.__globals__)
    lambdas = code.co_name == "<lambda>"
    if not lines and not lambdas:
        raise InaccessibleSourceCodeError(
            f"Unable to locate the source code of {fn}. Functions that are typed into an interactive shell have none: "
            "define them in a .py file, or decorate them with @tf.autograph.experimental.do_not_convert."
        )
    try:
        candidates = _functions_by_line("".join(lines)).get(code.co_firstlineno, [])
    except SyntaxError as error:
        raise InaccessibleSourceCodeError(f"The source code of {fn} cannot be parsed: {error}") from None
    matching = [
        node
        for node in candidates
        if isinstance(node, ast.Lambda) == lambdas
        and (lambdas or node.name == code.co_name)  # type: ignore[union-attr]
        and _parameters(node) == _parameters_of_code(code)
    ]
    if len(matching) > 1:
        matching = _by_columns(matching, code)
    if not matching:
        kind = UnsupportedLanguageElementError if lambdas else InaccessibleSourceCodeError
        raise kind(f"The source code of {fn} is not found at line {code.co_firstlineno} of {code.co_filename}.")
    if len(matching) > 1:
        raise UnsupportedLanguageElementError(
            f"could not parse the source code of {fn}: there are several definitions of the same signature on its line."
        )
    return copy.deepcopy(matching[0])


@lru_cache(maxsize=128)
def _functions_by_line(source: str) -> dict[int, list[FunctionNode]]:
    found = defaultdict(list)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            # A decorated function's code starts at its first decorator.
            found[min([node.lineno, *(d.lineno for d in node.decorator_list)])].append(node)
        elif isinstance(node, ast.Lambda):
            found[node.lineno].append(node)
    return dict(found)


def _parameters(node: FunctionNode) -> list[str]:
    a = node.args
    several = [p.arg for p in (a.vararg, a.kwarg) if p is not None]
    return [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)] + several


def _parameters_of_code(code: types.CodeType) -> list[str]:
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return list(code.co_varnames[:count])


def _by_columns(nodes: list[FunctionNode], code: types.CodeType) -> list[FunctionNode]:
    """Those whose body all instructions lie in."""
    places = [
        ((line, column), (end_line, end_column))
        for line, end_line, column, end_column in code.co_positions()
        if None not in (line, end_line, column, end_column) and (end_line, end_column) > (line, column)
    ]
    if not places:
        return nodes

    def holds(node: FunctionNode) -> bool:
        body = node.body if isinstance(node, ast.Lambda) else node
        start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
        return all(start <= a and b <= end for a, b in places)  # type: ignore[operator]

    return [node for node in nodes if holds(node)]
