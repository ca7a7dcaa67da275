"""Whether a run's probabilities mean what they say on its test cases, and what it promised."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.base.clusters import Mean, mean_interval
from core.dataset.annotation_set import AnnotationSet
from core.dataset.patients import clusters
from core.insight.calibration import Calibration, measure
from core.results.decisions import Decided

VALUE, AI_MODEL, EXPERT_MODELS, GATING = "value", "ai", "experts", "gating"
_SUMS_TO_ONE = 1e-2  # outputs are kept in half or single precision


class Promise(NamedTuple):
    """What a team was promised, and what happened.

    Attributes:
      promised: mean probability that the chosen agent is right, over all test cases and seeds.
      happened: the team's accuracy, agents weighted by workload.
      excess: promised less happened on the cases whose decision could be scored, weighted alike,
        with its 95 % interval by case or patient.
    """

    promised: float
    happened: float
    excess: Mean

    @property
    def kept(self) -> bool:
        """Whether promise and outcome are not distinguishable."""
        return self.excess.low <= 0 <= self.excess.high


def promise(
    decided: Sequence[Decided], values: Sequence[Float[np.ndarray, "n K"]]
) -> Promise | None:
    """Mean v of the chosen agents against what happened, over seeds.

    Args:
      decided: decisions of one rule at one target, a seed each.
      values: Pr(agent right) per test case of the same seeds.

    Returns:
      None where no decision could be scored.
    """
    every, gaps, right, whose, weights = [], [], [], [], []
    for one, value in zip(decided, values, strict=True):
        said = value[np.arange(len(one.chosen)), one.chosen].astype(np.float64)
        measured = one.team.measured
        # As for the team's accuracy: an agent counts by its workload, not by its annotations.
        assigned = np.bincount(one.chosen, minlength=value.shape[1])
        scored = np.bincount(one.chosen[measured], minlength=value.shape[1])
        weights.append((assigned / np.maximum(scored, 1))[one.chosen[measured]])
        every.append(said)
        gaps.append(said[measured] - one.team.correct[measured])
        right.append(one.team.correct[measured])
        own = np.arange(len(said)) if one.patients is None else one.patients
        whose.append(own[measured])
    weight = np.concatenate(weights)
    if not len(weight):
        return None
    weight /= weight.mean()
    return Promise(
        promised=float(np.concatenate(every).mean()),
        happened=float((weight * np.concatenate(right)).mean()),
        excess=mean_interval(weight * np.concatenate(gaps), np.concatenate(whose)),
    )


def reliability(
    dataset: AnnotationSet, outputs: Sequence[Mapping[str, np.ndarray]], target: float | None
) -> dict[str, Calibration]:
    """Calibration on test cases of each kind of probability that the run has.

    `value` is v_n of every agent, `ai` the confidence of the ensemble in its answer, `experts` the
    expert models' confidence in an expert's answer, `gating` the probability of the agent that the
    gating model prefers, each against whether it was right. Seeds are pooled; intervals are by
    case, or patient, since seeds share their test cases.

    Args:
      dataset: of the run.
      outputs: of each seed, as `RunStore.outputs` reads them.
      target: of the models that differ between targets.
    """
    found: dict[str, list[_Pairs]] = {}
    for one in outputs:
        for name, pairs in _of_seed(dataset, one, target).items():
            found.setdefault(name, []).append(pairs)
    joined = {
        name: _Pairs(*map(np.concatenate, zip(*each, strict=True))) for name, each in found.items()
    }
    return {
        name: measure(pairs.predicted, pairs.happened, pairs.whose, "test")
        for name, pairs in joined.items()
        if len(pairs.predicted)
    }


class _Pairs(NamedTuple):
    predicted: Float[np.ndarray, " n"]
    happened: Bool[np.ndarray, " n"]
    whose: Int[np.ndarray, " n"]


def _of_seed(
    dataset: AnnotationSet, outputs: Mapping[str, np.ndarray], target: float | None
) -> dict[str, _Pairs]:
    test = outputs["test_index"]
    truth, annotated = dataset.truth[test], dataset.annotated[test]
    annotations = dataset.annotations[test]
    patients = clusters(dataset.groups, test)
    whose = np.arange(len(test)) if patients is None else patients
    answer = outputs["ai_answer_test"]
    known = np.column_stack([annotated, np.ones(len(test), bool)])
    right = np.column_stack([annotations == truth[:, None], answer == truth])

    def pairs(
        predicted: Shaped[np.ndarray, "..."], happened: np.ndarray, where: np.ndarray
    ) -> _Pairs:
        rows = np.nonzero(where)[0]
        return _Pairs(predicted[where].astype(np.float64), happened[where], whose[rows])

    found = {VALUE: pairs(outputs["value_test"], right, known)}
    everywhere = np.ones(len(test), bool)
    if "ensemble_test" in outputs:
        sure = outputs["ensemble_test"].max(axis=1)
        best = outputs["ensemble_test"].argmax(axis=1) == truth
        found[AI_MODEL] = pairs(sure, best, everywhere)
    place = _place(outputs, target)
    if place is not None and "log_experts_test" in outputs:
        f = np.exp(outputs["log_experts_test"][place].astype(np.float64))
        found[EXPERT_MODELS] = pairs(f.max(axis=2), f.argmax(axis=2) == annotations, annotated)
    if place is not None and "scores_test" in outputs:
        g = np.exp(np.minimum(outputs["scores_test"][place].astype(np.float64), 0.0))
        # Scores of methods without a gating model are no probabilities.
        if np.abs(g.sum(axis=1) - 1).max(initial=0.0) < _SUMS_TO_ONE:
            own = right.copy()
            if "ai_probabilities_test" in outputs:
                own[:, -1] = outputs["ai_probabilities_test"][place].argmax(axis=1) == truth
            first = g.argmax(axis=1)
            rows = np.arange(len(test))
            found[GATING] = pairs(g.max(axis=1), own[rows, first], known[rows, first])
    return found


def _place(outputs: Mapping[str, np.ndarray], target: float | None) -> int | None:
    targets = outputs["targets"]
    at = np.isnan(targets) if target is None else np.isclose(targets, target)
    return int(at.argmax()) if at.any() else None
