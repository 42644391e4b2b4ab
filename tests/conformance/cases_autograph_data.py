"""`for` loops over datasets and their iterators, and builtins on datasets, in functions."""

from .cases_autograph import raised_or
from .cases_autograph_errors import failure
from .runner import Program

# ruff: noqa: C417 - what is written so is under test


def _dataset(tf):
    @tf.function
    def f(ds):
        total = tf.constant(0, tf.int64)
        count = 0
        for x in ds:
            if x % 2 == 0:
                total += x
            count += 1
        return total, count

    return [f(tf.data.Dataset.range(6)), f(tf.data.Dataset.range(0))]


def _captured_dataset(tf):
    ds = tf.data.Dataset.from_tensor_slices(([1.0, 2.0, 3.0], [[1, 2], [3, 4], [5, 6]]))

    @tf.function
    def f():
        total = 0.0
        for x, y in ds:
            total += x * tf.cast(tf.reduce_sum(y), tf.float32)
        return total

    return f()


def _break_and_continue(tf):
    @tf.function
    def f(ds, limit):
        total = tf.constant(0, tf.int64)
        seen = 0
        for x in ds:
            seen += 1
            if x == 2:
                continue
            if total > limit:
                break
            total += x
        return total, seen

    ds = tf.data.Dataset.range(10)
    return [f(ds, tf.constant(5, tf.int64)), f(ds, tf.constant(1000, tf.int64))]


def _training(tf):
    w = tf.Variable(1.0)
    ds = tf.data.Dataset.from_tensor_slices([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]).batch(2)

    @tf.function
    def epoch():
        loss = 0.0
        for batch in ds:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((w * batch[:, 0] - batch[:, 1]) ** 2)
            w.assign_sub(0.05 * tape.gradient(loss, w))
        return loss

    return [epoch(), epoch(), w.read_value()]


def _dictionaries(tf):
    ds = tf.data.Dataset.from_tensor_slices({"a": [1, 2], "b": [3.0, 4.0]})

    @tf.function
    def f():
        a, b = 0, 0.0
        for element in ds:
            a += element["a"]
            b += element["b"]
        return a, b

    return f()


def _iterator(tf):
    @tf.function
    def f(iterator):
        total = tf.constant(0, tf.int64)
        for x in iterator:
            total += x
        return total

    return f(iter(tf.data.Dataset.range(5)))


def _iterator_break(tf):
    @tf.function
    def f(iterator):
        total = tf.constant(0, tf.int64)
        for x in iterator:
            if x > 2:
                break
            total += x
        return total

    iterator = iter(tf.data.Dataset.range(6))
    return [f(iterator), f(iterator), next(iterator, None)]


def _iterator_made_inside(tf):
    @tf.function
    def f(ds):
        total = tf.constant(0, tf.int64)
        for x in iter(ds):
            total += x
        return total

    return f(tf.data.Dataset.range(4))


def _next(tf):
    @tf.function
    def f(iterator):
        a = next(iterator)
        b = next(iterator)
        return a, b

    iterator = iter(tf.data.Dataset.range(5))
    return [f(iterator), f(iterator), raised_or(lambda: f(iterator))]


def _steps(tf):
    v = tf.Variable(0, dtype=tf.int64)

    @tf.function
    def train(iterator, steps):
        for _ in tf.range(steps):
            v.assign_add(next(iterator))
        return v.read_value()

    iterator = iter(tf.data.Dataset.range(10))
    return [train(iterator, tf.constant(3)), train(iterator, tf.constant(2))]


def _enumerate_and_zip(tf):
    @tf.function
    def f(a, b):
        total = tf.constant(0, tf.int64)
        for i, x in enumerate(a):
            total += i * x
        for i, x in enumerate(a, 5):
            total += i + 0 * x
        for x, y in zip(a, b):
            total += x * y
        return total

    return f(tf.data.Dataset.range(4), tf.data.Dataset.range(3, 9))


def _map_filter(tf):
    @tf.function
    def f(ds):
        total = tf.constant(0, tf.int64)
        for x in map(lambda e: e * 2, ds):
            total += x
        for x in filter(lambda e: e > 2, ds):
            total += 100 * x
        return total

    return f(tf.data.Dataset.range(5))


def _len_any_all(tf):
    @tf.function
    def f(ds):
        flags = ds.map(lambda x: x > 2)
        return len(ds), any(flags), all(flags), any(ds.map(lambda x: x > 9)), all(ds.map(lambda x: x >= 0))

    unknown = tf.data.Dataset.range(5).filter(lambda x: x > 1)
    return [
        f(tf.data.Dataset.range(5)),
        raised_or(lambda: tf.function(lambda ds: len(ds))(unknown)),
        raised_or(lambda: tf.function(lambda ds: any(ds))(unknown)),
    ]


def _abs(tf):
    @tf.function
    def f(ds):
        total = tf.constant(0, tf.int64)
        for x in abs(ds):
            total += x
        return total

    return f(tf.data.Dataset.range(-3, 2))


def _control_flow_in_map(tf):
    def clip(x):
        if x > 3:
            return x * 10
        total = x
        for i in range(2):
            total += i
        return total

    def nested(x):
        n = tf.constant(0, tf.int64)
        while n * n < x:
            n += 1
        return clip(n) if x > 1 else x

    ds = tf.data.Dataset.range(6)
    evens = ds.filter(lambda x: x % 2 == 0 and not x == 4)
    return [list(d.as_numpy_iterator()) for d in (ds.map(clip), ds.map(nested), evens)]


def _control_flow_in_map_unconverted(tf):
    @tf.autograph.experimental.do_not_convert
    def clip(x):
        if x > 3:
            return x
        return -x

    return raised_or(lambda: tf.data.Dataset.range(6).map(clip))


def _state_without_value(tf):
    @tf.function
    def f(ds):
        for x in ds:
            y = x
        return y

    return failure(lambda: f(tf.data.Dataset.range(3)), "'y' must be defined before the loop")


def _change_of_kind(tf):
    @tf.function
    def f(ds):
        y = 0.0
        for x in ds:
            y = x
        return y

    return failure(lambda: f(tf.data.Dataset.range(3)), "'y' has dtype float32 before the loop, but dtype int64")


def _nothing_kept(tf):
    v = tf.Variable(0, dtype=tf.int64)

    @tf.function
    def f(ds):
        for x in ds:
            v.assign_add(x)

    f(tf.data.Dataset.range(4))
    return v.read_value()


def _nested(tf):
    @tf.function
    def f(a):
        total = tf.constant(0, tf.int64)
        for x in a:
            for i in tf.range(x):
                if i == 3:
                    break
                total += i
        return total

    return f(tf.data.Dataset.range(6))


def _arrays_as_state(tf):
    """A TensorArray that grows over a dataset: in a loop, in nested loops, in `reduce`."""

    @tf.function
    def rows(dataset):
        array = tf.TensorArray(tf.int32, 0, dynamic_size=True, element_shape=())
        for row in dataset:
            number = 0
            for digit in row:
                number = number * 10 + digit
            array = array.write(array.size(), number)
        return array.stack()

    dataset = tf.data.Dataset.from_tensor_slices([[1, 2], [3, 4], [5, 6]])
    start = (0, tf.TensorArray(tf.int32, 0, dynamic_size=True))
    count, firsts = dataset.reduce(start, lambda state, row: (state[0] + 1, state[1].write(state[0], row[0])))
    return rows(dataset), rows(dataset.take(0)), count, firsts.stack()


def _counting(tf):
    """Elements that only variables notice: what the iterator gives goes into a branch that has no use for it."""
    count = tf.Variable(0)

    @tf.function
    def f(elements):
        for _ in elements:
            count.assign_add(1)
        return count.read_value()

    return [f(iter(tf.data.Dataset.range(n))) for n in (0, 1, 3)]


def _optional_in_branches(tf):
    calls = tf.Variable(0)

    @tf.function
    def f(x):
        full = tf.experimental.Optional.from_value(x)
        empty = tf.experimental.Optional.empty(tf.TensorSpec([], tf.int32))

        def first():
            calls.assign_add(1)
            return full

        def second():
            calls.assign_add(10)
            return empty

        found = tf.cond(x > 0, first, second)
        return found.has_value(), tf.cond(found.has_value(), lambda: found.get_value(), lambda: -1)

    return [f(tf.constant(1)), f(tf.constant(-5)), calls]


CASES = [
    Program("counting", _counting),
    Program("optional-in-branches", _optional_in_branches),
    Program("arrays-as-state", _arrays_as_state),
    Program("dataset", _dataset),
    Program("captured", _captured_dataset),
    Program("break-and-continue", _break_and_continue),
    Program("training", _training),
    Program("dictionaries", _dictionaries),
    Program("iterator", _iterator),
    Program("iterator-break", _iterator_break),
    Program("iterator-inside", _iterator_made_inside),
    Program("next", _next),
    Program("steps", _steps),
    Program("enumerate-and-zip", _enumerate_and_zip),
    Program("map-filter", _map_filter),
    Program("len-any-all", _len_any_all),
    Program("abs", _abs),
    Program("control-flow-in-map", _control_flow_in_map),
    Program("unconverted-map", _control_flow_in_map_unconverted),
    Program("state-without-value", _state_without_value),
    Program("change-of-kind", _change_of_kind),
    Program("nothing-kept", _nothing_kept),
    Program("nested", _nested),
]
