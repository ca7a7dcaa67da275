"""One class against the rest: the team beside the AI alone and every expert alone."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.base.clusters import share_interval
from core.dataset.annotation_set import AI
from core.evaluation.classes import (
    ClassReplicates,
    Share,
    resample_alone,
    resample_class,
    sensitivity,
    specificity,
    tally,
)
from core.evaluation.intervals import BootstrapWeights, paired_difference
from core.results.decisions import Decided
from core.results.figure import Figure
from core.results.over_seeds import over_seeds, wider

TEAM = "Team"


class Rates(NamedTuple):
    """Cases per 1,000 like the test cases, where the class is as common as among them.

    Attributes:
      share: of the class among the test cases, taken as known.
      missed: of the class, but not classified as it. alarms: the reverse.
    """

    share: float
    missed: Figure
    alarms: Figure


def per_thousand(share: float, found: Figure, left: Figure) -> Rates:
    """Expected misses and false alarms of a class.

    Args:
      share: of the class among the test cases.
      found: sensitivity.
      left: specificity.
    """
    return Rates(share, _rest(found, share), _rest(left, 1 - share))


def _rest(rate: Figure, of: float) -> Figure:
    """The complement of a rate, in cases per 1,000."""
    if rate.value is None or rate.interval is None:
        return Figure(None, None)
    low, high = rate.interval
    return Figure(1 - rate.value, (1 - high, 1 - low)).times(1000 * of)


class Measure(NamedTuple):
    """A sensitivity or a specificity.

    Attributes:
      figure: its value. cases: test cases it is based on, mean over seeds.
      team: the team's value minus this one, paired by case; unknown for the team itself, and where
        either could not be measured.
    """

    figure: Figure
    cases: int
    team: Figure


class OneAgainstRest(NamedTuple):
    """Sensitivity and specificity of `TEAM`, the AI or an expert alone for one class."""

    who: str
    sensitivity: Measure
    specificity: Measure


def compare(
    decisions: Sequence[Decided],
    experts: Sequence[str],
    classes: int,
    c: int,
    weights: BootstrapWeights,
    alone: Sequence[ClassReplicates] | None = None,
) -> list[OneAgainstRest]:
    """The team, the AI alone and each expert alone.

    Args:
      decisions: of one rule and target, one per seed.
      experts: names.
      classes: number of classes.
      c: the class.
      weights: of the resamples of the test cases.
      alone: `experts_alone` of the same cases and weights, if already computed.
    """
    first = decisions[0]
    people = [_alone(first.annotations[:, m], first.annotated[:, m], first, c)
              for m in range(len(experts))]  # fmt: skip
    drawn_people = alone or experts_alone(first, c, weights)
    everyone = np.ones(len(first.truth), bool)
    shares: dict[str, list[tuple[Share, ...]]] = {who: [] for who in (TEAM, AI)}
    drawn: dict[str, list[ClassReplicates]] = {who: [] for who in (TEAM, AI)}
    for d in decisions:
        known = (d.truth, d.annotations, d.annotated)
        counted = tally(d.team, d.chosen, *known, classes, d.patients)
        shares[TEAM].append((sensitivity(counted, c), specificity(counted, c)))
        drawn[TEAM].append(resample_class(d.team, d.chosen, *known, c, weights))
        shares[AI].append(_alone(d.ai_decision, everyone, d, c))
        drawn[AI] += resample_alone(d.ai_decision[:, None], everyone[:, None], d.truth, c, weights)
    # No differences where only part of the team's decisions could be measured.
    whole = all(d.team.accuracy is not None for d in decisions)
    team = (shares[TEAM], drawn[TEAM]) if whole else (None, None)
    rows = [_row(TEAM, shares[TEAM], None, None, None), _row(AI, shares[AI], drawn[AI], *team)]
    for name, share, replicates in zip(experts, people, drawn_people, strict=True):
        again = len(decisions)
        rows.append(_row(name, [share] * again, [replicates] * again, *team))
    return rows


def experts_alone(decided: Decided, c: int, weights: BootstrapWeights) -> Sequence[ClassReplicates]:
    """Replicates of every expert alone: they depend on neither rule, target nor seed."""
    return resample_alone(decided.annotations, decided.annotated, decided.truth, c, weights)


def _alone(
    decision: np.ndarray, known: np.ndarray, cases_of: Decided, c: int
) -> tuple[Share, Share]:
    """Unweighted shares for an agent that decides alone, with Wilson's intervals."""
    found, truth = [], cases_of.truth
    for of, right in ((truth == c, decision == c), (truth != c, decision != c)):
        cases, hits = int((known & of).sum()), int((known & of & right).sum())
        ends = share_interval(right, known & of, cases_of.patients)
        found.append(Share(hits / cases, ends, cases) if cases else Share(None, None, 0))
    return found[0], found[1]


def _row(
    who: str,
    shares: Sequence[tuple[Share, ...]],
    drawn: Sequence[ClassReplicates] | None,
    team: Sequence[tuple[Share, ...]] | None,
    team_drawn: Sequence[ClassReplicates] | None,
) -> OneAgainstRest:
    found = []
    for i in (0, 1):
        less = Figure(None, None)
        if drawn is not None and team is not None and team_drawn is not None:
            pairs = [
                paired_difference(t[i].share, s[i].share, a[i], b[i])
                for t, s, a, b in zip(team, shares, team_drawn, drawn, strict=True)
            ]
            known = [pair for pair in pairs if pair is not None]
            if len(known) == len(pairs):
                less = Figure(*wider([p.difference for p in known], [p.interval for p in known]))
        found.append(
            Measure(
                over_seeds([Figure(s[i].share, s[i].interval) for s in shares]),
                round(float(np.mean([s[i].cases for s in shares]))),
                less,
            )
        )
    return OneAgainstRest(who, *found)
