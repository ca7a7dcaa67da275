"""Ground truth by consensus: what a set says of it, and how experts are then measured.

An expert is not measured against a consensus it is part of, which would flatter it, but against the
consensus of the others. That is wrong at times, which would make every expert look worse: with q
the mean probability that it is right, and wrong answers spread evenly over the C − 1 other classes,
an expert of accuracy a agrees with it in a share a q + (1 − a) e, where e = (1 − q)/(C − 1). So
a = (agreement − e)/(q − e).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int32

from core.base.clusters import share_interval

if TYPE_CHECKING:
    from core.dataset.annotation_set import AnnotationSet

_LEAST_TELLING = 0.1  # q − e below which the others' consensus says nothing


@dataclass(frozen=True, eq=False, kw_only=True)
class Consensus:
    """Which cases have their ground truth by consensus, and of what kind it is.

    Attributes:
      method: `majority`, `dawid-skene` or `crowdlab`.
      filled: whether the case's ground truth is the consensus.
      confidence: probability that the case's truth is right, as the answers suggest; 1 where it
        is known.
      others: the consensus of all others, where the expert annotated the case.
      trust: probability that it is right; 0 where the expert did not annotate the case or nobody
        else says anything about it. For cases whose truth is known, the two are the truth and 1.
      checked: cases with a known truth on which a consensus that did not know it was compared with
        it. agreed: on how many of these it was right. checked_worth: the number of independent
        cases that they are worth; None where no patients are known.
    """

    method: str
    filled: Bool[np.ndarray, " N"]
    confidence: Float32[np.ndarray, " N"]
    others: Int32[np.ndarray, "N M"]
    trust: Float32[np.ndarray, "N M"]
    checked: int = 0
    agreed: int = 0
    checked_worth: float | None = None

    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name, for files and the content hash."""
        return {name: getattr(self, name) for name in ("filled", "confidence", "others", "trust")}

    def summary(self) -> dict[str, Any]:
        """Method, cases by consensus and in all, mean confidence of the first, and the check."""
        return {
            "method": self.method,
            "cases": int(self.filled.sum()),
            "of": len(self.filled),
            "confidence": round(float(self.confidence[self.filled].mean(dtype=float)), 4),
            "checked": self.checked,
            "agreed": self.agreed,
            **({} if self.checked_worth is None else {"checked_worth": self.checked_worth}),
        }


class Scoring(NamedTuple):
    """Experts' answers as they are scored: [n, M], or [n] of one expert.

    Attributes:
      made: answers that can be scored. right: those that count as right.
      truth: what they are compared with.
      trust: probability that this is right; None where it is the ground truth.
    """

    made: Bool[np.ndarray, "..."]
    right: Bool[np.ndarray, "..."]
    truth: Int[np.ndarray, "..."]
    trust: Float32[np.ndarray, "..."] | None

    def of(self, expert: int) -> "Scoring":
        """One expert's, [n]."""
        trust = None if self.trust is None else self.trust[:, expert]
        # Copies lie together in memory, as the columns of a wide table do not.
        made, right = self.made[:, expert].copy(), self.right[:, expert].copy()
        return Scoring(made, right, self.truth[:, expert], trust)

    def only(self, experts: Sequence[int] | Int[np.ndarray, " m"]) -> "Scoring":
        """Some experts', [n, m]."""
        trust = None if self.trust is None else self.trust[:, experts]
        made, right, truth = (part[:, experts] for part in self[:3])
        return Scoring(made, right, truth, trust)

    def among(self, cases: Bool[np.ndarray, "..."]) -> "Scoring":
        """Those of some cases."""
        return Scoring(self.made & cases, self.right & cases, self.truth, self.trust)

    def accuracy(
        self, classes: int, patients: Int[np.ndarray, " n"] | None
    ) -> tuple[float, tuple[float, float]] | None:
        """The accuracy of one expert, with Wilson's interval, by patient where these are known.

        Args:
          classes: C.
          patients: number of the patient of each case.

        Returns:
          None without answers, and where the others' consensus says nothing.
        """
        if not self.made.any():
            return None
        share = float(self.right.sum() / self.made.sum())
        return self.allowing(share, share_interval(self.right, self.made, patients), classes)

    def allowing(
        self, share: float, interval: tuple[float, float], classes: int
    ) -> tuple[float, tuple[float, float]] | None:
        """The accuracy that a share of right answers speaks for, as the module says.

        Args:
          share: of right answers.
          interval: of it.
          classes: C.

        Returns:
          The same where the truth is known; None where the others' consensus says nothing.
        """
        if self.trust is None:
            return share, interval
        trust = self.trust[self.made].mean(dtype=float)
        ends = np.array([interval[0], share, interval[1]])
        low, value, high = allow(ends, np.full(3, trust), classes).tolist()
        return None if np.isnan(value) else (value, (low, high))


def allow(
    share: Float[np.ndarray, "..."], trust: Float[np.ndarray, "..."], classes: int
) -> Float[np.ndarray, "..."]:
    """Accuracies that shares of right answers speak for, as the module says.

    Args:
      share: of answers that agree with the others' consensus.
      trust: mean probability that it is right.
      classes: C.

    Returns:
      In [0, 1]; NaN where the others' consensus says nothing.
    """
    chance = (1 - trust) / max(classes - 1, 1)
    tells = trust - chance >= _LEAST_TELLING
    found = (share - chance) / np.where(tells, trust - chance, np.nan)
    return np.asarray(np.clip(found, 0.0, 1.0))


def scoring(dataset: "AnnotationSet", rows: Int[np.ndarray, " n"] | slice = slice(None)) -> Scoring:
    """How the experts' answers to some cases are scored."""
    made, said = dataset.annotated[rows], dataset.annotations[rows]
    if dataset.consensus is None:
        truth = np.broadcast_to(dataset.truth[rows][:, None], said.shape)
        return Scoring(made, made & (said == truth), truth, None)
    others, trust = dataset.consensus.others[rows], dataset.consensus.trust[rows]
    made = made & (trust > 0)
    return Scoring(made, made & (said == others), others, trust)
