"""One class against the rest: sensitivity and specificity consistent with the team's accuracy.

The estimator is that of `core.evaluation.team`. A scored decision of an agent represents
load/scored of that agent's cases, so that unscored decisions are represented by scored ones of
the same agent. With w_i that weight,

    sensitivity of c = Σ_i w_i [y_i = c, decided c] / Σ_i w_i [y_i = c]
    specificity of c = Σ_i w_i [y_i ≠ c, decided ≠ c] / Σ_i w_i [y_i ≠ c]

and Σ_i w_i [decided = y_i] / n is the accuracy shown. With complete annotations every weight is one
and these are the shares of the usual confusion matrix; where annotations are missing completely at
random per agent they are consistent (ratios, so unbiased up to 1/n). An agent that is measured on
all cases it annotated (too few of those assigned to it have its annotation) uses those here too.

Where patients are known, intervals use the effective number of cases of `core.base.clusters`.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.base.clusters import together, worth
from core.evaluation.intervals import BootstrapWeights, wilson
from core.evaluation.team import Handed, Team, handed


class ByPatient(NamedTuple):
    """Scored decisions, one entry each.

    Attributes:
      patient: number of the case's patient. truth, decided: classes. weight: cases it represents.
    """

    patient: Int[np.ndarray, " E"]
    truth: Int[np.ndarray, " E"]
    decided: Int[np.ndarray, " E"]
    weight: Float[np.ndarray, " E"]


class Tally(NamedTuple):
    """Scored decisions by truth (rows) and the class decided (columns).

    Attributes:
      weight: how many cases they represent; the total is the number of cases of all measured
        agents, and its diagonal divided by the cases is the accuracy. D = C, or C + 1 where an
        expert's answer is no class: the last column holds these, which are always wrong.
      squares: per true class, the sum over its cases of the squared weight of each, for the
        effective number of cases.
      cases: per true class, the cases with a scored decision.
      by_patient: every decision; None where no patients are known.
    """

    weight: Float[np.ndarray, "C D"]
    squares: Float[np.ndarray, " C"]
    cases: Int[np.ndarray, " C"]
    by_patient: ByPatient | None = None


class Share(NamedTuple):
    """A share with its interval: None, None where nothing was measured.

    Attributes:
      share: in [0, 1]. interval: 95 %, Wilson's with the effective number of cases.
      cases: it is based on, each counted once.
    """

    share: float | None
    interval: tuple[float, float] | None
    cases: int


def tally(
    team: Team,
    chosen: Shaped[np.ndarray, " n"],
    truth: Shaped[np.ndarray, " n"],
    annotations: Shaped[np.ndarray, "n M"],
    annotated: Bool[np.ndarray, "n M"],
    classes: int,
    patients: Int[np.ndarray, " n"] | None = None,
) -> Tally:
    """Every agent's scored decisions, weighted so that they represent all of its cases.

    `patients` is the number of the patient of each case, where known.
    """
    agents = len(team.workload)
    load = np.bincount(chosen, minlength=agents)
    weight, resting = np.zeros((classes, classes + 1)), np.zeros(len(truth))
    made: list[ByPatient] = []

    def count(where: Bool[np.ndarray, " n"], decision: np.ndarray, each: np.ndarray) -> None:
        weight[:] += by_decision(truth[where], decision[where], each[where], classes)
        resting[where] += each[where]
        if patients is not None:
            made.append(ByPatient(patients[where], truth[where], decision[where], each[where]))

    each = (load / np.maximum(team.cases, 1))[chosen]
    count(team.measured & ~team.everywhere[chosen], team.decision, each)
    for agent in np.flatnonzero(team.everywhere & (team.cases > 0)):
        every = np.full(len(truth), load[agent] / team.cases[agent])
        count(annotated[:, agent], annotations[:, agent], every)
    return Tally(
        without_empty(weight),
        np.bincount(truth, resting**2, minlength=classes),
        np.bincount(truth[resting > 0], minlength=classes),
        ByPatient(*map(np.concatenate, zip(*made, strict=True))) if made else None,
    )


def by_decision(
    truth: Shaped[np.ndarray, " n"],
    decision: Shaped[np.ndarray, " n"],
    weight: Float[np.ndarray, " n"],
    classes: int,
) -> Float[np.ndarray, "C C+1"]:
    """Sums of weights by truth (rows) and decision; the last column is for answers of no class."""
    cell = truth.astype(int) * (classes + 1) + np.minimum(decision.astype(int), classes)
    counts = np.bincount(cell, weight, minlength=classes * (classes + 1))
    return counts.reshape(classes, classes + 1)


def without_empty(weight: Float[np.ndarray, "C C+1"]) -> Float[np.ndarray, "C D"]:
    """The sums without the column for answers of no class, if there are none."""
    return weight if weight[:, -1].any() else np.ascontiguousarray(weight[:, :-1])


def sensitivity(counted: Tally, c: int) -> Share:
    """Of the cases of class c, the share classified as c (recall)."""
    entries = counted.by_patient
    return _share(
        counted.weight[c, c],
        counted.weight[c].sum(),
        counted.squares[c],
        int(counted.cases[c]),
        entries and _effective(entries, entries.decided == c, entries.truth == c),
    )


def specificity(counted: Tally, c: int) -> Share:
    """Of the cases of all other classes, the share not classified as c."""
    rest = np.arange(len(counted.weight)) != c
    others, entries = counted.weight[rest], counted.by_patient
    return _share(
        others[:, np.arange(others.shape[1]) != c].sum(),
        others.sum(),
        counted.squares[rest].sum(),
        int(counted.cases[rest].sum()),
        entries and _effective(entries, entries.decided != c, entries.truth != c),
    )


def correct(counted: Tally) -> Share:
    """Of all cases, the share decided right: the team's accuracy, with Wilson's interval."""
    entries = counted.by_patient
    return _share(
        float(np.trace(counted.weight)),
        counted.weight.sum(),
        counted.squares.sum(),
        int(counted.cases.sum()),
        entries and _effective(entries, entries.decided == entries.truth),
    )


def missed(counted: Tally, c: int) -> Share:
    """Of all cases, the share that are of class c but not classified as it."""
    entries = counted.by_patient
    return _share(
        counted.weight[c].sum() - counted.weight[c, c],
        counted.weight.sum(),
        counted.squares.sum(),
        int(counted.cases.sum()),
        entries and _effective(entries, (entries.truth == c) & (entries.decided != c)),
    )


def _effective(
    entries: ByPatient, right: Bool[np.ndarray, " E"], of: Bool[np.ndarray, " E"] | None = None
) -> float:
    """The effective number of cases of a share of decisions; `of` None for all."""
    weight = entries.weight if of is None else entries.weight * of
    if not len(weight):
        return 0.0
    return worth(together(weight * right, entries.patient), together(weight, entries.patient))


def _share(
    right: float, total: float, squares: float, cases: int, by_patient: float | None = None
) -> Share:
    """A weighted share; Wilson's interval with (Σw)²/Σw² cases (Kish 1965), or fewer by patient.

    w is the weight of a case. Several agents' decisions on one case count as one, as if they always
    agreed: hard cases are hard for everyone, so this is the conservative choice.
    """
    if not cases or total <= 0:
        return Share(None, None, 0)
    share = min(float(right / total), 1.0)
    effective = float(total**2 / squares)
    if by_patient is not None:
        effective = min(effective, by_patient)
    return Share(share, wilson(share * effective, effective), cases)


class ClassReplicates(NamedTuple):
    """Bootstrap replicates for one class; NaN where a resample has no such case."""

    sensitivity: Float[np.ndarray, " R"]
    specificity: Float[np.ndarray, " R"]
    missed: Float[np.ndarray, " R"]


def resample_class(
    team: Team,
    chosen: Shaped[np.ndarray, " n"],
    truth: Shaped[np.ndarray, " n"],
    annotations: Shaped[np.ndarray, "n M"],
    annotated: Bool[np.ndarray, "n M"],
    c: int,
    weights: BootstrapWeights,
    counted: Handed | None = None,
) -> ClassReplicates:
    """Sensitivity, specificity and misses of a class on every resample, with weights recomputed.

    `counted` is `team.handed` of the same arguments and class, if already computed.
    """
    known = handed(team, chosen, truth, weights, c) if counted is None else counted
    agents = np.flatnonzero((team.workload > 0) & (team.cases > 0))
    cells = [part[:, agents] for part in (known.own, known.found, known.rest, known.left)]
    everywhere = np.flatnonzero(team.everywhere[agents])
    if len(everywhere):
        elsewhere = agents[everywhere]
        made = annotated[:, elsewhere], annotations[:, elsewhere]
        again = weights.totals(np.concatenate(_cells(*made, truth, c), axis=1))
        for cell, part in zip(cells, np.split(again, 4, axis=1), strict=True):
            cell[:, everywhere] = part
    load, of = known.load[:, agents], cells[0] + cells[2]  # of the class and of the rest
    each = np.divide(load, of, out=np.zeros_like(load), where=of > 0)
    return ratios(*((each * cell).sum(1) for cell in cells))


def resample_alone(
    decisions: Shaped[np.ndarray, "n A"],
    known: Bool[np.ndarray, "n A"],
    truth: Shaped[np.ndarray, " n"],
    c: int,
    weights: BootstrapWeights,
) -> list[ClassReplicates]:
    """The same for agents that decide every case alone, on the cases with known decisions.

    Args:
      decisions: class per case and agent, meaningful where `known`.
      known: whether the agent decided the case.
      truth: class per case.
      c: the class.
      weights: of the resamples.
    """
    columns = np.concatenate(_cells(known, decisions, truth, c), axis=1)
    cells = np.split(weights.totals(columns), 4, axis=1)
    return [ratios(*(cell[:, a] for cell in cells)) for a in range(known.shape[1])]


def _cells(
    counted: Bool[np.ndarray, "n A"], decided: np.ndarray, truth: np.ndarray, c: int
) -> list[Bool[np.ndarray, "n A"]]:
    """Of the class; of it and classified as it; of the rest; of the rest and not."""
    own, said = (truth == c)[:, None], decided == c
    return [counted & own, counted & own & said, counted & ~own, counted & ~own & ~said]


def ratios(
    own: Float[np.ndarray, " R"],
    found: Float[np.ndarray, " R"],
    rest: Float[np.ndarray, " R"],
    left: Float[np.ndarray, " R"],
) -> ClassReplicates:
    """Replicates from weighted counts: of the class, found of it; of the rest, left of them."""

    def share(part: np.ndarray, of: np.ndarray) -> np.ndarray:
        return np.divide(part, of, out=np.full(len(of), np.nan), where=of > 0)

    return ClassReplicates(share(found, own), share(left, rest), share(own - found, own + rest))
