"""The curve of a run as tables: points, means and areas."""

import math
from collections.abc import Sequence

import pandas as pd

from app.shared import words
from app.shared.comparison_words import difference_text
from core.experiment.collapse import AFFECTED, sentence
from core.results.curve import Single, curve, singles
from core.results.models import Interval, Measured, RunResult

_COLUMNS = ["target", "seed", "coverage", "accuracy", "low", "high"]


def ends(interval: Interval | None) -> Interval:
    """Low and high as columns hold them: NaN where there are none."""
    return interval or (math.nan, math.nan)


def points_frame(points: Sequence[Measured]) -> pd.DataFrame:
    """A row per point: target, seed, coverage, accuracy, low, high (shares)."""
    rows = [(p.target, p.seed, p.coverage, p.accuracy, *ends(p.accuracy_interval)) for p in points]
    return pd.DataFrame(rows, columns=_COLUMNS).astype(dict.fromkeys(_COLUMNS, float))


def curve_points(result: RunResult, rule: str) -> pd.DataFrame:
    """`points_frame` of a rule."""
    return points_frame(result.of_rule(rule))


def curve_mean(result: RunResult, rule: str) -> pd.DataFrame:
    """A row per target, sorted by realised coverage: the mean over seeds and its interval."""
    columns = [name for name in _COLUMNS if name != "seed"]
    rows = [(p.target, p.coverage, p.accuracy, *ends(p.interval)) for p in curve(result, rule)]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns, float))


def areas(result: RunResult) -> pd.DataFrame:
    """A row per rule: rule, mean, low, high (areas × 100) and the comparison with the first."""
    first = result.rules[0]
    rows = []
    for rule in result.rules:
        area = result.auc_cac[rule]
        low, high = ends(area.interval)
        verdict = "" if rule == first else words.UNKNOWN
        if (found := result.areas_against[rule].get(first)) is not None:
            verdict = difference_text(found.difference, found.interval)
        rows.append(
            {
                "rule": rule,
                "mean": math.nan if area.mean is None else area.mean,
                "low": low,
                "high": high,
                "verdict": verdict,
            }
        )
    return pd.DataFrame(rows)


def area_texts(result: RunResult) -> list[str]:
    """Each rule's area with its interval, in the order of `areas`, and a word where it is void."""
    diverged = bool(sentence(result.training))
    found = [(rule, result.auc_cac[rule]) for rule in result.rules]
    return [
        words.area(area.mean, area.interval)
        + (", training diverged" if diverged and rule in AFFECTED else "")
        for rule, area in found
    ]


def curve_table(result: RunResult) -> pd.DataFrame:
    """Every point of every rule and seed with its workloads, one row each, for a download."""
    rows = []
    for p in result.points:
        low, high = p.accuracy_interval or (None, None)
        rows.append(
            {
                "rule": p.rule,
                "target": p.target,
                "seed": p.seed,
                "coverage": p.coverage,
                "accuracy": p.accuracy,
                "accuracy_low": low,
                "accuracy_high": high,
                "measured_share": p.measured_share,
                **{f"workload_{agent}": share for agent, share in p.workload.items()},
            }
        )
    return pd.DataFrame(rows)


def everyone(result: RunResult, rule: str) -> list[Single]:
    """Who decides alone, for the screen: further AIs are marked."""
    machines = result.dataset.machines
    return [s._replace(name=words.marked(s.name, machines)) for s in singles(result, rule)]
