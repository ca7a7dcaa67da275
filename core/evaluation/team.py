"""A way to decide, measured without filling holes in."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.evaluation.intervals import BootstrapWeights

_FEW = 5  # cases handed to an agent and annotated by it; below, all it annotated are used


class Replicates(NamedTuple):
    """Bootstrap replicates of one point; NaN where a resample cannot be measured."""

    coverage: Float[np.ndarray, " R"]
    accuracy: Float[np.ndarray, " R"]


class Team(NamedTuple):
    """Workloads and measured accuracy of a way to decide.

    Attributes:
      workload: share of the cases per agent.
      accuracy: of the team; None where an agent with work has no annotation to measure it by.
      agent_accuracy: per agent, NaN where it cannot be measured or had no work.
      right: cases the agent's accuracy counts as right. cases: of how many.
      everywhere: whether an agent was measured on all cases it annotated, having too few of
        those handed to it.
      measured: whether the case's decision could be scored.
      correct: whether it was right, where measured.
      decision: the class decided, meaningful where measured.
    """

    workload: Float[np.ndarray, " K"]
    accuracy: float | None
    agent_accuracy: Float[np.ndarray, " K"]
    right: Int[np.ndarray, " K"]
    cases: Int[np.ndarray, " K"]
    everywhere: Bool[np.ndarray, " K"]
    measured: Bool[np.ndarray, " n"]
    correct: Bool[np.ndarray, " n"]
    decision: Int[np.ndarray, " n"]


def team_of(
    chosen: Shaped[np.ndarray, " n"],
    ai_decision: Shaped[np.ndarray, " n"],
    truth: Shaped[np.ndarray, " n"],
    annotations: Shaped[np.ndarray, "n M"],
    annotated: Bool[np.ndarray, "n M"],
) -> Team:
    """Measure a way to decide without filling holes in.

    Each agent's accuracy is that on the cases handed to it which it annotated (the AI: all);
    the team's is their mean weighted by workload, unbiased when annotations are missing
    completely at random per agent. An agent with fewer than five such cases is measured on all
    cases it annotated.

    Args:
      chosen: agent per case, experts first, the AI last.
      ai_decision: the AI's class per case.
      truth: class per case.
      annotations: class per case and expert where `annotated`.
      annotated: whether the expert annotated the case.
    """
    cases, experts = annotated.shape
    agents = experts + 1
    rows = np.arange(cases)
    all_right = np.concatenate(
        [annotated & (annotations == truth[:, None]), (ai_decision == truth)[:, None]], axis=1
    )
    measured = np.concatenate([annotated, np.ones((cases, 1), bool)], axis=1)[rows, chosen]
    correct = all_right[rows, chosen] & measured
    is_ai = chosen == experts
    said = annotations[rows, np.where(is_ai, 0, chosen)] if experts else ai_decision
    decision = np.where(is_ai, ai_decision, said)

    load = np.bincount(chosen, minlength=agents)
    of = np.bincount(chosen[measured], minlength=agents)
    right = np.bincount(chosen[correct], minlength=agents)
    everywhere = (load > 0) & (of < _FEW) & (np.arange(agents) < experts)
    if everywhere.any():
        among = np.flatnonzero(everywhere)
        of[among], right[among] = annotated[:, among].sum(0), all_right[:, among].sum(0)
    accuracy = np.where((load > 0) & (of > 0), right / np.maximum(of, 1), np.nan)
    busy = load > 0
    known = cases > 0 and bool(np.isfinite(accuracy[busy]).all())
    return Team(
        workload=load / max(cases, 1),
        accuracy=float((load[busy] * accuracy[busy]).sum() / cases) if known else None,
        agent_accuracy=accuracy,
        right=np.where(busy, right, 0),
        cases=np.where(busy, of, 0),
        everywhere=everywhere,
        measured=measured,
        correct=correct,
        decision=np.asarray(decision, int),
    )


def resample(
    team: Team,
    chosen: Shaped[np.ndarray, " n"],
    truth: Shaped[np.ndarray, " n"],
    annotations: Shaped[np.ndarray, "n M"],
    annotated: Bool[np.ndarray, "n M"],
    weights: BootstrapWeights,
) -> Replicates:
    """The same estimator as `team_of` on every resample of the cases."""
    cases, experts = annotated.shape
    agents = np.flatnonzero(team.workload > 0)
    humans = agents[agents < experts]
    takes = chosen[:, None] == agents
    columns = [
        takes,
        takes & team.correct[:, None],
        takes[:, : len(humans)] & team.measured[:, None],
    ]
    totals = weights.totals(np.concatenate(columns, axis=1))
    load, right, of = np.split(totals, [len(agents), 2 * len(agents)], axis=1)
    if len(humans) < len(agents):  # every case of the AI is measured
        of = np.concatenate([of, load[:, -1:]], axis=1)
    few = (of < _FEW) & (load > 0)
    few[:, len(humans) :] = False
    short = np.flatnonzero(few.any(0))
    if len(short):
        known = annotated[:, humans[short]]
        hits = known & (annotations[:, humans[short]] == truth[:, None])
        all_of, all_right = np.split(weights.totals(np.concatenate([known, hits], 1)), 2, axis=1)
        right[:, short] = np.where(few[:, short], all_right, right[:, short])
        of[:, short] = np.where(few[:, short], all_of, of[:, short])
    share = np.where(of > 0, right / np.maximum(of, 1.0), np.nan)
    accuracy = np.where(load > 0, load * share, 0.0).sum(1) / cases
    coverage = load[:, -1] / cases if len(humans) < len(agents) else np.zeros(len(load))
    return Replicates(coverage=coverage, accuracy=accuracy)
