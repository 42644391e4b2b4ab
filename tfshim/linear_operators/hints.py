"""What is known of a matrix, and what follows from it."""

from __future__ import annotations

from typing import Any


class Hints:
    """Four answers, each True, False or None for unknown; ValueError for those that contradict each other."""

    __slots__ = ("non_singular", "positive_definite", "self_adjoint", "square")

    def __init__(self, non_singular: Any, self_adjoint: Any, positive_definite: Any, square: Any):
        if positive_definite:
            if non_singular is False:
                raise ValueError("A positive definite matrix is always non-singular.")
            non_singular = True
        if non_singular:
            if square is False:
                raise ValueError("A non-singular matrix is always square.")
            square = True
        if self_adjoint:
            if square is False:
                raise ValueError("A self-adjoint matrix is always square.")
            square = True
        self.non_singular = non_singular
        self.self_adjoint = self_adjoint
        self.positive_definite = positive_definite
        self.square = square


def all_true(answers: Any) -> bool | None:
    """True if all answers are, else None: nothing follows from one that is not."""
    return True if all(answers) else None


def agreed(given: Any, known: Any, contradiction: str) -> Any:
    """A hint that the structure of the operator answers; ValueError if the caller says the contrary."""
    if given is not None and bool(given) is not known:
        raise ValueError(contradiction)
    return known
