"""The table of the API loses nothing, and says what is."""

from . import coverage


def test_no_symbol_and_no_case_is_lost():
    worse = coverage.lost(coverage.read(), coverage.compute())
    assert not worse, "\n".join(worse)


def test_table_is_up_to_date():
    assert coverage.read() == coverage.compute(), "run `python -m tests.conformance.coverage` and commit its table"


def test_losses_are_seen():
    before = [("tf.a", "1", "yes", "yes"), ("tf.b", "1", "part", "no"), ("tf.c", "1", "no", "no")]
    assert not coverage.lost(before, before)
    after = [("tf.a", "1", "part", "no"), ("tf.c", "1", "yes", "yes")]
    assert coverage.lost(before, after) == [
        "tf.a existed (yes), now: part",
        "tf.a had a case",
        "tf.b existed (part), now: no",
    ]
