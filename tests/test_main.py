"""`python -m tfshim` runs programs as `python` does; `install()` aliases, `import tfshim` alone does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

STATE = """
import importlib, pickle, sys

class Point:
    pass

def state():
    names = {k: v for k, v in globals().items() if k.startswith("__")}
    spec, _, _ = names.pop("__spec__"), names.pop("__builtins__"), names.pop("__loader__")
    print(sorted((k, str(v)) for k, v in names.items()))
    print(type(__loader__).__name__, getattr(__loader__, "name", None), getattr(__loader__, "path", None))
    print(spec and (spec.name, spec.origin, spec.parent), type(__builtins__).__name__)
    print(sys.argv, repr(sys.path[0]), sys.modules["__main__"].__dict__ is globals())
    print(pickle.loads(pickle.dumps(Point())).__class__ is Point, Point.__module__)

state()
"""


def run(*command: str, cwd: Path, stdin: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **env}
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        input=stdin,
        env=environ,
        capture_output=True,
        text=True,
        timeout=400,
    )


def same_as_python(*arguments: str, cwd: Path, options: tuple[str, ...] = (), stdin: str | None = None) -> str:
    """Runs both, demands the same output, error output and exit code."""
    expected = run(*options, *arguments, cwd=cwd, stdin=stdin)
    got = run(*options, "-m", "tfshim", *arguments, cwd=cwd, stdin=stdin)
    assert got.stdout == expected.stdout
    assert got.stderr == expected.stderr
    assert got.returncode == expected.returncode


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))
    return path


def test_script_sees_what_python_shows_it(tmp_path):
    script = write(tmp_path, "sub/script.py", STATE)
    same_as_python("sub/script.py", "a", "-m", "--help", cwd=tmp_path)
    (tmp_path / "link.py").symlink_to(script)
    same_as_python("link.py", cwd=tmp_path)
    same_as_python("sub/script.py", cwd=tmp_path, options=("-P",))


def test_module_sees_what_python_shows_it(tmp_path):
    write(tmp_path, "package/__init__.py", "print(__name__, __import__('sys').argv)")
    write(tmp_path, "package/__main__.py", STATE)
    write(tmp_path, "package/part.py", "from . import __main__ as other\n" + STATE)
    same_as_python("-m", "package", "x", cwd=tmp_path)
    same_as_python("-mpackage.part", "x", cwd=tmp_path)


def test_code_and_standard_input_see_what_python_shows_them(tmp_path):
    same_as_python("-c", STATE, "a", "b", cwd=tmp_path)
    same_as_python("-", "a", cwd=tmp_path, stdin=STATE)
    same_as_python(cwd=tmp_path, stdin=STATE)


def test_folder_and_archive_run_their_main(tmp_path):
    write(tmp_path, "app/__main__.py", "import helper\n" + STATE)
    write(tmp_path, "app/helper.py", "print('helper')")
    same_as_python("app", "x", cwd=tmp_path)
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        for file in (tmp_path / "app").glob("*.py"):
            archive.write(file, file.name)
    same_as_python("app.zip", "x", cwd=tmp_path)


@pytest.mark.parametrize(
    "code",
    [
        "def f():\n    raise ValueError('bad')\nf()",
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e",
        "import sys\nsys.exit(7)",
        "import sys\nsys.exit('said so')",
        "x = (1,\n",
        "import sys\nsys.excepthook = lambda kind, e, tb: print(kind, tb.tb_lineno, tb.tb_next)\nboom",
        "import atexit\natexit.register(print, 'bye')\nboom",
        "import no_such_module_at_all",
    ],
    ids=["raise", "chained", "exit-code", "exit-text", "syntax", "excepthook", "atexit", "import-error"],
)
def test_program_ends_as_under_python(tmp_path, code):
    write(tmp_path, "script.py", code)
    same_as_python("script.py", cwd=tmp_path)


def test_what_cannot_run_is_reported_as_by_python(tmp_path):
    write(tmp_path, "package/__init__.py", "")
    (tmp_path / "empty").mkdir()
    for arguments in (["missing.py"], ["-m", "no_such_module"], ["-m", "package"], ["empty"]):
        same_as_python(*arguments, cwd=tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_interrupt_ends_by_the_signal(tmp_path):
    write(
        tmp_path,
        "script.py",
        # A shell starts what runs in the background with the signal ignored.
        "import os, signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "os.kill(os.getpid(), signal.SIGINT)\nfor i in range(9**9): pass",
    )
    got = run("-m", "tfshim", "script.py", cwd=tmp_path)
    assert got.returncode == -signal.SIGINT
    assert got.stderr.splitlines()[-1] == "KeyboardInterrupt"
    assert "tfshim" not in got.stderr


def test_names_of_tensorflow_mean_tfshim(tmp_path):
    code = """
        import importlib.util, sys
        import tensorflow
        import tensorflow as tf, tfshim
        import tensorflow.compat.v2 as tf2
        import tensorflow.version
        from tensorflow import version
        from tensorflow.compat.v2 import version as version2
        from tensorflow.python.framework import versions
        from tensorflow.python.framework import ops
        import tensorflow.python.framework.dtypes
        assert tensorflow is tf is tf2 is tf.compat.v2
        tf2.enable_v2_behavior()
        assert tf.version is version is version2 is tfshim.version is sys.modules["tfshim.version"]
        assert importlib.import_module("tensorflow.version") is tfshim.version
        assert tf.__version__ == tf.version.VERSION == versions.__version__ == "2.21.0"
        assert tfshim.__version__ != tf.__version__
        assert (tf.__name__, tf.version.__name__, ops.__name__) == (
            "tensorflow", "tfshim.version", "tensorflow.python.framework.ops")
        assert importlib.util.find_spec("tensorflow.contrib") is None
        assert importlib.util.find_spec("tensorflow.version") is not None
        assert not any("/tensorflow/" in (getattr(m, "__file__", None) or "") for m in sys.modules.values())
        tfshim.install()
        print("done")
    """
    got = run("-m", "tfshim", "-c", textwrap.dedent(code), cwd=tmp_path)
    assert got.stdout == "done\n", got.stderr


def test_import_alone_leaves_the_real_tensorflow(tmp_path):
    code = "import importlib.util, tfshim; print(importlib.util.find_spec('tensorflow').origin)"
    assert run("-c", code, cwd=tmp_path).stdout.endswith("tensorflow/__init__.py\n")


def test_install_after_the_real_import_says_so(tmp_path):
    write(tmp_path, "tensorflow.py", "real = True")  # stands for the installed one: importing that takes seconds
    code = "import tensorflow, tfshim; tfshim.install()"
    got = run("-c", code, cwd=tmp_path)
    assert got.returncode == 1
    assert "RuntimeError: tfshim.install() came too late" in got.stderr
    assert "tensorflow.py" in got.stderr


def test_missing_names_say_whether_they_exist_in_tensorflow(tmp_path):
    code = """
        import tensorflow as tf
        from tfshim import namespaces

        def message(statement):
            try:
                exec(statement)
            except (AttributeError, ImportError) as error:
                print(type(error).__name__, "|", error)

        absent = next(row["path"] for row in reversed(namespaces.api_table())
                      if row["path"].count(".") == 1 and not hasattr(tf, row["path"][3:]))
        print(absent)
        message(absent)
        message(f"from tensorflow import {absent[3:]}")
        message("tf.no_such")
        message("tf.version.no_such")
        message("from tensorflow import no_such")
        message("from tensorflow.version import no_such")
        message("import tensorflow.no_such")
        message("import tensorflow.python.no_such")
        message("from tensorflow.python.framework.ops import no_such")
        message("from tensorflow.python.framework import no_such")
    """
    got = run("-m", "tfshim", "-c", textwrap.dedent(code), cwd=tmp_path)
    lines = got.stdout.splitlines()
    assert len(lines) == 11, got.stdout + got.stderr
    absent = lines[0]
    assert lines[1].startswith("AttributeError | ") and f"tfshim does not have {absent} yet" in lines[1]
    assert lines[2].startswith("ImportError | ") and f"tfshim does not have {absent} yet" in lines[2]
    assert lines[3].startswith("AttributeError | ") and "tf.no_such does not exist in TensorFlow 2.21" in lines[3]
    assert lines[4].startswith("AttributeError | ") and "tf.version.no_such does not exist" in lines[4]
    assert lines[5].startswith("ImportError | ") and "tf.no_such does not exist" in lines[5]
    assert lines[6].startswith("ImportError | ") and "tf.version.no_such does not exist" in lines[6]
    assert lines[7].startswith("ModuleNotFoundError | ") and "tf.no_such does not exist" in lines[7]
    assert lines[8].startswith("ModuleNotFoundError | ") and "private module" in lines[8]
    assert lines[9].startswith("ImportError | ")
    assert lines[10].startswith("ImportError | ")


def test_alias_reaches_processes_of_multiprocessing(tmp_path):
    script = """
        import multiprocessing as mp, os, sys
        import tensorflow as tf

        class Job:
            def __init__(self, value):
                self.value = value

        def work(job):
            return job.value, tf.version.VERSION, "tfshim" in tf.version.GIT_VERSION, os.getpid() != parent

        parent = os.getppid()
        if __name__ == "__main__":
            parent = os.getpid()
            for method in ("spawn", "forkserver"):
                with mp.get_context(method).Pool(1) as pool:
                    print(pool.map(work, [Job(3)]))
    """
    write(tmp_path, "script.py", script)
    got = run("-m", "tfshim", "script.py", cwd=tmp_path)
    assert got.stdout == "[(3, '2.21.0', True, True)]\n" * 2, got.stderr


def test_our_modules_do_not_hide_public_names():
    import tfshim
    from tfshim import export, namespaces

    for path, obj in export.symbols().items():
        if not isinstance(obj, export.Lazy):
            assert namespaces.resolve(path) is obj, path
            if "." not in path and path != "__version__":
                assert getattr(tfshim, path) is obj, path
    for path in export.namespaces():
        assert namespaces.resolve(path) is namespaces.find(path), path


def test_our_code_sees_our_modules_behind_public_namespaces():
    from tfshim import dtypes, namespaces

    assert dtypes.np.__name__ == "numpy" and dtypes.cast is namespaces.resolve("cast")
    with pytest.raises(AttributeError):
        namespaces.resolve("dtypes.np")


def test_namespaces_follow_late_exports():
    import tfshim
    from tfshim.export import ExportConflict, export, export_family

    def late():
        pass

    export("late_namespace.deeper.late", "late_alias")(late)
    assert tfshim.late_namespace.deeper.late is tfshim.late_alias is late
    export_family("late_family", {"one": 1}.__getitem__, ["one"].copy)
    assert tfshim.late_family.one == 1 and "one" in dir(tfshim.late_family)
    with pytest.raises(AttributeError, match="tf.late_family.two does not exist"):
        tfshim.late_family.two  # noqa: B018
    for path in ("late_alias", "late_namespace", "late_alias.below"):
        with pytest.raises(ExportConflict):
            export(path)(object())
    with pytest.raises(TypeError):
        export(late)


def test_nothing_heavy_is_imported(tmp_path):
    code = (
        "import tfshim, sys; print([m for m in sys.modules if m in "
        + repr(["keras", "flax", "optax", "orbax", "sklearn", "tensorflow", "pandas", "matplotlib"])
        + "])"
    )
    assert run("-c", code, cwd=tmp_path).stdout == "[]\n"
