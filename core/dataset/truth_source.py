"""Whether the ground truth is one expert's answers, or the majority of the experts'."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, Int32

from core.dataset.annotation_set import AnnotationSet

FEWEST = 20  # cases from which it is noticed
_SAME = 0.995  # of the cases
_MOST_MISSED = 0.05  # of the cases outside the largest class, which is often right by itself
_FEWEST_OF_A_KIND = 3  # such cases
_FEW_EXPERTS = 10  # among more, some are always right by chance
BY_CHANCE = 0.05
_BLOCK = 10_000_000  # cells that are counted at once


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthSource:
    """What the ground truth agrees with.

    Attributes:
      alike: experts whose answers are the ground truth: in how many of how many cases.
      majority: in how many of how many cases that have a majority this is; None where it is not
        nearly always, or not oftener than an expert who is `alike`.
      chance: how likely a majority of these experts would be right so often by itself.
      part: experts whose answers the truth was probably made of.
    """

    alike: dict[str, tuple[int, int]]
    majority: tuple[int, int] | None = None
    chance: float = 1.0
    part: tuple[str, ...] = ()


def part_of_truth(dataset: AnnotationSet) -> tuple[str, ...]:
    """The experts whose answers are probably part of the ground truth, in the set's order.

    Simulated answers were drawn from the truth, not the other way round. Of a set by consensus
    this is known, and said as such.
    """
    if dataset.simulated or dataset.consensus is not None:
        return ()
    return find_truth_source(
        dataset.truth,
        dataset.annotations,
        dataset.annotated,
        dataset.experts,
        len(dataset.classes),
    ).part


def find_truth_source(
    truth: Int32[np.ndarray, " N"],
    annotations: Int32[np.ndarray, "N M"],
    annotated: Bool[np.ndarray, "N M"],
    experts: Sequence[str],
    classes: int,
) -> TruthSource:
    """Compare the ground truth with every expert's answers and with their majority.

    Args:
      truth: a class for each case.
      annotations: a class for each case and expert, or beyond them an answer that no truth has.
      annotated: where there is one.
      experts: their names.
      classes: how many there are.
    """
    n, m = annotated.shape
    made, right = np.zeros((m, classes), np.int64), np.zeros(m, np.int64)
    votes = _Votes(classes)
    answers = max(int(annotations.max(initial=0, where=annotated)) + 1, classes)
    step = max(_BLOCK // max(m, answers, 1), 1)
    for start in range(0, n, step):
        rows = slice(start, start + step)
        of_block = truth[rows]
        case, expert = np.nonzero(annotated[rows])
        said = annotations[rows][case, expert]
        kinds = np.bincount(expert * classes + of_block[case], minlength=m * classes)
        made += kinds.reshape(m, classes)
        right += np.bincount(expert[said == of_block[case]], minlength=m)
        counts = np.bincount(case * answers + said, minlength=len(of_block) * answers)
        votes.add(counts.reshape(-1, answers), of_block)
    of = made.sum(axis=1)
    alike = _alike(made, right)
    names = {experts[int(i)]: (int(right[i]), int(of[i])) for i in np.flatnonzero(alike)}
    cases = int(votes.kinds.sum())
    best = float((right[alike] / of[alike]).max()) if names else 0.0
    if not votes.contested or not _same(votes.kinds, votes.right) or votes.right <= best * cases:
        return TruthSource(alike=names, part=tuple(names))
    chance = votes.chance()
    voted = tuple(e for e, k in zip(experts, of, strict=True) if k)
    return TruthSource(
        alike=names,
        majority=(votes.right, cases),
        chance=chance,
        part=voted if chance < BY_CHANCE else tuple(names),
    )


def _same(made: Int[np.ndarray, "... C"], right: Int[np.ndarray, "..."] | int) -> np.ndarray:
    """Whether answers are the truth in enough cases; `made` counts the cases of each class."""
    cases = made.sum(axis=-1)
    rest = cases - made.max(axis=-1)
    wrong = cases - right
    enough = (cases >= FEWEST) & (rest >= _FEWEST_OF_A_KIND)
    return np.asarray(enough & (wrong <= (1 - _SAME) * cases) & (wrong <= _MOST_MISSED * rest))


def _alike(made: Int[np.ndarray, "M C"], right: Int[np.ndarray, " M"]) -> Bool[np.ndarray, " M"]:
    """Whose answers are the truth, without those among many who had few cases and were lucky."""
    same, of = _same(made, right), made.sum(axis=1)
    if len(of) > _FEW_EXPERTS and same.any():
        rest = of[~same].sum()
        accuracy = right[~same].sum() / rest if rest else 0.0
        same &= len(of) * accuracy**of < BY_CHANCE
    return same


class _Votes:
    """Cases by how the experts' answers to them are divided."""

    def __init__(self, classes: int) -> None:
        self.kinds = np.zeros(classes, np.int64)  # cases with a majority, of each class
        self.right = self.contested = 0
        self._ahead: dict[int, int] = {}  # votes by which the majority leads → cases
        self._pairs = self._agreeing = 0

    def add(self, counts: Int[np.ndarray, "n C"], truth: Int32[np.ndarray, " n"]) -> None:
        given, most = counts.sum(axis=1), counts.max(axis=1)
        clear = (given > 1) & (2 * most > given)
        self.kinds += np.bincount(truth[clear], minlength=len(self.kinds))
        self.right += int((clear & (counts.argmax(axis=1) == truth)).sum())
        self.contested += int((clear & (most < given)).sum())
        ahead, cases = np.unique((2 * most - given)[clear], return_counts=True)
        for lead, number in zip(ahead.tolist(), cases.tolist(), strict=True):
            self._ahead[lead] = self._ahead.get(lead, 0) + number
        self._pairs += int((given * (given - 1) // 2).sum())
        self._agreeing += int((counts * (counts - 1) // 2).sum())

    def chance(self) -> float:
        """How likely all majorities would be right, were the experts' errors independent.

        Each expert is taken to be as accurate as explains how often two agree, which does not
        depend on what the truth is. Errors that experts share make majorities wrong more often.
        """
        classes = len(self.kinds)
        odds = _odds(self._agreeing / self._pairs, classes)
        log = 0.0
        for lead, cases in self._ahead.items():
            # Bayes: a majority that leads by so many votes against the same wrong answer.
            log -= cases * math.log1p((classes - 1) * odds**-lead)
        return math.exp(log)


def _odds(agreement: float, classes: int) -> float:
    """How much likelier the right answer is than a certain wrong one, from how often two agree."""
    # agreement = p² + (1 − p)² / (C − 1), solved for the larger p.
    under = (classes - 1) * (classes * agreement - 1)
    p = (1 + math.sqrt(max(under, 0.0))) / classes
    return p * (classes - 1) / max(1 - p, 1e-9)
