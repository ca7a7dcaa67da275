"""How often each consensus is right on the cases whose ground truth is known.

The consensus is found anew, from all answers and without any of these truths, so that it is
compared with nothing it has seen.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from core.base.clusters import effective
from core.base.report import DataError, Report
from core.consensus.answers import Answers
from core.consensus.dawid_skene import fit_dawid_skene
from core.consensus.labels import labels_of, predicted_classes
from core.consensus.methods import LABELS, Method, by, known_cases, right_in
from core.dataset.annotation_set import AnnotationSet
from core.dataset.patients import clusters

_MOST_PREDICTED = 100_000  # cases × classes up to which CROWDLAB is checked unasked: seconds
NOT_CHECKED = (
    "no case with an answer has a known truth: how often a consensus is right cannot be checked"
)
NOT_YET = f"{LABELS['crowdlab']}: not checked yet"
NOT_ASKED = (
    f"; {LABELS['crowdlab']} was not checked, because its classifier takes long with so many cases "
    "and classes; it is checked where it is chosen"
)


class Check(NamedTuple):
    """How often a consensus is right.

    Attributes:
      method: which one. cases: those it is checked on.
      agreed: on how many of these it gives the known truth.
      worth: the number of independent cases that they are worth; None where no patients are known.
    """

    method: Method
    cases: int
    agreed: int
    worth: float | None

    @property
    def text(self) -> str:
        """The share with its 95 % interval and the number of cases."""
        of = f"{self.cases:,} {'case' if self.cases == 1 else 'cases'} with known truth"
        return f"right in {right_in(self.agreed, self.cases, self.worth)} of {of}"


def check_votes(answers: Answers, groups: Mapping[str, np.ndarray]) -> tuple[Check, ...]:
    """The consensuses that need the answers alone; none without a known truth.

    Args:
      answers: with the classes that are known.
      groups: of the cases: intervals go by patient where these are among them.

    Raises:
      ValueError: as `fit_dawid_skene`.
    """
    if not (checked := _checked(answers)).any():
        return ()
    blind = _blind(answers)
    methods: tuple[Method, ...] = ("majority", "dawid-skene")
    found = [(method, labels_of(blind, method)[0]) for method in methods]
    return tuple(_check(method, labels, answers, checked, groups) for method, labels in found)


def check_methods(dataset: AnnotationSet, answers: Answers, chosen: Method) -> tuple[Check, ...]:
    """The chosen consensus, then the others that the set allows; none without a known truth.

    CROWDLAB takes a classifier, so in large sets it is checked only where it is the chosen one.

    Args:
      dataset: the set; its ground truth is not read.
      answers: of its experts, with the classes that are known.
      chosen: the one that is to be the ground truth.
    """
    found = check_votes(answers, dataset.groups)
    if found and not left_unchecked(dataset, answers, chosen):
        blind = _blind(answers)
        with suppress(DataError):
            predicted = predicted_classes(dataset, blind, fit_dawid_skene(blind), Report())
            labels, _ = labels_of(blind, "crowdlab", predicted=predicted)
            checked = _checked(answers)
            found += (_check("crowdlab", labels, answers, checked, dataset.groups),)
    return tuple(sorted(found, key=lambda check: check.method != chosen))


def _checked(answers: Answers) -> Bool[np.ndarray, " N"]:
    """Cases with a known truth and an answer that is a class."""
    named = answers.case[answers.said < answers.classes]
    return (answers.known >= 0) & (np.bincount(named, minlength=answers.cases) > 0)


def _blind(answers: Answers) -> Answers:
    return replace(answers, known=np.full(answers.cases, -1))


def _check(
    method: Method,
    labels: Int[np.ndarray, " N"],
    answers: Answers,
    checked: Bool[np.ndarray, " N"],
    groups: Mapping[str, np.ndarray],
) -> Check:
    agreed = (labels == answers.known)[checked]
    patients = clusters(groups, np.flatnonzero(checked))
    every = np.ones(len(agreed), bool)
    worth = None if patients is None else effective(agreed, every, patients)
    return Check(method, len(agreed), int(agreed.sum()), worth)


def left_unchecked(dataset: AnnotationSet, answers: Answers, chosen: Method) -> bool:
    """Whether CROWDLAB could be the ground truth but is not checked, because that takes long."""
    predictable = dataset.kind == "features" or dataset.ai_probabilities is not None
    large = answers.cases * answers.classes > _MOST_PREDICTED
    return chosen != "crowdlab" and predictable and large


def all_checked(checks: Sequence[Check], *, left: bool = False) -> str:
    """All of them in a sentence, the one that is right most often first.

    Args:
      checks: what was found.
      left: whether CROWDLAB was `left_unchecked`.
    """
    ordered = sorted(checks, key=lambda check: -check.agreed)
    shares = ", ".join(
        f"{LABELS[c.method]} in {right_in(c.agreed, c.cases, c.worth)}" for c in ordered
    )
    return (
        f"in the {known_cases(checks[0].cases)}, a consensus that does not use it is right as "
        f"follows (95 % intervals {by(ordered[0].worth)}): {shares}"
        f"{NOT_ASKED if left else ''}"
    )
