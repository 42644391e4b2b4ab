"""What an error in a graph tells: the node that failed, the lines that made it, the operation of a session."""

from __future__ import annotations

import re
from operator import attrgetter

from .inputs import arr
from .runner import Case, Program


def _told(call):
    """The error's class, its facts line by line, and the innermost two frames of the failed node."""
    try:
        call()
    except Exception as error:
        lines = [line.strip() for line in str(error.message).split("\n") if line.strip()]
        frames = [re.sub(r'File ".*?(\w+\.py)"', r"\1", line) for line in lines if line.startswith("File")]
        facts = [re.sub(r"_\d+\]$", "]", line) for line in lines if not line.startswith("File")]
        # Where TensorFlow says nothing more than the shapes, ours may name the op.
        facts = [line.removeprefix("MatMul: ") for line in facts]
        return type(error).__name__, facts, frames[-2:], getattr(error.op, "name", None), error.node_def is None
    return None


def _node(told):
    """All but the assertion's data, which name the loop's placeholders."""
    name, facts, *rest = told
    return name, facts[:2], facts[3:], *rest


def _in_function(tf):
    @tf.function
    def gather(x, i):
        return tf.gather(x, i)

    @tf.function
    def outer(x):
        if tf.reduce_sum(x) > 0:
            for i in tf.range(3):
                tf.debugging.assert_less(i, 2, message="too many")
        return x

    @tf.function(input_signature=[tf.TensorSpec([None, None]), tf.TensorSpec([None, None])])
    def product(x, y):
        return tf.matmul(x, y, name="product")

    @tf.function
    def calls(x):
        return gather(x, 9)

    @tf.function
    def number(x):
        return tf.strings.to_number(x)

    iterator = iter(tf.data.Dataset.range(1))

    @tf.function
    def two():
        return next(iterator), next(iterator)

    x = tf.ones([2])
    return [
        _told(lambda: gather(x, 5)),
        _told(lambda: product(tf.ones([2, 3]), tf.ones([2, 3]))),
        _told(lambda: calls(x))[0::4],
        _node(_told(lambda: outer(x))),
        _told(lambda: number("a")),
        _told(two),
        _told(lambda: tf.gather(x, 5))[0],
    ]


def _in_session(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        a = v1.placeholder(tf.float32, [None, None], name="a")
        product = tf.matmul(a, a, name="product")
        row = tf.gather(a, [7], name="row")
        with v1.Session() as session:
            feed = {a: [[1.0, 2.0, 3.0]]}
            found = [_told(lambda t=t: session.run(t, feed)) for t in (product, row)]
            try:
                session.run(row, feed)
            except tf.errors.InvalidArgumentError as error:
                found += [error.op is row.op, "Original stack trace for 'row'" in str(error)]
            return found


def _pickled(tf):
    import pickle

    try:
        tf.function(lambda x: tf.gather(x, 5))(tf.ones([2]))
    except tf.errors.InvalidArgumentError as error:
        return pickle.loads(pickle.dumps(error)).message == error.message
    return None


# In a graph, a number before a tensor has its own dtype.
_NUMBER_FIRST = """
    multiply subtract maximum minimum pow less equal not_equal math.floordiv math.floormod math.squared_difference
    math.atan2 math.xdivy math.igamma math.zeta
""".split()


def _imports(tf):
    with tf.Graph().as_default() as graph:
        tf.identity(tf.constant(1.0, name="x"), name="y")

    def load(min_consumer=0, producer=2474, **options):
        proto = graph.as_graph_def()
        proto.versions.min_consumer, proto.versions.producer = min_consumer, producer
        with tf.Graph().as_default():
            options = {k: v() if callable(v) else v for k, v in options.items()}
            return [e.name for e in tf.graph_util.import_graph_def(proto, return_elements=["y"], **options)]

    facts = ("min consumer version 9999 above", "producer version -1 below", "requires a non-empty `name` if")
    found = [load(input_map=lambda: {b"x:0": tf.constant(2.0)})]
    for options in ({"min_consumer": 9999}, {"producer": -1}, {"name": "", "input_map": {"x": 1.0}}):
        try:
            load(**options)
        except ValueError as error:
            found.append([fact in str(error) for fact in facts])
    return found


CASES = [
    Program("imports", _imports),
    Program("in-function", _in_function),
    Program("in-session", _in_session),
    Program("pickled", _pickled),
    *(
        Case(f"number-first-{path}", lambda tf, x, f=attrgetter(path): f(tf)(1, x), [arr([0.5, 2.0], "float32")])
        for path in _NUMBER_FIRST
    ),
    Case("number-first-where", lambda tf, x: tf.where(x > 1, 1, x), [arr([0.5, 2.0], "float32")]),
    Case("number-last-where", lambda tf, x: tf.where(x > 1, x, 1), [arr([0.5, 2.0], "float32")]),
]
