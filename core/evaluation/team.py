"""Measures a way to decide without imputing missing annotations."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.base.clusters import effective, share_interval
from core.evaluation.intervals import BootstrapWeights, wilson

FEW = 5  # cases assigned to an agent and annotated by it; below, all it annotated are used


class Replicates(NamedTuple):
    """Bootstrap replicates of one point; NaN where a resample cannot be measured."""

    coverage: Float[np.ndarray, " R"]
    accuracy: Float[np.ndarray, " R"]


class Team(NamedTuple):
    """Workloads and measured accuracy of a way to decide.

    Attributes:
      workload: share of the cases per agent.
      accuracy: of the team; None where an agent with cases has no annotations to measure it by.
      agent_accuracy: per agent, NaN where it cannot be measured or has no cases.
      right: cases the agent's accuracy counts as right. cases: of how many.
      everywhere: whether an agent was measured on all cases it annotated, because too few of
        those assigned to it have its annotation.
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
    """Measures a way to decide without imputing missing annotations.

    Each agent's accuracy is that on the cases assigned to it which it annotated (the AI: all);
    the team's is their mean weighted by workload, unbiased when annotations are missing
    completely at random per agent. An agent that annotated some but fewer than five of the cases
    assigned to it is measured on all cases it annotated; if it annotated all cases assigned to it,
    these are used, however few.

    Args:
      chosen: agent per case, experts first, the AI last.
      ai_decision: the AI's class per case.
      truth: class per case.
      annotations: class per case and expert where `annotated`.
      annotated: whether the expert annotated the case.
    """
    cases, experts = annotated.shape
    agents = experts + 1
    is_ai = chosen == experts
    if experts:
        at = np.arange(cases), np.where(is_ai, 0, chosen)
        measured = is_ai | annotated[at]
        decision = np.where(is_ai, ai_decision, annotations[at])
    else:
        measured, decision = is_ai, np.asarray(ai_decision)
    correct = measured & (decision == truth)

    load = np.bincount(chosen, minlength=agents)
    of = np.bincount(chosen[measured], minlength=agents)
    right = np.bincount(chosen[correct], minlength=agents)
    everywhere = (of < FEW) & (of < load) & (np.arange(agents) < experts)
    if everywhere.any():
        among = np.flatnonzero(everywhere)
        theirs = annotated[:, among]
        of[among] = theirs.sum(0)
        right[among] = (theirs & (annotations[:, among] == truth[:, None])).sum(0)
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
        decision=np.array(decision, int),
    )


def agent_intervals(
    team: Team,
    chosen: Shaped[np.ndarray, " n"],
    truth: Shaped[np.ndarray, " n"],
    annotations: Shaped[np.ndarray, "n M"],
    annotated: Bool[np.ndarray, "n M"],
    patients: Int[np.ndarray, " n"] | None,
) -> list[tuple[float, float] | None]:
    """Wilson's 95 % interval of every agent's accuracy, by patient where patients are known.

    None for agents that are not measured. Other arguments as for `team_of`.
    """
    found: list[tuple[float, float] | None] = []
    for k, cases in enumerate(team.cases):
        if not cases:
            found.append(None)
        elif patients is None:
            found.append(wilson(int(team.right[k]), int(cases)))
        elif team.everywhere[k]:
            found.append(share_interval(annotations[:, k] == truth, annotated[:, k], patients))
        else:
            found.append(share_interval(team.correct, team.measured & (chosen == k), patients))
    return found


def workload_cases(
    chosen: Shaped[np.ndarray, " n"], agents: int, patients: Int[np.ndarray, " n"] | None
) -> Float[np.ndarray, " K"]:
    """How many independent cases each agent's workload is measured on: all without patients.

    Args:
      chosen: agent per case, the AI last; −1 for nobody.
      agents: K.
      patients: number of the patient of each case, where known.
    """
    every = np.ones(len(chosen), bool)
    return np.array([effective(chosen == k, every, patients) for k in range(agents)])


class Handed(NamedTuple):
    """Draws of the cases assigned to each agent, per resample.

    Attributes:
      load: all. of: measured ones. right: right ones.
      own: measured and of class c. found: of these, classified as c.
      rest: measured and of another class. left: of these, not classified as c.
    """

    load: Float[np.ndarray, "R K"]
    of: Float[np.ndarray, "R K"]
    right: Float[np.ndarray, "R K"]
    own: Float[np.ndarray, "R K"]
    found: Float[np.ndarray, "R K"]
    rest: Float[np.ndarray, "R K"]
    left: Float[np.ndarray, "R K"]


def handed(
    team: Team,
    chosen: Shaped[np.ndarray, " n"],
    truth: Shaped[np.ndarray, " n"],
    weights: BootstrapWeights,
    c: int = -1,
) -> Handed:
    """The counts that `resample` and `classes.resample_class` share, in one pass over resamples.

    Args:
      team: measured on the cases.
      chosen: agent per case.
      truth: class per case.
      weights: of the resamples.
      c: the class for `own` to `left`; −1 for none.
    """
    agents = len(team.workload)
    own, said = truth == c, team.decision == c
    # Per agent: unmeasured; of c, missed or found; of another class, classified as c, wrong, right.
    state = np.where(own, 1 + said, np.where(said, 3, 4 + team.correct))
    cell = 6 * np.asarray(chosen, int) + np.where(team.measured, state, 0)
    counts = weights.cells(cell, 6 * agents).reshape(-1, agents, 6)
    _, missed, found, called, wrong, right = np.moveaxis(counts, 2, 0)
    left, own_all = wrong + right, missed + found
    rest = called + left
    return Handed(
        load=counts.sum(2),
        of=own_all + rest,
        right=found + right,
        own=own_all,
        found=found,
        rest=rest,
        left=left,
    )


def resample(
    team: Team,
    chosen: Shaped[np.ndarray, " n"],
    truth: Shaped[np.ndarray, " n"],
    annotations: Shaped[np.ndarray, "n M"],
    annotated: Bool[np.ndarray, "n M"],
    weights: BootstrapWeights,
    counted: Handed | None = None,
) -> Replicates:
    """The same estimator as `team_of` on every resample of the cases.

    Args:
      team: measured on the cases.
      chosen: agent per case, experts first, the AI last.
      truth: class per case.
      annotations: class per case and expert where `annotated`.
      annotated: whether the expert annotated the case.
      weights: of the resamples.
      counted: `handed` of the same, if already computed.
    """
    known = handed(team, chosen, truth, weights) if counted is None else counted
    load, of, right = known.load, known.of, known.right
    few = (of < FEW) & (of < load)  # never the AI, whose cases are all measured
    short = np.flatnonzero(few.any(0))
    if len(short):
        made = annotated[:, short]
        hits = made & (annotations[:, short] == truth[:, None])
        all_of, all_right = np.split(weights.totals(np.concatenate([made, hits], 1)), 2, axis=1)
        right, of = right.copy(), of.copy()
        right[:, short] = np.where(few[:, short], all_right, right[:, short])
        of[:, short] = np.where(few[:, short], all_of, of[:, short])
    share = np.where(of > 0, right / np.maximum(of, 1.0), np.nan)
    drawn = np.where(load.any(1), load.sum(1), np.nan)
    accuracy = np.where(load > 0, load * share, 0.0).sum(1) / drawn
    return Replicates(coverage=load[:, -1] / drawn, accuracy=accuracy)
