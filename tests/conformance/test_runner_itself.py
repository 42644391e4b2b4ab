"""The oracle finds what it should: TensorFlow agrees with itself, and not with altered copies of itself."""

from __future__ import annotations

import pytest

from .collection import repeated_ids, symbols_with_cases
from .inputs import arr, bools, c64, f32, ints, numpy_value, py, rand, special, strs, variable
from .properties import index_of, property_case
from .runner import MODES, Case, Program, load_real, over, raised, run


class Altered:
    """TensorFlow with some names replaced."""

    def __init__(self, **replaced):
        self.__dict__.update(replaced)

    def __getattr__(self, name):
        return getattr(load_real(), name)


def found(case, mode="eager", **replaced):
    return "\n".join(run(case, mode, load_real(), Altered(**replaced)))


ADD = Case("add", lambda tf, x, y: tf.add(x, y), [f32(2, 3), f32(3)], grad=True)

AGREEING = [
    ADD,
    Case("order-2", "exp", [f32(2, 3)], grad=2, rank=True),
    Case("indexed-slices", "gather", [f32(3, 2), ints(4, low=0, high=3)], grad=True),
    Case("nested", lambda tf, xs: {"a": [xs[0], None], "b": (xs[1]["k"],)}, [[f32(2), {"k": strs(2)}]]),
    Case(
        "error",
        "linalg.matmul",
        [f32(3), f32(3)],
        message=["MatMul"],
        modes=["eager"],
        reason="text is per mode",
    ),
    Case("variable", lambda tf, v: v.assign_add(tf.ones_like(v)), [variable(f32(3))]),
    Case("numpy", lambda tf, x, n: tf.convert_to_tensor(x) * n, [numpy_value(f32(3)), py(2.0)]),
    Case("special", "identity", [special("bfloat16")], negative_zero=True),
    Case("complex", lambda tf, x: x * x, [c64(3)], grad=True),
    *over("cast", lambda tf, x: tf.cast(x, "int32"), dtypes=("bool", "float16"), shapes=[(2,), ()]),
]


@pytest.mark.parametrize("case", AGREEING, ids=lambda case: case.id)
def test_tensorflow_agrees_with_itself(case):
    for mode in case.run_modes():
        assert run(case, mode, load_real(), load_real()) == []


@pytest.mark.parametrize("mode", MODES)
def test_value(mode):
    assert "differ" in found(ADD, mode, add=lambda x, y: load_real().add(x, y) + 0.001)


@pytest.mark.parametrize("mode", MODES)
def test_dtype(mode):
    tf = load_real()
    assert "dtype: expected float32, got float64" in found(ADD, mode, add=lambda x, y: tf.cast(tf.add(x, y), "float64"))


@pytest.mark.parametrize("mode", MODES)
def test_gradient(mode):
    tf = load_real()
    case = Case("gradient", lambda tf, x: tf.add(x, x), [f32(3)], grad=True)
    assert "gradient[first]" in found(case, mode, add=lambda x, y: x + tf.stop_gradient(y))
    assert "gradient[first]" in found(case, mode, add=lambda x, y: tf.stop_gradient(x + y))


def test_second_order_gradient():
    tf = load_real()

    @tf.custom_gradient
    def square(x):
        kept = tf.stop_gradient(x)
        return x * x, lambda dy: 2.0 * kept * dy

    case = Case("second", lambda tf, x: tf.square(x), [f32(3)], grad=2)
    text = found(case, square=square)
    assert "gradient[second]" in text
    assert "gradient[first]" not in text


def test_kind_of_gradient():
    tf = load_real()
    case = Case("slices", lambda tf, x: tf.gather(x, [0, 2]), [f32(3, 2)], grad=True)
    dense = lambda x, i: tf.linalg.matmul(tf.one_hot(i, 3), x)
    assert "IndexedSlices" in found(case, gather=dense)


def test_static_shape():
    tf = load_real()
    vague = lambda x, y: tf.compat.v1.placeholder_with_default(tf.add(x, y), None)
    assert "static: shape" in found(Case("f", lambda tf, x: tf.add(x, 1.0), [f32(2)]), "function", add=vague)


def test_finer_static_shape_may_be_accepted():
    case = Case(
        "f",
        lambda tf, x: tf.add(x, 1.0),
        [f32(2)],
        finer_shapes="an example",
    )
    tf = load_real()
    known = lambda x, y: tf.ensure_shape(tf.add(x, y), [2])
    assert found(case, "unknown", add=known) == ""
    case.finer_shapes = ""
    assert "expected (None,), got (2,)" in found(case, "unknown", add=known)


def test_structure():
    case = Case("nest", lambda tf, x: tf.split(x, 2), [f32(4)])
    tf = load_real()
    assert "expected tuple" in found(case, split=lambda x, n: tuple(tf.split(x, n))) or "expected list" in found(
        case, split=lambda x, n: tuple(tf.split(x, n))
    )
    assert "length: expected 2, got 1" in found(case, split=lambda x, n: [x])


def fail(error):
    def raising(*args, **kwargs):
        raise error

    return raising


def test_error_class():
    assert "outcome: expected a result" in found(ADD, add=fail(KeyError("x")))
    case = Case("error", "reshape", [f32(3), py([2])], modes=["eager"], reason="an example")
    assert "expected InvalidArgumentError" in found(case, reshape=fail(ValueError("no")))
    case.accept = {"ValueError": "an example"}
    assert found(case, reshape=fail(ValueError("no"))) == ""


def test_message():
    case = Case("error", "reshape", [f32(3), py([2])], message=["3 values"], modes=["eager"], reason="an example")
    error = load_real().errors.InvalidArgumentError(None, None, "bad")
    assert "tfshim's lacks '3 values'" in found(case, reshape=fail(error))


def test_special_values_are_compared_by_position():
    case = Case("special", "identity", [special()])
    tf = load_real()
    assert found(case, identity=lambda x: tf.where(tf.math.is_nan(x), tf.zeros_like(x), x))
    assert found(case, identity=lambda x: tf.where(tf.math.is_inf(x), -x, x))
    assert found(case, identity=lambda x: x + 0.0) == ""
    case.negative_zero = True
    assert "differ" in found(case, identity=lambda x: x + 0.0)


@pytest.mark.parametrize("dtype", ["int64", "string", "bool"])
def test_exact_kinds(dtype):
    wrong = {"int64": arr([2**53 + 1], "int64"), "string": arr(["a"], "string"), "bool": bools(1)}[dtype]
    other = {"int64": 2**53, "string": "b", "bool": None}[dtype]
    tf = load_real()
    change = tf.logical_not if other is None else lambda x: tf.constant([other], dtype)
    assert "1 of 1 differ" in found(Case("e", "identity", [wrong]), identity=change)


def test_program():
    program = Program("p", lambda tf: print(tf.version.VERSION) or [1, "a", tf.constant(1), raised(lambda: int("x"))])
    assert found(program) == ""

    class Version:
        VERSION = "0"

    assert "printed" in found(program, version=Version)
    assert "result[2]: dtype" in found(program, constant=lambda x: load_real().constant(x, "int64"))


def test_inputs_are_the_same_each_time():
    for dtype in ("bool", "string", "bfloat16", "uint8", "complex64"):
        assert (rand(dtype, 4).realise(7) == rand(dtype, 4).realise(7)).all()


def test_unknown_dimensions_are_skipped_where_there_are_none():
    assert Case("scalar", "abs", [f32()]).run_modes() == ("eager", "function")
    assert Case("none", "abs", [py(1.0)], modes=["unknown"], reason="an example").run_modes() == ("unknown",)


def test_restricting_modes_needs_a_reason():
    with pytest.raises(ValueError, match="reason"):
        Case("c", "abs", [f32()], modes=["eager"])


def test_properties():
    tf = load_real()
    drawn = property_case("slices", lambda tf, x, index: tf.identity(x[index]), extra=index_of, examples=10)
    drawn.check("eager", tf, tf)
    drawn.check("unknown", tf, tf)
    with pytest.raises(AssertionError, match="differ"):
        property_case("p", lambda tf, x: tf.abs(x), examples=10).check("eager", tf, Altered(abs=lambda x: x))


def test_symbols_are_found_without_running():
    found = symbols_with_cases()
    assert {"Variable", "GradientTape", "math", "math.log", "reduce_sum"} <= found


def test_ids_are_unique():
    assert repeated_ids() == []
