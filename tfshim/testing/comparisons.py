"""The assertions of `tf.test.TestCase` that compare numbers, and what they say when they fail."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from absl.testing import absltest
from google.protobuf import text_format
from google.protobuf.message import Message

from tfshim import dtypes
from tfshim.devices import canonical
from tfshim.errors import InvalidArgumentError, OpError
from tfshim.indexed_slices import IndexedSlices
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor
from tfshim.type_spec import CompositeTensor

# Half types have few digits: their tolerances, by name of the parameters that set them.
_HALF = {np.dtype(np.float16): "half", np.dtype(dtypes.bfloat16.as_numpy_dtype): "bfloat16"}


class Comparisons(absltest.TestCase):
    """Assertions over arrays, tensors and structures of them; `evaluate` gives their values."""

    def evaluate(self, tensors):
        """Values of a structure of tensors, as NumPy arrays."""
        raise NotImplementedError  # pragma: no cover

    # Values

    def _GetNdArray(self, value: Any) -> np.ndarray:
        """A value as an array; ragged lists as arrays of objects. TensorFlow's name: subclasses extend it."""
        if not isinstance(value, (np.ndarray, np.generic, str, bytes)) and (
            hasattr(value, "graph") or hasattr(value, "numpy") or isinstance(value, CompositeTensor)
        ):
            value = self.evaluate(value)
        elif isinstance(value, (list, tuple)):
            value = [self._GetNdArray(v) if hasattr(v, "numpy") or hasattr(v, "graph") else v for v in value]
        if isinstance(value, bytes):
            return np.array(value)
        try:
            return np.asarray(value)
        except ValueError:  # lists of different depths or lengths
            return np.asarray(value, object)

    def evaluate_if_both_tensors(self, a, b):
        """Both values evaluated together if both are symbolic tensors, unchanged otherwise."""
        if hasattr(a, "graph") and hasattr(b, "graph") and not (hasattr(a, "numpy") and hasattr(b, "numpy")):
            return self.evaluate([a, b])
        return a, b

    @staticmethod
    def _is_ragged(value: Any) -> bool:
        return type(value).__name__ in ("RaggedTensor", "RaggedTensorValue")

    def _ragged_lists(self, value: Any) -> Any:
        if not self._is_ragged(value):
            return value.tolist() if isinstance(value, np.ndarray) else value
        # In a graph, a session tells the values.
        return (self.evaluate(value) if isinstance(value, CompositeTensor) else value).to_list()

    # Equality

    def assertAllEqual(self, a, b, msg=None):
        """Asserts that two arrays have the same shape and elements; NaN equals NaN, and text its UTF-8 bytes."""
        if self._is_ragged(a) or self._is_ragged(b):
            return self.assertEqual(self._ragged_lists(a), self._ragged_lists(b), msg)
        a, b = self.evaluate_if_both_tensors(a, b)
        a, b = self._GetNdArray(a), self._GetNdArray(b)
        self._check_shapes(a, b, f". Contents: {a!r}. \n{msg or ''}.")
        if a.dtype.kind in "SU" or b.dtype.kind in "SU":
            a, b = _as_bytes(a), _as_bytes(b)
        same = a == b
        if a.dtype.kind in "fcV" and b.dtype.kind in "fcV":
            same = np.logical_or(same, np.logical_and(np.isnan(a), np.isnan(b)))
        if np.all(same):
            return None
        lines = ["", msg or "", *_where(np.logical_not(same), a, b, "not equal")]
        np.testing.assert_array_equal(a, b, err_msg="\n".join(lines))

    def assertNotAllEqual(self, a, b, msg=None):
        """Asserts that two arrays differ somewhere."""
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        raise AssertionError(f"The two values are equal at all elements. {msg or ''}")

    def _check_shapes(self, a: np.ndarray, b: np.ndarray, contents: str) -> None:
        shapes = f"Shape mismatch: expected {a.shape}, got {b.shape}"
        self.assertTupleEqual(
            a.shape, b.shape, f"{shapes}{' with contents ' if contents[:1] == '[' else '. '}{contents}"
        )

    # Nearness

    def assertAllClose(self, a, b, rtol=1e-06, atol=1e-06, msg=None):
        """Asserts that two structures of arrays are close: `|a - b| <= atol + rtol * |b|`.

        Args:
          a: array, tensor, or a structure (lists, dictionaries, named tuples) of them.
          b: of the same structure.
          rtol: relative tolerance.
          atol: absolute tolerance.
          msg: said when it fails.
        """
        if self._is_ragged(a) or self._is_ragged(b):
            return self._ragged_close(self._ragged_lists(a), self._ragged_lists(b), rtol, atol, msg)
        self._close(a, b, rtol, atol, msg, ())

    def _ragged_close(self, a: Any, b: Any, rtol: float, atol: float, msg: Any) -> None:
        self.assertEqual(type(a), type(b))
        if not isinstance(a, (list, tuple)):
            return self._close(a, b, rtol, atol, msg, ())
        self.assertLen(a, len(b))
        for one, other in zip(a, b, strict=True):
            self._ragged_close(one, other, rtol, atol, msg)

    def _close(self, a: Any, b: Any, rtol: float, atol: float, msg: Any, path: tuple[Any, ...]) -> None:
        a, b = _plain(a), _plain(b)
        at = "".join(f"[{p}]" for p in path)
        if isinstance(a, Mapping) != isinstance(b, Mapping):
            raise ValueError(f"Can't compare dict to non-dict, a{at} vs b{at}. {msg or ''}")
        if isinstance(a, Mapping):
            keys = f"mismatched keys: a{at} has keys {a.keys()}, but b{at} has keys {b.keys()}. {msg or ''}"
            self.assertItemsEqual(a.keys(), b.keys(), msg=keys)
            for key in a:
                self._close(a[key], b[key], rtol, atol, msg, (*path, key))
            return
        if isinstance(a, (list, tuple)) and not (_is_array_like(a) and _is_array_like(b)):
            if not isinstance(b, (list, tuple)) or len(a) != len(b):
                raise ValueError(f"Mismatched length: a{at} has {len(a)} items, but b{at} is {b!r}. {msg or ''}")
            for i, (one, other) in enumerate(zip(a, b, strict=True)):
                self._close(one, other, rtol, atol, msg, (*path, i))
            return
        a, b = self.evaluate_if_both_tensors(a, b)
        text = f"Mismatched value: a{at} is different from b{at}. {msg or ''}"
        self._arrays_close(self._GetNdArray(a), self._GetNdArray(b), rtol, atol, text)

    def _arrays_close(self, a: np.ndarray, b: np.ndarray, rtol: float, atol: float, msg: str) -> None:
        bfloat16 = dtypes.bfloat16.as_numpy_dtype
        if a.dtype == bfloat16 or b.dtype == bfloat16:
            a, b = a.astype(np.float32), b.astype(np.float32)
        if a.shape != b.shape:
            self._check_shapes(a, b, f" with contents {np.array2string(b)}.")
        if np.allclose(a, b, rtol=rtol, atol=atol):
            return
        far = np.logical_not(np.isclose(a, b, rtol=rtol, atol=atol))
        lines = [msg, *_where(far, a, b, "not close")]
        if far.ndim and a.dtype.kind in "fciu":
            with np.errstate(invalid="ignore"):
                lines += [f"not close dif = {abs(a - b)[far]}", f"not close tol = {(atol + rtol * abs(b))[far]}"]
        lines.append(f"dtype = {a.dtype}, shape = {a.shape}")
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg="\n".join(lines))

    def assertNotAllClose(self, a, b, rtol=1e-06, atol=1e-06, msg=None):
        """Asserts that two structures are not close everywhere."""
        try:
            self.assertAllClose(a, b, rtol=rtol, atol=atol)
        except AssertionError:
            return
        raise AssertionError(f"The two values are close at all elements. {msg or ''}")

    def assertAllCloseAccordingToType(
        self,
        a,
        b,
        rtol=1e-06,
        atol=1e-06,
        float_rtol=1e-06,
        float_atol=1e-06,
        half_rtol=0.001,
        half_atol=0.001,
        bfloat16_rtol=0.01,
        bfloat16_atol=0.01,
        msg=None,
    ):
        """As `assertAllClose`, with tolerances of at least those given for the arrays' least precise dtype."""
        given = {"float": (float_rtol, float_atol), "half": (half_rtol, half_atol)}
        given["bfloat16"] = (bfloat16_rtol, bfloat16_atol)
        a, b = self.evaluate_if_both_tensors(a, b)
        a, b = self._GetNdArray(a), self._GetNdArray(b)
        for array in (a, b):
            kind = "float" if array.dtype in (np.float32, np.complex64) else _HALF.get(array.dtype)
            if kind is not None:
                rtol, atol = max(rtol, given[kind][0]), max(atol, given[kind][1])
        self.assertAllClose(a, b, rtol=rtol, atol=atol, msg=msg)

    def assertNear(self, f1, f2, err, msg=None):
        """Asserts that two numbers differ by at most `err`."""
        difference = abs(f1 - f2)
        if not (f1 == f2 or difference <= err):
            detail = f"{f1:f} != {f2:f} +/- {err:f} (difference: {difference:g})"
            self.fail(f"{detail}{'' if msg is None else f' ({msg})'}")

    def assertArrayNear(self, farray1, farray2, err, msg=None):
        """Asserts that two sequences of numbers differ by at most `err` in each element."""
        self.assertEqual(len(farray1), len(farray2), msg=msg)
        for one, other in zip(farray1, farray2, strict=True):
            self.assertNear(float(one), float(other), err, msg=msg)

    def assertNDArrayNear(self, ndarray1, ndarray2, err, msg=None):
        """Asserts that the norm of the difference of two arrays is below `err`."""
        self.assertTrue(np.linalg.norm(ndarray1 - ndarray2) < err, msg=msg)

    # Bounds

    def assertAllGreater(self, a, comparison_target):
        """Asserts that every element is greater."""
        self.assertGreater(np.min(self._GetNdArray(a)), comparison_target)

    def assertAllGreaterEqual(self, a, comparison_target):
        """Asserts that every element is greater or equal."""
        self.assertGreaterEqual(np.min(self._GetNdArray(a)), comparison_target)

    def assertAllLess(self, a, comparison_target):
        """Asserts that every element is less."""
        self.assertLess(np.max(self._GetNdArray(a)), comparison_target)

    def assertAllLessEqual(self, a, comparison_target):
        """Asserts that every element is less or equal."""
        self.assertLessEqual(np.max(self._GetNdArray(a)), comparison_target)

    def assertAllInRange(self, target, lower_bound, upper_bound, open_lower_bound=False, open_upper_bound=False):
        """Asserts that every element lies between two bounds, each of which may be excluded.

        Raises:
          AssertionError: also for values that are not numbers, and for NaN.
        """
        values = self._GetNdArray(target)
        if values.dtype.kind not in "iufV":
            raise AssertionError(f"The value of {target} does not have an ordered numeric type: {values.dtype}")
        below = values <= lower_bound if open_lower_bound else values < lower_bound
        above = values >= upper_bound if open_upper_bound else values > upper_bound
        outside = below | above | (np.isnan(values) if values.dtype.kind in "fV" else False)
        if np.any(outside):
            bounds = f"{'(['[not open_lower_bound]}{lower_bound}, {upper_bound}{')]'[not open_upper_bound]}"
            raise AssertionError(
                f"{np.sum(outside)} of the {values.size} element(s) are outside the range {bounds}. "
                "Subscript(s) and value(s) of the offending elements:\n" + _listed(outside, values)
            )

    def assertAllInSet(self, target, expected_set):
        """Asserts that every element is in a set."""
        unexpected = [v for v in np.unique(self._GetNdArray(target)).tolist() if v not in expected_set]
        if unexpected:
            raise AssertionError(
                f"{len(unexpected)} unique element(s) are not in the set {expected_set}: {np.array(unexpected)}"
            )

    # Types, shapes, devices

    def assertDTypeEqual(self, target, expected_dtype):
        """Asserts that an array or tensor has a dtype."""
        dtype = target.dtype if hasattr(target, "dtype") else self._GetNdArray(target).dtype
        self.assertEqual(np.dtype(dtypes.as_dtype(dtype).as_numpy_dtype), expected_dtype)

    def assertShapeEqual(self, input_a, input_b, msg=None):
        """Asserts that two arrays or tensors have the same static shape."""
        shapes = []
        for value in (input_a, input_b):
            if not hasattr(value, "shape"):
                raise TypeError(f"a value with a shape is expected, not {type(value).__name__}")
            shapes.append(TensorShape(value.shape).as_list())
        self.assertAllEqual(shapes[0], shapes[1], msg=msg)

    def assertDeviceEqual(self, device1, device2, msg=None):
        """Asserts that two device strings mean the same device."""
        one, other = canonical(device1), canonical(device2)
        self.assertEqual(one, other, f"Devices {one} and {other} are not equal. {msg or ''}")

    # Errors

    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(self, exception_type, expected_err_re_or_predicate) -> Iterator[None]:
        """Asserts that the block raises an exception that a pattern is found in, or for which a function is true."""
        matches: Callable[[Any], Any]
        if callable(expected_err_re_or_predicate):
            matches = expected_err_re_or_predicate
        else:

            def matches(error):
                text = error.message if isinstance(error, OpError) else str(error)
                return re.search(expected_err_re_or_predicate, text)

        try:
            yield
        except exception_type as error:
            if not matches(error):
                raise AssertionError(f"Exception of type {type(error)}: {error}") from error
        else:
            self.fail(f"{exception_type.__name__} not raised")

    def assertRaisesOpError(self, expected_err_re_or_predicate):
        """As `assertRaisesWithPredicateMatch` for `tf.errors.OpError`."""
        return self.assertRaisesWithPredicateMatch(OpError, expected_err_re_or_predicate)

    def assertRaisesIncompatibleShapesError(self, exception_type=InvalidArgumentError):
        """Asserts that the block raises the error for shapes that do not broadcast."""
        return self.assertRaisesWithPredicateMatch(
            exception_type, r"Incompatible shapes|Dimensions must be equal|required broadcastable shapes"
        )

    # Protocol buffers

    def assertProtoEquals(self, expected_message_maybe_ascii, validate_message, msg=None, relative_tolerance=None):
        """Asserts that two messages are equal; the first may be given in text form.

        Args:
          expected_message_maybe_ascii: a message, or the text of one of the second's type.
          validate_message: a message.
          msg: said when it fails.
          relative_tolerance: how much floating-point numbers may differ.
        """
        expected = expected_message_maybe_ascii
        if isinstance(expected, (str, bytes)):
            expected = text_format.Merge(expected, type(validate_message)())
        if type(expected) is not type(validate_message):
            raise AssertionError(f"Can't compare protos of type {type(expected)} and {type(validate_message)}.")
        if relative_tolerance is not None and _messages_close(expected, validate_message, relative_tolerance):
            return
        if expected != validate_message:
            self.assertMultiLineEqual(str(expected), str(validate_message), msg=msg)

    def assertProtoEqualsVersion(self, expected, actual, producer=2474, min_consumer=0, msg=None):
        """As `assertProtoEquals` for a GraphDef, of which the text form lacks the versions."""
        text = f"versions {{ producer: {producer} min_consumer: {min_consumer} }};\n{expected}"
        self.assertProtoEquals(text, actual, msg=msg)


def _plain(value: Any) -> Any:
    """Named tuples and classes of attrs as dictionaries; IndexedSlices stay values."""
    if hasattr(value, "_asdict") and not isinstance(value, IndexedSlices):
        return value._asdict()
    if hasattr(type(value), "__attrs_attrs__"):
        return {a.name: getattr(value, a.name) for a in type(value).__attrs_attrs__}
    return value


def _is_array_like(value: Any) -> bool:
    """True for tensors, and if nested lists make one array of numbers."""
    if isinstance(value, Tensor):
        return True
    try:
        return np.array(value).dtype != object
    except (TypeError, ValueError, NotImplementedError):
        return False


def _as_bytes(array: np.ndarray) -> np.ndarray:
    """The array with bytes in place of text."""
    if array.dtype.kind not in "UO":
        return array
    parts = [v.encode() if isinstance(v, str) else v for v in array.ravel().tolist()]
    result = np.empty(len(parts), object)
    result[:] = parts
    return result.reshape(array.shape)


def _where(chosen: np.ndarray, a: np.ndarray, b: np.ndarray, what: str) -> list[str]:
    if np.ndim(chosen):
        return [
            f"{what} where = {np.where(chosen)}",
            f"{what} lhs = {a[chosen]!r}" if what == "not equal" else f"{what} lhs = {a[chosen]}",
            f"{what} rhs = {b[chosen]!r}" if what == "not equal" else f"{what} rhs = {b[chosen]}",
        ]
    return [f"{what} lhs = {a!r}", f"{what} rhs = {b!r}"]


def _listed(chosen: np.ndarray, values: np.ndarray, limit: int = 10) -> str:
    """The first of the chosen elements, each with its subscripts."""
    subscripts = np.argwhere(chosen)
    lines = [f"  {list(map(int, s)) if values.ndim else ''} : {values[tuple(s)]}" for s in subscripts[:limit]]
    if len(subscripts) > limit:
        lines.append("  ...")
    return "\n".join(lines)


def _messages_close(a: Message, b: Message, tolerance: float) -> bool:
    """Whether two messages have the same fields, with numbers that are close."""
    fields, others = dict(a.ListFields()), dict(b.ListFields())
    if [f.name for f in fields] != [f.name for f in others]:
        return False
    return all(_values_close(value, others[field], tolerance) for field, value in fields.items())


def _values_close(a: Any, b: Any, tolerance: float) -> bool:
    if isinstance(a, Message):
        return _messages_close(a, b, tolerance)
    if isinstance(a, float):
        return math.isclose(a, b, rel_tol=tolerance) or (math.isnan(a) and math.isnan(b))
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(_values_close(a[k], b[k], tolerance) for k in a)
    if isinstance(a, (str, bytes, int)):
        return a == b
    return len(a) == len(b) and all(_values_close(x, y, tolerance) for x, y in zip(a, b, strict=True))
