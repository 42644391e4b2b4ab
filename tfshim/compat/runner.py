"""Runs a script, module or code string as `python` itself would run it, with `tensorflow` meaning tfshim."""

from __future__ import annotations

import builtins
import code as console
import importlib.machinery
import importlib.util
import io
import os
import pkgutil
import sys
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType, TracebackType
from typing import NoReturn

from tfshim._version import TENSORFLOW_VERSION, __version__
from tfshim.compat.alias import install
from tfshim.compat.tracebacks import shorten

_USAGE = """\
usage: python -m tfshim SCRIPT [ARGS]      run a TensorFlow script on JAX
       python -m tfshim -m MODULE [ARGS]   run a module
       python -m tfshim -c CODE [ARGS]     run code
       python -m tfshim [-]                run standard input, or start an interactive session
In all of them `import tensorflow` gives tfshim; Python's own options go before -m tfshim."""

_replaced: list[ModuleType] = []


def main(arguments: list[str]) -> None:
    """Runs what the command line names. Ends as the program ends: returns, or raises what it raised."""
    first = arguments[0] if arguments else "-"
    if first in ("-h", "--help"):
        print(_USAGE)
    elif first in ("-V", "--version"):
        print(f"tfshim {__version__} (TensorFlow {TENSORFLOW_VERSION} API)")
    elif first.startswith("-m"):
        name, rest = _option_value("-m", arguments)
        install()
        _run_module(name, rest)
    elif first.startswith("-c"):
        text, rest = _option_value("-c", arguments)
        install()
        _run_text(text, "<string>", ["-c", *rest])
    elif first == "-":
        install()
        _run_stdin(arguments or [""])
    elif first.startswith("-"):
        _fail(f"unknown option {first}\n{_USAGE}", 2, program="tfshim")
    else:
        install()
        _run_path(first, arguments)


def _option_value(option: str, arguments: list[str]) -> tuple[str, list[str]]:
    if arguments[0] != option:
        return arguments[0][len(option) :], arguments[1:]
    if len(arguments) == 1:
        _fail(f"argument expected for the {option} option\n{_USAGE}", 2, program="tfshim")
    return arguments[1], arguments[2:]


def _fail(message: str, status: int, program: str = sys.executable) -> NoReturn:
    print(f"{program}: {message}", file=sys.stderr)
    sys.exit(status)


def _new_main(**attributes: object) -> ModuleType:
    module = ModuleType("__main__")
    # What the interpreter itself puts there; __annotations__ exists from the start up to Python 3.13.
    vars(module).update(__builtins__=builtins, __package__=None, __loader__=None, __spec__=None)
    if sys.version_info < (3, 14):
        vars(module)["__annotations__"] = {}
    vars(module).update(attributes)
    # A module without a reference loses its globals, and the one that ran this is still running.
    _replaced.append(sys.modules["__main__"])
    sys.modules["__main__"] = module
    return module


def _run_path(path: str, argv: list[str]) -> None:
    sys.argv[:] = argv
    full_path = os.path.abspath(path)
    if os.path.isdir(path) or _is_archive(path):
        _replace_path0(full_path)
        _run_spec(_main_of_folder(full_path), argv)
        return
    try:
        with io.open_code(full_path) as file:
            source = file.read()
    except OSError as error:
        _fail(f"can't open file {full_path!r}: [Errno {error.errno}] {error.strerror}", 2)
    _replace_path0(os.path.dirname(os.path.realpath(path)))
    if path.endswith(".pyc"):
        _run_compiled(full_path)
        return
    loader = importlib.machinery.SourceFileLoader("__main__", full_path)
    _execute(source, _new_main(__file__=full_path, __cached__=None, __loader__=loader), full_path)


def _run_compiled(path: str) -> None:
    loader = importlib.machinery.SourcelessFileLoader("__main__", path)
    code = loader.get_code("__main__")
    assert code is not None
    _execute(code, _new_main(__file__=path, __cached__=None, __loader__=loader))


def _is_archive(path: str) -> bool:
    importer = pkgutil.get_importer(path)
    return importer is not None and not isinstance(importer, importlib.machinery.FileFinder)


def _main_of_folder(path: str) -> ModuleSpec:
    # Looked up on this one entry: `__main__` on the whole path could be somebody else's.
    importer = pkgutil.get_importer(path)
    spec = importer.find_spec("__main__") if importer is not None else None
    if spec is None:
        _fail(f"can't find '__main__' module in {path!r}", 1)
    return spec


def _run_module(name: str, rest: list[str]) -> None:
    sys.argv[:] = ["-m", *rest]
    if not sys.flags.safe_path:
        _replace_path0(os.getcwd())
    spec = _find_module(name)
    _run_spec(spec, [spec.origin or name, *rest])


def _find_module(name: str) -> ModuleSpec:
    if name.startswith("."):
        _fail("Relative module names not supported", 1)
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        _fail(f"Error while finding module specification for {name!r} ({type(error).__name__}: {error})", 1)
    if spec is None:
        _fail(f"No module named {name}", 1)
    if spec.submodule_search_locations is not None:
        package = name
        spec = importlib.util.find_spec(f"{package}.__main__")
        if spec is None:
            reason = f"{package!r} is a package and cannot be directly executed"
            _fail(f"No module named {package}.__main__; {reason}", 1)
    return spec


def _run_spec(spec: ModuleSpec, argv: list[str]) -> None:
    loader = spec.loader
    get_code = getattr(loader, "get_code", None)
    code = get_code(spec.name) if get_code is not None else None
    if code is None:
        _fail(f"No code object available for {spec.name}", 1)
    sys.argv[:] = argv
    main_module = _new_main(
        __file__=spec.origin,
        __cached__=spec.cached,
        __loader__=loader,
        __package__=spec.parent,
        __spec__=spec,
    )
    _execute(code, main_module)


def _run_text(text: str, filename: str, argv: list[str], **names: object) -> None:
    sys.argv[:] = argv
    _replace_path0("")
    _execute(text, _new_main(__loader__=importlib.machinery.BuiltinImporter, **names), filename)


def _run_stdin(argv: list[str]) -> None:
    if not sys.stdin.isatty():
        _run_text(sys.stdin.read(), "<stdin>", argv, __file__="<stdin>", __cached__=None)
        return
    sys.argv[:] = argv
    _replace_path0("")
    main_module = _new_main(__loader__=importlib.machinery.BuiltinImporter)
    banner = f"Python {sys.version} on {sys.platform}\ntensorflow is tfshim {__version__} here."
    console.interact(banner=banner, local=vars(main_module), exitmsg="")


def _replace_path0(folder: str) -> None:
    # `python -m tfshim` has put the current folder there, unless Python runs with -P or -I.
    if not sys.flags.safe_path:
        sys.path[0] = folder


def _execute(source: str | bytes | CodeType, main_module: ModuleType, filename: str = "") -> None:
    code = source
    try:
        if not isinstance(code, CodeType):
            code = compile(code, filename, "exec", dont_inherit=True)
        exec(code, vars(main_module))
    except SystemExit:
        raise
    except BaseException as error:
        # The interpreter prints it once it has left the frames below the program: without those frames.
        _report_without(error, error.__traceback__.tb_next if error.__traceback__ else None)
        raise


def _report_without(error: BaseException, traceback: TracebackType | None) -> None:
    report = sys.excepthook

    def excepthook(kind: type[BaseException], value: BaseException, full: TracebackType | None) -> None:
        if value is error:
            full = sys.last_traceback = shorten(traceback)
            value = value.with_traceback(full)
            chained = value.__cause__ or value.__context__
            while chained is not None:
                chained.__traceback__ = shorten(chained.__traceback__)
                chained = chained.__cause__ or chained.__context__
        report(kind, value, full)

    sys.excepthook = excepthook
