"""What loops and branches carry: variables, composite tensors, TensorArrays, missing values."""

from .cases_autograph import raised_or
from .runner import Program


def _variable_as_state(tf):
    v = tf.Variable(1.0)

    @tf.function
    def f(n):
        x = v
        for _ in tf.range(n):
            x = x * 2.0
            v.assign_add(1.0)
        y = v
        if n > 2:
            y = x
        return x, y

    return [f(tf.constant(3)), f(tf.constant(0)), v.read_value()]


def _variable_read_in_condition(tf):
    v = tf.Variable(0)

    @tf.function
    def f():
        steps = 0
        while v < 5:
            v.assign_add(2)
            steps += 1
        if v == 6:
            v.assign(100)
        return steps, v.read_value()

    return [f(), f()]


def _variable_in_boolean_operators(tf):
    flag, other = tf.Variable(True), tf.Variable(False)

    @tf.function
    def f(x):
        if flag and not other:
            x = x + 1
        if flag:
            other.assign(True)
        return x if other else -x

    return [f(tf.constant(1)), f(tf.constant(1))]


def _tensor_array_in_branches(tf):
    @tf.function
    def f(n):
        kept = tf.TensorArray(tf.int32, size=0, dynamic_size=True)
        count = 0
        for i in tf.range(n):
            if i % 3 == 0:
                kept = kept.write(count, i * i)
                count += 1
        return kept.stack(), count

    return [f(tf.constant(7)), f(tf.constant(1))]


def _two_tensor_arrays(tf):
    @tf.function
    def f(x):
        forward = tf.TensorArray(tf.float32, size=3)
        backward = tf.TensorArray(tf.float32, size=3, element_shape=[2])
        state = tf.zeros([2])
        for i in tf.range(3):
            state = state + x[i]
            forward = forward.write(i, state)
            backward = backward.write(2 - i, state * 2.0)
        return forward.stack(), backward.concat() if False else backward.stack()

    x = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        a, b = f(x)
        loss = tf.reduce_sum(a * b)
    return a, b, tape.gradient(loss, x)


def _ragged_state(tf):
    @tf.function
    def f(rt, n):
        for _ in tf.range(n):
            rt = rt * 2
        if n > 1:
            rt = rt + 1
        return rt.to_list() if tf.executing_eagerly() else rt.flat_values

    return f(tf.ragged.constant([[1], [2, 3]]), tf.constant(2))


def _sparse_state(tf):
    @tf.function
    def f(st, n):
        for _ in tf.range(n):
            st = st * 2.0
        if n > 1:
            st = tf.sparse.SparseTensor(st.indices, st.values + 1.0, st.dense_shape)
        return tf.sparse.to_dense(st)

    return f(tf.sparse.from_dense([[0.0, 1.0], [2.0, 0.0]]), tf.constant(2))


def _missing_values(tf):
    @tf.function
    def f(n, start=None):
        best = start
        for i in tf.range(n):
            value = (i - 2) ** 2
            if best is None or value < best:
                best = value
        return best

    return [raised_or(lambda: f(tf.constant(3))), f(tf.constant(4), tf.constant(3))]


def _strings(tf):
    @tf.function
    def f(words, sep):
        text = ""
        for word in words:
            if tf.strings.length(word) > 1:
                text = tf.strings.join([text, word], sep)
        return text

    return f(tf.constant(["ab", "c", "def"]), "-")


def _growing_tensor(tf):
    @tf.function(input_signature=[tf.TensorSpec([], tf.int32)])
    def f(n):
        values = tf.zeros([0], tf.int32)
        for i in tf.range(n):
            tf.autograph.experimental.set_loop_options(shape_invariants=[(values, tf.TensorShape([None]))])
            if i % 2 == 0:
                values = tf.concat([values, [i]], 0)
        return values

    return [f(tf.constant(5)), f(tf.constant(0))]


def _mixed_dtypes(tf):
    @tf.function
    def f(n):
        a, b, c, d = 0, 0.5, False, "s"
        for i in tf.range(n):  # noqa: B007 - used after the loop
            a, b, c, d = a + 1, b * 2.0, not c, d + "x"
        return a, b, c, d, i

    return f(tf.constant(3))


def _numpy_state(tf):
    import numpy as np

    @tf.function
    def f(n):
        x = np.zeros([2], np.float32)
        for i in tf.range(n):
            x = x + tf.cast(i, tf.float32)
        return x + np.float32(1)

    return f(tf.constant(3))


def _random_in_loop(tf):
    @tf.function
    def f(n):
        total = 0.0
        for i in tf.range(n):
            total += tf.random.stateless_uniform([], seed=[1, i])
        return total

    return f(tf.constant(4))


def _inner_function_changes_variable(tf):
    v = tf.Variable([0, 0, 0])

    @tf.function
    def f(n):
        def put(i):
            v.scatter_nd_update([[i]], [i * 10])

        for i in tf.range(n):
            if i != 1:
                put(i)
        return v.read_value()

    return f(tf.constant(3))


def _beam(tf):
    @tf.function
    def decode(logits, limit):
        tokens = tf.TensorArray(tf.int32, size=0, dynamic_size=True)
        token, step, score = tf.constant(0), tf.constant(0), tf.constant(0.0)
        done = tf.constant(False)
        while not done and step < limit:
            row = tf.nn.log_softmax(logits[token])
            token = tf.argmax(row, output_type=tf.int32)
            score += row[token]
            tokens = tokens.write(step, token)
            done = token == 3
            step += 1
        return tokens.stack(), score, step

    logits = tf.constant([[0.0, 2.0, 1.0, 0.5], [0.0, 0.1, 3.0, 0.2], [1.0, 0.0, 0.3, 2.5], [9.0, 0.0, 0.0, 0.0]])
    return [decode(logits, tf.constant(10)), decode(logits, tf.constant(2))]


def _newton(tf):
    @tf.function
    def root(x, tolerance=1e-5):
        guess = x / 2.0
        while tf.abs(guess * guess - x) > tolerance:
            guess = 0.5 * (guess + x / guess)
        return guess

    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = root(x)
    return y, tape.gradient(y, x)


def _vectorised(tf):
    @tf.function
    def f(xs):
        def count(x):
            n = 0
            while x > 1:
                x = x // 2
                n += 1
            return n

        return tf.map_fn(count, xs), tf.foldl(lambda a, x: a + x if x > 2 else a, xs)

    return f(tf.constant([1, 2, 9, 16]))


def _loops_without_locals(tf):
    """Loops that change nothing but variables."""
    v = tf.Variable(0)

    @tf.function
    def f(n):
        v.assign(n)
        while v.read_value() > 2:
            v.assign_sub(1)
        while tf.constant(True):
            v.assign_add(3)
            if v > 9:
                break
        return v.read_value()

    return f(tf.constant(6)), f(tf.constant(0)), v


def _invariants_beside_arrays(tf):
    """Shape invariants for some variables of a loop, where others are no tensors."""

    @tf.function
    def decode(start, steps):
        state = (start, tf.zeros([1]))
        outputs = tf.TensorArray(tf.float32, 3)
        rows = tf.ragged.constant([[1], [2, 3]])
        options = tf.data.Dataset.range(5)
        numbers = iter(options)
        for i in tf.range(steps):
            tf.autograph.experimental.set_loop_options(
                shape_invariants=[(state, (tf.TensorShape([None]), tf.TensorShape([None])))]
            )
            state = (tf.concat([state[0], state[1]], 0), state[1] + tf.cast(next(numbers), tf.float32))
            outputs = outputs.write(i, state[0][-1])
            rows = rows + 1
        return outputs.stack(), state, rows

    return decode(tf.constant([7.0]), tf.constant(3))


CASES = [
    Program("invariants-beside-arrays", _invariants_beside_arrays),
    Program("variable", _variable_as_state),
    Program("variable-condition", _variable_read_in_condition),
    Program("variable-boolean", _variable_in_boolean_operators),
    Program("tensor-array-branches", _tensor_array_in_branches),
    Program("two-tensor-arrays", _two_tensor_arrays),
    Program("ragged", _ragged_state),
    Program("sparse", _sparse_state),
    Program("missing-values", _missing_values),
    Program("strings", _strings),
    Program("growing", _growing_tensor),
    Program("mixed-dtypes", _mixed_dtypes),
    Program("numpy", _numpy_state),
    Program("random", _random_in_loop),
    Program("inner-function", _inner_function_changes_variable),
    Program("decoding", _beam),
    Program("newton", _newton, rtol=1e-4),
    Program("mapped", _vectorised),
    Program("loops-without-locals", _loops_without_locals),
]
