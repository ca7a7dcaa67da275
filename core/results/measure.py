"""Measures one operating point: workloads, accuracy, recall, specificity."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int, Shaped

from core.evaluation.classes import sensitivity, specificity, tally
from core.evaluation.intervals import BootstrapWeights, percentile_interval
from core.evaluation.team import (
    Replicates,
    Team,
    agent_intervals,
    resample,
    team_of,
    workload_cases,
)
from core.results.models import AgentAccuracy, Interval, Measured, Recall, Specificity


def evaluate_point(
    *,
    chosen: Shaped[np.ndarray, " n"],
    ai_decision: Shaped[np.ndarray, " n"],
    truth: Shaped[np.ndarray, " n"],
    annotations: Shaped[np.ndarray, "n M"],
    annotated: Bool[np.ndarray, "n M"],
    classes: Sequence[str],
    agents: Sequence[str],
    target: float | None,
    seed: int,
    rule: str,
    lower: Shaped[np.ndarray, " K"],
    upper: Shaped[np.ndarray, " K"],
    prices: Shaped[np.ndarray, " K"] | None,
    weights: BootstrapWeights | None = None,
    allowed: Bool[np.ndarray, " K"] | None = None,
    extra_answers: int = 0,
    patients: Int[np.ndarray, " n"] | None = None,
) -> tuple[Measured, Replicates | None]:
    """One point of a result on some cases, and its bootstrap replicates.

    Recall and specificity weight a scored decision by how many of the same agent it represents
    (`core.evaluation.classes`); the confusion matrix counts measured cases unweighted.

    Args:
      chosen: agent per case, the AI last.
      ai_decision: the AI's class per case.
      truth: class per case.
      annotations: answer per case and expert where `annotated`.
      annotated: whether the expert annotated the case.
      classes: names.
      agents: names, the AI last.
      target: coverage target, None with own bounds.
      seed: of the run.
      rule: of `RULES`.
      lower: ε_l.
      upper: ε_u.
      prices: μ, None without.
      weights: for `accuracy_interval`, over these cases; None leaves it None.
      allowed: agents that may get cases; the price of the others is None.
      extra_answers: how many answers of experts are no classes.
      patients: number of the patient of each case, where known; intervals are by patient then.
    """
    team = team_of(chosen, ai_decision, truth, annotations, annotated)
    replicates, interval = None, None
    if weights is not None and len(chosen):
        replicates = resample(team, chosen, truth, annotations, annotated, weights)
        if team.accuracy is not None:
            interval = percentile_interval(replicates.accuracy)
    on = np.ones(len(agents), bool) if allowed is None else allowed
    counted = tally(team, chosen, truth, annotations, annotated, len(classes), patients)
    found = [sensitivity(counted, c) for c in range(len(classes))]
    left = [specificity(counted, c) for c in range(len(classes))]
    ends = agent_intervals(team, chosen, truth, annotations, annotated, patients)
    # Left out where it says nothing, so that results without patients do not change.
    more = {}
    if patients is not None:
        worth = workload_cases(chosen, len(agents), patients)
        more["workload_cases"] = dict(zip(agents, worth.tolist(), strict=True))
    point = Measured(
        target=None if target is None else float(target),
        seed=int(seed),
        rule=rule,
        coverage=float(team.workload[-1]),
        accuracy=team.accuracy,
        accuracy_interval=interval,
        workload={a: float(w) for a, w in zip(agents, team.workload, strict=True)},
        bounds={a: (float(b), float(u)) for a, b, u in zip(agents, lower, upper, strict=True)},
        prices=None
        if prices is None
        else {a: _number(p) if use else None for a, p, use in zip(agents, prices, on, strict=True)},
        measured_share=float(team.measured.mean()) if len(chosen) else 0.0,
        agent_accuracy={a: _agent(team, k, ends[k]) for k, a in enumerate(agents)},
        recall={
            name: Recall(recall=one.share, interval=one.interval, cases=one.cases)
            for name, one in zip(classes, found, strict=True)
        },
        specificity={
            name: Specificity(specificity=one.share, interval=one.interval, cases=one.cases)
            for name, one in zip(classes, left, strict=True)
        },
        confusion=tuple(map(tuple, confusion(team, truth, len(classes), extra_answers).tolist())),
        **more,
    )
    return point, replicates


def _agent(team: Team, agent: int, interval: Interval | None) -> AgentAccuracy:
    return AgentAccuracy(
        accuracy=_number(team.agent_accuracy[agent]),
        interval=interval,
        cases=int(team.cases[agent]),
        measured_on="all annotated" if team.everywhere[agent] else "handed",
    )


def confusion(
    team: Team, truth: Shaped[np.ndarray, " n"], classes: int, extra_answers: int = 0
) -> Int[np.ndarray, "C A"]:
    """Measured cases by truth (rows) and decision (columns): the classes, then other answers."""
    answers = classes + extra_answers
    pairs = truth[team.measured].astype(int) * answers + team.decision[team.measured]
    return np.bincount(pairs, minlength=classes * answers).reshape(classes, answers)


def _number(value: float) -> float | None:
    """A float for JSON; None for NaN and infinities."""
    return float(value) if np.isfinite(value) else None
