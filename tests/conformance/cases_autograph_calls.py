"""Functions, classes and builtins as AutoGraph calls them."""

import contextlib
import functools

from .cases_autograph import raised_or
from .runner import Program

# ruff: noqa: SIM108, C416, C417 - what is written so is under test


def relu(x):
    if x > 0:
        return x
    return x * 0


def _plain_functions(tf):
    def double_positive(x):
        if relu(x) > 0:
            return x * 2
        return x

    @tf.function
    def f(x):
        return double_positive(x) + relu(-x)

    return [f(tf.constant(2)), f(tf.constant(-3))]


def _recursion(tf):
    def power(x, n):
        if n == 0:
            return tf.ones_like(x)
        half = power(x, n // 2)
        if n % 2:
            return half * half * x
        return half * half

    @tf.function
    def f(x):
        return power(x, 5)

    return f(tf.constant(2))


def _lambdas(tf):
    clip = lambda x, limit=3: limit if x > limit else x

    @tf.function
    def f(x):
        local = lambda y: y * 2 if y > 1 else y
        return clip(x), clip(x, limit=1), local(x), (lambda z: not z > 0)(x)

    return [f(tf.constant(2)), f(tf.constant(5))]


def _lambda_itself(tf):
    f = tf.function(lambda x: x if x > 0 else -x)
    return [f(tf.constant(3)), f(tf.constant(-3))]


def _closures(tf):
    def make(k):
        def inner(x):
            if x > k:
                return x - k
            return x

        return inner

    @tf.function
    def f(x):
        return make(1)(x), make(10)(x)

    return f(tf.constant(5))


def _mutable_closure(tf):
    log = []
    counter = {"n": 0}

    @tf.function
    def f(x):
        counter["n"] += 1
        log.append(x.shape.rank)
        if x > 0:
            x = x + counter["n"]
        return x

    return [f(tf.constant(1)), f(tf.constant(2)), f(tf.constant(1.0)), log, counter]


def _rebound_closure(tf):
    k = 1

    @tf.function
    def f(x):
        return x + k if x > 0 else x

    first = f(tf.constant(1))
    k = 5
    return first, f(tf.constant(1)), f(tf.constant(1.0))


def _methods(tf):
    class Base:
        def __init__(self, k):
            self.k = k

        def scale(self, x):
            if x > 0:
                return x * self.k
            return x

        @classmethod
        def make(cls, k):
            return cls(k)

        @staticmethod
        def halve(x):
            if x > 10:
                return x // 2
            return x

        @property
        def twice(self):
            return self.k * 2

    class Derived(Base):
        def scale(self, x):
            y = super().scale(x)
            if y > 5:
                y = y + self.twice
            return self.halve(y)

        @tf.function
        def call(self, x):
            return self.scale(x)

    d = Derived.make(3)
    return [
        d.call(tf.constant(1)),
        d.call(tf.constant(9)),
        d.call(tf.constant(-9)),
        tf.function(d.scale)(tf.constant(2)),
    ]


def _callable_objects(tf):
    class Adder:
        def __init__(self, k):
            self.k = k

        def __call__(self, x):
            if x > 0:
                return x + self.k
            return x

    add = Adder(4)

    @tf.function
    def f(x):
        return add(x) * 2

    return [f(tf.constant(1)), f(tf.constant(-1)), tf.function(add)(tf.constant(3))]


def _modules(tf):
    class Dense(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable([[2.0]])

        def __call__(self, x):
            y = x @ self.w
            if tf.reduce_sum(y) > 3.0:
                y = y / 2.0
            return y

    class Net(tf.Module):
        def __init__(self):
            super().__init__()
            self.layers = [Dense(), Dense()]

        @tf.function
        def __call__(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    return [Net()(tf.constant([[1.0]])), Net()(tf.constant([[3.0]]))]


def _partials(tf):
    def clip(x, low, high):
        if x < low:
            return low
        if x > high:
            return high
        return x

    to_ten = functools.partial(clip, low=0, high=10)
    nested = functools.partial(to_ten, high=3)

    @tf.function
    def f(x):
        return to_ten(x), nested(x)

    return [f(tf.constant(5)), f(tf.constant(-5)), tf.function(nested)(tf.constant(7))]


def _decorators(tf):
    def logged(fn):
        @functools.wraps(fn)
        def wrapper(*args, **kwargs):
            print("calling", fn.__name__)
            return fn(*args, **kwargs) + 1

        return wrapper

    @logged
    def helper(x):
        if x > 0:
            return x * 10
        return x

    @tf.function
    @logged
    def f(x, *more, scale=1, **rest):
        for m in more:
            x = x + m
        if x > 3:
            x = x * scale
        return helper(x) + len(rest)

    return [f(tf.constant(1)), f(tf.constant(1), 2, 3, scale=2, extra=None)]


def _context_managers(tf):
    @contextlib.contextmanager
    def noted(name):
        print("enter", name)
        yield name
        print("exit", name)

    @tf.function
    def f(x):
        with noted("a") as name:
            if x > 0:
                x = x + len(name)
        return x

    return f(tf.constant(1))


def _generators(tf):
    def pairs(n):
        for i in range(n):
            yield i, i * i

    @tf.function
    def f(x):
        for i, j in pairs(4):
            x = x + i * j
        return x + sum(k for k in range(3))

    return f(tf.constant(1))


def _comprehensions(tf):
    @tf.function
    def f(x):
        ys = [x * i for i in range(4) if i % 2]
        d = {k: x + v for k, v in {"a": 1}.items()}
        s = {i for i in (1, 2)}
        return ys, d, len(s)

    return f(tf.constant(2))


def _functions_calling_functions(tf):
    @tf.function
    def inner(x):
        if x > 0:
            return x
        return -x

    @tf.function
    def outer(x):
        if inner(x) > 3:
            return inner(x) * 2
        return inner(x - 1)

    return [outer(tf.constant(-5)), outer(tf.constant(2))]


def _functions_as_arguments(tf):
    def apply(fn, x, *args, **kwargs):
        return fn(x, *args, **kwargs)

    @tf.function
    def f(x):
        def inner(y, k, sign=1):
            if y > k:
                return y * sign
            return y

        return apply(inner, x, 3), apply(inner, x, *[1], sign=-1), apply(tf.abs, x)

    return [f(tf.constant(2)), f(tf.constant(-5))]


def _keyword_arguments(tf):
    def g(a, /, b, *, c=2, **kwargs):
        if a > 0:
            return a + b + c + sum(kwargs.values())
        return a

    @tf.function
    def f(x):
        options = {"c": 5, "d": 7}
        return g(x, 1), g(x, b=1, c=3), g(x, 1, **options)

    return f(tf.constant(1))


def _constructors(tf):
    class Point:
        def __init__(self, x):
            # Constructors run as they are.
            self.x = x if isinstance(x, tf.Tensor) else None

    @tf.function
    def f(x):
        p = Point(x)
        if p.x > 0:
            p.x = p.x + 1
        return p.x

    return f(tf.constant(1))


def _len(tf):
    @tf.function(input_signature=[tf.TensorSpec([None, 3]), tf.TensorSpec([2, 2]), tf.TensorSpec(None)])
    def f(x, y, z):
        return len(x), isinstance(len(y), int), len(y), len(z), len([1, 2]), len({"a": x})

    return f(tf.zeros([4, 3]), tf.zeros([2, 2]), tf.zeros([5]))


def _len_of_scalar(tf):
    return raised_or(lambda: tf.function(lambda x: len(x))(tf.constant(1)))


def _numbers(tf):
    @tf.function
    def f(x):
        return int(x), float(x), int("7"), float("1.5"), abs(-x), int("101", 2), 0.0, 0

    return [f(tf.constant(2.7)), f(tf.constant(3)), f(tf.constant(-1.2, tf.float64))]


def _numbers_of_strings(tf):
    @tf.function
    def f(x):
        return int(x), float(x)

    return f(tf.constant("42"))


def _range(tf):
    @tf.function
    def f(n, k):
        return range(n), range(k, n), range(n, k, -1), list(range(3))

    return [f(tf.constant(4), tf.constant(1)), f(tf.constant(-4), tf.constant(-5))]


def _print(tf):
    @tf.function(experimental_autograph_options=tf.autograph.experimental.Feature.BUILTIN_FUNCTIONS)
    def f(x):
        print("tracing", x.dtype.name, 3)
        print(x)
        print("value:", x, sep="", end="!\n")
        return x

    return [f(tf.constant([1, 2])), f(tf.constant([3, 4]))]


def _print_at_trace_time(tf):
    @tf.function
    def f(x):
        print("tracing", x.dtype.name, 3)
        for i in tf.range(3):
            print(i.shape)
        return x

    return [f(tf.constant(1)), f(tf.constant(2))]


def _print_in_loop(tf):
    @tf.function(experimental_autograph_options=tf.autograph.experimental.Feature.BUILTIN_FUNCTIONS)
    def f(n):
        for i in tf.range(n):
            if i % 2 == 0:
                print("even", i)
            print("i =", i)
        print("done")
        return n

    return f(tf.constant(3))


def _enumerate_zip_map(tf):
    @tf.function
    def f(x):
        parts = tf.unstack(x)
        total = 0
        for i, p in enumerate(parts, 1):
            total = total + i * p
        for a, b in zip(parts, reversed(parts)):
            total = total + a * b
        doubled = list(map(lambda p: p * 2, parts))
        kept = list(filter(lambda k: k > 1, [1, 2, 3]))
        return total, doubled, kept, any([False, True]), all([]), sorted([3, 1, 2], reverse=True)

    return f(tf.constant([1, 2, 3]))


def _enumerate_tensor(tf):
    @tf.function
    def f(x):
        total = 0
        for i, e in enumerate(x):
            total += i * e
        return total

    return raised_or(lambda: f(tf.constant([1, 2])))


def _sorted(tf):
    @tf.function
    def f(x):
        return sorted(x), sorted(x, reverse=True), sorted([3, 1])

    return [f(tf.constant([3, 1, 2])), raised_or(lambda: f(tf.ones([2, 2])))]


def _max_and_sum(tf):
    @tf.function
    def f(x):
        return max(3, 4), min([2, 1]), sum(tf.unstack(x)), round(2.5), divmod(7, 3), pow(2, 3), isinstance(x, tf.Tensor)

    return f(tf.constant([1, 2]))


def _strings(tf):
    @tf.function
    def f(x, name):
        text = f"{name}-{x.shape.rank}" + f"{3}"
        if name.startswith("a"):
            text = text.upper()
        if x > 0:
            label = tf.constant("pos")
        else:
            label = tf.constant("neg")
        return tf.strings.join([text, label])

    return [f(tf.constant(1), "abc"), f(tf.constant(-1), "xyz")]


def _dir_and_locals(tf):
    @tf.function
    def f(x):
        y = 3
        names = sorted(n for n in locals() if n in ("x", "y"))
        return names, eval("y + 1"), "relu" in globals(), callable(relu), x.shape.rank, type(y) is int

    return f(tf.constant(1))


def _classes_inside(tf):
    @tf.function
    def f(x):
        class Local:
            factor = 2

            def go(self, y):
                return y * self.factor

        return Local().go(x)

    return f(tf.constant(3))


def _lru_cache(tf):
    @functools.lru_cache
    def size(n):
        return n * 2

    @tf.function
    def f(x):
        return x + size(3)

    return f(tf.constant(1))


def _single_dispatch(tf):
    @functools.singledispatch
    def describe(x):
        return 0

    @describe.register
    def _(x: int):
        return 1

    @tf.function
    def f(x):
        return x + describe(3) + describe("a")

    return f(tf.constant(1))


def _defaults(tf):
    def g(x, k=[1, 2], *, flag=True):  # noqa: B006
        if flag and x > 0:
            return x + k[0]
        return x + k[1]

    @tf.function
    def f(x, n=3):
        return g(x) + n, g(x, flag=False)

    return [f(tf.constant(1)), f(tf.constant(-1), n=5)]


def _annotations(tf):
    @tf.function
    def f(x: tf.Tensor, k: int = 2) -> tf.Tensor:
        y: tf.Tensor = x * k
        n: int
        n = 1
        if y > 3:
            y = y + n
        return y

    return f(tf.constant(2))


def _docstring_only(tf):
    @tf.function
    def f(x):
        """Only says what it does.

        In several lines.
        """

    return f(tf.constant(1))


def _higher_order(tf):
    @tf.function
    def f(xs):
        def step(x):
            if x > 2:
                return x * 10
            return x

        return tf.map_fn(step, xs)

    return f(tf.constant([1, 2, 3, 4]))


CASES = [
    Program("plain", _plain_functions),
    Program("recursion", _recursion),
    Program("lambdas", _lambdas),
    Program("lambda-itself", _lambda_itself),
    Program("closures", _closures),
    Program("mutable-closure", _mutable_closure),
    Program("rebound-closure", _rebound_closure),
    Program("methods", _methods),
    Program("callable-objects", _callable_objects),
    Program("modules", _modules),
    Program("partials", _partials),
    Program("decorators", _decorators),
    Program("context-managers", _context_managers),
    Program("generators", _generators),
    Program("comprehensions", _comprehensions),
    Program("function-calls-function", _functions_calling_functions),
    Program("functions-as-arguments", _functions_as_arguments),
    Program("keyword-arguments", _keyword_arguments),
    Program("constructors", _constructors),
    Program("len", _len),
    Program("len-scalar", _len_of_scalar),
    Program("numbers", _numbers),
    Program("numbers-of-strings", _numbers_of_strings),
    Program("range", _range),
    Program("print", _print),
    Program("print-at-trace-time", _print_at_trace_time),
    Program("print-in-loop", _print_in_loop),
    Program("enumerate-zip-map", _enumerate_zip_map),
    Program("enumerate-tensor", _enumerate_tensor),
    Program("sorted", _sorted),
    Program("max-and-sum", _max_and_sum),
    Program("strings", _strings),
    Program("dir-and-locals", _dir_and_locals),
    Program("classes-inside", _classes_inside),
    Program("lru-cache", _lru_cache),
    Program("single-dispatch", _single_dispatch),
    Program("defaults", _defaults),
    Program("annotations", _annotations),
    Program("docstring-only", _docstring_only),
    Program("map-fn", _higher_order),
]
