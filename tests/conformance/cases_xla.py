"""`tf.xla.experimental`."""

from .runner import Program, raised


def _compiled(tf):
    xla = tf.xla.experimental

    @tf.function
    def f(a):
        with xla.jit_scope():
            b = a + 1
        return b, xla.compile(lambda x: x * 2, [a])

    return [
        xla.compile(lambda a, b: (a, [b]), [1, tf.constant(2.0)]),
        xla.compile(lambda: 3),
        xla.compile(lambda a: {"k": a + 1}, [1]),
        f(tf.constant(1)),
        raised(lambda: xla.compile(lambda a: a, 3)),
        raised(lambda: xla.compile(lambda a: a, [1, 2])),
        raised(lambda: xla.jit_scope().__enter__()),
    ]


CASES = [Program("compile", _compiled)]
