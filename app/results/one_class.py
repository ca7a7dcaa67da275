"""One class against the rest: the team beside the AI alone and every expert alone."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from app.results.means import mean_interval, mean_of
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
from core.evaluation.intervals import BootstrapWeights, paired_difference, wilson
from core.runs.decisions import Decided

TEAM = "Team"
MEASURES = ("sensitivity", "specificity")
Triple = tuple[float, float, float]  # a figure with the ends of its interval


class Rates(NamedTuple):
    """Cases per 1,000 like the test cases, with their 95 % intervals.

    Attributes:
      share: of the class among the test cases.
      missed: of the class, but decided otherwise. alarms: not of the class, but decided so.
    """

    share: float
    missed: Triple | None
    alarms: Triple | None


def per_thousand(share: float, found: Triple | None, left: Triple | None) -> Rates:
    """Expected misses and false alarms, for classes as common as among the test cases.

    Args:
      share: of the class among the test cases, taken as known.
      found: sensitivity, low, high; None where unmeasured.
      left: specificity, low, high.
    """

    def rest(rate: Triple | None, of: float) -> Triple | None:
        if rate is None or any(math.isnan(x) for x in (of, *rate)):
            return None
        value, low, high = rate
        return 1000 * of * (1 - value), 1000 * of * (1 - high), 1000 * of * (1 - low)

    return Rates(share, rest(found, share), rest(left, 1 - share))


def compare(
    decisions: Sequence[Decided],
    experts: Sequence[str],
    classes: int,
    c: int,
    weights: BootstrapWeights,
    alone: Sequence[ClassReplicates] | None = None,
) -> pd.DataFrame:
    """A row for the team, the AI alone and each expert alone.

    Args:
      decisions: of one rule and target, one per seed.
      experts: names.
      classes: how many there are.
      c: the class.
      weights: of the resamples of the test cases.
      alone: `experts_alone` of the same cases and weights, where it is known already.

    Returns:
      who; per measure of `MEASURES`: itself, `_low`, `_high`, `_cases` (test cases it rests on,
      mean over seeds), and the team's less it, `_team`, `_team_low`, `_team_high`, paired by
      case (NaN for the team itself, and where either could not be measured).
    """
    first = decisions[0]
    people = [_alone(first.annotations[:, m], first.annotated[:, m], first.truth, c)
              for m in range(len(experts))]  # fmt: skip
    drawn_people = alone or experts_alone(first, c, weights)
    everyone = np.ones(len(first.truth), bool)
    shares: dict[str, list[tuple[Share, ...]]] = {who: [] for who in (TEAM, AI)}
    drawn: dict[str, list[ClassReplicates]] = {who: [] for who in (TEAM, AI)}
    for d in decisions:
        known = (d.truth, d.annotations, d.annotated)
        counted = tally(d.team, d.chosen, *known, classes)
        shares[TEAM].append((sensitivity(counted, c), specificity(counted, c)))
        drawn[TEAM].append(resample_class(d.team, d.chosen, *known, c, weights))
        shares[AI].append(_alone(d.ai_decision, everyone, d.truth, c))
        drawn[AI] += resample_alone(d.ai_decision[:, None], everyone[:, None], d.truth, c, weights)
    # Part of a team is no match for somebody who decides everything: no differences then.
    whole = all(d.team.accuracy is not None for d in decisions)
    team = (shares[TEAM], drawn[TEAM]) if whole else (None, None)
    rows = [_row(TEAM, shares[TEAM], None, None, None), _row(AI, shares[AI], drawn[AI], *team)]
    for name, share, replicates in zip(experts, people, drawn_people, strict=True):
        again = len(decisions)
        rows.append(_row(name, [share] * again, [replicates] * again, *team))
    return pd.DataFrame(rows)


def busiest(compared: pd.DataFrame, shares: pd.Series, most: int) -> pd.DataFrame:
    """The rows of `compare` there is room for: team, AI, and the measured experts with most work.

    Args:
      compared: all rows.
      shares: workload by agent.
      most: rows.
    """
    experts = compared.iloc[2:].dropna(subset=list(MEASURES), how="all")
    order = experts["who"].map(shares).sort_values(ascending=False, kind="stable").index
    return pd.concat([compared.iloc[:2], experts.loc[sorted(order[: most - 2])]])


def experts_alone(decided: Decided, c: int, weights: BootstrapWeights) -> Sequence[ClassReplicates]:
    """Replicates of every expert alone: they depend on neither rule, target nor seed."""
    return resample_alone(decided.annotations, decided.annotated, decided.truth, c, weights)


def _alone(
    decision: np.ndarray, known: np.ndarray, truth: np.ndarray, c: int
) -> tuple[Share, Share]:
    """Plain shares of somebody who decides alone, with Wilson's intervals."""
    found = []
    for of, right in ((truth == c, decision == c), (truth != c, decision != c)):
        cases, hits = int((known & of).sum()), int((known & of & right).sum())
        found.append(
            Share(hits / cases, wilson(hits, cases), cases) if cases else Share(None, None, 0)
        )
    return found[0], found[1]


def _row(
    who: str,
    shares: Sequence[tuple[Share, ...]],
    drawn: Sequence[ClassReplicates] | None,
    team: Sequence[tuple[Share, ...]] | None,
    team_drawn: Sequence[ClassReplicates] | None,
) -> dict[str, object]:
    row: dict[str, object] = {"who": who}
    for i, name in enumerate(MEASURES):
        value, interval = mean_of([s[i].share for s in shares], [s[i].interval for s in shares])
        low, high = interval or (math.nan, math.nan)
        row[name] = math.nan if value is None else value
        row |= {f"{name}_low": low, f"{name}_high": high}
        row[f"{name}_cases"] = round(float(np.mean([s[i].cases for s in shares])))
        difference: Triple = (math.nan, math.nan, math.nan)
        if drawn is not None and team is not None and team_drawn is not None:
            found = [
                paired_difference(t[i].share, s[i].share, a[i], b[i])
                for t, s, a, b in zip(team, shares, team_drawn, drawn, strict=True)
            ]
            if all(f is not None for f in found):
                pairs = [f for f in found if f is not None]
                mean, ends = mean_interval(
                    [p.difference for p in pairs], [p.interval for p in pairs]
                )
                if ends is not None:
                    difference = (mean, *ends)
        row |= dict(
            zip((f"{name}_team", f"{name}_team_low", f"{name}_team_high"), difference, strict=True)
        )
    return row
