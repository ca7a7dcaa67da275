"""How often each consensus is right on the cases whose ground truth is known.

The consensus is found anew, from all answers and without any of these truths, so that it is
compared with nothing it has seen.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, get_args

import numpy as np

from core.base.report import DataError, Report
from core.consensus.answers import Answers
from core.consensus.dawid_skene import fit_dawid_skene
from core.consensus.labels import labels_of, predicted_classes
from core.consensus.methods import LABELS, Method, known_cases, right_in
from core.dataset.annotation_set import AnnotationSet

_MOST_PREDICTED = 100_000  # cases × classes up to which CROWDLAB is checked unasked: seconds
NOT_CHECKED = (
    "no case with an answer has a known truth: how often a consensus is right cannot be checked"
)


class Check(NamedTuple):
    """How often a consensus is right.

    Attributes:
      method: which one. cases: those it is checked on.
      agreed: on how many of these it gives the known truth.
    """

    method: Method
    cases: int
    agreed: int

    @property
    def text(self) -> str:
        """The share with its 95 % interval and the number of cases."""
        of = f"{self.cases:,} {'case' if self.cases == 1 else 'cases'} with known truth"
        return f"right in {right_in(self.agreed, self.cases)} of {of}"


def check_methods(dataset: AnnotationSet, answers: Answers, chosen: Method) -> tuple[Check, ...]:
    """The chosen consensus, then the others that the set allows; none without a known truth.

    CROWDLAB takes a classifier, so in large sets it is checked only where it is the chosen one.

    Args:
      dataset: the set; its ground truth is not read.
      answers: of its experts, with the classes that are known.
      chosen: the one that is to be the ground truth.
    """
    named = answers.case[answers.said < answers.classes]
    checked = (answers.known >= 0) & (np.bincount(named, minlength=answers.cases) > 0)
    if not checked.any():
        return ()
    blind = replace(answers, known=np.full(answers.cases, -1))
    fit = fit_dawid_skene(blind)
    found = []
    for method in sorted(get_args(Method), key=lambda name: name != chosen):
        predicted = None
        if method == "crowdlab":
            if method != chosen and answers.cases * answers.classes > _MOST_PREDICTED:
                continue
            try:
                predicted = predicted_classes(dataset, blind, fit, Report())
            except DataError:
                continue
        labels, _ = labels_of(blind, method, fit, predicted)
        agreed = checked & (labels == answers.known)
        found.append(Check(method, int(checked.sum()), int(agreed.sum())))
    return tuple(found)


def all_checked(checks: Sequence[Check]) -> str:
    """All of them in a sentence, the one that is right most often first."""
    ordered = sorted(checks, key=lambda check: -check.agreed)
    shares = ", ".join(f"{LABELS[c.method]} in {right_in(c.agreed, c.cases)}" for c in ordered)
    return (
        f"in the {known_cases(checks[0].cases)}, a consensus that does not use it is right as "
        f"follows: {shares}"
    )
