"""The oracle: one case runs under TensorFlow and under tfshim, and what can be observed is compared.

A case file is `cases_FAMILY.py` with a list `CASES`. One line a case:

    from .inputs import FLOATS, arr, f32, ints, py, rand
    from .runner import Case, Program, over

    CASES = [
        Case("add-broadcast", lambda tf, x, y: tf.add(x, y), [f32(2, 3), f32(3)], grad=True),
        Case("sum-axis", "reduce_sum", [f32(2, 3)], kwargs={"axis": 1}, grad=2),  # tf.reduce_sum(x, axis=1)
        Case("concat", lambda tf, xs: tf.concat(xs, 0), [[f32(2, 3), f32(1, 3)]]),  # a list of tensors
        Case("bad-rank", "linalg.matmul", [f32(3), f32(3)]),  # the same error class
        *over("cast", lambda tf, x: tf.cast(x, "int32"), dtypes=FLOATS, shapes=[(2, 3), ()]),
        *over("mul", "multiply", dtypes=("int32",), shapes=[((2, 1), (3,))]),  # shapes of several inputs
        Program("repr", lambda tf: [repr(tf.constant(1)), str(tf.zeros([2]))]),  # any nested plain values
    ]

What a `Case` compares: outcome (values or the class of the error), structure of nested outputs, dtypes,
values (exact for integers, bools, strings; per-dtype tolerances else; positions of NaN and infinities),
and the static shape of each output as seen while a function is traced. `grad=True`: the gradients of the
float and complex inputs through a tape, contracted with random cotangents, with None-ness and
IndexedSlices; `grad=2`: second order too.

Each case runs in the modes "eager", "function" (`tf.function`, static shapes), "unknown" (a function
whose signature has every dimension None). `modes=(...)` restricts them and needs a `reason=`; `rank=True`
adds the mode "rank" (unknown rank). `message=["[2,3]"]` (or by mode, `{"eager": [...]}`): text that both
error messages contain.

Differences that are accepted are data: `accept={"ValueError": "why"}` lets tfshim raise that class where
TensorFlow raises another, `accept={"value": "why"}` lets it succeed where TensorFlow raises,
`finer_shapes="why"` lets its static shapes know more. `xfail="why"` (or `{"unknown": "why"}`) marks a
known difference; the test fails once the difference is gone.

A `Program` is `fn(tf)` returning anything comparable (nested lists and dicts of plain values, tensors,
dtypes, shapes); what it prints is compared as well. `raised(lambda: ...)` inside gives the class name of
the error, or "no error".

`property_case("unary", ["abs", "exp"], dtypes=FLOATS)` from properties.py draws dtypes, shapes and
values.

`TFSHIM_CONFORMANCE=self` runs TensorFlow against itself: for writing cases.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from .compare import Value, compare, describe, flatten
from .inputs import Input, is_differentiable, rand

MODES = ("eager", "function", "unknown")

HALVES = ("float16", "bfloat16")
DOUBLES = ("float64", "complex128")
# (relative, absolute). Integers, bools and strings are always exact.
TOLERANCES = {
    "float16": (2e-3, 1e-3),
    "bfloat16": (1.6e-2, 8e-3),
    "float32": (1e-5, 1e-6),
    "float64": (1e-11, 1e-12),
    "complex64": (1e-5, 1e-6),
    "complex128": (1e-11, 1e-12),
    "float8_e5m2": (0.26, 1e-4),
    "float8_e4m3fn": (0.13, 1e-3),
}


@dataclass
class Case:
    """One call under test; see the module's text for the fields."""

    id: str
    fn: Callable[..., Any] | str
    inputs: Sequence[Any] = ()
    grad: bool | int = False
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    modes: Sequence[str] = MODES
    reason: str = ""
    rank: bool = False
    rtol: float | None = None
    atol: float | None = None
    exact: bool = False
    values: bool = True
    negative_zero: bool = False
    message: Sequence[str] | Mapping[str, Sequence[str]] = ()
    accept: Mapping[str, str] = field(default_factory=dict)
    finer_shapes: str = ""
    xfail: str | Mapping[str, str] = ""
    symbols: Sequence[str] = ()

    def __post_init__(self):
        if not isinstance(self.inputs, (list, tuple)):
            raise TypeError(f"{self.id}: inputs must be a list")
        if tuple(self.modes) != MODES and not self.reason:
            raise ValueError(f"{self.id}: modes= needs a reason=")
        if isinstance(self.fn, str):
            path, kwargs = self.fn, dict(self.kwargs)
            self.symbols = (*self.symbols, path)
            self.fn = lambda tf, *args: resolve(tf, path)(*args, **kwargs)
        elif self.kwargs:
            fn, kwargs = self.fn, dict(self.kwargs)
            self.fn = lambda tf, *args: fn(tf, *args, **kwargs)

    def run_modes(self) -> tuple[str, ...]:
        modes = (*self.modes, "rank") if self.rank else tuple(self.modes)
        tensors = [i for i in self.leaves() if i.kind == "tensor"]
        if not any(np.ndim(i.realise(0)) for i in tensors):
            modes = tuple(m for m in modes if m != "unknown" or m == modes[0])
        return modes

    def leaves(self) -> list[Input]:
        return flatten(list(self.inputs))


@dataclass
class Program:
    """A piece of a script: `fn(tf)` runs under both, results and printed text are compared."""

    id: str
    fn: Callable[[Any], Any]
    rtol: float | None = None
    atol: float | None = None
    exact: bool = False
    accept: Mapping[str, str] = field(default_factory=dict)
    message: Sequence[str] | Mapping[str, Sequence[str]] = ()
    xfail: str | Mapping[str, str] = ""
    symbols: Sequence[str] = ()
    values: bool = True
    negative_zero: bool = False
    finer_shapes: str = ""

    def run_modes(self) -> tuple[str, ...]:
        return ("program",)


@dataclass
class Outcome:
    """What one execution showed: a described result, or an error; static shapes in function modes."""

    value: Value | None = None
    static: Value | None = None
    grads: Value | None = None
    error: BaseException | None = None
    printed: str = ""


def resolve(tf: Any, path: str) -> Any:
    for name in path.split("."):
        tf = getattr(tf, name)
    return tf


def over(
    id: str,
    fn: Callable[..., Any] | str,
    dtypes: Iterable[str] = ("float32",),
    shapes: Iterable[Any] = ((2, 3),),
    make: Callable[..., Input] = rand,
    **case,
) -> list[Case]:
    """One case for each dtype and shape: a tuple of ints, or a tuple of such tuples, one for each input.

    `make(dtype, *shape)` builds an input. `grad` is dropped for dtypes that have no gradient. Where half precision is
    among the dtypes, `rtol` and `atol` loosen half precision only.
    """
    dtypes = tuple(dtypes)
    cases = []
    for dtype, shape in itertools.product(dtypes, shapes):
        several = bool(shape) and isinstance(shape[0], tuple)
        inputs = [make(dtype, *s) for s in (shape if several else (shape,))]
        text = "_".join("x".join(map(str, s)) or "scalar" for s in (shape if several else (shape,)))
        options = dict(case, grad=case.get("grad", False) if is_differentiable(dtype) else False)
        if dtype not in HALVES and any(d in HALVES for d in dtypes):
            options.pop("rtol", None)
            options.pop("atol", None)
        cases.append(Case(f"{id}-{dtype}-{text}", fn, inputs, **options))
    return cases


def raised(fn: Callable[[], Any]) -> str:
    """The class name of the error that `fn()` raises, or "no error"."""
    try:
        fn()
    except Exception as error:
        return type(error).__name__
    return "no error"


# ---------------------------------------------------------------- the two modules


@lru_cache
def load_real() -> Any:
    """Real TensorFlow on the CPU, quiet, with few threads."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    import tensorflow

    if "tfshim" in (tensorflow.__file__ or ""):
        raise RuntimeError("the oracle needs the real TensorFlow, and `tensorflow` is tfshim here")
    tensorflow.config.set_visible_devices([], "GPU")
    tensorflow.config.threading.set_intra_op_parallelism_threads(2)
    tensorflow.config.threading.set_inter_op_parallelism_threads(2)
    tensorflow.get_logger().setLevel("ERROR")
    return tensorflow


@lru_cache
def load_shim() -> Any:
    if os.environ.get("TFSHIM_CONFORMANCE") == "self":
        return load_real()
    load_real()
    import tfshim

    return tfshim


# ---------------------------------------------------------------- running


def _seed(case: Case, position: int) -> int:
    return zlib.crc32(f"{case.id}/{position}".encode())


def _map(spec: Any, leaf: Callable[[Input], Any]) -> Any:
    if isinstance(spec, Input):
        return leaf(spec)
    if isinstance(spec, dict):
        return {k: _map(v, leaf) for k, v in spec.items()}
    if isinstance(spec, (list, tuple)):
        return type(spec)(_map(v, leaf) for v in spec)
    raise TypeError(f"not an input: {spec!r} (wrap plain values in py())")


def _cotangent(tf: Any, shape: Sequence[int], dtype: str, seed: int) -> Any:
    return tf.constant(rand(dtype, *shape).realise(seed), dtype=getattr(tf, dtype))


def _is_tensor(tf: Any, x: Any) -> bool:
    return isinstance(x, tf.Tensor)


class _Run:
    """One execution of one case in one mode under one module."""

    def __init__(self, case: Case, mode: str, tf: Any, output_shapes: dict[str, list]):
        self.case, self.mode, self.tf, self.shapes = case, mode, tf, output_shapes
        self.numpy = [i.realise(_seed(case, n)) for n, i in enumerate(case.leaves())]
        self.given = [self._fixed(i, v) for i, v in zip(case.leaves(), self.numpy, strict=True)]
        self.static: Value | None = None

    def _fixed(self, spec: Input, value: Any) -> Any:
        tf = self.tf
        if spec.kind == "py":
            return value
        if spec.kind == "numpy":
            return value.copy()
        tensor = tf.constant(value, dtype=getattr(tf, spec.dtype))
        return tf.Variable(tensor) if spec.kind == "variable" else tensor

    def _call(self, tensors: Sequence[Any]) -> tuple[Any, Any]:
        """The case's function on these tensors, one for each input of kind "tensor": (result, gradients)."""
        rest = iter(tensors)
        flat = [next(rest) if i.kind == "tensor" else g for i, g in zip(self.case.leaves(), self.given, strict=True)]
        leaf = iter(flat)
        args = [_map(spec, lambda _: next(leaf)) for spec in self.case.inputs]
        if not self.case.grad:
            return self.case.fn(self.tf, *args), None
        sources = [
            x
            for i, x in zip(self.case.leaves(), flat, strict=True)
            if i.kind in ("tensor", "variable") and is_differentiable(i.dtype)
        ]
        if not sources:
            raise ValueError(f"{self.case.id}: grad= without a float or complex input")
        return self._differentiated(args, sources, order=int(self.case.grad))

    def _differentiated(self, args: list, sources: list, order: int) -> tuple[Any, Any]:
        tf = self.tf
        if order == 1:
            out, grads = self._first(args, sources)
            return out, {"first": grads}
        with tf.GradientTape() as outer:
            _watch(tf, outer, sources)
            out, grads = self._first(args, sources)
        targets = [tf.convert_to_tensor(g) for g in grads if g is not None]
        seeds = self._cotangents("grads", targets, 1000)
        second = outer.gradient(targets, sources, output_gradients=seeds) if targets else None
        return out, {"first": grads, "second": second}

    def _first(self, args: list, sources: list) -> tuple[Any, list]:
        tf = self.tf
        with tf.GradientTape() as tape:
            _watch(tf, tape, sources)
            out = self.case.fn(tf, *args)
        targets = [t for t in flatten(out) if _is_tensor(tf, t) and is_differentiable(t.dtype.name)]
        if not targets:
            raise ValueError(f"{self.case.id}: grad= without a float or complex output")
        return out, tape.gradient(targets, sources, output_gradients=self._cotangents("outputs", targets, 500))

    def _cotangents(self, key: str, targets: list, base: int) -> list:
        # The shapes come from the eager run under TensorFlow: a traced output may not know its own.
        if key not in self.shapes:
            self.shapes[key] = [t.shape.as_list() for t in targets]
        pairs = zip(targets, self.shapes[key], strict=True)
        return [_cotangent(self.tf, s, t.dtype.name, _seed(self.case, base + n)) for n, (t, s) in enumerate(pairs)]

    def outcome(self) -> Outcome:
        try:
            result, grads = self._execute()
            return Outcome(describe(self.tf, result), self.static, describe(self.tf, grads))
        except Exception as error:
            return Outcome(error=error, static=self.static)

    def _execute(self) -> tuple[Any, Any]:
        tf = self.tf
        specs = [i for i in self.case.leaves() if i.kind == "tensor"]
        tensors = [g for i, g in zip(self.case.leaves(), self.given, strict=True) if i.kind == "tensor"]
        if self.mode == "eager":
            return self._call(tensors)

        def traced(*args):
            result, grads = self._call(args)
            self.static = describe(tf, result, static=True)
            return result, grads

        signature = None
        if self.mode in ("unknown", "rank"):
            signature = [
                tf.TensorSpec(None if self.mode == "rank" else [None] * len(t.shape), getattr(tf, i.dtype))
                for i, t in zip(specs, tensors, strict=True)
            ]
        return tf.function(traced, input_signature=signature, autograph=False)(*tensors)


def _watch(tf: Any, tape: Any, sources: list) -> None:
    tape.watch([s for s in sources if not isinstance(s, getattr(tf, "Variable", ()))])


def missing_symbol(found: list[str]) -> str:
    """The public symbol whose absence explains the differences, or ""."""
    match = re.search(r"got AttributeError\(.*does not have (tf\.[\w.]+) yet", found[0]) if found else None
    return match.group(1) if match else ""


def run_program(program: Program, tf: Any) -> Outcome:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            result = program.fn(tf)
            value = describe(tf, result)
        return Outcome(value, printed=printed.getvalue())
    except Exception as error:
        return Outcome(error=error, printed=printed.getvalue())


def _enter_scopes_again(real: Any) -> None:
    """Lets TensorFlow enter variable scopes: a loop that it refuses while tracing leaves a caching device behind."""
    scope = real.compat.v1.get_variable_scope()
    if scope.caching_device is not None:
        scope._caching_device = None


def run(case: Case | Program, mode: str, real: Any = None, shim: Any = None) -> list[str]:
    """Runs the case in one mode under both modules; the differences, one line each (none: they agree)."""
    real, shim = real or load_real(), shim or load_shim()
    if isinstance(case, Program):
        expected, got = run_program(case, real), run_program(case, shim)
    else:
        shapes = _output_shapes(case, real) if case.grad and mode != "eager" else {}
        expected = _Run(case, mode, real, shapes).outcome()
        try:
            got = _Run(case, mode, shim, shapes).outcome()
        except Exception as error:
            got = Outcome(error=error)
    _enter_scopes_again(real)
    return differences(case, expected, got, mode)


def _output_shapes(case: Case, real: Any) -> dict[str, list]:
    cached = case.__dict__.get("_shapes")
    if cached is None:
        cached = case.__dict__["_shapes"] = {}
        _Run(case, "eager", real, cached).outcome()
    return dict(cached)


# ---------------------------------------------------------------- comparing


def differences(case: Case | Program, expected: Outcome, got: Outcome, mode: str) -> list[str]:
    found = _error_differences(case, expected, got, mode)
    if found is not None:
        return found
    options = {
        "tolerances": _tolerances(case),
        "values": case.values,
        "exact": case.exact,
        "negative_zero": case.negative_zero,
    }
    found = compare(expected.value, got.value, "result", **options)
    if expected.static is not None:
        found += compare(expected.static, got.static, "static", finer=bool(case.finer_shapes))
    if expected.grads is not None:
        found += compare(expected.grads, got.grads, "gradient", **options)
    if clean(expected.printed) != clean(got.printed):
        found.append(f"printed: expected {clean(expected.printed)!r}, got {clean(got.printed)!r}")
    return found


def _error_differences(case, expected: Outcome, got: Outcome, mode: str) -> list[str] | None:
    if expected.error is None and got.error is None:
        return None
    want, have = (type(o.error).__name__ if o.error else "value" for o in (expected, got))
    if want != have:
        return [] if have in case.accept else [f"outcome: expected {_brief(expected)}, got {_brief(got)}"]
    return [
        f"message: {who} lacks {text!r}: {str(outcome.error)[:300]!r}"
        for who, outcome in (("TensorFlow's", expected), ("tfshim's", got))
        for text in (case.message.get(mode, ()) if isinstance(case.message, Mapping) else case.message)
        if text not in str(outcome.error)
    ]


def _brief(outcome: Outcome) -> str:
    if outcome.error is None:
        return f"a result, {' '.join(str(outcome.value).split())}"[:160]
    text = " ".join(str(outcome.error).split())
    return f"{type(outcome.error).__name__}({text[:300]})"


def _tolerances(case: Case | Program) -> dict[str, tuple[float, float]]:
    return {
        name: (_tolerance(case.rtol, r, name), _tolerance(case.atol, a, name)) for name, (r, a) in TOLERANCES.items()
    }


def _tolerance(given: float | None, default: float, dtype: str) -> float:
    if given is None:
        return default
    # A tolerance coarser than single precision was meant for single precision: doubles are held to as many bits more.
    return given * 1e-6 if dtype in DOUBLES and given > 1e-7 else given


def clean(text: str) -> str:
    """Text without what differs from run to run: addresses, serial numbers of traced functions."""
    text = re.sub(r"0x[0-9a-f]{6,}", "0x…", text)
    return re.sub(r"(__inference_\w*?)_\d+\b", r"\1_#", text)
