"""tf.function with Python control flow: loops, conditionals, accumulating values, a training loop."""

import tensorflow as tf


@tf.function
def shrink(x):
    while tf.reduce_sum(x) > 1:
        tf.print(x)
        x = tf.tanh(x)
    return x


shrink(tf.constant([0.9, 0.4, 0.6]))


@tf.function
def fizzbuzz(n):
    for i in tf.range(1, n + 1):
        print("Tracing for loop")
        if i % 15 == 0:
            print("Tracing fizzbuzz branch")
            tf.print("fizzbuzz")
        elif i % 3 == 0:
            print("Tracing fizz branch")
            tf.print("fizz")
        elif i % 5 == 0:
            print("Tracing buzz branch")
            tf.print("buzz")
        else:
            print("Tracing default branch")
            tf.print(i)


fizzbuzz(tf.constant(5))
fizzbuzz(tf.constant(20))


@tf.function
def sums(n):
    even, odd = tf.constant(0), tf.constant(0)
    for i in tf.range(n):
        if i > 12:
            break
        if i % 2 == 0:
            even += i
            continue
        odd += i
    return even, odd


print([int(s) for s in sums(tf.constant(10))], [int(s) for s in sums(tf.constant(100))])


@tf.function
def dynamic_rnn(rnn_step, input_data, initial_state):
    # [batch, time, features] -> [time, batch, features]
    input_data = tf.transpose(input_data, [1, 0, 2])
    max_seq_len = tf.shape(input_data)[0]
    states = tf.TensorArray(tf.float32, size=max_seq_len)
    state = initial_state
    for i in tf.range(max_seq_len):
        state = rnn_step(input_data[i], state)
        states = states.write(i, state)
    return tf.transpose(states.stack(), [1, 0, 2])


data = tf.reshape(tf.range(16, dtype=tf.float32) / 16.0, [2, 4, 2])
print(dynamic_rnn(lambda x, s: x + s, data, tf.zeros([2, 2])))


class Model(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(5.0)
        self.b = tf.Variable(0.0)
        self.clipped = tf.Variable(0)

    @tf.function
    def __call__(self, x):
        y = self.w * x + self.b
        return y if tf.reduce_max(y) < 100.0 else tf.minimum(y, 100.0)

    @tf.function
    def fit(self, x, y, steps, rate=0.1):
        loss = tf.constant(0.0)
        for step in tf.range(steps):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((self(x) - y) ** 2)
            for v, g in zip(self.trainable_variables, tape.gradient(loss, self.trainable_variables)):
                if tf.abs(g) > 1.0:
                    self.clipped.assign_add(1)
                    g = tf.sign(g)
                v.assign_sub(rate * g)
            if step % 5 == 0:
                tf.print("step", step, "loss", loss)
            if loss < 0.05:
                tf.print("enough after", step)
                break
        return loss


model = Model()
x = tf.constant([0.0, 1.0, 2.0])
final = model.fit(x, 3.0 * x + 2.0, tf.constant(60))
print(round(float(final), 3), round(float(model.w), 3), int(model.clipped))


@tf.function
def total(dataset):
    result = 0.0
    for a, b in dataset:
        result += a * b
    return result


print(float(total(tf.data.Dataset.from_tensor_slices(([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])))))


@tf.function
def only_one_branch(x):
    if x > 0:
        y = x
    return y


try:
    only_one_branch(tf.constant(1))
except ValueError as error:
    print(type(error).__name__, "'y' must also be initialized in the else branch" in str(error))


@tf.function
def needs_an_iteration(n):
    for i in tf.range(n):
        y = i
    return y


print(int(needs_an_iteration(tf.constant(3))))
try:
    needs_an_iteration(tf.constant(0))
except tf.errors.InvalidArgumentError as error:
    print("loop must iterate at least once to initialize y" in str(error))
