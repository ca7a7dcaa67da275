"""A scenario's accuracy under other truths than the consensus it was answered with."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from core.consensus.answers import answers_of
from core.consensus.labels import labels_of
from core.consensus.methods import LABELS, Method
from core.dataset.annotation_set import AnnotationSet
from core.evaluation.intervals import BootstrapWeights
from core.results.figure import Figure
from core.scenarios.outcomes import measure
from core.scenarios.scores import Scores

KNOWN = "known"
_PLAIN: tuple[Method, ...] = ("dawid-skene", "majority")  # need neither features nor time


class OtherTruth(NamedTuple):
    """A ground truth of a set's cases.

    Attributes:
      name: of a consensus, or `KNOWN`. truth: class per case. cases: those it is about.
    """

    name: str
    truth: Int[np.ndarray, " N"]
    cases: Bool[np.ndarray, " N"]


class UnderTruth(NamedTuple):
    """A scenario's accuracy under one truth.

    Attributes:
      name: as of `OtherTruth`. cases: test cases that it is measured on.
      differ: of these, where this truth is another than the set's. accuracy: of the team.
    """

    name: str
    cases: int
    differ: int
    accuracy: Figure

    @property
    def label(self) -> str:
        """What the truth is, in words."""
        if self.name == KNOWN:
            return "Known ground truth, where there is one"
        return f"Consensus: {LABELS[self.name]}"


def other_truths(dataset: AnnotationSet) -> tuple[OtherTruth, ...]:
    """The set's own consensus first, then others, then the known truth; none without a consensus.

    Known truths stay under every consensus.
    """
    own = dataset.consensus
    if own is None:
        return ()
    every = np.ones(len(dataset.truth), bool)
    known = np.where(own.filled, -1, dataset.truth)
    answers = answers_of(
        dataset.annotations,
        dataset.annotated,
        len(dataset.classes),
        known,
        len(dataset.answers),
    )
    found = [OtherTruth(own.method, dataset.truth, every)]
    for method in _PLAIN:
        if method != own.method:
            labels, _ = labels_of(answers, method)
            found.append(OtherTruth(method, np.where(own.filled, labels, dataset.truth), every))
    if not own.filled.all():
        found.append(OtherTruth(KNOWN, dataset.truth, ~own.filled))
    return tuple(found)


def under_truths(
    chosen: Int[np.ndarray, " n"],
    scores: Scores,
    weights: BootstrapWeights,
    truths: tuple[OtherTruth, ...],
) -> tuple[UnderTruth, ...]:
    """The accuracy of an assignment under each truth; nothing is trained again.

    Args:
      chosen: agent per test case, −1 for nobody.
      scores: with the test cases.
      weights: of resamples of the test cases.
      truths: of the data set, as `other_truths`.
    """
    test = scores.test_index
    rows = []
    for one in truths:
        truth, inside = one.truth[test], one.cases[test] & (chosen >= 0)
        changed = replace(scores, truth=np.asarray(truth, int))
        accuracy = Figure(None, None)
        if inside.any():
            found = measure(one.name, np.where(inside, chosen, -1), changed, weights)
            accuracy = found.accuracy
        differ = int((inside & (truth != scores.truth)).sum())
        rows.append(UnderTruth(one.name, int(inside.sum()), differ, accuracy))
    return tuple(rows)


def plain_truths(rows: Sequence[UnderTruth]) -> list[Mapping[str, object]]:
    """The rows as plain values for JSON."""
    return [
        {
            "truth": row.name,
            "test_cases": row.cases,
            "other_than_the_consensus": row.differ,
            "accuracy": row.accuracy.value,
            "interval": None if row.accuracy.interval is None else list(row.accuracy.interval),
        }
        for row in rows
    ]
