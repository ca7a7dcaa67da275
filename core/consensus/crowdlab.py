"""Consensus by CROWDLAB (Goh, Tkachenko & Mueller 2022): experts and a classifier, weighted.

cleanlab estimates the weights and the consensus. The weighted mean is made again here, since what
the others say without an expert follows from it.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int

from core.consensus.answers import Answers


class Weighed(NamedTuple):
    """A consensus of experts and a classifier.

    Attributes:
      labels: of the cases. shares: of the classes, a weighted mean of opinions.
      others: the same shares for each answer's case, without that answer.
    """

    labels: Int[np.ndarray, " N"]
    shares: Float64[np.ndarray, "N C"]
    others: Float64[np.ndarray, "R C"]


def weigh(answers: Answers, predicted: Float64[np.ndarray, "N C"]) -> Weighed:
    """The consensus; answers that are no classes say nothing.

    Args:
      answers: for some cases two that are classes.
      predicted: out-of-fold probabilities of a classifier.
    """
    from cleanlab.multiannotator import get_label_quality_multiannotator

    named = answers.said < answers.classes
    said = np.full((answers.cases, answers.experts), np.nan)
    said[answers.case[named], answers.expert[named]] = answers.said[named]
    there = ~np.isnan(said).all(axis=0)  # experts who named a class
    cases = ~np.isnan(said).all(axis=1)  # all but some whose ground truth is known
    found = get_label_quality_multiannotator(
        said[cases][:, there],
        predicted[cases],
        return_detailed_quality=False,
        return_annotator_stats=False,
        return_weights=True,
        verbose=False,
    )
    quality = found["label_quality"]
    weight = np.zeros(answers.experts)
    weight[there] = found["annotator_weight"]
    agreed, made = quality["annotator_agreement"], quality["num_annotations"]
    likely = float(agreed[made != 1].mean())
    # An opinion gives its class `likely`, and what is left to the others in equal parts.
    rest = (1 - likely) / (answers.classes - 1)
    given = np.where(named, weight[answers.expert], 0.0)
    opinion = np.full((len(given), answers.classes), rest)
    opinion[np.flatnonzero(named), answers.said[named]] = likely
    opinion *= given[:, None]
    total = found["model_weight"] * predicted
    for c in range(answers.classes):
        total[:, c] += np.bincount(answers.case, opinion[:, c], answers.cases)
    weights = total.sum(axis=1, keepdims=True)
    others = total[answers.case] - opinion
    labels = predicted.argmax(axis=1)
    labels[cases] = quality["consensus_label"].to_numpy(np.int64)
    return Weighed(
        labels,
        total / weights,
        others / others.sum(axis=1, keepdims=True),
    )
