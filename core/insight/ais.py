"""All AIs of a set: the one that coverage counts, and experts that are AIs."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from core.dataset.annotation_set import AI, AnnotationSet, Split
from core.dataset.consensus import Scoring, scoring
from core.dataset.patients import clusters
from core.insight.accuracy import Share

_NOTHING = Share(None, None, None)


class OneAI(NamedTuple):
    """How often an AI is right.

    Attributes:
      name: `AI` for the one that coverage counts.
      answered: cases with an answer.
      accuracy: on these. by_class: of the cases of each class, the share answered rightly.
    """

    name: str
    answered: int
    accuracy: Share
    by_class: tuple[Share, ...]


class AllAIs(NamedTuple):
    """The AIs, the one that coverage counts first.

    Attributes:
      ais: their figures. split: `test`, or `all` in a set without test cases.
    """

    ais: tuple[OneAI, ...]
    split: str


def all_ais(dataset: AnnotationSet) -> AllAIs:
    """Every AI's accuracy on test cases, with 95 % intervals, by patient where these are known."""
    test = dataset.index(Split.TEST)
    rows = test if len(test) else np.arange(len(dataset.truth))
    truth = dataset.truth[rows]
    found = []
    if dataset.ai_probabilities is not None:
        right = dataset.ai_probabilities[rows].argmax(axis=1) == truth
        found.append(
            (AI, np.ones(len(rows), bool), Scoring(np.ones(len(rows), bool), right, truth, None))
        )
    scored = scoring(dataset, rows)
    for i in np.flatnonzero(~dataset.human):
        found.append((dataset.experts[i], dataset.annotated[rows, i], scored.of(int(i))))
    return AllAIs(
        tuple(_figures(dataset, rows, *one) for one in found), "test" if len(test) else "all"
    )


def _figures(
    dataset: AnnotationSet,
    rows: np.ndarray,
    name: str,
    answered: Bool[np.ndarray, " n"],
    scored: Scoring,
) -> OneAI:
    patients, classes = clusters(dataset.groups, rows), len(dataset.classes)

    def share(part: Scoring) -> Share:
        known = part.accuracy(classes, patients)
        return _NOTHING if known is None else Share(known[0], *known[1])

    by_class = tuple(share(scored.among(scored.truth == c)) for c in range(classes))
    return OneAI(name, int(answered.sum()), share(scored), by_class)
