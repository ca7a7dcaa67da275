"""The class that each consensus gives to a case."""

import numpy as np
from jaxtyping import Float64, Int

from core.base.report import Report, refuse
from core.consensus import crowdlab
from core.consensus.answers import Answers, winners
from core.consensus.dawid_skene import Fit, fit_dawid_skene, log_terms, summed, without_each
from core.consensus.methods import Method
from core.consensus.predicted import out_of_fold, sharpened
from core.dataset.annotation_set import AnnotationSet
from core.dataset.patients import clusters


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


def predicted_classes(
    dataset: AnnotationSet, answers: Answers, fit: Fit, report: Report
) -> Float64[np.ndarray, "N C"]:
    """Class probabilities of a classifier of the features, the AI's scores, or both.

    Args:
      dataset: the set.
      answers: of its experts.
      fit: of Dawid and Skene to them; its classes are what the classifier learns.
      report: of what was found before.

    Raises:
      DataError: there is nothing to predict from, or no case has two answers.
    """
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
