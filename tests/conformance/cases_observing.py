"""Checks of every op for infinities and NaNs, and switches of what is told about ops."""

import glob
import re
import tempfile

from .runner import Program, raised

# The facts of a message, in the order in which they stand there.
_FACTS = re.compile(
    r"(Detected Infinity or NaN in output \d of (?:graph op|eagerly-executing op) \"\w+\" \(# of outputs: \d\)"
    r"|dtype: <dtype: '\w+'>|shape: \(.*\)|# of \S+ elements: \d+|Input tensors? ?\(?\d*\)?|Graph name: \"[a-z]+"
    r"|Tensor had [^\[\n]*|node \w+/\w+/\w+)"
)


def _told(call):
    try:
        return call()
    except Exception as error:
        # TensorFlow's numbers of nodes are higher: it adds summaries, too.
        return type(error).__name__, re.findall(_FACTS, re.sub(r"CheckNumericsV2_\d", "CheckNumericsV2", error.message))


def _checked(tf):
    nan, v = tf.constant(float("nan")), tf.Variable(1.0)

    def gradient():
        with tf.GradientTape() as tape:
            y = tf.sqrt(v - 1)
        return tape.gradient(y, v)

    @tf.function
    def root(x):
        return tf.sqrt(x) + 1

    @tf.function
    def grow(x):
        for _ in tf.range(3):
            x = x * 1e20
        return x

    tf.debugging.enable_check_numerics()
    tf.debugging.enable_check_numerics()
    try:
        found = [
            _told(lambda: tf.constant([1.0, 0.0]) / tf.constant([0.0, 0.0])),
            _told(lambda: tf.math.log(tf.constant(-1.0, tf.float64))),
            _told(lambda: tf.reshape(nan, [1])),
            _told(lambda: tf.stack([nan, nan])),
            _told(lambda: tf.where(False, 1.0, float("nan"))),
            _told(lambda: -tf.constant([float("inf"), 1.0], tf.float16)),
            _told(lambda: tf.reduce_max(tf.zeros([0]))),
            _told(lambda: tf.zeros([0]) / 0.0),
            _told(lambda: tf.constant(1j) / 0),
            _told(lambda: tf.constant(2.0) ** 2),
            _told(lambda: root(tf.constant(-1.0))),
            _told(lambda: root(tf.constant(4.0))),
            _told(lambda: grow(tf.constant(1.0))),
            _told(gradient)[0],
        ]
    finally:
        tf.debugging.disable_check_numerics()
    tf.debugging.disable_check_numerics()
    return found, tf.math.log(-1.0), _told(lambda: root(tf.constant(-1.0)))


def _values_from_elsewhere(tf):
    nan, v, ready = float("nan"), tf.Variable(1.0), tf.Variable(1.0)
    before = tf.function(lambda x: tf.math.log(x))
    before(tf.constant(1.0))
    infinite = tf.constant(float("inf"))
    numbers = tf.data.Dataset.from_tensors(infinite)
    logs = numbers.map(lambda x: -x)
    tf.debugging.enable_check_numerics()
    try:
        found = [
            raised(lambda: before(tf.constant(-1.0))),
            raised(lambda: before(tf.constant(2.0))),
            raised(lambda: tf.function(lambda: tf.constant(nan))()),
            raised(lambda: tf.function(lambda x: x)(nan)),
            raised(lambda: tf.function(lambda x: (x, tf.constant(nan))[0])(1.0)),
            raised(lambda: tf.function(lambda x: x * tf.constant(2.0))(1.0)),
            raised(lambda: tf.constant(nan)),
            raised(lambda: v.assign(nan)),
            raised(v.numpy),
            raised(v.read_value),
            raised(lambda: v + 1.0),
            raised(ready.numpy),
            raised(lambda: tf.py_function(lambda: nan, [], tf.float32)),
            raised(lambda: tf.numpy_function(lambda: nan, [], tf.float64)),
            raised(lambda: next(iter(numbers))),
            raised(lambda: list(logs.as_numpy_iterator())),
        ]
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            found.append(raised(lambda: session.run(tf.constant([nan, 1.0]))))
    finally:
        tf.debugging.disable_check_numerics()
    return found, before(tf.constant(1.0))


def _switches(tf):
    debugging = tf.debugging
    debugging.enable_traceback_filtering()  # another case may have left it off
    states = [debugging.get_log_device_placement(), debugging.is_traceback_filtering_enabled()]
    debugging.disable_traceback_filtering()
    states.append(debugging.is_traceback_filtering_enabled())
    debugging.enable_traceback_filtering()
    debugging.set_log_device_placement(False)
    return states, debugging.is_traceback_filtering_enabled(), debugging.get_log_device_placement()


def _profiled(tf):
    profiler = tf.profiler.experimental
    options = profiler.ProfilerOptions(host_tracer_level=1)
    with tempfile.TemporaryDirectory() as folder:
        found = [
            options,
            raised(profiler.stop),
            profiler.start(folder, options),
            raised(lambda: profiler.start(folder)),
        ]
        with profiler.Trace("step", step_num=1) as trace:
            trace.set_metadata(loss=2.0)
            tf.add(1, 2)
        found += [profiler.stop(), raised(profiler.stop), len(glob.glob(f"{folder}/plugins/profile/*/*.xplane.pb"))]
    with tempfile.TemporaryDirectory() as folder:
        with profiler.Profile(folder):
            tf.add(1, 2)
        profiler.start(folder)
        profiler.stop(save=False)
        found.append(len(glob.glob(f"{folder}/plugins/profile/*/*.xplane.pb")))
    return found


CASES = [
    Program("profiles", _profiled),
    Program("check-numerics", _checked),
    Program("check-numerics-of-all-values", _values_from_elsewhere),
    Program("switches", _switches),
]
