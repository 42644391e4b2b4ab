"""Public names that are little more than an op, an operator or a setting."""

from __future__ import annotations

from .inputs import f32, ints
from .runner import Case, Program, raised


def _nothing(tf):
    spec = tf.NoneTensorSpec()
    elements = tf.data.Dataset.from_tensors({"a": 1, "b": None}).repeat(3).batch(2)
    return [
        repr(spec),
        spec == tf.NoneTensorSpec.from_value(3),
        spec.is_compatible_with(None),
        repr(tf.type_spec_from_value(None)),
        repr(elements.element_spec),
        list(elements),
        raised(lambda: spec.most_specific_compatible_shape(tf.TensorSpec([]))),
    ]


def _settings(tf):
    run = tf.function(lambda x: x + 1)

    def named(executor):
        with tf.experimental.function_executor_type(executor):
            return run(1)

    with tf.experimental.async_scope():
        inside = tf.config.experimental.get_synchronous_execution()
        value = run(2)
    after = tf.config.experimental.get_synchronous_execution()
    return [inside, after, value, tf.experimental.async_clear_error(), named("SINGLE_THREADED_EXECUTOR"), named("")]


def _as_dict(tf):
    class Masked(tf.experimental.ExtensionType):
        values: tf.Tensor
        mask: tf.Tensor
        count: int = 3

    return [tf.experimental.extension_type.as_dict(Masked([1.0], [True]))]


CASES = [
    Case("add", lambda tf, x: [tf.__operators__.add(x, 1), tf.__operators__.add(x, x, name="n")], [f32(3)], grad=True),
    Case("add-strings", lambda tf: tf.__operators__.add(tf.constant(["a"]), "b")),
    Case("add-numbers", lambda tf: tf.__operators__.add(1, 2)),
    Case(
        "equality",
        lambda tf, x: [
            tf.convert_to_tensor(f(x, y)) for f in (tf.__operators__.eq, tf.__operators__.ne) for y in (x, 2, None)
        ],
        [ints(4)],
    ),
    Case("getitem", lambda tf, x: tf.__operators__.getitem(x, (slice(None), 1)), [f32(2, 3)], grad=True),
    Case(
        "ragged-fill-empty-rows",
        lambda tf, v: list(tf.ragged_fill_empty_rows([0, 2, 2], v * 1, 4, 9.0)),
        [f32(3)],
        grad=True,
        finer_shapes="the number of rows is known",
    ),
    Case("ragged-fill-empty-rows-grad", lambda tf, g: list(tf.ragged_fill_empty_rows_grad([0, 2], g)), [f32(4)]),
    Case("check-pinned", "check_pinned", [f32(2)]),
    Program("build", lambda tf: [tf.__cxx11_abi_flag__, tf.__cxx_version__, tf.__monolithic_build__]),
    Program("nothing", _nothing),
    Program("settings", _settings),
    Program("fields-as-dictionary", _as_dict),
]
