"""Ragged tensors in functions, loops, gradients, maps and datasets."""

from __future__ import annotations

from .runner import Program, raised


def _r(tf):
    return tf.ragged.constant([[1, 2], [], [3]])


def _f(tf):
    return tf.ragged.constant([[1.0, 2.0], [], [3.5]])


def _q(tf):
    return tf.ragged.constant([[[1, 2], [3]], [], [[4], [], [5, 6]]])


def _traces(tf):
    """One trace serves all of one spec; shapes that differ in the number of rows do not share one."""
    seen = []

    @tf.function
    def double(x):
        seen.append(str(x.shape))
        return x * 2, x.row_lengths()

    arguments = [_r(tf), tf.ragged.constant([[5], [6, 7, 8], [9]]), tf.ragged.constant([[5]]), _q(tf)]
    return [double(a) for a in arguments], seen


def _signature(tf):
    seen = []

    @tf.function(input_signature=[tf.RaggedTensorSpec([None, None], tf.int32)])
    def run(x):
        seen.append(str(x.shape))
        return x + 1, tf.reduce_sum(x, 1), x.to_tensor(), tf.reduce_max(x, 0), x[1:], x[:, :1], x[0]

    refused = raised(lambda: run(tf.ragged.constant([[1.0]])))
    return run(_r(tf)), run(tf.ragged.constant([[5]])), seen, refused


def _captured(tf):
    outside = _f(tf)

    @tf.function
    def run(values):
        return {"twice": outside * 2.0, "sum": tf.reduce_sum(outside), "other": values["x"] + 1}

    return run({"x": _r(tf)})


def _concrete(tf):
    function = tf.function(lambda x: x * 2).get_concrete_function(tf.RaggedTensorSpec([None, None], tf.int32))
    return function(_r(tf)), str(function.structured_input_signature)


def _loop(tf):
    @tf.function
    def run(x):
        total = tf.constant(0)
        for row in x:
            if tf.size(row) == 0:
                continue
            total += tf.reduce_sum(row) * 2
            if total > 100:
                break
        return total

    return run(_r(tf)), run(tf.ragged.constant([[7], [60], [1]]))


def _nested_loop(tf):
    @tf.function(input_signature=[tf.RaggedTensorSpec([None, None, None], tf.int32)])
    def run(x):
        total = tf.constant(0)
        for row in x:
            for part in row:
                if tf.size(part) > 0:
                    total += tf.reduce_max(part)
        return total

    return run(_q(tf))


def _carried(tf):
    @tf.function
    def run(n):
        x = _r(tf)
        for _ in tf.range(n):
            x = x + 1
        y = _r(tf) if n > 2 else tf.ragged.constant([[4]]) + 0
        return x, y

    return run(tf.constant(3)), run(tf.constant(1))


def _gradients(tf):
    x = _f(tf)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        squares = x * x
        means = tf.reduce_mean(squares + tf.constant([[1.0], [2.0], [3.0]]), axis=1)[:1]
        padded = x.to_tensor(5.0) * tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        rows = tf.concat([x, x], 1)[0] * tf.gather(x, [2, 0]).flat_values[0]
    targets = (squares, means, padded, rows, tf.reduce_max(x, 1))
    return [tape.gradient(t, x) for t in targets[:4]] + [tape.gradient(squares, x.flat_values)]


def _embedding(tf):
    table = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    ids = tf.ragged.constant([[0, 1], [], [2, 0]])

    @tf.function
    def step(ids):
        with tf.GradientTape() as tape:
            rows = tf.nn.embedding_lookup(table, ids)
            loss = tf.reduce_sum(tf.reduce_sum(rows, axis=1) ** 2)
        return loss, tape.gradient(loss, table)

    return step(ids)


def _in_function_gradients(tf):
    @tf.function
    def run(v):
        with tf.GradientTape() as tape:
            tape.watch(v)
            x = tf.RaggedTensor.from_row_splits(v, [0, 2, 2, 3])
            y = tf.reduce_sum(x.to_tensor(5.0) * tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
            z = tf.reduce_max(x, axis=1)[0]
            s = tf.nn.softmax(x, axis=1).flat_values[0]
        return tape.gradient([y, z, s], v)

    return run(tf.constant([1.0, 2.0, 3.0]))


def _compiled(tf):
    return tf.function(lambda x: tf.reduce_sum(x * 2.0 + 1.0, axis=1), jit_compile=True)(_f(tf))


def _maps(tf):
    def rows(tf):
        spec = tf.RaggedTensorSpec
        return [
            tf.map_fn(lambda row: tf.reduce_sum(row), _r(tf), fn_output_signature=tf.int32),
            tf.map_fn(lambda row: row * 2, _r(tf)),
            tf.map_fn(lambda part: part + 1, _q(tf)),
            tf.map_fn(tf.range, tf.constant([1, 0, 3]), fn_output_signature=spec([None], tf.int32)),
            tf.map_fn(
                lambda n: tf.RaggedTensor.from_row_lengths(tf.range(3), [1, 2]),
                tf.constant([1, 0]),
                fn_output_signature=spec([None, None], tf.int32),
            ),
        ]

    scalar = raised(lambda: tf.map_fn(tf.reduce_sum, _r(tf)))
    return rows(tf), tf.function(lambda: rows(tf))(), scalar


def _datasets(tf):
    data = tf.data.Dataset
    ranges = data.range(4).map(lambda n: tf.range(n))
    made = [
        data.from_tensors(_r(tf)).map(lambda x: x + 1),
        data.from_tensor_slices(_r(tf)),
        data.from_tensor_slices(_q(tf)),
        data.from_tensor_slices(_r(tf)).batch(2),
        data.from_tensor_slices(_q(tf)).batch(3),
        data.from_tensor_slices({"a": _r(tf), "b": [1, 2, 3]}).map(lambda d: d["a"] * d["b"]),
        data.from_tensor_slices(_q(tf)).map(lambda x: tf.reduce_sum(x, 1)).ragged_batch(2),
        ranges.ragged_batch(3),
        ranges.apply(tf.data.experimental.dense_to_ragged_batch(2, drop_remainder=True)),
        data.zip((ranges, data.range(4))).ragged_batch(2),
    ]
    return [(list(d), str(d.element_spec)) for d in made]


def _specs(tf):
    spec = tf.RaggedTensorSpec
    return [
        [str(tf.type_spec_from_value(v)) for v in (_r(tf), _q(tf))],
        spec([None, None]).is_compatible_with(_r(tf)),
        spec([None, None], tf.int32).is_compatible_with(_r(tf)),
        spec([3, None], tf.int32) == _r(tf)._type_spec,
        tf.is_tensor(_r(tf)),
        tf.nest.flatten(_r(tf), expand_composites=True),
        tf.nest.map_structure(lambda t: t + 0, _r(tf), expand_composites=True),
        raised(lambda: spec(None)),
        raised(lambda: spec([None], ragged_rank=1)),
        raised(lambda: tf.RaggedTensor([1])),
    ]


def _partitions(tf):
    rows = tf.experimental.RowPartition
    made = [
        rows.from_row_splits([0, 1, 3]),
        rows.from_row_lengths([2, 0, 1]),
        rows.from_value_rowids([0, 0, 2], nrows=4),
        rows.from_row_starts([0, 1], nvals=3),
        rows.from_row_limits([1, 3]),
        rows.from_uniform_row_length(2, nvals=4),
    ]
    parts = "row_splits row_lengths row_starts row_limits value_rowids offsets_in_rows nvals nrows".split()
    return [[getattr(p, part)() for part in parts] for p in made]


def _crosses(tf):
    words, numbers = tf.ragged.constant([["a"], [], ["b", "c"]]), tf.ragged.constant([[1, 2], [3], [4]], tf.int64)
    return [
        tf.ragged.cross([words, words]),
        tf.ragged.cross([words, tf.constant([["d"], ["e"], ["f"]])]),
        tf.ragged.cross_hashed([words, numbers], num_buckets=100),
        tf.ragged.cross_hashed([tf.constant([[7], [8], [9]], tf.int64), numbers], hash_key=5),
        tf.ragged.cross_hashed([words.to_sparse(), words.with_row_splits_dtype(tf.int32)]),
    ]


def _texts(tf):
    values = [
        tf.ragged.constant([[1], [2, 3]]),
        tf.ragged.constant([["a'b\\"], []]),
        tf.ragged.constant([[[1.5, 2], [3]], []]),
        tf.ragged.range(tf.range(9)),
    ]

    def text(value, limit=3):
        return tf.strings.format("<{}|{}>", [value, tf.constant("x")], summarize=limit)

    return [text(v) for v in values], text(values[3], 1), text(values[3], -1), tf.function(text)(values[0])


def _old_functions(tf):
    v1, ids = tf.compat.v1, tf.ragged.constant([[1, 2], [0]])
    table = tf.reshape(tf.range(6.0), [3, 2])
    return (
        v1.nn.embedding_lookup(table, ids),
        v1.nn.embedding_lookup([table, table], ids, "div"),
        raised(lambda: v1.nn.embedding_lookup([], ids)),
        v1.div(ids, ids + 1),
        v1.floor_div(ids, 2),
    )


def _symbolic_gradients(tf):
    @tf.function
    def run(x):
        rows = tf.RaggedTensor.from_row_splits(x, [0, 2, 3])
        doubled = rows * 2.0
        seeds = tf.RaggedTensor.from_row_splits([1.0, 2.0, 3.0], [0, 2, 3])
        return [
            tf.gradients(doubled, [x, rows]),
            tf.gradients([doubled, x], [x, rows]),
            tf.gradients(doubled, x, grad_ys=seeds),
        ]

    return run(tf.constant([1.0, 2.0, 3.0]))


CASES = [
    Program("symbolic-gradients", _symbolic_gradients),
    Program("crosses", _crosses, symbols=("ragged.cross", "ragged.cross_hashed")),
    Program("traces", _traces, symbols=("RaggedTensorSpec",)),
    Program("signature", _signature),
    Program("captured", _captured),
    Program("concrete", _concrete),
    Program("loop", _loop),
    Program("nested-loop", _nested_loop),
    Program("carried", _carried),
    Program("gradients", _gradients),
    Program("gradients-in-function", _in_function_gradients, rtol=1e-5),
    Program("embedding", _embedding),
    Program("compiled", _compiled),
    Program("maps", _maps, symbols=("map_fn",)),
    Program("datasets", _datasets, symbols=("data.experimental.dense_to_ragged_batch",)),
    Program("specs", _specs),
    Program("partitions", _partitions, symbols=("experimental.RowPartition",)),
    Program("texts", _texts),
    Program("old-functions", _old_functions),
]
