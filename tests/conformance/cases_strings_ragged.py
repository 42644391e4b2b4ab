"""`tf.strings`: splitting, n-grams, Unicode."""

from __future__ import annotations

from .inputs import arr
from .runner import Case, Program, raised

WORDS = ["a, b,,c ", "", "  x  y ", ",a,"]
BAD = b"a\xffb\xe2\x82c\xed\xa0\x80\xf0\x9f\x98\x80\x01\xc3"
TEXTS = arr([BAD, b"x", b"", "häß".encode()], "string")
DECODED = [97, 0xD800, 0x110000, 0x1F600, -1]


def _split_errors(tf):
    return [
        raised(lambda: tf.strings.split(3)),
        raised(lambda: tf.strings.split(["a"], ["b"])),
        raised(lambda: tf.compat.v1.string_split("a b")),
        raised(lambda: tf.compat.v1.strings.split(["a b"], result_type="x")),
        raised(lambda: tf.raw_ops.StringSplit(input=["a b"], delimiter=[" "])),
    ]


def _ngram_errors(tf):
    data = ["a", "b"]
    return [
        raised(lambda: tf.strings.ngrams(data, 0)),
        raised(lambda: tf.strings.ngrams("a", 2)),
        raised(lambda: tf.strings.ngrams([1, 2], 2)),
        raised(lambda: tf.strings.ngrams(data, 2, pad_values=3)),
        raised(lambda: tf.strings.ngrams(data, 2, pad_values="a", padding_width=0)),
    ]


def _unicode_errors(tf):
    s = tf.strings
    return [
        raised(lambda: s.unicode_decode([BAD], "UTF-8", errors="strict")),
        raised(lambda: s.unicode_decode([BAD], "nope")),
        raised(lambda: s.unicode_decode([BAD], "UTF-8", errors="x")),
        raised(lambda: s.unicode_encode(DECODED, "UTF-8", "strict")),
        raised(lambda: s.unicode_encode([97], "latin1")),
        raised(lambda: s.unicode_encode(97, "UTF-8")),
        raised(lambda: s.unicode_transcode([BAD], "UTF-8", "UTF-8", replacement_char=0x110000)),
    ]


NGRAMS = {
    "plain": {"ngram_width": 2},
    "widths": {"ngram_width": (3, 2), "separator": "|"},
    "padded": {"ngram_width": 5, "pad_values": ("L", "R")},
    "padded-less": {"ngram_width": 3, "pad_values": "P", "padding_width": 1},
    "short": {"ngram_width": 4, "preserve_short_sequences": True},
    "short-padded": {"ngram_width": 7, "pad_values": "P", "padding_width": 1, "preserve_short_sequences": True},
}

CASES = [
    *(
        Case(f"split-{name}", lambda tf, x, a=args: tf.strings.split(x, *a), [arr(WORDS, "string")])
        for name, args in {
            "space": (),
            "once": (None, 1),
            "comma": (",",),
            "long": (", ", 1),
            "blank": (" ", 2),
        }.items()
    ),
    Case("split-scalar", lambda tf, x: tf.strings.split(x[0]), [arr(WORDS, "string")]),
    Case("split-matrix", lambda tf, x: tf.strings.split(x, ","), [arr([["a,b", "c"], ["", "d"]], "string")]),
    Case(
        "split-ragged",
        lambda tf, x: tf.strings.split(tf.RaggedTensor.from_row_splits(x, [0, 1, 4]), ","),
        [arr(WORDS, "string")],
    ),
    Case("bytes", lambda tf, x: [tf.strings.bytes_split(x), tf.strings.bytes_split(x[2])], [arr(WORDS, "string")]),
    *(
        Case(
            f"split-v1-{'-'.join(str(v) for v in kwargs.values()) or 'plain'}",
            lambda tf, x, k=kwargs: tf.compat.v1.string_split(x, **k),
            [arr(WORDS, "string")],
        )
        for kwargs in (
            {},
            {"sep": ", "},
            {"sep": "", "skip_empty": False},
            {"delimiter": ",", "skip_empty": False, "result_type": "RaggedTensor"},
        )
    ),
    Case(
        "split-v1-strings",
        lambda tf, x: [tf.compat.v1.strings.split(x), tf.compat.v1.strings.split(x[0], result_type="RaggedTensor")],
        [arr(WORDS, "string")],
    ),
    Case(
        "split-v1-ragged",
        lambda tf, x: tf.compat.v1.strings.split(tf.RaggedTensor.from_row_splits(x, [0, 1, 4]), ","),
        [arr(WORDS, "string")],
    ),
    Program("split-errors", _split_errors),
    *(
        Case(
            f"ngrams-{name}",
            lambda tf, x, k=kwargs: [
                tf.strings.ngrams(tf.RaggedTensor.from_row_splits(x, [0, 3, 4, 4]), **k),
                tf.strings.ngrams(x, **k),
                tf.strings.ngrams(tf.reshape(x, [2, 2]), **k),
            ],
            [arr(["a", "b", "c", "d"], "string")],
        )
        for name, kwargs in NGRAMS.items()
    ),
    Program("ngram-errors", _ngram_errors),
    *(
        Case(
            f"decode-{errors}",
            lambda tf, x, e=errors: tf.strings.unicode_decode_with_offsets(x, "UTF-8", errors=e),
            [TEXTS],
        )
        for errors in ("replace", "ignore")
    ),
    Case("decode-scalar", lambda tf, x: tf.strings.unicode_decode(x[3], "UTF-8"), [TEXTS]),
    Case("decode-matrix", lambda tf, x: tf.strings.unicode_decode(tf.reshape(x, [2, 2]), "UTF-8"), [TEXTS]),
    Case(
        "decode-controls",
        lambda tf, x: tf.strings.unicode_decode(x, "UTF-8", replacement_char=65, replace_control_characters=True),
        [TEXTS],
    ),
    *(
        Case(f"decode-{encoding}", lambda tf, x, e=encoding: tf.strings.unicode_decode(x, e), [arr([text], "string")])
        for encoding, text in {
            "UTF-16-BE": b"\x00a\xd8\x3d\xde\x00",
            "UTF-32-BE": b"\x00\x00\x00a\x00\x01\xf6\x00",
            "UTF-16-LE": b"a\x00",
            "UTF-16": b"\x00*",
            "utf-16": b"\xff\xfe*\x00",
            "latin1": b"\xe9",
            "shift-jis": b"\x82\xa0",
        }.items()
    ),
    *(
        Case(
            f"encode-{encoding}-{errors}",
            lambda tf, x, a=(encoding, errors): [tf.strings.unicode_encode(x, *a), tf.strings.unicode_encode(x[0], *a)],
            [arr([DECODED, [98, 99, 100, 0x3042, 0]], "int32")],
        )
        for encoding, errors in (("UTF-8", "replace"), ("UTF-16-BE", "ignore"), ("UTF-32-BE", "replace"))
    ),
    Case(
        "encode-ragged",
        lambda tf, x: tf.strings.unicode_encode(
            tf.RaggedTensor.from_nested_row_splits(x, [[0, 2, 2], [0, 1, 3]]), "UTF-8", replacement_char=66
        ),
        [arr([97, 0xD800, 99], "int32")],
    ),
    Case(
        "encode-cube",
        lambda tf, x: tf.strings.unicode_encode(x, "UTF-8"),
        [arr([[[97], [98]]], "int32")],
        accept={"value": "TensorFlow needs known shapes"},
    ),
    Case("characters", lambda tf, x: tf.strings.unicode_split(x, "UTF-8"), [TEXTS]),
    Case("characters-scalar", lambda tf, x: tf.strings.unicode_split(x[3], "UTF-8"), [TEXTS]),
    Case(
        "characters-offsets",
        lambda tf, x: tf.strings.unicode_split_with_offsets(x, "UTF-8", errors="ignore"),
        [TEXTS],
    ),
    Case(
        "transcode",
        lambda tf, x: [
            tf.strings.unicode_transcode(x, "UTF-8", "UTF-16-BE"),
            tf.strings.unicode_transcode(x, "UTF-8", "UTF-8", errors="ignore", replace_control_characters=True),
            tf.strings.unicode_transcode(x, "latin1", "UTF-8"),
        ],
        [TEXTS],
    ),
    Program("unicode-errors", _unicode_errors),
    Case(
        "script",
        lambda tf, x: tf.strings.unicode_script(x),
        [arr([[97, 0x3042, 48], [-1, 0x110000, 0x1F600]], "int32")],
    ),
    Case(
        "segment-join",
        lambda tf, x: tf.strings.unsorted_segment_join(x, [0, 1, 0, 3], 4, "-"),
        [arr(WORDS, "string")],
    ),
    Case(
        "hash-v1",
        lambda tf, x: tf.compat.v1.string_to_hash_bucket(string_tensor=x, num_buckets=7),
        [arr(WORDS, "string")],
    ),
]
