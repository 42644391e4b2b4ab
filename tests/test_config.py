"""Devices and settings, each in a process of its own where JAX's start matters, compared with TensorFlow's."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

import tfshim
from tfshim import device_config, devices

SCRIPTS = {
    "virtual_cpus": """
        cpu = tf.config.list_physical_devices("CPU")[0]
        show(tf.config.get_logical_device_configuration(cpu))
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
        show(len(tf.config.get_logical_device_configuration(cpu)))
        show([tuple(d) for d in tf.config.list_logical_devices()])
        show([tuple(d) for d in tf.config.list_physical_devices()])
        for spec in ("/CPU:0", "cpu:1", "CPU", "/device:CPU:1", "/GPU:0", "/CPU:5", "", None, "/gpu:*",
                     "/job:localhost/replica:0/task:0/device:CPU:1", tf.DeviceSpec(device_type="CPU", device_index=1),
                     tf.config.list_logical_devices()[1]):
            with tf.device(spec):
                show((tf.constant(1.0) + 1.0).device)
        with tf.device("/CPU:1"):
            with tf.device(None):
                show((tf.constant(1.0) + 1.0).device)
            with tf.device("/job:localhost"):
                show((tf.constant(1.0) + 1.0).device)
        show(raised(tf.config.set_logical_device_configuration, cpu, [tf.config.LogicalDeviceConfiguration()]))
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    """,
    "settings_before_the_start": """
        config = tf.config
        cpu = config.list_physical_devices("CPU")[0]
        show([config.list_physical_devices("GPU"), config.list_physical_devices("NONE")])
        show(raised(config.set_visible_devices, ["x"]))
        show(raised(config.set_visible_devices, [cpu], "GPU"))
        show(raised(config.set_logical_device_configuration, cpu, [config.LogicalDeviceConfiguration(memory_limit=1)]))
        show(raised(config.set_logical_device_configuration, "x", [config.LogicalDeviceConfiguration()]))
        show(raised(config.experimental.set_memory_growth, cpu, True))
        show(raised(config.experimental.get_memory_growth, cpu))
        show(config.experimental.get_device_details(cpu))
        config.threading.set_inter_op_parallelism_threads(3)
        config.threading.set_intra_op_parallelism_threads(2)
        show([config.threading.get_inter_op_parallelism_threads(), config.threading.get_intra_op_parallelism_threads()])
        show([config.get_soft_device_placement(), config.optimizer.get_jit()])
        config.optimizer.set_jit("autoclustering")
        show(config.optimizer.get_jit())
        config.optimizer.set_jit(False)
        show(config.optimizer.get_jit())
        show(config.optimizer.get_experimental_options())
        config.optimizer.set_experimental_options({"layout_optimizer": True})
        show(config.optimizer.get_experimental_options())
        config.experimental.set_device_policy("warn")
        show(config.experimental.get_device_policy())
        show(raised(config.experimental.set_device_policy, "wrong"))
        show(config.experimental.tensor_float_32_execution_enabled())
        config.experimental.enable_tensor_float_32_execution(False)
        show(config.experimental.tensor_float_32_execution_enabled())
        show(config.functions_run_eagerly())
        config.run_functions_eagerly(True)
        show(config.functions_run_eagerly())
        tf.constant(1.0) + 1.0
        show(raised(config.set_visible_devices, []))
        config.set_visible_devices([cpu])
        show(raised(config.threading.set_inter_op_parallelism_threads, 4))
        config.threading.set_inter_op_parallelism_threads(3)
        show(raised(config.experimental.get_memory_info, "GPU:0"))
    """,
    "placement": """
        tf.config.set_soft_device_placement(False)
        def on(spec):
            with tf.device(spec):
                return tf.constant(1.0) + 1.0
        for spec in ("/GPU:0", "/CPU:7", "/TPU:0", "wrong", "/job:worker/task:1/CPU:0", 3, lambda op: "/CPU:0"):
            show(raised(on, spec))
        show(on("/CPU:0").device)
    """,
    "determinism": """
        tf.config.experimental.enable_op_determinism()
        show(raised(tf.random.uniform, [2]))
        show(raised(tf.random.Generator.from_non_deterministic_state))
        show(tf.random.uniform([2], seed=3).numpy().tolist())
        tf.random.set_seed(1)
        show(tf.random.uniform([2]).numpy().tolist())
    """,
    "device_specs": """
        def parse(text):
            spec = tf.DeviceSpec.from_string(text)
            parts = [spec.job, spec.replica, spec.task, spec.device_type, spec.device_index]
            return [spec.to_string(), *parts, repr(spec)]
        for text in ("/job:ps/replica:1/task:2/device:GPU:3", "/GPU:0", "GPU:0", "gpu", "/cpu:*", "", "/job:a/job:b",
                     "/device:gpu:*", "/job:localhost/replica:0/task:0/cpu:0"):
            show(parse(text))
        for text in ("/foo:1", "/task:x", "/device:GPU", "/cpu:0/gpu:0", "/cpu:x"):
            show(raised(parse, text))
        a = tf.DeviceSpec("ps", 0, 1, "CPU", 0)
        b = tf.DeviceSpec(device_type="gpu", device_index="2")
        show([a == b, a == tf.DeviceSpec.from_string(a.to_string()), a == a.to_string(), len({a, b, a.replace()})])
        show([x.to_string() for x in (a.make_merged_spec(b), b.make_merged_spec(a), a.replace(job=None), b)])
        show(b.parse_from_string("/job:w").to_string())
        show(raised(setattr, a, "job", "x"))
        c = tf.compat.v1.DeviceSpec(job="a", device_type="cpu")
        c.job = "b"
        c.device_index = 4
        c.merge_from(b)
        show(c.to_string())
        show(c.parse_from_string("/task:3").to_string())
    """,
}

PRELUDE = """
import json
import sys
def raised(fn, *args):
    try:
        fn(*args)
    except Exception as error:
        return type(error).__name__
    return "no error"
def show(value):
    print("SHOW " + json.dumps(value))
"""


def _shown(module: str, script: str) -> list:
    text = f"{PRELUDE}\nimport {module} as tf\n{textwrap.dedent(script)}"
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line[5:]) for line in done.stdout.splitlines() if line.startswith("SHOW ")]


@pytest.mark.parametrize("name", SCRIPTS)
def test_same_as_tensorflow(name):
    pytest.importorskip("tensorflow")
    assert _shown("tfshim", SCRIPTS[name]) == _shown("tensorflow", SCRIPTS[name])


def test_importing_does_not_start_jax():
    shown = _shown("tfshim", "from tfshim import device_config\nshow(device_config.initialized())")
    assert shown == [False]


def test_names_of_jax_devices():
    device = devices.to_jax("/CPU:0")
    assert devices.name_of(device) == "/job:localhost/replica:0/task:0/device:CPU:0"
    assert devices.to_jax(devices.name_of(device)) is device
    assert device_config.tf_type(device) == "CPU"


def test_functions_of_devices_need_a_graph():
    with pytest.raises(RuntimeError, match="functions"):
        tfshim.device(lambda op: "/CPU:0")


def test_build_info():
    assert list(tfshim.sysconfig.get_build_info()) == ["is_cuda_build", "is_rocm_build", "is_tensorrt_build"]
    assert tfshim.test.is_built_with_xla()
    assert tfshim.test.gpu_device_name() in ("", "/device:GPU:0")
    assert tfshim.test.is_gpu_available() == bool(tfshim.config.list_physical_devices("GPU"))
