"""Branches and loops: old signatures, general invariants, what gradients refer to."""

from __future__ import annotations

import collections

import numpy as np

from .runner import Program, raised


def _outcomes(calls):
    found = []
    for call in calls:
        try:
            found.append(call())
        except Exception as error:
            found.append(type(error).__name__)
    return found


def _eagerly_and_in_functions(tf, calls):
    return [_outcomes(calls), _outcomes([tf.function(c) for c in calls])]


def _single_variables_of_v1(tf):
    loop = tf.compat.v1.while_loop

    def less(i):
        return i < 10

    return _eagerly_and_in_functions(
        tf,
        [
            lambda: loop(less, lambda i: i + 1, [0]),
            lambda: loop(less, lambda i: (i + 1,), [0]),
            lambda: loop(less, lambda i: [i + 1], (0,)),
            lambda: loop(less, lambda i: i + 1, [0], return_same_structure=True),
            lambda: loop(less, lambda i: (i + 1,), (0,), return_same_structure=True),
            lambda: loop(lambda i, j: i < 10, lambda i, j: (i + 1, j), [0, 1]),
            lambda: loop(less, lambda i: i + 1, [20]),
            lambda: loop(less, lambda i: i + 1, [0], maximum_iterations=3),
            lambda: loop(less, lambda i: i + 1, [tf.constant(0)], maximum_iterations=0),
        ],
    )


def _bare_variables(tf):
    calls = []
    for loop in (tf.while_loop, tf.compat.v1.while_loop):
        calls.append(lambda loop=loop: loop(lambda i: i < 10, lambda i: i + 1, tf.constant(0)))
        calls.append(lambda loop=loop: loop(lambda i: tf.reduce_sum(i) < 10, lambda i: [i + 1], tf.constant([0, 1])))
    return _eagerly_and_in_functions(tf, calls)


def _exclusive_cases(tf):
    def pairs(x, limits):
        return [(x < limit, lambda limit=limit: tf.constant(limit)) for limit in limits]

    def default():
        return tf.constant(0.0)

    return _eagerly_and_in_functions(
        tf,
        [
            lambda v=v, limits=limits, options=options: tf.case(
                pairs(tf.constant(v), limits), exclusive=True, **options
            )
            for limits, options in (((5.0, 2.0), {}), ((5.0, 2.0), {"default": default}), ((5.0, 2.0, 1.0), {}))
            for v in (0.0, 1.5, 3.0, 7.0)
        ],
    )


def _loops_without_variables(tf):
    v = tf.Variable(0)

    @tf.function
    def f(n):
        while v < n:
            v.assign_add(1)
        while v < n + 3:
            v.assign_add(2)
            if v > 5:
                break
        return v.read_value()

    return [f(tf.constant(3)), f(tf.constant(8))]


def _ragged_invariants(tf):
    @tf.function
    def called(x):
        return tf.while_loop(
            lambda i, r: i < 3,
            lambda i, r: (i + 1, tf.concat([r, r], 0)),
            [0, x],
            shape_invariants=[tf.TensorShape([]), tf.RaggedTensorSpec([None, None], tf.int32)],
        )[1]

    @tf.function
    def converted(n):
        r = tf.RaggedTensor.from_row_lengths([1, 2], [1, 1])
        s = tf.constant([1.0])
        while n > 0:
            tf.autograph.experimental.set_loop_options(
                shape_invariants=[(r, tf.TensorShape([None, None])), (s, tf.TensorShape([None]))]
            )
            r, s = tf.concat([r, r], 0), tf.concat([s, s * 2.0], 0)
            n -= 1
        return r, s

    r, s = converted(tf.constant(2))
    return [called(tf.ragged.constant([[1, 2], [3]])).to_list(), r.to_list(), s]


def _gradients_that_refer_outside(tf):
    @tf.function
    def f(x, n):
        factor = tf.constant(7.0) * x

        @tf.custom_gradient
        def g(y):
            return y * y, lambda dy: dy * factor * n

        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in tf.range(2):
                y = g(y)
        return tape.gradient(y, x)

    return f(tf.constant(1.5), tf.constant(2.0))


def _uneven_texts(tf):
    def f(x):
        return tf.TensorArray(tf.string, 2, infer_shape=False).write(0, x[:1]).write(1, x).concat()

    x = tf.constant(["a", "b"])
    return [f(x), tf.function(f)(x)]


def _single_results_of_v1(tf):
    cond, case = tf.compat.v1.cond, tf.compat.v1.case
    one, two = (lambda: [tf.constant(1)]), (lambda: [tf.constant(2)])

    def kinds():
        made = [cond(tf.constant(True), one, two), cond(tf.constant(True), one, two, strict=True)]
        made += [case([(tf.constant(False), one)], two), case([(tf.constant(False), one)], two, strict=True)]
        return [type(m).__name__ if isinstance(m, list) else "bare" for m in made]

    return [kinds(), tf.function(kinds, autograph=False)(), _outcomes([lambda: cond(True, one, two, fn1=one)])]


def _branches_that_differ(tf):
    sparse, ragged = (lambda: tf.sparse.from_dense([1, 0])), (lambda: tf.ragged.constant([[1]]))
    slices = lambda: tf.IndexedSlices(tf.constant([10]), tf.constant([0]))
    one = lambda: 1
    pairs = [(slices, one), (sparse, one), (ragged, sparse), (one, lambda: 1.0), (one, lambda: None)]
    pairs += [(lambda: (1, 2), lambda: (1,)), (lambda: (1, 2), lambda: [1, 2]), (lambda: {"a": 1}, lambda: {"b": 1})]
    calls = [lambda a=a, b=b: tf.cond(tf.constant(True), a, b) for a, b in pairs]
    calls += [lambda a=a, b=b: tf.switch_case(tf.constant(1), [a, b]) for a, b in pairs[:6]]
    return _outcomes([tf.function(c, autograph=False) for c in calls])


def _invariants_that_do_not_fit(tf):
    sparse, dense = tf.SparseTensor([[0]], [1.0], [10]), tf.constant([1.0])
    scalar, vector = tf.TensorShape([]), tf.TensorSpec([None], tf.float32)
    tries = [(dense, [scalar, tf.SparseTensorSpec([None])]), (sparse, [scalar, vector]), (sparse, [scalar])]
    tries += [(dense, [scalar, 3]), (dense, [scalar, [None]]), (dense, (scalar, vector)), (dense, [scalar, vector])]
    tries += [(dense, [tf.TensorSpec([], tf.float32), vector]), (dense, [None, None])]

    def run(x, invariants):
        return lambda: tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x), [0, x], invariants)[0]

    return _eagerly_and_in_functions(tf, [run(x, invariants) for x, invariants in tries])


def _names_inside(tf):
    names = []

    def note(value):
        names.extend([tf.get_current_name_scope(), (value + 1).name])
        return value

    @tf.function(autograph=False)
    def f(x):
        with tf.name_scope("outer"):
            x = tf.cond(x > 0, lambda: note(x), lambda: x)
            x = tf.while_loop(lambda i: i < 3, lambda i: [note(i) + 1], [x])[0]
            tf.map_fn(note, tf.range(3))
        return x

    return [f(1), names]


def _constants_around(tf):
    shapes = []

    def note(shape):
        shape = tf.concat([[5], shape], 0)
        shapes.extend([tf.zeros(shape).shape, tf.random.normal(shape).shape, tf.reshape(tf.range(60), shape).shape])
        return 1

    @tf.function(autograph=False)
    def f():
        shape, x = tf.constant([3, 4]), tf.constant(3.0)
        tf.while_loop(lambda i: i < 1, lambda i: [i + note(shape)], [0])
        tf.cond(tf.constant(True), lambda: note(shape), lambda: 2)
        tf.function(lambda: note(shape))()
        return tf.gradients(tf.cond(x > 1.0, lambda: x * x, lambda: x), x)

    return [f(), shapes]


def _rows_of_all_kinds(tf):
    class Point(tf.experimental.BatchableExtensionType):
        x: tf.Tensor
        y: tf.Tensor

    def described(p):
        return {"type": type(p).__name__, "x": p.x, "y": p.y}

    points = Point(tf.constant([1.0, 2.0]), tf.constant([[1.0, 0.0], [0.0, 2.0]]))
    moved = tf.function(lambda p: tf.vectorized_map(lambda q: Point(q.x + 1.0, q.x * q.y), p))(points)
    dense = tf.constant([[1.0, 0.0], [3.0, 4.0]])
    of_any_length = [tf.TensorSpec([None, 2])] * 2
    added = tf.function(lambda a, b: tf.vectorized_map(lambda x: x[0] + x[1], (a, b)), input_signature=of_any_length)
    failing = [lambda: tf.vectorized_map(lambda x: x, []), lambda: tf.vectorized_map(sum, (dense, dense[:1, 0], dense))]
    failing += [lambda: tf.vectorized_map(lambda x: x[0] + x[1], (tf.ones([2, 2]), tf.ones([3, 2])))]
    return [
        described(moved),
        tf.vectorized_map(lambda p: p.x * p.y, points),
        tf.vectorized_map(tf.sparse.from_dense, dense, warn=False),
        [added(dense[:1], dense), added(dense, dense[1:]), added(dense[:1], dense[:1])],
        _outcomes(failing),
    ]


def _cases_in_sessions(tf):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        x = tf.compat.v1.placeholder(tf.int32, [])
        pairs = [(x < 3, lambda: tf.constant(1)), (x < 5, lambda: tf.constant(2))]
        results = [tf.case(pairs, exclusive=True), tf.case(pairs), tf.case(pairs[:1]), tf.case(pairs, lambda: x)]
        return _outcomes([lambda r=r, v=v: session.run(r, {x: v}) for r in results for v in (1, 4, 9)])


def _cases_of_dictionaries(tf):
    """Dictionaries for `tf.case`: by the names of the predicates; and what is no pair of a predicate and a function."""
    with tf.Graph().as_default():
        tf.compat.v1.disable_tensor_equality()
        try:
            later, sooner = tf.constant(True, name="b"), tf.constant(True, name="a")
            pairs = {later: lambda: tf.constant(1), sooner: lambda: tf.constant(2)}
            results = [tf.case(pairs), tf.case(collections.OrderedDict(pairs)), tf.case(pairs, exclusive=True)]
        finally:
            tf.compat.v1.enable_tensor_equality()
        with tf.compat.v1.Session() as session:
            found = _outcomes([lambda r=r: session.run(r) for r in results])
    true, false = tf.constant(True), tf.constant(False)
    by_name = {false.ref(): lambda: 1}
    return found, [
        raised(lambda: tf.case(by_name)),
        raised(lambda: tf.case({})),
        raised(lambda: tf.case(by_name, exclusive=True)),
        raised(lambda: tf.case([(True, lambda: 1)])),
        raised(tf.function(lambda: tf.case([(True, lambda: tf.constant(1))]))),
        raised(lambda: tf.case([(np.bool_(True), lambda: 1)])),
        raised(lambda: tf.case(iter([(true, lambda: 1)]))),
    ]


def _vectorized_nothing(tf):
    table = tf.reshape(tf.range(12.0), [4, 3])
    return tf.vectorized_map(lambda i: (tf.gather(table, i), tf.ones([2])), tf.range(0))


def _vectorized_slices(tf):
    def sparse(i):
        return tf.IndexedSlices(tf.ones([2, 3]) * tf.cast(i, tf.float32), tf.stack([i, i + 1]), tf.constant([5, 3]))

    return tf.vectorized_map(sparse, tf.range(3))


def _shapes_from_outside(tf):
    found = []

    @tf.function(input_signature=[tf.TensorSpec([None, 3])])
    def loop(x):
        sizes = tf.concat([tf.shape(x)[:1], [1, 3]], 0)

        def body(i, total):
            made = tf.zeros(sizes), tf.reshape(x, sizes), tf.random.uniform(sizes)
            found.extend(y.shape.as_list() for y in made)
            return i + 1, total + made[1]

        return tf.while_loop(lambda i, _: i < 2, body, [0, tf.zeros(sizes)])[1]

    return loop(tf.ones([2, 3])), found


def _mapped_operators(tf):
    """`vectorized_map` of functions that return linear operators, and batches of such in datasets."""
    x = tf.reshape(tf.range(8.0), [2, 2, 2]) + tf.eye(2)
    full = tf.vectorized_map(lambda m: tf.linalg.LinearOperatorFullMatrix(m, is_non_singular=True), x)
    diagonal = tf.linalg.LinearOperatorDiag
    product = tf.vectorized_map(lambda d: tf.linalg.LinearOperatorKronecker([diagonal(d), diagonal(d)]), x[0])
    batches = tf.data.Dataset.from_tensors(diagonal([1.0, 2.0])).repeat(2).batch(2)
    made = [full, product, *batches]
    return [(type(o).__name__, o.shape, o.is_non_singular, o.to_dense()) for o in made]


CASES = [
    Program("mapped-operators", _mapped_operators),
    Program("case-in-session", _cases_in_sessions, symbols=["case"]),
    Program("case-of-dictionaries", _cases_of_dictionaries, symbols=["case"]),
    Program("rows-of-all-kinds", _rows_of_all_kinds, symbols=["vectorized_map"]),
    Program("v1-single-results", _single_results_of_v1, symbols=["compat.v1.cond", "compat.v1.case"]),
    Program("branches-differ", _branches_that_differ),
    Program("bad-invariants", _invariants_that_do_not_fit),
    Program("names-inside", _names_inside),
    Program("constants-around", _constants_around),
    Program("v1-single", _single_variables_of_v1, symbols=["compat.v1.while_loop"]),
    Program("bare", _bare_variables),
    Program("exclusive", _exclusive_cases),
    Program("no-variables", _loops_without_variables),
    Program("ragged-invariants", _ragged_invariants),
    Program("refer-outside", _gradients_that_refer_outside),
    Program("uneven-texts", _uneven_texts),
    Program("vectorized-nothing", _vectorized_nothing),
    Program("vectorized-slices", _vectorized_slices),
    Program("shapes-from-outside", _shapes_from_outside),
]
