"""Rewrites a function so that its statements call operators. Imported on the first conversion.

The analysis and the rewriting are those of `diastatic-malt`, the stand-alone fork of AutoGraph's; finding and loading
code and the operators are tfshim's own. Converted code carries the file and the lines of the original: tracebacks,
warnings and the places of ops name what the user wrote.
"""

from __future__ import annotations
import __future__

import ast
import importlib.util  # noqa: F401  (malt uses it without importing it)
import linecache
import threading
import types
import weakref
from collections.abc import Iterator

from malt.core import converter
from malt.pyct import anno, ast_util, inspect_utils, naming, origin_info, parser, transformer

from tfshim.autograph import rewriting, source, verbosity
from tfshim.autograph.operators import namespace
from tfshim.autograph.options import ConversionOptions

_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag

_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef)


class _Template:
    """Converted code, not yet bound to globals, closure and defaults."""

    def __init__(self, code: types.CodeType, free: tuple[str, ...], name: str):
        self.code, self.free, self.name = code, free, name

    def bind(self, fn: types.FunctionType) -> types.FunctionType:
        cells = dict(zip(self.free, fn.__closure__ or (), strict=True))
        closure = tuple(cells[name] for name in self.code.co_freevars)
        made = types.FunctionType(self.code, fn.__globals__, self.name, (), closure)(namespace())
        made.__defaults__ = fn.__defaults__
        made.__kwdefaults__ = fn.__kwdefaults__
        made.__name__ = self.name
        return made


_templates: weakref.WeakKeyDictionary[types.CodeType, dict[ConversionOptions, _Template]] = weakref.WeakKeyDictionary()
_lock = threading.RLock()


def convert(fn: types.FunctionType, options: ConversionOptions) -> types.FunctionType:
    """The converted function; the work is done once for each code object and options."""
    return _template(fn, options).bind(fn)


def to_code(fn: types.FunctionType, options: ConversionOptions) -> str:
    """The text of the converted function."""
    return _text(_rewritten(fn, options)[0])


def _template(fn: types.FunctionType, options: ConversionOptions) -> _Template:
    found = _templates.get(fn.__code__, {}).get(options)
    if found is None:
        with _lock:
            by_options = _templates.setdefault(fn.__code__, {})
            found = by_options.get(options)
            if found is None:
                node, name, written = _rewritten(fn, options)
                if verbosity.level() > 0:
                    verbosity.tell(f"Converted {fn}" + (f":\n\n{_text(node)}" if verbosity.level() > 1 else ""))
                code = _compile(node, name, fn.__code__, written)
                found = by_options[options] = _Template(code, fn.__code__.co_freevars, name)
    return found


def _rewritten(fn: types.FunctionType, options: ConversionOptions) -> tuple[ast.stmt, str, set[str]]:
    """(the converted definition, its new name, names of the functions that the user wrote inside)."""
    node = rewriting.prepare(source.definition(fn))
    _note_origins(node, fn.__code__)
    written = {n.name for n in ast.walk(node) if isinstance(n, _DEFS) and n is not node}
    known = inspect_utils.getnamespace(fn)
    namer = naming.Namer(known)
    name = namer.new_symbol("tf__lam" if isinstance(node, ast.Lambda) else f"tf__{node.name}", ())
    info = transformer.EntityInfo(
        name=name, source_code="", source_file=fn.__code__.co_filename, future_features=(), namespace=known
    )
    # Defaults belong to the function object, and are bound anew.
    node.args.defaults = [ast.Constant(None) for _ in node.args.defaults]
    node.args.kw_defaults = [d and ast.Constant(None) for d in node.args.kw_defaults]
    node = rewriting.rewrite(node, transformer.Context(info, namer, converter.ProgramContext(options=options)))
    if isinstance(node, ast.Lambda):
        node = ast.Assign(targets=[ast.Name(name, ast.Store())], value=node)
    else:
        node.name = name
    return node, name, written


def _text(node: ast.AST) -> str:
    return parser.unparse(node, include_encoding_marker=False) + "\n"


# Places ------------------------------------------------------------------------------------------------


def _note_origins(root: ast.AST, code: types.CodeType) -> None:
    def visit(node: ast.AST, function: str) -> None:
        if isinstance(node, _DEFS):
            function = node.name
        if hasattr(node, "lineno"):
            place = origin_info.Location(code.co_filename, node.lineno, node.col_offset)
            anno.setanno(node, anno.Basic.ORIGIN, origin_info.OriginInfo(place, function, "", None))
        for child in ast.iter_child_nodes(node):
            visit(child, function)

    visit(root, code.co_name)


def _compile(node: ast.stmt, name: str, code: types.CodeType, written: set[str]) -> types.CodeType:
    """The code of a function of the operators' namespace that makes the converted function.

    The outermost function gives the closure's variables a scope to be free in; their cells come from the original.
    """
    factory = ast.parse(f"def ag__factory(ag__):\n    return {name}").body[0]
    outer = ast.parse("def ag__outer():\n    return ag__factory").body[0]
    factory.body.insert(0, node)  # type: ignore[attr-defined]
    declared = [ast.parse(f"{v} = None").body[0] for v in code.co_freevars]
    outer.body[:0] = [*declared, factory]  # type: ignore[attr-defined]
    # Through text: what the converters leave behind need not be a tree that compiles.
    parsed = ast.parse(_text(outer)).body[0]
    _restore_places(outer, parsed, code)
    module = compile(
        ast.Module([parsed], []),
        code.co_filename,
        "exec",
        flags=code.co_flags & _FUTURE,
        dont_inherit=True,
    )
    (outer_code,) = _nested(module)
    (factory_code,) = _nested(outer_code)
    return _renamed(factory_code, code.co_name, written)


def _nested(code: types.CodeType) -> Iterator[types.CodeType]:
    return (c for c in code.co_consts if isinstance(c, types.CodeType))


def _restore_places(before: ast.AST, after: ast.AST, code: types.CodeType) -> None:
    known = {
        id(a): anno.getanno(b, anno.Basic.ORIGIN).loc.lineno
        for b, a in ast_util.parallel_walk(before, after)
        if anno.hasanno(b, anno.Basic.ORIGIN)
    }

    def visit(node: ast.AST, line: int) -> None:
        line = known.get(id(node), line)
        if hasattr(node, "lineno"):
            # From the first to the last column, so that tracebacks underline nothing.
            text = linecache.getline(code.co_filename, line).rstrip()
            node.lineno = node.end_lineno = line  # type: ignore[attr-defined]
            node.col_offset = len(text) - len(text.lstrip())
            node.end_col_offset = max(len(text.encode()), node.col_offset)
        for child in ast.iter_child_nodes(node):
            visit(child, line)

    visit(after, code.co_firstlineno)


def _renamed(code: types.CodeType, user: str, written: set[str]) -> types.CodeType:
    """Names what the conversion made after the user's function around it, for tracebacks.

    Args:
      code: whose functions to name.
      user: name of the user's function that it is part of.
      written: names of the functions that the user wrote inside.
    """
    constants = []
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            inner = constant.co_name if constant.co_name in written else user
            constant = _renamed(constant, inner, written)
            if not constant.co_name.startswith("<"):
                constant = constant.replace(co_name=inner)
        constants.append(constant)
    return code.replace(co_consts=tuple(constants))
