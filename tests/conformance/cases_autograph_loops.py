"""`for` loops that AutoGraph converts, and what users keep in loops."""

from .cases_autograph import raised_or
from .runner import Program


def _for_range(tf):
    @tf.function
    def f(n):
        s = 0
        for i in tf.range(n):
            s += i
        return s

    return [f(tf.constant(5)), f(tf.constant(0)), f(4)]


def _for_range_forms(tf):
    @tf.function
    def f(a, b, c):
        s = tf.constant(0)
        t = tf.constant(0)
        for i in tf.range(a, b):
            s += i
        for i in tf.range(b, a, -c):
            t = t * 10 + i
        return s, t

    return [f(2, 6, 1), f(tf.constant(2), tf.constant(9), tf.constant(3))]


def _for_float_range(tf):
    @tf.function
    def f(x):
        for t in tf.range(0.0, 1.0, 0.25):
            x = x + t
        return x

    return f(tf.constant(1.0))


def _for_range_of_python_range(tf):
    @tf.function
    def f(n):
        s = 0
        for i in range(n):
            s += i
        for i in range(1, n, 2):
            s += 10 * i
        return s

    return [f(tf.constant(5)), f(5), f(tf.constant(-2))]


def _for_iterate_after_loop(tf):
    @tf.function
    def f(n):
        for i in tf.range(n):  # noqa: B007 - what `i` is after the loop is under test
            pass
        return i

    return [f(tf.constant(5)), f(tf.constant(0))]


def _for_tensor(tf):
    @tf.function
    def f(x):
        s = tf.zeros([2])
        for row in x:
            s = s * 2.0 + row
        return s

    return [f(tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])), f(tf.zeros([0, 2]))]


def _for_tensor_unknown(tf):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32)])
    def f(x):
        s = 0
        for e in x:
            if e < 0:
                continue
            if e > 100:
                break
            s += e
        return s

    return [f(tf.constant([1, -5, 3, 101, 7])), f(tf.constant([], tf.int32))]


def _for_eager_tensor(tf):
    data = tf.constant([1, 2, 3])

    @tf.function
    def f(x):
        for e in data:
            x = x * e + 1
        return x

    return f(tf.constant(1))


def _for_variable(tf):
    v = tf.Variable([1.0, 2.0, 3.0])

    @tf.function
    def f():
        s = 0.0
        for e in v:
            s += e
        return s

    return f()


def _for_python(tf):
    @tf.function
    def f(x):
        for i in [1, 2, 3]:
            x = x + i
        for k, v in {"a": 1, "b": 2}.items():
            x = x + v * len(k)
        for i, (a, b) in enumerate(zip([1, 2], [3, 4])):
            x = x + i * a * b
        return x

    return f(tf.constant(0))


def _for_python_break(tf):
    seen = []

    @tf.function
    def f(x, k):
        for i in range(5):
            seen.append(i)
            if i == k:
                break
            x = x + i
        for i in range(5):
            if i % 2:
                continue
            x = x * 2
        return x

    return [f(tf.constant(1), 2), seen]


def _for_python_tensor_break(tf):
    @tf.function
    def f(x):
        for i in range(5):
            if x > 3:
                break
            x = x + i
        return x

    return f(tf.constant(1))


def _for_python_return(tf):
    @tf.function
    def f(x, k):
        for i in range(5):
            if i == k:
                return x * i
        return x

    return [f(tf.constant(2), 3), f(tf.constant(2), 7)]


def _nested_loops(tf):
    @tf.function
    def f(n):
        s = 0
        for i in tf.range(n):
            for j in tf.range(n):
                if j > i:
                    break
                if (i + j) % 2 == 0:
                    continue
                s += i * 10 + j
            if s > 200:
                break
        return s

    return [f(tf.constant(4)), f(tf.constant(9))]


def _nested_while_for(tf):
    @tf.function
    def f(x):
        i = tf.constant(0)
        while i < 3:
            for row in x:
                for e in row:
                    i += e
        return i

    return f(tf.constant([[0, 1], [1, 0]]))


def _loop_of_lists(tf):
    @tf.function
    def f(x):
        outputs = []
        state = tf.zeros([2])
        for t in range(3):
            state = tf.tanh(state + x[:, t])
            outputs.append(state)
        last = outputs.pop()
        return tf.stack(outputs, 1), last

    return f(tf.constant([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]))


def _tensor_array(tf):
    @tf.function
    def f(n):
        ta = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        for i in tf.range(n):
            ta = ta.write(i, tf.cast(i, tf.float32) ** 2)
        return ta.stack(), ta.size()

    return [f(tf.constant(4)), f(tf.constant(1))]


def _tensor_array_while(tf):
    @tf.function
    def fibonacci(n):
        ta = tf.TensorArray(tf.int32, size=n)
        i, a, b = 0, 0, 1
        while i < n:
            ta = ta.write(i, a)
            a, b = b, a + b
            i += 1
        return ta.stack()

    return fibonacci(tf.constant(10))


def _iterating_tensor_array(tf):
    @tf.function
    def f():
        s = 0.0
        for x in tf.TensorArray(tf.float32, 3).unstack(tf.constant([1.0, 2.0, 3.0])):
            s += x
        return s

    return raised_or(f)


def _len_of_tensor_array(tf):
    @tf.function
    def f(x):
        ta = tf.TensorArray(tf.float32, 3).unstack(x)
        s = 0.0
        for i in range(len(ta)):
            s += ta.read(i)
        return s

    return f(tf.constant([1.0, 2.0, 3.0]))


def _rnn(tf):
    w = tf.Variable([[0.5, -0.2], [0.1, 0.3]])
    u = tf.Variable([[0.2, 0.4], [-0.3, 0.6]])

    def cell(x, h):
        return tf.tanh(x @ w + h @ u)

    @tf.function
    def run(xs, lengths):
        h = tf.zeros([tf.shape(xs)[0], 2])
        outputs = tf.TensorArray(tf.float32, size=tf.shape(xs)[1])
        for t in tf.range(tf.shape(xs)[1]):
            new = cell(xs[:, t], h)
            h = tf.where((t < lengths)[:, None], new, h)
            outputs = outputs.write(t, h)
        return tf.transpose(outputs.stack(), [1, 0, 2]), h

    xs = tf.reshape(tf.range(12, dtype=tf.float32) / 10.0, [2, 3, 2])
    with tf.GradientTape() as tape:
        out, h = run(xs, tf.constant([3, 2]))
        loss = tf.reduce_sum(out * out)
    return out, h, tape.gradient(loss, [w, u])


def _rnn_module(tf):
    class Net(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable(0.5)
            self.steps = tf.Variable(0)

        @tf.function
        def __call__(self, x):
            state = tf.zeros_like(x[0])
            for t in tf.range(len(x)):
                state = self.step(state, x[t])
                self.steps.assign_add(1)
            return state

        def step(self, state, x):
            if tf.reduce_sum(x) > 1.0:
                return state * self.w + x
            return state

    net = Net()
    x = tf.constant([[1.0, 1.0], [0.1, 0.1], [2.0, 0.5]])
    return net(x), net(x), net.steps.read_value()


def _training_loop(tf):
    v = tf.Variable(5.0)

    @tf.function
    def train(steps):
        losses = tf.TensorArray(tf.float32, size=steps)
        for i in tf.range(steps):
            with tf.GradientTape() as tape:
                loss = (v - 2.0) ** 2
            v.assign_sub(0.1 * tape.gradient(loss, v))
            losses = losses.write(i, loss)
        return losses.stack()

    return train(tf.constant(4)), v.read_value()


def _return_in_loop(tf):
    @tf.function
    def always(n):
        for i in tf.range(n):
            return i * 2

    return raised_or(lambda: always(tf.constant(3)))


def _return_in_loop_condition(tf):
    @tf.function
    def f(n):
        for i in tf.range(n):
            if i > 3:
                return i
        return n

    return raised_or(lambda: f(tf.constant(10)))


def _defined_in_loop(tf):
    @tf.function
    def f(n):
        for i in tf.range(n):
            y = i * 2
            z = [tf.cast(i, tf.float32), y]
        return y, z

    return [f(tf.constant(3)), raised_or(lambda: f(tf.constant(0)))]


def _defined_in_while(tf):
    @tf.function
    def f(x):
        while tf.reduce_sum(x) < 10.0:
            x = x * 2.0
            y = tf.reduce_max(x)
        return x, y

    return [f(tf.constant([1.0, 2.0])), raised_or(lambda: f(tf.constant([100.0])))]


def _shape_invariants(tf):
    @tf.function
    def f(n):
        v = tf.constant([0])
        for i in tf.range(n):
            tf.autograph.experimental.set_loop_options(shape_invariants=[(v, tf.TensorShape([None]))])
            v = tf.concat([v, [i]], 0)
        return v

    return f(tf.constant(3))


def _maximum_iterations(tf):
    @tf.function
    def f(n):
        s = 0
        for i in tf.range(n):
            tf.autograph.experimental.set_loop_options(maximum_iterations=3, parallel_iterations=2)
            s += i
        k = tf.constant(0)
        while k < n:
            tf.autograph.experimental.set_loop_options(maximum_iterations=2)
            k += 1
        return s, k

    return f(tf.constant(10))


def _loop_options_in_python_loop(tf):
    @tf.function
    def f(x):
        for i in range(3):
            tf.autograph.experimental.set_loop_options(maximum_iterations=1)
            x += i
        return x

    return f(tf.constant(0))


def _side_effects_of_for(tf):
    @tf.function
    def f(x):
        s = 0
        for e in x:
            print("body", e.shape, e.dtype.name)
            s += e
        for i in tf.range(3):
            print("range", i.dtype.name)
            y = i
        return s + y

    return f(tf.constant([1, 2]))


def _static_shapes_in_loop(tf):
    shapes = []

    @tf.function
    def f(x):
        y = tf.zeros([2, 3])
        for row in x:
            y = y + row
            shapes.append((y.shape.as_list(), row.shape.as_list()))
        return y

    return f(tf.ones([4, 3])), shapes


def _gradient_of_loop(tf):
    @tf.function
    def f(x, n):
        y = tf.ones_like(x)
        for i in tf.range(n):
            y = y * x + tf.cast(i, tf.float32)
        return y

    x = tf.constant([0.5, 2.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x, tf.constant(4))
        g = tape.gradient(y, x)
    return y, g, outer.gradient(g, x)


def _ragged(tf):
    @tf.function
    def f(rt):
        total = 0
        longest = 0
        for row in rt:
            total += tf.reduce_sum(row)
            longest = tf.maximum(longest, tf.size(row))
        return total, longest

    return f(tf.ragged.constant([[1, 2], [], [3, 4, 5]]))


def _loop_state_in_object(tf):
    class Memory:
        def __init__(self, x):
            self.x = x
            self.history = {"last": x}

        def update(self, y):
            self.history["last"] = self.x
            self.x = self.x + y

    @tf.function
    def f(x, n):
        m = Memory(x)
        for i in tf.range(n):
            m.x = m.x + tf.cast(i, tf.float32)
            m.history["last"] = m.x * 2.0
        return m.x, m.history

    return f(tf.constant(1.0), tf.constant(3))


def _tuple_state(tf):
    @tf.function
    def f(n):
        state = (tf.constant(0), {"a": tf.constant(1.0)})
        for _ in tf.range(n):
            state = (state[0] + 1, {"a": state[1]["a"] * 2.0})
        return state

    return f(tf.constant(3))


def _unused_state(tf):
    @tf.function
    def f(n):
        for i in tf.range(n):
            tmp = i * 2
            tf.debugging.assert_less(tmp, 100)
        return n

    return f(tf.constant(3))


CASES = [
    Program("range", _for_range),
    Program("range-forms", _for_range_forms),
    Program("range-float", _for_float_range),
    Program("range-python", _for_range_of_python_range),
    Program("iterate-after-loop", _for_iterate_after_loop),
    Program("tensor", _for_tensor),
    Program("tensor-unknown", _for_tensor_unknown),
    Program("tensor-eager", _for_eager_tensor),
    Program("variable", _for_variable),
    Program("python", _for_python),
    Program("python-break", _for_python_break),
    Program("python-tensor-break", _for_python_tensor_break, message=["break and return statements"]),
    Program("python-return", _for_python_return),
    Program("nested", _nested_loops),
    Program("nested-while-for", _nested_while_for),
    Program("lists", _loop_of_lists),
    Program("tensor-array", _tensor_array),
    Program("tensor-array-while", _tensor_array_while),
    Program("tensor-array-iterating", _iterating_tensor_array),
    Program("tensor-array-len", _len_of_tensor_array),
    Program("rnn", _rnn),
    Program("rnn-module", _rnn_module),
    Program("training-loop", _training_loop),
    Program("return", _return_in_loop),
    Program("return-conditional", _return_in_loop_condition),
    Program("defined-in-loop", _defined_in_loop),
    Program("defined-in-while", _defined_in_while),
    Program("shape-invariants", _shape_invariants),
    Program("maximum-iterations", _maximum_iterations),
    Program("options-python-loop", _loop_options_in_python_loop),
    Program("side-effects", _side_effects_of_for),
    Program("static-shapes", _static_shapes_in_loop),
    Program("gradient", _gradient_of_loop),
    Program("ragged", _ragged),
    Program("object-state", _loop_state_in_object),
    Program("tuple-state", _tuple_state),
    Program("unused-state", _unused_state),
]
