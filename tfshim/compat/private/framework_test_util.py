"""`tensorflow.python.framework.test_util`: decorators that run a test in graph and in eager mode."""

from __future__ import annotations

import contextlib
import functools
import gc
import inspect
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from absl.testing import parameterized

from tfshim.compat.private.eager_context import eager_mode, graph_mode
from tfshim.context import executing_eagerly
from tfshim.graph import Graph
from tfshim.namespaces import resolve
from tfshim.seeds import set_determinism
from tfshim.tensor import Tensor
from tfshim.testing.case import TestCase as TensorFlowTestCase  # noqa: F401

_Test = Callable[..., Any]


def _call(name: str, *args: Any, **kwargs: Any) -> Any:
    function: Any = resolve(name)
    return function(*args, **kwargs)


def _methods(decorate: Callable[[_Test], _Test], target: Any) -> Any:
    """A test method decorated, or a class with all of its test methods decorated."""
    if not inspect.isclass(target):
        return decorate(target)
    for name in _test_names(target):
        setattr(target, name, decorate(getattr(target, name)))
    return target


def _test_names(cls: type) -> list[str]:
    """Names of a class's own test methods."""
    return [n for n, v in vars(cls).items() if n.startswith("test") and callable(v) and n != "test_session"]


def _decorator(decorate: Callable[[_Test], _Test]) -> Callable[..., Any]:
    """Lets a decorator be used with and without parentheses, on methods and classes."""

    def either(func=None, **kwargs):
        if func is None:
            return functools.partial(_methods, decorate)
        return _methods(decorate, func)

    return either


def _in_both(test: _Test) -> _Test:
    @functools.wraps(test)
    def run(self, *args, **kwargs):
        with Graph().as_default(), self.test_session():
            test(self, *args, **kwargs)
        self.tearDown()
        with eager_mode():
            self.setUp()
            test(self, *args, **kwargs)

    return run


def _in_graph(test: _Test) -> _Test:
    @functools.wraps(test)
    def run(self, *args, **kwargs):
        with graph_mode():
            test(self, *args, **kwargs)

    return run


run_in_graph_and_eager_modes = _decorator(_in_both)
run_all_in_graph_and_eager_modes = run_in_graph_and_eager_modes
deprecated_graph_mode_only = run_deprecated_v1 = _decorator(_in_graph)


def _unchanged(test: _Test) -> _Test:
    """The test itself: what its decorator switches exists here in one form only."""
    return test


def _unchanged_whatever_the_reason(description: str) -> _Test:
    return _unchanged


# Branches and loops are always functions, eager operations never are, and there is no MLIR bridge or sanitizer.
enable_control_flow_v2 = enable_output_all_intermediates = enable_nested_function_shape_inference = _unchanged
enable_eager_op_as_function = with_control_flow_v2 = run_in_async_and_sync_mode = _unchanged
add_graph_building_optimization_tests = enable_tf_xla_constant_folding = enable_quantized_dtypes_training = _unchanged
disable_control_flow_v2 = disable_eager_op_as_function = _unchanged_whatever_the_reason
disable_mlir_bridge = disable_tfrt = _unchanged_whatever_the_reason
disable_asan = disable_msan = disable_tsan = disable_ubsan = _unchanged_whatever_the_reason
# Programs are always compiled by XLA, but not with what these mean: the device type XLA_CPU and its own flags.
disable_xla = no_xla_auto_jit = xla_allow_fallback = _unchanged_whatever_the_reason
# Products of float32 are computed in float32 everywhere.
run_without_tensor_float_32 = run_all_without_tensor_float_32 = _unchanged_whatever_the_reason


def with_eager_op_as_function(cls: type | None = None, only_as_function: bool = False) -> Any:
    """The class itself: there is one way to run an eager operation."""
    return _unchanged if cls is None else cls


def with_forward_compatibility_horizons(*horizons) -> Callable[[_Test], _Test]:
    """The test itself: no op waits for a day on which all of TensorFlow's readers know it."""
    return _unchanged


def set_xla_env_flag(flag: str = "") -> Callable[[_Test], _Test]:
    """The test itself: flags of XLA are read once, when JAX starts."""
    return _unchanged


def matmul_without_tf32(a, b, *args, **kwargs):
    """`tf.matmul`, which computes in float32 everywhere."""
    return _call("matmul", a, b, *args, **kwargs)


def run_v2_only(func=None, reason=None):
    """The test itself: behaviour is always that of TensorFlow 2."""
    return _unchanged if func is None else func


def _skipping(reason: Any, unless: Callable[[], bool] = lambda: False) -> Callable[[_Test], _Test]:
    def skip(test: _Test) -> _Test:
        @functools.wraps(test)
        def run(self, *args, **kwargs):
            return test(self, *args, **kwargs) if unless() else self.skipTest(reason)

        return run

    return skip


def run_v1_only(reason=None, func=None):
    """Skips a test of TensorFlow 1's behaviour."""
    if callable(reason):
        reason, func = None, reason
    skip = _skipping(reason or "behaves otherwise in TensorFlow 2")
    return functools.partial(_methods, skip) if func is None else _methods(skip, func)


def run_gpu_only(func=None):
    """Skips a test where there is no GPU."""
    skip = _skipping("needs a GPU", is_gpu_available)
    return skip if func is None else skip(func)


run_cuda_only = run_gpu_only


def run_gpu_or_tpu(func: _Test) -> _Test:
    """Skips a test where there is neither a GPU nor a TPU."""
    return _skipping("needs a GPU or a TPU", lambda: bool(_accelerators("GPU") or _accelerators("TPU")))(func)


def skip_if(condition: Any) -> Callable[[_Test], _Test]:
    """Leaves a test out, as if it had passed, when a condition (a boolean or a function) holds."""

    def decorate(test: _Test) -> _Test:
        @functools.wraps(test)
        def run(self, *args, **kwargs):
            if not (condition() if callable(condition) else condition):
                test(self, *args, **kwargs)

        return run

    return decorate


@contextlib.contextmanager
def skip_if_error(test_obj, error_type, messages=None) -> Iterator[None]:
    """Skips the test if the block raises such an error, with one of these messages in its text if any are given."""
    messages = [messages] if isinstance(messages, str) else messages
    try:
        yield
    except error_type as error:
        if messages and not any(message in str(error) for message in messages):
            raise
        test_obj.skipTest(f"{type(error).__name__}: {error}")


def for_all_test_methods(decorator: Callable[..., Any], *args, **kwargs) -> Callable[[type], type]:
    """Decorates all methods of a class whose names begin with `test`, with a decorator made from the arguments."""
    return functools.partial(_methods, decorator(*args, **kwargs))


def also_run_as_tf_function(f: _Test) -> _Test:
    """Runs a test twice: eagerly, and traced by `tf.function` (where its effects are those of tracing)."""

    @functools.wraps(f)
    def run(*args, **kwargs):
        def bound():
            f(*args, **kwargs)

        with eager_mode():
            bound()
            _call("function", bound, autograph=False)()

    return run


def build_as_function_and_v1_graph(func: _Test) -> _Test:
    """Runs a parameterised test inside a function and in a plain graph."""
    names = ("_v1_graph", "v1_graph"), ("_function", "function")

    @parameterized.named_parameters(*names)
    @functools.wraps(func)
    def run(self, run_mode):
        if run_mode == "v1_graph":
            with Graph().as_default():
                func(self)
        else:
            _call("function", lambda: func(self))()

    return run


def py_func_if_in_function(f: _Test) -> _Test:
    """Calls a function by `tf.numpy_function` inside functions, with the values of its tensors."""

    @functools.wraps(f)
    def run(*args, **kwargs):
        if executing_eagerly():
            return f(*args, **kwargs)
        tensors = [a for a in args if isinstance(a, Tensor)]

        def with_values(*values):
            rest = iter(values)
            return f(*[next(rest) if isinstance(a, Tensor) else a for a in args], **kwargs)

        return _call("numpy_function", with_values, tensors, [])

    return run


@contextlib.contextmanager
def run_functions_eagerly(run_eagerly: bool) -> Iterator[None]:
    """Sets `tf.config.run_functions_eagerly` within the block."""
    before = _call("config.functions_run_eagerly")
    _call("config.run_functions_eagerly", run_eagerly)
    try:
        yield
    finally:
        _call("config.run_functions_eagerly", before)


@contextlib.contextmanager
def deterministic_ops() -> Iterator[None]:
    """Turns `tf.config.experimental.enable_op_determinism` on for a while; what XLA compiles stays so afterwards."""
    _call("config.experimental.enable_op_determinism")
    try:
        yield
    finally:
        set_determinism(False)


# What must not be left behind


def assert_no_new_pyobjects_executing_eagerly(warmup_iters: int = 2) -> Callable[[_Test], _Test]:
    """Runs a test several times, eagerly, and fails if it leaves more tensors behind each time."""

    def decorate(test: _Test) -> _Test:
        @functools.wraps(test)
        def run(self, *args, **kwargs):
            with eager_mode():
                for _ in range(warmup_iters):
                    test(self, *args, **kwargs)
                _without_new_tensors(lambda: test(self, *args, **kwargs))

        return run

    return decorate


def assert_no_new_tensors(f: _Test) -> _Test:
    """Fails if a test leaves more tensors behind than there were."""

    @functools.wraps(f)
    def run(self, *args, **kwargs):
        _without_new_tensors(lambda: f(self, *args, **kwargs))

    return run


def assert_no_garbage_created(f: _Test) -> _Test:
    """Fails if tensors that a test leaves behind are freed by the collector of cycles alone."""

    @functools.wraps(f)
    def run(self, *args, **kwargs):
        gc.collect()
        gc.disable()
        try:
            before = _tensors()
            f(self, *args, **kwargs)
            left = _tensors() - before
            gc.collect()
            assert not left - _tensors(), "tensors in cycles were left behind"
        finally:
            gc.enable()

    return run


def _without_new_tensors(body: Callable[[], None]) -> None:
    gc.collect()
    before = _tensors()
    body()
    gc.collect()
    left = _tensors() - before
    assert not left, f"{len(left)} tensors were left behind"


def _tensors() -> set[int]:
    return {id(obj) for obj in gc.get_objects() if isinstance(obj, Tensor)}


# Devices


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    """`tf.test.is_gpu_available`."""
    return bool(_accelerators("GPU"))


def _accelerators(kind: str) -> list[Any]:
    return _call("config.list_physical_devices", kind)


def gpu_device_name() -> str:
    """`tf.test.gpu_device_name`."""
    return _call("test.gpu_device_name")


def IsBuiltWithROCm() -> bool:
    """`tf.test.is_built_with_rocm`."""
    return _call("test.is_built_with_rocm")


def IsBuiltWithXLA() -> bool:
    """`tf.test.is_built_with_xla`."""
    return _call("test.is_built_with_xla")


def IsMklEnabled() -> bool:
    """False: kernels are XLA's."""
    return False


def IsBuiltWithNvcc() -> bool:
    """False: kernels are XLA's."""
    return False


def is_xla_enabled() -> bool:
    """False: this asks for TensorFlow's automatic clustering, of which programs here know nothing."""
    return False


is_mlir_bridge_enabled = is_asan_enabled = is_msan_enabled = is_tsan_enabled = is_ubsan_enabled = is_xla_enabled


def GpuSupportsHalfMatMulAndConv() -> bool:
    """True: XLA computes with half types on every GPU."""
    return True


@contextlib.contextmanager
def device(use_gpu: bool) -> Iterator[None]:
    """Places operations on the first GPU, if there is one and it is wanted, otherwise on the CPU."""
    with _call("device", "/device:GPU:0" if use_gpu and is_gpu_available() else "/device:CPU:0"):
        yield


def use_gpu() -> Any:
    """Places operations on the first GPU, if there is one."""
    return device(use_gpu=True)


force_gpu = use_gpu


def force_cpu() -> Any:
    """Places operations on the CPU."""
    return device(use_gpu=False)


def sync_devices() -> None:
    """Waits until all operations have run."""
    _call("experimental.sync_devices")


# Graphs and layouts


def get_node_def_from_graph(node_name: str, graph_def: Any) -> Any:
    """The first node of this name, or None."""
    return next((node for node in graph_def.node if node.name == node_name), None)


def assert_ops_in_graph(expected_ops: dict[str, str], graph: Graph) -> dict[str, Any]:
    """The nodes of these names; ValueError unless all are there, each with the op given for it."""
    nodes = {node.name: node for node in graph.as_graph_def().node if node.name in expected_ops}
    for name, op in expected_ops.items():
        if name not in nodes:
            raise ValueError(f"Expected op for node {name} is not in the graph")
        if nodes[name].op != op:
            raise ValueError(f"Expected op for node {name} is different: {nodes[name].op} vs {op}")
    return nodes


def assert_equal_graph_def(actual, expected, checkpoint_v2=False, hash_table_shared_name=False) -> None:
    """`tf.compat.v1.test.assert_equal_graph_def`."""
    _call("compat.v1.test.assert_equal_graph_def", actual, expected, checkpoint_v2, hash_table_shared_name)


def NHWCToNCHW(input_tensor):
    """A tensor, or the list of its sizes, with the channels moved to the second place (4 or 5 dimensions)."""
    return _rearranged(input_tensor, lambda rank: [0, rank - 1, *range(1, rank - 1)])


def NCHWToNHWC(input_tensor):
    """A tensor, or the list of its sizes, with the channels moved to the last place (4 or 5 dimensions)."""
    return _rearranged(input_tensor, lambda rank: [0, *range(2, rank), 1])


def _rearranged(value: Any, order: Callable[[int], list[int]]) -> Any:
    if isinstance(value, Tensor):
        return _call("transpose", value, order(value.shape.rank))
    return [value[axis] for axis in order(len(value))]


def generate_combinations_with_testcase_name(**kwargs) -> list[dict[str, Any]]:
    """All combinations of lists of named values, each with a `testcase_name` made of names and values."""
    combined = [dict(zip(kwargs, values, strict=True)) for values in itertools.product(*kwargs.values())]
    for values in combined:
        words = ["".join(c for c in str(word) if c.isalnum()) for item in values.items() for word in item]
        values["testcase_name"] = "_test_" + "_".join(words)
    return combined


def InstallStackTraceHandler() -> None:
    """Does nothing: Python's own handler shows where a process crashed."""
