"""`tf.autograph` and the switches of conversion."""

from .cases_autograph import raised_or
from .cases_autograph_errors import failure
from .runner import Program


def absolute(x):
    if x < 0:
        x = -x
    return x


def _to_code(tf):
    def loops(n, k=2):
        """Adds up."""
        s = 0
        for i in tf.range(n):
            if i == k:
                continue
            s += i if i > 1 else 0
        while s > 100 and not s < 0:
            s -= 1
            print(s)
        return s

    return [tf.autograph.to_code(f) for f in (absolute, loops, lambda x: absolute(x) and x)]


def _to_graph(tf):
    converted = tf.autograph.to_graph(absolute)

    class Scale:
        def __init__(self, k):
            self.k = k

        def scale(self, x):
            if x > 0:
                x = x * self.k
            return x

    s = Scale(3)
    method = tf.autograph.to_graph(s.scale)

    @tf.function(autograph=False)
    def f(x):
        return converted(x), method(s, x)

    return [
        converted.__name__,
        converted(tf.constant(-3)),
        converted(-2),
        f(tf.constant(-1)),
        f(tf.constant(4)),
        raised_or(lambda: tf.autograph.to_graph(tf.function(absolute))),
        raised_or(lambda: tf.autograph.to_graph(3)),
        raised_or(lambda: tf.autograph.to_graph(print)),
        raised_or(lambda: tf.autograph.to_code(eval("lambda x: x"))),
    ]


def _to_graph_eager_loops(tf):
    def f(n):
        s = 0
        for i in tf.range(n):
            s += i
        while s > 3:
            s -= 2
        return s

    return tf.autograph.to_graph(f)(tf.constant(5))


def _not_recursive(tf):
    def outer(x):
        if x > 0:
            return absolute(x)
        return x

    graph = tf.autograph.to_graph(outer, recursive=False)
    return failure(lambda: tf.function(graph, autograph=False)(tf.constant(1)))


def _do_not_convert(tf):
    @tf.autograph.experimental.do_not_convert
    def kept(x):
        return absolute(x)

    @tf.autograph.experimental.do_not_convert()
    def also_kept(x):
        if isinstance(x, tf.Tensor):
            return x + 1
        return x

    @tf.function
    def f(x):
        return also_kept(x)

    return [
        f(tf.constant(1)),
        kept.__name__,
        kept(-3),
        raised_or(lambda: tf.function(kept)(tf.constant(1))),
        raised_or(lambda: tf.function(absolute, autograph=False)(tf.constant(1))),
    ]


def _nested_status(tf):
    status = lambda: tf.__internal__.autograph.control_status_ctx().status.name
    inner = tf.function(lambda x: (print("inner", status()), absolute(x))[1])

    @tf.function(autograph=False)
    def outer(x):
        print("outer", status())
        return inner(x)

    @tf.autograph.experimental.do_not_convert
    def kept(x):
        print("kept", status())
        return inner(x)

    @tf.function
    def converted(x):
        print("converted", status())
        return kept(x) + outer(x)

    print(status())
    result = converted(tf.constant(-4))
    print(status())
    return result


def _tf_convert(tf):
    internal = tf.__internal__.autograph

    def call(fn, x):
        return internal.tf_convert(fn, internal.control_status_ctx())(x)

    def by_context(fn, x, default):
        return internal.tf_convert(fn, internal.control_status_ctx(), convert_by_default=default)(x)

    call = tf.autograph.experimental.do_not_convert(call)
    plain = tf.function(lambda x: by_context(absolute, x, True), autograph=False)
    return [
        raised_or(lambda: tf.function(lambda x: call(absolute, x))(tf.constant(-1))),
        raised_or(lambda: plain(tf.constant(-1))),
        by_context(absolute, -5, True),
        by_context(absolute, -5, False),
        internal.tf_convert(absolute, internal.control_status_ctx()).__name__,
    ]


def _features(tf):
    feature = tf.autograph.experimental.Feature

    @tf.function(experimental_autograph_options=feature.EQUALITY_OPERATORS)
    def equal(x):
        if x == 1:
            return x
        return x * 2

    @tf.function(experimental_autograph_options=(feature.EQUALITY_OPERATORS, feature.ASSERT_STATEMENTS))
    def both(x):
        assert x != 5, "five"
        return x == 5, x != 2

    @tf.function(experimental_autograph_options=feature.NAME_SCOPES)
    def scoped(x):
        def _inner(y):
            return tf.add(y, 1).name

        print(_inner(x))
        return x

    return [
        [f.name for f in feature],
        [f.name for f in feature.all()],
        sorted(f.name for f in feature.all_but(feature.LISTS)),
        sorted(f.name for f in feature.all_but([feature.LISTS, feature.ALL])),
        equal(tf.constant(1)),
        equal(tf.constant(2)),
        both(tf.constant(2)),
        raised_or(lambda: both(tf.constant(5))),
        scoped(tf.constant(1)),
    ]


def _lists(tf):
    @tf.function(experimental_autograph_options=tf.autograph.experimental.Feature.LISTS)
    def f(x):
        parts = [x, x + 1]
        parts.append(x * 2)
        parts[0] = parts[1] + 1
        last = parts.pop()
        return parts, last

    @tf.function(experimental_autograph_options=tf.autograph.experimental.Feature.LISTS)
    def update(x):
        x[1] = 5
        return x, x[0]

    return [f(tf.constant(1)), update(tf.constant([1, 2, 3]))]


def _trace(tf):
    @tf.function
    def f(x):
        tf.autograph.trace("tracing", x.dtype.name, 3)
        return x

    f(tf.constant(1))
    return f(tf.constant(2))


def _run_eagerly(tf):
    @tf.function
    def f(x):
        print("running", x.numpy())
        if x > 0:
            return x
        return -x

    tf.config.run_functions_eagerly(True)
    try:
        return [f(tf.constant(1)), f(tf.constant(-2))]
    finally:
        tf.config.run_functions_eagerly(False)


def _python_function(tf):
    f = tf.function(absolute)
    return [f.python_function(-3), f.python_function is absolute, f.__name__, f(tf.constant(-3))]


def _tracing_count(tf):
    count = []

    @tf.function
    def f(x):
        count.append(1)
        if x > 0:
            return x
        return -x

    f(tf.constant(1))
    f(tf.constant(-1))
    f(tf.constant(1.0))
    return len(count), f.experimental_get_tracing_count()


def _dynamic_code(tf):
    space = {"tf": tf}
    exec("def g(x):\n    return x + 1\n", space)

    @tf.function
    def f(x):
        return space["g"](x)

    return f(tf.constant(1)), tf.function(space["g"])(tf.constant(1))


def _input_signature(tf):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def f(x):
        if tf.size(x) > 2:
            x = x[:2]
        return x

    return [f(tf.constant([1.0, 2.0, 3.0])), f.get_concrete_function()(tf.constant([1.0]))]


CASES = [
    Program("to-code", _to_code),
    Program("to-graph", _to_graph),
    Program("to-graph-eager", _to_graph_eager_loops),
    Program("not-recursive", _not_recursive),
    Program("do-not-convert", _do_not_convert),
    Program("nested-status", _nested_status),
    Program("tf-convert", _tf_convert),
    Program("features", _features),
    Program("lists", _lists),
    Program("trace", _trace),
    Program("run-eagerly", _run_eagerly),
    Program("python-function", _python_function),
    Program("tracing-count", _tracing_count),
    Program("dynamic-code", _dynamic_code),
    Program("input-signature", _input_signature),
]
