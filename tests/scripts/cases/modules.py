"""tf.Module: collecting variables and submodules."""

import tensorflow as tf


class SimpleModule(tf.Module):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.a_variable = tf.Variable(5.0, name="train_me")
        self.non_trainable_variable = tf.Variable(5.0, trainable=False, name="do_not_train_me")

    def __call__(self, x):
        return self.a_variable * x + self.non_trainable_variable


simple = SimpleModule(name="simple")
print(simple(tf.constant(5.0)), simple.name)
print("trainable variables:", simple.trainable_variables)
print("all variables:", [v.name for v in simple.variables])


class Dense(tf.Module):
    def __init__(self, in_features, out_features, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(
            tf.reshape(tf.range(in_features * out_features, dtype=tf.float32), [in_features, out_features]) / 10,
            name="w",
        )
        self.b = tf.Variable(tf.zeros([out_features]), name="b")

    def __call__(self, x):
        return tf.nn.relu(tf.matmul(x, self.w) + self.b)


class Sequential(tf.Module):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.dense_1 = Dense(in_features=3, out_features=3)
        self.dense_2 = Dense(in_features=3, out_features=2)

    def __call__(self, x):
        return self.dense_2(self.dense_1(x))


model = Sequential(name="the_model")
print("result:", model(tf.constant([[2.0, 2.0, 2.0]])))
print([m.name for m in model.submodules])
for var in model.variables:
    print(var, var.name)


class FlexibleDense(tf.Module):
    def __init__(self, out_features, name=None):
        super().__init__(name=name)
        self.is_built = False
        self.out_features = out_features

    def __call__(self, x):
        if not self.is_built:
            self.w = tf.Variable(tf.ones([x.shape[-1], self.out_features]), name="w")
            self.b = tf.Variable(tf.zeros([self.out_features]), name="b")
            self.is_built = True
        return tf.nn.relu(tf.matmul(x, self.w) + self.b)


class Stack(tf.Module):
    def __init__(self):
        super().__init__()
        self.layers = [FlexibleDense(4), FlexibleDense(2)]
        self.by_name = {"scale": tf.Variable(2.0, name="scale"), "inner": SimpleModule()}
        self.pair = (tf.Variable(1, name="one"), tf.Variable(2, name="two"))

    @tf.function
    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x * self.by_name["scale"]


stack = Stack()
print(stack.name, stack(tf.constant([[1.0, 2.0, 3.0]])))
print([v.name for v in stack.variables], [v.name for v in stack.trainable_variables])
print([type(m).__name__ for m in stack.submodules], len(stack.layers), stack.layers[0].w.shape)
stack.layers.append(FlexibleDense(1))
print(len(list(stack.submodules)))


class Named(tf.Module):
    @tf.Module.with_name_scope
    def __call__(self, x):
        if not hasattr(self, "w"):
            self.w = tf.Variable(tf.ones([x.shape[1], 2]), name="w")
        return tf.matmul(x, self.w)


named = Named(name="outer")
named(tf.ones([1, 3]))
print(named.w.name, named.name_scope.name)
try:
    tf.Module(name="not a name")
except ValueError as error:
    print("ValueError", "not a name" in str(error))
