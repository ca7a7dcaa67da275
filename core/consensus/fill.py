"""Gives cases without a ground truth that of a consensus."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float64, Int

from core.base.report import Report, refuse
from core.consensus import crowdlab
from core.consensus.answers import Answers, answers_of, winners
from core.consensus.dawid_skene import (
    Fit,
    fit_dawid_skene,
    log_terms,
    summed,
    without_each,
)
from core.consensus.methods import LABELS, Method, sure
from core.consensus.predicted import out_of_fold, sharpened
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.consensus import Consensus
from core.dataset.patients import clusters


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
        predicted = _predicted(dataset, answers, fit, report)
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
    checked, agreed = _check(answers, method, predicted)
    found = replace(found, checked=checked, agreed=agreed)
    _tell(answers, found, report)
    return replace(dataset, truth=truth, consensus=found)


def labels_of(
    answers: Answers,
    method: Method,
    fit: Fit | None = None,
    predicted: Float64[np.ndarray, "N C"] | None = None,
) -> tuple[Int[np.ndarray, " N"], Int[np.ndarray, " R"]]:
    """The consensus on each case, and on each answer's case without that answer.

    Args:
      answers: of the experts.
      method: which consensus.
      fit: of Dawid and Skene; not needed for the majority.
      predicted: for CROWDLAB only.
    """
    votes = answers.votes()
    often = votes.sum(axis=0)
    if method == "crowdlab":
        assert predicted is not None
        found = crowdlab.weigh(answers, predicted)
        return found.labels, winners(found.others, often)
    if method == "majority":
        without = votes[answers.case]
        named = np.flatnonzero(answers.said < answers.classes)
        without[named, answers.said[named]] -= 1
        return winners(votes, often), winners(without, often)
    fit = fit or fit_dawid_skene(answers)
    return winners(fit.posterior, often), winners(without_each(answers, fit), often)


def _predicted(
    dataset: AnnotationSet, answers: Answers, fit: Fit, report: Report
) -> Float64[np.ndarray, "N C"]:
    """Class probabilities of a classifier of the features, the AI's scores, or both."""
    parts = [dataset.inputs] if dataset.kind == "features" else []
    if dataset.ai_probabilities is not None:
        parts.append(np.log(np.clip(dataset.ai_probabilities, 1e-6, None)))
    named = answers.case[answers.said < answers.classes]
    several = np.bincount(named, minlength=answers.cases) > 1
    why = "" if parts else "the set has no features and no scores of an AI"
    if not several.any():
        why = "no case has two answers"
    if why:
        refuse(
            "a consensus by CROWDLAB is not possible",
            found=why,
            expected="features or an AI's scores, and several answers to some cases",
            remedy="choose Dawid–Skene or the majority",
            report=report,
        )
    labels = winners(fit.posterior, answers.votes().sum(axis=0))
    inputs = np.concatenate([np.asarray(part, np.float64) for part in parts], axis=1)
    found = out_of_fold(inputs, labels, answers.classes, clusters(dataset.groups))
    return sharpened(found, summed(answers, log_terms(answers, fit.skills)))


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


def _check(
    answers: Answers, method: Method, predicted: Float64[np.ndarray, "N C"] | None
) -> tuple[int, int]:
    """On how many known truths a consensus without them can be checked, and is right."""
    named = answers.case[answers.said < answers.classes]
    checked = (answers.known >= 0) & (np.bincount(named, minlength=answers.cases) > 0)
    if not checked.any():
        return 0, 0
    labels, _ = labels_of(
        replace(answers, known=np.full(answers.cases, -1)), method, predicted=predicted
    )
    agreed = checked & (labels == answers.known)
    return int(checked.sum()), int(agreed.sum())


def _tell(answers: Answers, found: Consensus, report: Report) -> None:
    """Says how many cases have their truth by consensus, and of how many answers it is."""
    filled, n = int(found.filled.sum()), answers.cases
    given = np.bincount(answers.case, minlength=n)[found.filled]
    once = int((given == 1).sum())
    least = int((found.confidence[found.filled] < 0.8).sum())
    rest = f"; the known truth of {n - filled:,} stays" if filled < n else ""
    report.warn(
        f"the ground truth is a consensus of the experts: {LABELS[found.method]}",
        found=f"{filled:,} of {n:,} cases by consensus{rest}",
        remedy=f"{sure(found.summary())}. Every page and download says so",
        count=filled,
    )
    if once or least:
        report.warn(
            "the consensus is weak in some cases",
            found=f"{once:,} with one answer only, {least:,} with a confidence below 80 %",
            remedy="more annotations of these cases would help most",
            count=max(once, least),
        )
