"""tf.Module idioms."""

import tensorflow as tf


class Flexible(tf.Module):
    def __init__(self, out, name=None):
        super().__init__(name=name)
        self.is_built = False
        self.out = out

    def __call__(self, x):
        if not self.is_built:
            self.w = tf.Variable(tf.random.normal([x.shape[-1], self.out], seed=1), name="w")
            self.b = tf.Variable(tf.zeros([self.out]), name="b")
            self.is_built = True
        return tf.nn.relu(tf.matmul(x, self.w) + self.b)


class Seq(tf.Module):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.d1 = Flexible(3)
        self.d2 = Flexible(2, name="second")
        self.extras = {"scale": tf.Variable(2.0, name="scale"), "list": [tf.Variable(1, name="n")]}
        self._private = Flexible(1)

    @tf.function
    def __call__(self, x):
        return self.d2(self.d1(x)) * self.extras["scale"]

    @tf.Module.with_name_scope
    def scoped(self):
        v = tf.Variable(0.0, name="inner")
        with tf.name_scope("deep"):
            u = tf.Variable(0.0, name="u")
        return v.name, u.name


m = Seq(name="the_model")
print([v.name for v in m.variables])
y = m(tf.constant([[2.0, 2.0, 2.0]]))
print(y.shape, [v.name for v in m.variables], [v.shape.as_list() for v in m.trainable_variables])
print([s.name for s in m.submodules], m.name, m.d2.name, m.name_scope.name)
print(m.scoped(), m.d1.name_scope.name)
print(sorted(k for k, _ in m._flatten(with_path=True, predicate=lambda v: isinstance(v, tf.Variable)))[:3])
try:
    m(tf.constant([[1.0, 2.0]]))
except Exception as e:
    print(type(e).__name__)


class Bad(tf.Module):
    @tf.function
    def __call__(self, x):
        v = tf.Variable(1.0)
        return v * x


try:
    Bad()(tf.constant(1.0))
except ValueError as e:
    print("ValueError:", str(e).strip().splitlines()[-1][:60])


class Once(tf.Module):
    v = None

    @tf.function
    def __call__(self, x):
        if self.v is None:
            self.v = tf.Variable(3.0)
        return self.v * x


o = Once()
print(o(tf.constant(2.0)).numpy(), o(tf.constant([1.0, 2.0])).numpy(), len(o.variables))


class Base(tf.Module):
    def __init__(self):
        super().__init__()
        with self.name_scope:
            self.a = tf.Variable(1.0, name="a")

    def __call__(self, x):
        raise NotImplementedError


class Child(Base):
    def __init__(self):
        super().__init__()
        self.b = tf.Variable(2.0, name="b")
        self.fn = tf.function(lambda x: x * self.a + self.b)

    @property
    def doubled(self):
        return self.a * 2

    @classmethod
    def make(cls):
        return cls()

    @staticmethod
    @tf.function
    def stat(x):
        return x + 1

    __call__ = tf.function(lambda self, x: self.fn(x) - self.doubled)


c = Child.make()
print(c.a.name, c.b.name, c(tf.constant(5.0)).numpy(), Child.stat(tf.constant(1)).numpy(), c.doubled.numpy())
c.a.assign(10.0)
print(c(tf.constant(5.0)).numpy())
c.b = tf.Variable(100.0)
print(c(tf.constant(5.0)).numpy())
f = tf.function(c.fn.python_function)
print(f(tf.constant(1.0)).numpy(), c.fn.get_concrete_function(tf.TensorSpec([None])).structured_outputs)
w = tf.Variable(1.0)
with tf.GradientTape(watch_accessed_variables=False) as t:
    t.watch(w)
    z = w * c.a
print(t.gradient(z, [w, c.a]), [v.name for v in t.watched_variables()])
with tf.name_scope("outer") as s:
    print(s, tf.Variable(1, name="x").name, Base().a.name)
    with tf.name_scope("inner/"):
        print(tf.Variable(1, name="y").name)
