"""What experts answered, a row per answer: most experts answer few of the cases."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int, Int32, Shaped


@dataclass(frozen=True, eq=False, kw_only=True)
class Answers:
    """Answers of M experts to N cases: C classes, then answers that no truth has.

    Attributes:
      case: of each answer. expert: of each answer. said: index into the `kinds` answers.
      cases: N. experts: M. classes: C. kinds: the classes and the answers that are none.
      known: the class of each case whose ground truth is known; −1 for the others.
    """

    case: Int[np.ndarray, " R"]
    expert: Int[np.ndarray, " R"]
    said: Int[np.ndarray, " R"]
    cases: int
    experts: int
    classes: int
    kinds: int
    known: Int[np.ndarray, " N"]

    def votes(self) -> Float64[np.ndarray, "N C"]:
        """How many experts named each class."""
        named = self.said < self.classes
        cell = self.case[named] * self.classes + self.said[named]
        counts = np.bincount(cell, minlength=self.cases * self.classes)
        return counts.reshape(self.cases, self.classes).astype(float)

    def anchored(self, shares: Float64[np.ndarray, "N C"]) -> Float64[np.ndarray, "N C"]:
        """The shares, with certainty where the ground truth is known."""
        there = self.known >= 0
        shares[there] = np.eye(self.classes)[self.known[there]]
        return shares


def answers_of(
    annotations: Int32[np.ndarray, "N M"],
    annotated: Bool[np.ndarray, "N M"],
    classes: int,
    known: Int[np.ndarray, " N"] | None = None,
    kinds: int | None = None,
) -> Answers:
    """The answers of a matrix of annotations.

    Args:
      annotations: of each expert where `annotated`.
      annotated: whether the expert annotated the case.
      classes: how many.
      known: see `Answers`; None where no ground truth is known.
      kinds: how many different answers may be given; the classes by default.
    """
    case, expert = np.nonzero(annotated)
    return Answers(
        case=case,
        expert=expert,
        said=annotations[case, expert].astype(np.int64),
        cases=len(annotated),
        experts=annotated.shape[1],
        classes=classes,
        kinds=kinds or classes,
        known=np.full(len(annotated), -1) if known is None else known,
    )


def winners(
    shares: Shaped[np.ndarray, "n C"], often: Shaped[np.ndarray, " C"]
) -> Int[np.ndarray, " n"]:
    """The class with the largest share of each row.

    Ties go to the class that all answers name most often, then to the first in the set's order.

    Args:
      shares: of the classes.
      often: how many answers name each class.
    """
    order = np.argsort(-np.asarray(often, float), kind="stable")
    # Equal up to rounding: sums of the same terms in another order are ties, too.
    best = shares >= shares.max(axis=1, keepdims=True) - 1e-12
    return np.asarray(order[best[:, order].argmax(axis=1)])
