"""The table of the API loses nothing, and says what is."""

from . import coverage


def test_no_symbol_and_no_case_is_lost():
    worse = coverage.lost(coverage.read(), coverage.compute())
    assert not worse, "\n".join(worse)


def test_table_is_up_to_date():
    assert coverage.read() == coverage.compute(), "run `python -m tests.conformance.coverage` and commit its table"


# Namespaces of which each symbol that exists must have a case.
CLOSED = ("math", "linalg", "signal", "bitwise", "nest", "experimental.numpy")


def test_numeric_namespaces_have_cases():
    prefixes = tuple(f"tf.{namespace}." for namespace in CLOSED)
    without = [path for path, _, exists, case in coverage.compute() if path.startswith(prefixes) and case == "no"]
    assert not without, "no case uses: " + ", ".join(without)


def test_losses_are_seen():
    before = [("tf.a", "1", "yes", "yes"), ("tf.b", "1", "part", "no"), ("tf.c", "1", "no", "no")]
    assert not coverage.lost(before, before)
    after = [("tf.a", "1", "part", "no"), ("tf.c", "1", "yes", "yes")]
    assert coverage.lost(before, after) == [
        "tf.a existed (yes), now: part",
        "tf.a had a case",
        "tf.b existed (part), now: no",
    ]
