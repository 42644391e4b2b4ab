"""The CudnnRNN ops, which TensorFlow has on GPUs only: against the textbook networks in NumPy, step by step."""

import numpy as np
import pytest

import tfshim as tf

GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}
LAYERS, UNITS, INPUTS, STEPS, BATCH = 2, 4, 3, 5, 2
LENGTHS = np.array([5, 3], np.int32)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _step(mode, h, c, given, state):
    if mode == "lstm":
        i, f, g, o = (a + b for a, b in zip(given, state))
        c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        return _sigmoid(o) * np.tanh(c), c
    if mode == "gru":
        r, u = _sigmoid(given[0] + state[0]), _sigmoid(given[1] + state[1])
        return (1 - u) * np.tanh(given[2] + r * state[2]) + u * h, c
    total = given[0] + state[0]
    return np.tanh(total) if mode == "rnn_tanh" else np.maximum(total, 0), c


def _expected(mode, directions, x, h, c, weights, biases, lengths):
    gates = GATES[mode]
    last_h, last_c = h.copy(), c.copy()
    for layer in range(LAYERS):
        outputs = np.zeros((STEPS, BATCH, UNITS * directions))
        for direction in range(directions):
            n = layer * directions + direction
            w, b = (v[2 * gates * n : 2 * gates * (n + 1)] for v in (weights, biases))
            for example in range(BATCH):
                times = range(lengths[example])
                for t in times if direction == 0 else reversed(times):
                    given = [w[g] @ x[t, example] + b[g] for g in range(gates)]
                    state = [w[gates + g] @ last_h[n, example] + b[gates + g] for g in range(gates)]
                    new = _step(mode, last_h[n, example], last_c[n, example], given, state)
                    last_h[n, example], last_c[n, example] = new
                    outputs[t, example, UNITS * direction : UNITS * (direction + 1)] = new[0]
        x = outputs
    return x, last_h, last_c


def _network(mode, directions):
    """Attributes, operands, and the matrices and biases in the vector of parameters."""
    rng = np.random.default_rng(3)
    attrs = {"rnn_mode": mode, "direction": "bidirectional" if directions == 2 else "unidirectional"}
    sizes = {"num_layers": LAYERS, "num_units": UNITS, "input_size": INPUTS}
    (size,) = tf.raw_ops.CudnnRNNParamsSize(**sizes, T=tf.float64, S=tf.int32, **attrs).numpy()
    params = rng.normal(size=size) / 2
    count = LAYERS * directions * 2 * GATES[mode]
    weights, biases = tf.raw_ops.CudnnRNNParamsToCanonicalV2(
        **sizes, params=params, num_params_weights=count, num_params_biases=count, **attrs
    )
    again = tf.raw_ops.CudnnRNNCanonicalToParamsV2(**sizes, weights=weights, biases=biases, **attrs)
    np.testing.assert_array_equal(again.numpy(), params)
    x, h, c = (rng.normal(size=s) for s in ((STEPS, BATCH, INPUTS), *[(LAYERS * directions, BATCH, UNITS)] * 2))
    return attrs, (x, h, c, params), [w.numpy() for w in weights], [b.numpy() for b in biases]


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("mode", GATES)
def test_outputs_are_those_of_the_textbook(mode, directions):
    attrs, (x, h, c, params), weights, biases = _network(mode, directions)
    given = {"input_h": h, "input_c": c if mode == "lstm" else np.zeros(0), "params": params}
    states = 3 if mode == "lstm" else 2
    got = tf.raw_ops.CudnnRNN(input=x, **given, **attrs)
    want = _expected(mode, directions, x, h, c, weights, biases, [STEPS] * BATCH)
    for a, b in zip(got[:states], want):
        np.testing.assert_allclose(a.numpy(), b, atol=1e-13)
    got = tf.raw_ops.CudnnRNNV3(input=x, sequence_lengths=LENGTHS, **given, **attrs)
    want = _expected(mode, directions, x, h, c, weights, biases, LENGTHS)
    for a, b in zip(got[:states], want):
        np.testing.assert_allclose(a.numpy(), b, atol=1e-13)


def test_batch_major_is_the_transpose():
    attrs, (x, h, c, params), _, _ = _network("lstm", 2)
    run = tf.raw_ops.CudnnRNNV3
    time_major = run(input=x, input_h=h, input_c=c, params=params, sequence_lengths=LENGTHS, **attrs)
    swapped = [np.swapaxes(v, 0, 1) for v in (x, h, c)]
    given = dict(zip(("input", "input_h", "input_c"), swapped))
    batch_major = run(**given, params=params, sequence_lengths=LENGTHS, time_major=False, **attrs)
    for a, b in zip(time_major[:3], batch_major[:3]):
        np.testing.assert_allclose(np.swapaxes(a.numpy(), 0, 1), b.numpy(), atol=1e-13)


def test_gradient_is_that_of_the_outputs():
    attrs, (x, h, c, params), _, _ = _network("gru", 2)
    no_cell = np.zeros(0)
    watched = [tf.constant(v) for v in (x, h, params)]

    @tf.function
    def run(x, h, params):
        return tf.raw_ops.CudnnRNN(input=x, input_h=h, input_c=no_cell, params=params, **attrs)

    with tf.GradientTape() as tape:
        tape.watch(watched)
        outputs = run(*watched)
        total = tf.reduce_sum(outputs.output**2)
    gradients = tape.gradient(total, watched)
    back = tf.raw_ops.CudnnRNNBackprop(
        input=x,
        input_h=h,
        input_c=no_cell,
        params=params,
        output=outputs.output,
        output_h=outputs.output_h,
        output_c=outputs.output_c,
        output_backprop=2 * outputs.output,
        output_h_backprop=tf.zeros_like(h),
        output_c_backprop=no_cell,
        reserve_space=outputs.reserve_space,
        **attrs,
    )
    for a, b in zip(gradients, (back[0], back[1], back[3])):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-12)
    step = np.zeros_like(params)
    step[7] = 1e-6
    ahead, behind = (
        tf.reduce_sum(run(watched[0], watched[1], tf.constant(params + s)).output ** 2).numpy() for s in (step, -step)
    )
    np.testing.assert_allclose(gradients[2].numpy()[7], (ahead - behind) / 2e-6, rtol=1e-6)


def _projected(directions, proj=2):
    """Operands of an LSTM whose output has two numbers, and its matrices and biases."""
    rng = np.random.default_rng(5)
    attrs = {"num_proj": proj, "direction": "bidirectional" if directions == 2 else "unidirectional"}
    sizes = {"num_layers": LAYERS, "num_units": UNITS, "input_size": INPUTS}
    (size,) = tf.raw_ops.CudnnRNNParamsSize(**sizes, T=tf.float64, S=tf.int32, **attrs).numpy()
    params = rng.normal(size=size) / 2
    count = LAYERS * directions
    weights, biases = tf.raw_ops.CudnnRNNParamsToCanonicalV2(
        **sizes, params=params, num_params_weights=9 * count, num_params_biases=8 * count, **attrs
    )
    again = tf.raw_ops.CudnnRNNCanonicalToParamsV2(**sizes, weights=weights, biases=biases, **attrs)
    np.testing.assert_array_equal(again.numpy(), params)
    x, h, c = (rng.normal(size=s) for s in ((STEPS, BATCH, INPUTS), (count, BATCH, proj), (count, BATCH, UNITS)))
    return attrs, (x, h, c, params), [w.numpy() for w in weights], [b.numpy() for b in biases]


@pytest.mark.parametrize("directions", [1, 2])
def test_projected_outputs_are_those_of_the_textbook(directions):
    attrs, (x, h, c, params), weights, biases = _projected(directions)
    got = tf.raw_ops.CudnnRNNV3(
        input=x, input_h=h, input_c=c, params=params, sequence_lengths=LENGTHS, time_major=True, **attrs
    )
    h, c = h.copy(), c.copy()
    for layer in range(LAYERS):
        outputs = np.zeros((STEPS, BATCH, 2 * directions))
        for direction in range(directions):
            n = layer * directions + direction
            w, b = weights[9 * n : 9 * n + 9], biases[8 * n : 8 * n + 8]
            for example in range(BATCH):
                times = range(LENGTHS[example])
                for t in times if direction == 0 else reversed(times):
                    given = [w[g] @ x[t, example] + b[g] for g in range(4)]
                    state = [w[4 + g] @ h[n, example] + b[4 + g] for g in range(4)]
                    hidden, c[n, example] = _step("lstm", h[n, example], c[n, example], given, state)
                    h[n, example] = outputs[t, example, 2 * direction : 2 * direction + 2] = w[8] @ hidden
        x = outputs
    for a, b in zip(got[:3], (x, h, c)):
        np.testing.assert_allclose(a.numpy(), b, atol=1e-13)


@pytest.mark.parametrize("mode", GATES)
def test_dropout_is_between_the_layers(mode):
    attrs, (x, h, c, params), _, _ = _network(mode, 2)
    given = {"input": x, "input_h": h, "input_c": c if mode == "lstm" else np.zeros(0), "params": params, **attrs}
    plain = tf.raw_ops.CudnnRNN(**given)
    for same in ({"dropout": 1e-12}, {"dropout": 0.5, "is_training": False}):
        for a, b in zip(tf.raw_ops.CudnnRNN(**given, **same)[:3], plain[:3]):
            np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-9)

    def draw():
        tf.random.set_seed(3)
        return tf.raw_ops.CudnnRNN(**given, dropout=0.5, seed=7)

    first, second = draw(), draw()
    # The same elements are dropped; on a busy machine products were seen to differ in the last bit.
    np.testing.assert_array_equal(first.output == 0, second.output == 0)
    np.testing.assert_allclose(first.output, second.output, rtol=1e-13)
    # What the first layer gives is not touched, the second sees other inputs.
    np.testing.assert_allclose(first.output_h[:2], plain.output_h[:2], atol=1e-12)
    assert np.abs(first.output_h[2:] - plain.output_h[2:]).max() > 1e-3


def test_dropout_of_a_projected_network_in_a_function_has_gradients():
    attrs, (x, h, c, params), _, _ = _projected(2)
    params = tf.constant(params)

    @tf.function
    def gradient():
        with tf.GradientTape() as tape:
            tape.watch(params)
            outputs = tf.raw_ops.CudnnRNNV3(
                input=x, input_h=h, input_c=c, params=params, sequence_lengths=LENGTHS, dropout=0.5, **attrs
            )
        return tape.gradient(outputs.output, params)

    assert np.abs(gradient()).max() > 0


@pytest.mark.parametrize("mode", GATES)
def test_skipped_input_is_what_identity_matrices_make_of_it(mode):
    rng = np.random.default_rng(5)
    sizes = {"num_layers": 1, "num_units": UNITS, "input_size": UNITS, "rnn_mode": mode}
    gates = GATES[mode]
    recurrent = [rng.normal(size=(UNITS, UNITS)) for _ in range(gates)]
    biases = [rng.normal(size=UNITS) for _ in range(2 * gates)]
    x, h = rng.normal(size=(STEPS, BATCH, UNITS)), rng.normal(size=(1, BATCH, UNITS))
    found = []
    for input_mode, given in (("skip_input", np.zeros((UNITS, 0))), ("linear_input", np.eye(UNITS))):
        weights = [given] * gates + recurrent
        params = tf.raw_ops.CudnnRNNCanonicalToParamsV2(**sizes, weights=weights, biases=biases, input_mode=input_mode)
        operands = {"input": x, "input_h": h, "input_c": h, "params": params}
        found.append(tf.raw_ops.CudnnRNN(**operands, rnn_mode=mode, input_mode=input_mode))
    np.testing.assert_allclose(found[0].output, found[1].output, atol=1e-12)
    np.testing.assert_allclose(found[0].output_h, found[1].output_h, atol=1e-12)


def test_dropout_after_a_layer_that_skips_its_input():
    rng = np.random.default_rng(7)
    sizes = {"num_layers": 2, "num_units": UNITS, "input_size": UNITS}
    (size,) = tf.raw_ops.CudnnRNNParamsSize(**sizes, T=tf.float64, S=tf.int32, input_mode="auto_select").numpy()
    x, h = rng.normal(size=(STEPS, BATCH, UNITS)), rng.normal(size=(2, BATCH, UNITS))
    operands = {"input": x, "input_h": h, "input_c": h, "params": rng.normal(size=size), "input_mode": "auto_select"}
    plain, dropped = (tf.raw_ops.CudnnRNN(**operands, dropout=d, seed=1) for d in (0.0, 0.5))
    np.testing.assert_allclose(dropped.output_h[0], plain.output_h[0], atol=1e-12)
    assert np.abs(dropped.output_h[1] - plain.output_h[1]).max() > 1e-3


def test_skipped_input_is_as_large_as_the_state():
    options, (x, h, c, params), _, _ = _network("lstm", 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match="skip_input"):
        tf.raw_ops.CudnnRNN(input=x, input_h=h, input_c=c, params=params, input_mode="skip_input", **options)
