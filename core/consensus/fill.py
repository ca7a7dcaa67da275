"""Gives cases without a ground truth that of a consensus."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float64, Int

from core.base.report import Choice, Report, refuse
from core.consensus.answers import Answers, answers_of
from core.consensus.checks import (
    NOT_CHECKED,
    NOT_YET,
    Check,
    all_checked,
    check_methods,
    left_unchecked,
)
from core.consensus.dawid_skene import Fit, fit_dawid_skene, without_each
from core.consensus.labels import labels_of, predicted_classes
from core.consensus.methods import LABELS, Method, sure
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.consensus import Consensus


def with_consensus(
    dataset: AnnotationSet, method: Method, unknown: Bool[np.ndarray, " N"], report: Report
) -> AnnotationSet:
    """The set with a consensus as the ground truth of the cases that have none.

    Args:
      dataset: the set; the ground truth of `unknown` cases is not read.
      method: which consensus.
      unknown: cases without a ground truth, each with an answer that is a class.
      report: takes what was done.

    Raises:
      DataError: the method is not possible with this set.
    """
    known = np.where(unknown, -1, dataset.truth)
    classes = len(dataset.classes)
    answers = answers_of(
        dataset.annotations, dataset.annotated, classes, known, len(dataset.answers)
    )
    try:
        fit = fit_dawid_skene(answers)
    except ValueError as error:
        refuse("a consensus is not possible", found=str(error), remedy="leave out experts with "
               "few annotations", report=report)  # fmt: skip
    predicted = None
    if method == "crowdlab":
        predicted = predicted_classes(dataset, answers, fit, report)
        fit = fit_dawid_skene(answers, predicted=predicted)
    labels, others = labels_of(answers, method, fit, predicted)
    truth = np.where(unknown, labels, dataset.truth).astype(np.int32)
    if len(np.unique(truth[dataset.split == Split.TRAIN])) < 2:
        refuse(
            "by this consensus all train cases are of one class",
            found=LABELS[method],
            expected="at least two classes",
            remedy="choose another consensus, or add the ground truth of some cases",
            report=report,
        )
    found = _consensus(answers, method, fit, predicted, truth, others)
    checks = check_methods(dataset, answers, method)
    if checks:
        first = checks[0]
        found = replace(found, checked=first.cases, agreed=first.agreed, checked_worth=first.worth)
    _tell(answers, found, checks, report, left=left_unchecked(dataset, answers, method))
    return replace(dataset, truth=truth, consensus=found)


def _consensus(
    answers: Answers,
    method: str,
    fit: Fit,
    predicted: Float64[np.ndarray, "N C"] | None,
    truth: Int[np.ndarray, " N"],
    others: Int[np.ndarray, " R"],
) -> Consensus:
    """How sure the consensus is, and what the others say without each expert.

    Probabilities are Dawid and Skene's for every method: shares of votes and CROWDLAB's scores are
    no probabilities of being right.
    """
    sure = fit.posterior[np.arange(answers.cases), truth]
    apart = without_each(answers, fit, predicted)
    known = answers.known[answers.case]
    others = np.where(known >= 0, known, others)
    alone = np.bincount(answers.case, minlength=answers.cases)[answers.case] == 1
    trust = apart[np.arange(len(others)), others]
    if predicted is None:
        trust = np.where(alone & (known < 0), 0.0, trust)
    shape = answers.cases, answers.experts
    by_expert = np.zeros(shape, np.int32)
    trusted = np.zeros(shape, np.float32)
    by_expert[answers.case, answers.expert] = others
    trusted[answers.case, answers.expert] = trust
    return Consensus(
        method=method,
        filled=answers.known < 0,
        confidence=sure.astype(np.float32),
        others=by_expert,
        trust=trusted,
    )


def _tell(
    answers: Answers, found: Consensus, checks: Sequence[Check], report: Report, *, left: bool
) -> None:
    """Says how many cases have their truth by consensus, and how often each consensus is right.

    Args:
      answers: of the experts.
      found: the consensus.
      checks: how often each is right.
      report: takes what is said.
      left: whether CROWDLAB was left unchecked.
    """
    filled, n = int(found.filled.sum()), answers.cases
    given = np.bincount(answers.case, minlength=n)[found.filled]
    once = int((given == 1).sum())
    least = int((found.confidence[found.filled] < 0.8).sum())
    rest = f"; the known truth of {n - filled:,} stays" if filled < n else ""
    advice = (
        "prefer the one that is right most often; where intervals overlap much, none is shown to "
        "be better; "
    )
    report.warn(
        f"the ground truth is a consensus of the experts: {LABELS[found.method]}",
        found=f"{filled:,} of {n:,} cases by consensus{rest}; {sure(found.summary())}",
        remedy=f"{advice if len(checks) > 1 else ''}every page and download says that it is one",
        count=filled,
        choices=[Choice("consensus", c.method, f"{LABELS[c.method]}: {c.text}") for c in checks]
        + [Choice("consensus", "crowdlab", NOT_YET)] * (left and len(checks) > 0),
    )
    report.note(all_checked(checks, left=left) if checks else NOT_CHECKED)
    if once == filled:
        report.warn(
            "no case without a known truth has two answers: their truth is the only answer itself",
            found=f"{filled:,} of {filled:,} cases",
            remedy="against it an expert is always right, so no accuracy on these cases says "
            "anything; have a second expert annotate some of them",
            count=once,
        )
    elif once or least:
        report.warn(
            "the consensus is weak in some cases",
            found=f"{once:,} with one answer only, {least:,} with a confidence below 80 %",
            remedy="more annotations of these cases would help most",
            count=max(once, least),
        )
