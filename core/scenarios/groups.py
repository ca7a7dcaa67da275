"""Accuracy and deferral rate per group of cases, and whether they differ beyond chance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Shaped
from scipy.special import chdtrc

from core.base.clusters import effective
from core.dataset.group_names import names_patients
from core.evaluation.classes import correct, tally
from core.evaluation.intervals import wilson
from core.evaluation.team import team_of
from core.insight.accuracy import MOST_GROUPS
from core.results.figure import Figure
from core.scenarios.outcomes import Outcome
from core.scenarios.scores import Scores

Verdict = Literal["differ", "not distinguishable", "too few"]


_EXPECTED = 5  # cases on either side of a share, for a group to be tested
_LEVEL = 0.05


class GroupTest(NamedTuple):
    """Whether a share is the same in all groups of a column (Pearson's chi-square).

    Attributes:
      p: probability of a difference at least this large if there were none, adjusted for the number
        of tests in this answer (Holm 1979); None without a test.
      verdict: `differ` (p < 0.05), `not distinguishable`, or `too few` where
        fewer than two groups are large enough to be tested.
      left_out: groups too small to be tested (fewer than five expected on one side).
    """

    p: float | None
    verdict: Verdict
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One group.

    Attributes:
      value: the group's text.
      cases: test cases in it that an agent takes.
      measured_cases: of those, how many decisions could be scored.
      accuracy: of the team on its cases. deferral: share of its cases that experts decide.
    """

    value: str
    cases: int
    measured_cases: int
    accuracy: Figure
    deferral: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupColumn:
    """The groups of one column.

    Attributes:
      name: of the group column.
      rows: one per group, the largest first.
      unshown: groups beyond the maximum number of rows; they are in neither test.
      accuracy: whether it differs between the groups. deferral: the same for the deferral rate.
    """

    name: str
    rows: tuple[GroupRow, ...]
    unshown: int
    accuracy: GroupTest
    deferral: GroupTest


def group_columns(scores: Scores, outcome: Outcome) -> tuple[GroupColumn, ...]:
    """Accuracy and deferral rate of every group.

    A group is measured like the whole: each agent on the group's cases assigned to it that it
    annotated, weighted by its workload there; Wilson's interval with the effective number of
    cases. The tests count measured cases unweighted. There are two per column, so p is adjusted by
    Holm's method. Where patients are known, intervals and tests use the effective number of cases
    of each group (Rao & Scott 1992), except in the column of the patients, whose groups are of one
    patient each.

    Args:
      scores: the test cases.
      outcome: one that assigns each case to one agent.
    """
    columns = [_column(name, scores, outcome) for name in scores.test.groupings]
    plain = [test.p for one in columns for test in (one.accuracy, one.deferral)]
    tests = iter(holm(plain))
    return tuple(
        replace(
            one,
            accuracy=_settled(one.accuracy, next(tests)),
            deferral=_settled(one.deferral, next(tests)),
        )
        for one in columns
    )


def _column(name: str, scores: Scores, outcome: Outcome) -> GroupColumn:
    """A column with p not adjusted yet."""
    chosen, team = outcome.chosen, outcome.team
    assert chosen is not None
    assert team is not None
    values, code = scores.test.groupings[name]
    patients = None if names_patients(name) else scores.patients
    shown, ai = min(len(values), MOST_GROUPS), len(scores.agents) - 1
    placed = np.flatnonzero(chosen >= 0)
    group = code[placed]
    counted = team.measured & (group < shown)
    measured = np.bincount(group[counted], minlength=shown)
    right = np.bincount(group[counted & team.correct], minlength=shown)
    cases = np.bincount(group, minlength=len(values))[:shown]
    deferred = np.bincount(group[chosen[placed] != ai], minlength=len(values))[:shown]
    tested, of = measured.astype(float), cases.astype(float)
    if patients is not None:
        whose, ai_not = patients[placed], chosen[placed] != ai
        for g in range(shown):
            inside = group == g
            tested[g] = effective(team.correct, inside & team.measured, whose)
            of[g] = effective(ai_not, inside, whose)
    order = placed[np.argsort(group, kind="stable")]
    ends = np.cumsum(cases)
    rows = tuple(
        GroupRow(
            value=values[g],
            cases=int(cases[g]),
            measured_cases=int(measured[g]),
            accuracy=_accuracy(scores, chosen, order[ends[g] - cases[g] : ends[g]], patients),
            deferral=_share(int(deferred[g]), int(cases[g]), float(of[g])),
        )
        for g in range(shown)
    )
    return GroupColumn(
        name=name,
        rows=rows,
        unshown=len(values) - shown,
        accuracy=alike(right * _per(tested, measured), tested),
        deferral=alike(deferred * _per(of, cases), of),
    )


def _per(part: Shaped[np.ndarray, " G"], of: Shaped[np.ndarray, " G"]) -> np.ndarray:
    return part / np.maximum(of, 1)


def _accuracy(
    scores: Scores, chosen: np.ndarray, rows: np.ndarray, patients: np.ndarray | None
) -> Figure:
    known = chosen[rows], scores.truth[rows], scores.annotations[rows], scores.annotated[rows]
    team = team_of(known[0], scores.test.ai_answer[rows], *known[1:])
    if team.accuracy is None:
        return Figure(None, None)
    whose = None if patients is None else patients[rows]
    share = correct(tally(team, *known, len(scores.classes), whose))
    return Figure(share.share, share.interval)


def _share(part: int, of: int, worth: float) -> Figure:
    if not of:
        return Figure(None, None)
    return Figure(part / of, wilson(part * (worth / of), worth))


def alike(part: Shaped[np.ndarray, " G"], of: Shaped[np.ndarray, " G"]) -> GroupTest:
    """Pearson's chi-square test that a share is the same in all groups.

    Groups in which fewer than five cases are expected on either side are left out, the smallest
    first: the chi-square approximation is poor with them.

    Args:
      part: counted cases per group.
      of: all cases per group.

    Returns:
      The test, not adjusted for others.
    """
    kept = np.argsort(-np.asarray(of), kind="stable")
    while len(kept):
        total = of[kept].sum()
        rate = part[kept].sum() / total if total else 0.0
        if of[kept[-1]] * min(rate, 1 - rate) >= _EXPECTED:
            break
        kept = kept[:-1]
    left_out = len(of) - len(kept)
    if len(kept) < 2:
        return GroupTest(None, "too few", left_out)
    # SciPy's chi2_contingency: the same p, 14 to 19× slower.
    expected = of[kept] * rate
    statistic = float(
        ((part[kept] - expected) ** 2 / expected).sum()
        + ((part[kept] - expected) ** 2 / (of[kept] - expected)).sum()
    )
    p = float(chdtrc(len(kept) - 1, statistic))
    return GroupTest(p, _verdict(p), left_out)


def holm(values: Sequence[float | None]) -> list[float | None]:
    """p-values adjusted for multiple testing (Holm 1979); None stays None and does not count."""
    known = [place for place, p in enumerate(values) if p is not None]
    adjusted: list[float | None] = [None] * len(values)
    highest = 0.0
    for rank, place in enumerate(sorted(known, key=lambda at: values[at] or 0.0)):
        highest = max(highest, min((len(known) - rank) * (values[place] or 0.0), 1.0))
        adjusted[place] = highest
    return adjusted


def _settled(test: GroupTest, p: float | None) -> GroupTest:
    return test if p is None else test._replace(p=p, verdict=_verdict(p))


def _verdict(p: float) -> Verdict:
    return "differ" if p < _LEVEL else "not distinguishable"
