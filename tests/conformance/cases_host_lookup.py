"""`tf.lookup`: tables filled once and tables that change, eagerly and captured by functions."""

from __future__ import annotations

import os
import tempfile

from .runner import Program, raised


def static(tf, keys=("a", "b", "c"), values=(1, 2, 3), default=-1, **kinds):
    return tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(list(keys), list(values), **kinds), default)


def mutable(tf, key="string", value="int64", default=-1, **options):
    return tf.lookup.experimental.MutableHashTable(getattr(tf, key), getattr(tf, value), default, **options)


def dense(tf, key="int64", value="int64", default=-1, empty=0, deleted=-1, **options):
    return tf.lookup.experimental.DenseHashTable(
        getattr(tf, key), getattr(tf, value), default, empty_key=empty, deleted_key=deleted, **options
    )


def exported(table):
    keys, values = table.export()
    return sorted(zip(keys.numpy().tolist(), values.numpy().tolist(), strict=True)), keys.dtype, values.dtype


def _attempt(call):
    """The result, or the class of the error."""
    try:
        return call()
    except Exception as error:
        return type(error).__name__


def both(tf, call):
    """The result eagerly and from a function."""
    return [_attempt(call), _attempt(lambda: tf.function(call, autograph=False)())]


def _static(tf):
    table = static(tf)
    words = tf.constant([["a", "z"], ["c", "a"]])
    return [
        both(tf, lambda: table.lookup(words)),
        both(tf, lambda: table[tf.constant("b")]),
        both(tf, lambda: table.size()),
        both(tf, lambda: table[words[:, 0]] * 2),
        table.default_value,
        table.key_dtype,
        table.value_dtype,
        table.name,
        table.resource_handle.dtype,
        table.resource_handle.shape,
        exported(table),
        both(tf, lambda: tf.reduce_sum(table.export()[1])),
    ]


def _static_shapes(tf):
    table, seen = static(tf), []

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.string), tf.TensorSpec(None, tf.string)])
    def f(x, y):
        keys, values = table.export()
        seen.append([table.lookup(x).shape, table.lookup(y).shape, keys.shape, values.shape, table.size().shape])
        return table.lookup(x)

    return f(tf.constant([["a", "b"]]), tf.constant("a")), seen


KINDS = {
    "string-int32": (["a", "b"], [1, 2], 0, {"value_dtype": "int32"}),
    "string-int64": (["a", "b"], [1, 2], 0, {"value_dtype": "int64"}),
    "string-float": (["a", "b"], [1.5, 2.5], 0.5, {}),
    "string-double": (["a", "b"], [1.5, 2.5], 0.5, {"value_dtype": "float64"}),
    "string-string": (["a", "b"], ["x", "y"], "?", {}),
    "string-bool": (["a", "b"], [True, True], False, {}),
    "int64-string": ([1, 2], ["x", "y"], "?", {"key_dtype": "int64"}),
    "int32-string": ([1, 2], ["x", "y"], "?", {}),
    "int64-int64": ([1, 2], [3, 4], 0, {"key_dtype": "int64", "value_dtype": "int64"}),
    "int64-float": ([1, 2], [3.5, 4.5], 0.0, {"key_dtype": "int64"}),
    "int32-float": ([1, 2], [3.5, 4.5], 0.0, {}),
}


def _kind(keys, values, default, kinds):
    def run(tf):
        table = static(tf, keys, values, default, **{k: getattr(tf, v) for k, v in kinds.items()})
        probe = tf.constant([keys[1], keys[0], keys[0] * 7], table.key_dtype)
        return both(tf, lambda: table.lookup(probe)), exported(table)

    return run


def _static_errors(tf):
    init = tf.lookup.KeyValueTensorInitializer
    table = static(tf)
    return [
        raised(lambda: table.lookup(tf.constant([1, 2]))),
        raised(lambda: table.lookup("a")),
        raised(lambda: static(tf, ["a", "a"], [1, 2])),
        raised(lambda: static(tf, ["a", "a"], [1, 1])),
        raised(lambda: static(tf, ["a", "b"], [1])),
        raised(lambda: tf.lookup.StaticHashTable(init(["a"], [1]), "x")),
        raised(lambda: tf.lookup.StaticHashTable(init(["a"], [1]), [1, 2])),
        raised(lambda: tf.lookup.StaticHashTable(init(["a"], [1]), 1.5)),
        raised(lambda: init(["a"], [1], key_dtype=tf.int32)),
        raised(lambda: tf.function(lambda: table.lookup(tf.constant([1])))()),
        raised(lambda: table._initializer.initialize(mutable(tf))),
    ]


def _in_module(tf):
    class Model(tf.Module):
        def __init__(self):
            self.table = static(tf)
            self.weight = tf.Variable(2.0)

        @tf.function
        def __call__(self, x):
            return tf.cast(self.table.lookup(x), tf.float32) * self.weight

    model = Model()
    return model(tf.constant(["a", "x"])), len(model.variables), model.submodules


def _text(folder, name, lines):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    return path


def _text_files(tf):
    index = tf.lookup.TextFileIndex
    whole, number = index.WHOLE_LINE, index.LINE_NUMBER
    init = tf.lookup.TextFileInitializer
    with tempfile.TemporaryDirectory() as folder:
        words = _text(folder, "words", ["emerson", "lake", "palmer"])
        table = _text(folder, "table", ["a\t1\t1.5", "b\t2\t2.5"])
        commas = _text(folder, "commas", ["1,x", "2,y"])
        doubled = _text(folder, "doubled", ["a", "b", "a"])
        odd = _text(folder, "odd", ["a\tb", "c\td"])

        def made(init_args, default, probe, **options):
            def go():
                built = tf.lookup.StaticHashTable(init(*init_args, **options), default)
                return built.lookup(tf.constant(probe, built.key_dtype)), built.size()

            return both(tf, go)

        results = [
            made((words, tf.string, whole, tf.int64, number), -1, ["lake", "moog"]),
            made((words, tf.int64, number, tf.string, whole), "?", [0, 2, 5]),
            made((words, tf.string, whole, tf.int64, number), -1, ["lake", "palmer"], vocab_size=2),
            made((words, tf.string, whole, tf.int64, number), -1, ["lake", "palmer"], vocab_size=4),
            made((words, tf.string, whole, tf.int64, number), -1, ["lake"], value_index_offset=10),
            made((table, tf.string, 0, tf.int64, 1), -1, ["b", "c"]),
            made((table, tf.string, 0, tf.float32, 2), -1.0, ["b", "c"]),
            made((table, tf.int64, 1, tf.string, 0), "?", [1, 9]),
            made((table, tf.string, 0, tf.int64, 5), -1, ["b"]),
            made((commas, tf.int64, 0, tf.string, 1), "?", [1, 2], delimiter=","),
            made((odd, tf.string, 0, tf.int64, 1), -1, ["a"]),
            made((doubled, tf.string, whole, tf.int64, number), -1, ["a"]),
            made((os.path.join(folder, "absent"), tf.string, whole, tf.int64, number), -1, ["a"]),
        ]
        errors = [
            raised(lambda: init("", tf.string, whole, tf.int64, number)),
            raised(lambda: init(words, tf.string, number, tf.int64, number)),
            raised(lambda: init(words, tf.float32, whole, tf.int64, number)),
            raised(lambda: init(words, tf.string, -3, tf.int64, number)),
            raised(lambda: init(words, tf.string, whole, tf.int32, number)),
            raised(lambda: init(words, tf.string, whole, tf.int64, number, vocab_size=0)),
        ]
    return results, errors, whole, number


def _vocabulary(tf):
    init = tf.lookup.KeyValueTensorInitializer
    words = init(["emerson", "lake", "palmer"], tf.constant([0, 1, 2], tf.int64))
    table = tf.lookup.StaticVocabularyTable(words, 5)
    probe = tf.constant(["lake", "and", "moog", "palmer", "", "x" * 40])
    numbers = tf.lookup.StaticVocabularyTable(init(tf.constant([10, 20], tf.int64), tf.constant([0, 1], tf.int64)), 3)
    small = tf.lookup.StaticVocabularyTable(
        init(tf.constant([10, 20], tf.int64), tf.constant([0, 1], tf.int64)), 3, lookup_key_dtype=tf.int32
    )
    hashed = tf.lookup.StaticVocabularyTable(None, 4)
    return [
        both(tf, lambda: table.lookup(probe)),
        both(tf, lambda: table[probe[:2]]),
        both(tf, table.size),
        both(tf, lambda: numbers.lookup(tf.constant([10, 20, 30, -7], tf.int64))),
        both(tf, lambda: small.lookup(tf.constant([10, 20, 30, -7]))),
        both(tf, lambda: hashed.lookup(probe)),
        both(tf, hashed.size),
        table.key_dtype,
        table.value_dtype,
        hashed.resource_handle,
        raised(lambda: table.lookup(tf.constant([1]))),
        raised(lambda: tf.lookup.StaticVocabularyTable(words, 0)),
        raised(lambda: tf.lookup.StaticVocabularyTable(init(["a"], [1]), 1)),
        raised(lambda: tf.lookup.StaticVocabularyTable(init([1.5], tf.constant([1], tf.int64)), 1)),
    ]


def _mutable(tf):
    table = mutable(tf)
    results = [table.size(), exported(table), table.insert(tf.constant(["a", "b"]), tf.constant([1, 2], tf.int64))]
    results += [table.size(), table.lookup(tf.constant(["b", "z"])), table[["a"]]]
    table.insert(["b", "c"], [20, 30])
    results += [exported(table), table.lookup(["c", "x"], dynamic_default_values=tf.constant([7, 8], tf.int64))]
    results += [table.lookup(["c", "x"], dynamic_default_values=tf.constant(9, tf.int64))]
    results += [table.remove(tf.constant(["a", "nothing"])), exported(table), table.name, table.key_dtype]
    results += [
        raised(lambda: table.insert(["a", "b"], [1])),
        raised(lambda: table.insert([1], [1])),
        raised(lambda: table.remove(tf.constant([1]))),
        raised(lambda: table.lookup(tf.constant([1]))),
        raised(lambda: table.lookup(["c", "x"], dynamic_default_values=tf.constant([7, 8, 9], tf.int64))),
    ]
    return results


def _mutable_function(tf):
    table, log = mutable(tf, "int64", "float32", 0.0), []

    @tf.function(autograph=False)
    def f(keys, values):
        before = table.lookup(keys)
        table.insert(keys, values * 2.0)
        between = table.lookup(keys)
        table.remove(keys[:1])
        log.append([before.shape, table.size().shape])
        return before, between, table.lookup(keys), table.size()

    keys = tf.constant([3, 4, 5], tf.int64)
    return [f(keys, tf.constant([1.0, 2.0, 3.0])), f(keys, tf.constant([5.0, 6.0, 7.0])), exported(table), log]


def _rows(tf):
    table = mutable(tf, "string", "float32", [0.5, -0.5])
    table.insert(["a", "b"], [[1.0, 2.0], [3.0, 4.0]])
    return [
        table.lookup(["b", "x"]),
        table.lookup([["a"], ["x"]]),
        exported(table),
        raised(lambda: table.insert(["a"], [1.0])),
        table.lookup(["x", "a"], dynamic_default_values=tf.constant([[9.0, 9.0], [8.0, 8.0]])),
        both(tf, lambda: table.lookup(tf.constant(["b"]))),
    ]


MUTABLE_KINDS = [
    ("string", "string", "?", ["a", "b"], ["x", "y"]),
    ("int64", "string", "?", [1, 2], ["x", "y"]),
    ("int32", "int32", 0, [1, 2], [3, 4]),
    ("int64", "int32", 0, [1, 2], [3, 4]),
    ("string", "bool", False, ["a", "b"], [True, True]),
    ("string", "float64", 0.0, ["a", "b"], [1.5, 2.5]),
    ("int64", "float32", 0.0, [1, 2], [1.5, 2.5]),
    ("float32", "int64", 0, [1.5, 2.5], [1, 2]),
    ("string", "int32", 0, ["a", "b"], [1, 2]),
]


def _mutable_kind(key, value, default, keys, values):
    def run(tf):
        table = mutable(tf, key, value, default)
        table.insert(keys, values)
        return table.lookup(keys + [keys[0] * 9]), exported(table)

    return run


def _dense(tf):
    table = dense(tf)
    keys = tf.constant([5, 6, 7], tf.int64)
    results = [table.insert(keys, keys * 10), table.size(), table.lookup(tf.constant([5, 9], tf.int64)), table[[6]]]
    results += [table.erase(tf.constant([5], tf.int64)), table.size(), table.lookup(tf.constant([5, 6], tf.int64))]
    table.insert_or_assign([6], [99])
    results += [table.remove(tf.constant([7, 1], tf.int64)), table.size(), table[[6, 7]]]
    results += [
        raised(lambda: table.insert([0], [1])),
        raised(lambda: table.insert([-1], [1])),
        raised(lambda: table.lookup([0])),
        raised(lambda: table.erase(tf.constant([1]))),
        raised(lambda: table.insert([1, 2], [1])),
        raised(lambda: dense(tf, empty=1, deleted=1)),
        raised(lambda: dense(tf, initial_num_buckets=12)),
        table.name,
        table.key_dtype,
    ]
    return results


def _dense_kinds(tf):
    words = dense(tf, "string", "float32", 0.5, "", "gone")
    words.insert(["a", "b"], [1.0, 2.0])
    rows = dense(tf, "int64", "int64", [0, 0])
    rows.insert([4, 5], [[1, 2], [3, 4]])
    pairs = dense(tf, "int64", "int64", -1, [0, 0], [-1, -1])
    pairs.insert([[1, 2], [3, 4]], [12, 34])
    return [
        words.lookup(tf.constant(["b", "c"])),
        rows.lookup([[5], [6]]),
        pairs.lookup([[3, 4], [4, 3]]),
        both(tf, lambda: pairs.lookup(tf.constant([[1, 2]], tf.int64))),
        pairs.size(),
    ]


def _dense_function(tf):
    table = dense(tf, "string", "int64", 0, "$", "#")

    @tf.function(autograph=False)
    def count(words):
        table.insert(words, table.lookup(words) + 1)
        return table.size()

    sizes = [count(tf.constant(["a", "b"])), count(tf.constant(["b", "c"])), count(tf.constant(["b"]))]
    return sizes, table.lookup(tf.constant(["a", "b", "c", "d"]))


def _created_inside(tf):
    @tf.function(autograph=False)
    def f(x):
        return static(tf).lookup(x)

    return f(tf.constant(["a", "q"])), f(tf.constant(["c", "q"]))


def _dense_key_shapes(tf):
    def outcome(pairs, shape, act):
        empty, deleted = ([0, 0], [1, 1]) if pairs else (0, 1)
        table = tf.lookup.experimental.DenseHashTable(
            tf.int64, tf.int64, default_value=-1, empty_key=empty, deleted_key=deleted
        )
        try:
            return act(table, tf.fill(shape, tf.constant(5, tf.int64)))
        except tf.errors.InvalidArgumentError as error:
            return [
                part in error.message for part in ("must end with the table's key shape [2]", "Expected key shape [")
            ]

    def insert(table, keys):
        table.insert(keys, tf.ones(keys.shape, tf.int64))
        return table.size()

    shapes = [[1], [2], [1, 2], [2, 1], [1, 1, 2], [3], [0, 2]]
    acts = [lambda table, keys: table.lookup(keys), lambda table, keys: table.erase(keys)]
    found = [outcome(pairs, shape, act) for pairs in (False, True) for shape in shapes for act in acts]
    return found, [outcome(False, shape, insert) for shape in ([2], [1, 2], [2, 1])]


CASES = [
    Program("static", _static),
    Program("static-shapes", _static_shapes),
    *(Program(f"static-{name}", _kind(*given)) for name, given in KINDS.items()),
    Program("static-errors", _static_errors),
    Program("static-created-inside", _created_inside),
    Program("in-module", _in_module),
    Program("text-files", _text_files),
    Program("vocabulary", _vocabulary),
    Program("mutable", _mutable),
    Program("mutable-function", _mutable_function),
    Program("mutable-rows", _rows),
    *(
        Program(
            f"mutable-{k[0]}-{k[1]}",
            _mutable_kind(*k),
            accept={"value": "TensorFlow has no kernel"}
            if k[:2] in (("string", "string"), ("float32", "int64"))
            else {},
        )
        for k in MUTABLE_KINDS
    ),
    Program("dense", _dense),
    Program("dense-kinds", _dense_kinds),
    Program("dense-function", _dense_function),
    Program("dense-key-shapes", _dense_key_shapes),
]
