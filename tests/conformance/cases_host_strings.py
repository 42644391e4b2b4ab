"""`tf.strings`: what host code inside functions needs of them."""

from __future__ import annotations

import numpy as np

from .inputs import FLOATS, INTS, UINTS, arr, bools, ints, py, strs
from .runner import Case, Program, over, raised

WORDS = arr(
    [b"", b"a", b"Hello World", b"  two words\t\n", "häß € 𝄞".encode(), b"42", b"x" * 70, b"\xff\x00z"], "string"
)
NUMBERS = arr([b"1", b"-2.5", b" 3e10 ", b"inf", b"-nan", b"1e-300", b"+7", b".5", b"0x10"], "string")


def _pattern(pattern, rewrite="<\\0>", **kwargs):
    return lambda tf, x: (
        tf.strings.regex_replace(x, pattern, rewrite, **kwargs),
        tf.strings.regex_full_match(x, pattern),
        tf.strings.regex_replace(x, tf.constant(pattern), tf.constant(rewrite), **kwargs),
        tf.strings.regex_full_match(x, tf.constant(pattern)),
    )


PATTERNS = {
    "literal": "o",
    "class": "[a-zA-Z]+",
    "empty": "x*",
    "digit": r"\d+",
    "word": r"\w+",
    "any": ".",
    "all": ".*",
    "anchors": "^.*$",
    "end": "o$",
    "posix": "[[:alpha:]_]+",
    "posix-not": "[^[:space:]]+",
    "alternatives": "Hello|World|two",
    "lazy": "l+?o??",
    "repeat": "l{2}",
    "flag": "(?i)HELLO",
    "dotall": "(?s).+",
    "unicode": "ß|€",
    "code": r"\x{20AC}",
    "quoted": r"\Q(o\E",
    "slash-z": r"World\z",
    "bracket": r"[\]\[-]",
}


def _hashes(tf, *xs):
    x = xs[0]
    return (
        tf.strings.to_hash_bucket_fast(x, 2**62),
        tf.strings.to_hash_bucket_fast(x, 7),
        tf.strings.to_hash_bucket_strong(x, 2**62, [1, 2]),
        tf.strings.to_hash_bucket_strong(x, 10, [2**62 + 5, 11]),
        tf.strings.to_hash_bucket(x, 2**62),
        tf.strings.to_hash_bucket(x, 3),
    )


LENGTHS = arr([bytes((i * 7 + j) % 256 for j in range(i)) for i in [*range(70), 95, 127, 128, 129, 200, 257]], "string")


def _many_texts(tf):
    """Beside strings numbers of any size, and on any device, come to the host."""
    texts = tf.strings.as_string(tf.range(3000))
    drawn = tf.cast(tf.random.stateless_uniform([2000], [1, 2]) * 3000, tf.int32)
    rows = tf.reshape(texts, [30, 100])
    return (
        tf.gather(texts, drawn),
        tf.gather(rows, tf.reshape(drawn[:600] % 100, [30, 20]), axis=1, batch_dims=1),
        tf.gather_nd(rows, tf.stack([drawn % 30, drawn % 100], 1)),
        tf.where(drawn > 1500, "many", texts[:2000]),
        tf.boolean_mask(texts[:2000], drawn > 1500),
    )


CASES = [
    Case("lower", "strings.lower", [WORDS]),
    Case("upper", "strings.upper", [WORDS]),
    Case("lower-utf8", "strings.lower", [arr(["ÄÖ É".encode()], "string")], kwargs={"encoding": "utf-8"}),
    Case("upper-utf8", "strings.upper", [arr(["äö é".encode()], "string")], kwargs={"encoding": "utf-8"}),
    Case("lower-encoding", "strings.lower", [WORDS], kwargs={"encoding": "latin1"}),
    Case("strip", "strings.strip", [WORDS]),
    Case("length", "strings.length", [WORDS], rank=True),
    Case("length-utf8", "strings.length", [arr([b"", "häß € 𝄞".encode()], "string")], kwargs={"unit": "UTF8_CHAR"}),
    Case("length-unit", "strings.length", [WORDS], kwargs={"unit": "CHAR"}),
    Case("substr", "strings.substr", [arr([b"Hello", b"World"], "string"), py(1), py(3)]),
    Case("substr-negative", "strings.substr", [arr([b"Hello", b"World"], "string"), py(-3), py(2)]),
    Case("substr-long", "strings.substr", [arr([b"Hello", b"World"], "string"), py(3), py(20)]),
    Case("substr-each", "strings.substr", [arr([b"Hello", b"World"], "string"), arr([0, 2]), arr([3, 1])]),
    Case("substr-broadcast", "strings.substr", [arr([[b"Hello"], [b"World"]], "string"), arr([0, 2]), arr([3, 1])]),
    Case("substr-many", "strings.substr", [arr(b"Hello", "string"), arr([0, 2, 4]), arr([3, 1, 1])]),
    Case("substr-utf8", "strings.substr", [arr("häß€".encode(), "string"), py(1), py(2)], kwargs={"unit": "UTF8_CHAR"}),
    Case(
        "substr-utf8-end",
        "strings.substr",
        [arr("häß€".encode(), "string"), py(-2), py(9)],
        kwargs={"unit": "UTF8_CHAR"},
    ),
    Case(
        "substr-outside",
        "strings.substr",
        [arr([b"Hello"], "string"), py(7), py(3)],
        message={"eager": ["out of range"]},
    ),
    Case("substr-shapes", "strings.substr", [arr([b"Hello"], "string"), arr([1]), arr(3)]),
    Case("join", lambda tf, x, y: tf.strings.join([x, y]), [strs(3), strs(3)]),
    Case("join-sep", lambda tf, x, y: tf.strings.join([x, "-", y], separator="+"), [strs(2, 2), strs()]),
    Case("join-one", lambda tf, x: tf.strings.join([x], "+"), [strs(2)]),
    Case("join-none", lambda tf: tf.strings.join([]), []),
    Case("join-shapes", lambda tf, x, y: tf.strings.join([x, y]), [strs(3), strs(2)]),
    *(
        Case(f"reduce-join-{label}", "strings.reduce_join", [strs(2, 3, 2)], kwargs=kwargs)
        for label, kwargs in {
            "all": {},
            "axis": {"axis": 1},
            "negative": {"axis": -1, "separator": "."},
            "two": {"axis": [0, 2], "separator": ","},
            "order": {"axis": [2, 0], "separator": ","},
            "keep": {"axis": 1, "keepdims": True},
            "outside": {"axis": 3},
            "none": {"axis": []},
        }.items()
    ),
    Case("reduce-join-scalar", "strings.reduce_join", [strs()]),
    Case("reduce-join-unknown-rank", "strings.reduce_join", [strs(2, 2)], rank=True),
    *(Case(f"regex-{n}", _pattern(p), [WORDS]) for n, p in PATTERNS.items()),
    Case("regex-groups", _pattern(r"(\w+) (\w+)", r"\2\\ \1"), [WORDS]),
    Case("regex-named", _pattern(r"(?P<first>\w+) (\w+)", r"\2 \1"), [WORDS]),
    Case("regex-first", _pattern("l", "L", replace_global=False), [WORDS]),
    Case("regex-empty-adjacent", _pattern("x*", "-"), [arr([b"abxd", b"xx", b""], "string")]),
    Case("regex-invalid", _pattern("(a"), [WORDS]),
    Case("as-string-bool", "strings.as_string", [bools(3)]),
    *over("as-string", "strings.as_string", dtypes=(*FLOATS, *INTS, *UINTS, "complex64", "complex128", "string")),
    *(
        Case(f"as-string-{label}", "strings.as_string", [arr([1.5, -2.25e10, 1e-7, 0.0])], kwargs=kwargs)
        for label, kwargs in {
            "precision": {"precision": 2},
            "scientific": {"scientific": True},
            "shortest": {"shortest": True},
            "both": {"scientific": True, "shortest": True},
            "width": {"width": 12},
            "zeros": {"width": 12, "fill": "0"},
            "left": {"width": 12, "fill": "-", "shortest": True},
            "plus": {"fill": "+"},
            "space": {"fill": " "},
            "bad-fill": {"fill": "x", "width": 4},
            "long-fill": {"fill": "00", "width": 4},
        }.items()
    ),
    Case("as-string-special", "strings.as_string", [arr([np.nan, np.inf, -np.inf, -0.0])]),
    Case("as-string-int-width", "as_string", [arr([1, -20])], kwargs={"width": 6, "fill": "0"}),
    Case("as-string-int-precision", "as_string", [arr([1, -20])], kwargs={"precision": 6}),
    Case("as-string-int-scientific", "as_string", [arr([1, -20])], kwargs={"scientific": True}),
    Case("as-string-bool-width", "as_string", [arr([True, False])], kwargs={"width": 8}),
    Case("as-string-text-width", "as_string", [arr([b"a", b"bcd"], "string")], kwargs={"width": 5}),
    Case("to-number", "strings.to_number", [NUMBERS]),
    *(
        Case(f"to-number-{dtype}", lambda tf, x, d=dtype: tf.strings.to_number(x, getattr(tf, d)), [arr(v, "string")])
        for dtype, v in {
            "float64": [b"1.1", b"1e400", b"-1e-400", b"nan"],
            "int32": [b"12", b" -3 ", b"2147483647"],
            "int64": [b"12", b"-9223372036854775808"],
        }.items()
    ),
    *(
        Case(f"to-number-bad-{i}", lambda tf, x, d=d: tf.strings.to_number(x, getattr(tf, d)), [arr([v], "string")])
        for i, (d, v) in enumerate(
            [
                ("float32", b"abc"),
                ("float32", b""),
                ("int32", b"1.5"),
                ("int32", b"2147483648"),
                ("int64", b"1_0"),
                ("int32", b"+ 1"),
            ]
        )
    ),
    Case("to-number-type", lambda tf, x: tf.strings.to_number(x, tf.int8), [NUMBERS]),
    Case("hashes", _hashes, [LENGTHS]),
    Case("hash-words", _hashes, [WORDS]),
    Case("hash-key", lambda tf, x: tf.strings.to_hash_bucket_strong(x, 10, [1]), [WORDS]),
    Case("hash-none", lambda tf, x: tf.strings.to_hash_bucket_fast(x, 0), [WORDS]),
    # Strings as they move through a function.
    Case("gather", lambda tf, x, i: tf.gather(x, i), [strs(5), ints(3, low=0, high=5)]),
    Case("reshape", lambda tf, x: tf.reshape(x, [3, -1]), [strs(6)]),
    Case("concat", lambda tf, x, y: tf.concat([x, y], 0), [strs(2, 2), strs(1, 2)]),
    Case("stack", lambda tf, x, y: tf.stack([x, y], 1), [strs(2), strs(2)]),
    Case("unstack", lambda tf, x: tf.unstack(tf.reshape(x, [2, 2])), [strs(4)]),
    Case("equal", lambda tf, x, y: (x == y, tf.not_equal(x, y)), [strs(3), strs(3)]),
    Case("where", lambda tf, c, x, y: tf.where(c, x, y), [bools(4), strs(4), strs(4)]),
    Case("slices", lambda tf, x: (x[1], x[::2], x[-1:], x[tf.newaxis]), [strs(5)]),
    Case("transpose", lambda tf, x: tf.transpose(x), [strs(2, 3)]),
    Case("tile", lambda tf, x: tf.tile(x, [2, 2]), [strs(2, 3)]),
    Case("expand", lambda tf, x: (tf.expand_dims(x, 0), tf.squeeze(x[None])), [strs(2, 3)]),
    Case("broadcast", lambda tf, x: tf.broadcast_to(x, [2, 3]), [strs(3)]),
    Case("repeat", lambda tf, x, n: tf.repeat(x, n), [strs(3), arr([2, 0, 1])]),
    Case("mask", lambda tf, x, m: tf.boolean_mask(x, m), [strs(4), bools(4)]),
    Case("pad", lambda tf, x: tf.pad(x, [[1, 1]], constant_values="p"), [strs(2)]),
    Case("split", lambda tf, x: tf.split(x, 2), [strs(4)]),
    Case("reverse", lambda tf, x: tf.reverse(x, [0]), [strs(4)]),
    Case("shape", lambda tf, x: (tf.shape(x), tf.size(x), tf.rank(x)), [strs(2, 3)]),
    Case("identity", lambda tf, x: tf.identity(x), [strs(2)]),
    Case("fill", lambda tf, x: tf.fill([2, 2], x), [strs()]),
    Case("mixed", lambda tf, x, y: tf.strings.join([tf.as_string(tf.reduce_sum(y) * 2), x], ":"), [strs(2), ints(3)]),
    Case("zeros-like", lambda tf, x: tf.zeros_like(x), [strs(2)]),
    Case("gather-nd", lambda tf, x: tf.gather_nd(x, [[1, 0], [0, 1]]), [strs(2, 2)]),
    Case("scatter", lambda tf, x: tf.scatter_nd([[1], [3]], x, [5]), [strs(2)]),
    Case("cond-eq", lambda tf, x: tf.reduce_all(tf.equal(x, x)), [strs(3)]),
    Program("compiled-between", lambda tf: _segments(tf)),
    Program("many-texts", _many_texts),
]


def _segments(tf):
    @tf.function
    def f(x, word):
        y = tf.reduce_sum(tf.sin(x) ** 2)
        text = tf.strings.join([word, tf.as_string(y, precision=3)], ":")
        n = tf.strings.length(text)
        return tf.cast(n, tf.float32) * x, text

    return [f(tf.constant([1.0, 2.0]), "a"), f(tf.constant([3.0, 4.0]), tf.constant("bcd")), raised(lambda: f(1, "a"))]
