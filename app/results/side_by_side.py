"""The rules of a run side by side at one target: what each does with the same models."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from app import words
from app.results.means import mean_interval
from app.results.point import OperatingPoint, operating_point
from app.results.point_words import collapse, share_of_all
from app.results.run import Result, rules
from core.dataset.agent_names import called
from core.evaluation.intervals import SHOWN, distinguishable


def points(result: Result, point: OperatingPoint) -> dict[str, OperatingPoint]:
    """The point of every rule at the target and seeds of one, the run's first rule first."""
    only = point.seeds[0] if len(point.seeds) == 1 else None
    return {
        rule: operating_point(result, rule, point.target, only)
        for rule in rules(result)
        if _entries(result, rule, point.target, point.seeds)
    }


def table(result: Result, point: OperatingPoint) -> pd.DataFrame:
    """A row per rule at a point's target and seeds.

    Returns:
      rule, accuracy, low, high, coverage, coverage_low, coverage_high, broken (agents outside
      their bounds by more than chance), worst (the farthest breach in words), difference to the
      first rule with its interval (difference, difference_low, difference_high; NaN for the
      first and where the run has none), verdict (words), collapse (the agent that gets all),
      most (how much it gets, in words).
    """
    rows, found = [], points(result, point)
    first = next(iter(found))
    for rule, one in found.items():
        low, high = one.interval or (math.nan, math.nan)
        at_low, at_high = one.coverage_interval or (math.nan, math.nan)
        difference = None if rule == first else _paired(result, rule, first, one)
        mean, ends = difference or (math.nan, (math.nan, math.nan))
        broken = one.agents[one.agents["breach"].ne("")]
        rows.append(
            {
                "rule": rule,
                "accuracy": math.nan if one.accuracy is None else one.accuracy,
                "low": low,
                "high": high,
                "coverage": one.coverage,
                "coverage_low": at_low,
                "coverage_high": at_high,
                "broken": len(broken),
                "worst": one.breaches[_worst(broken)] if len(broken) else "",
                "difference": mean,
                "difference_low": ends[0],
                "difference_high": ends[1],
                "verdict": _verdict(rule == first, one, difference),
                "collapse": collapse(one),
                "most": share_of_all(float(one.agents["share"].max())),
            }
        )
    return pd.DataFrame(rows)


def workloads(found: dict[str, OperatingPoint]) -> pd.DataFrame:
    """A row per agent: agent, lower, upper, and its share under every rule."""
    agents = next(iter(found.values())).agents
    shares = agents[["agent", "lower", "upper"]].copy()
    for rule, one in found.items():
        shares[rule] = one.agents["share"].to_numpy()
    return shares


def shown(found: pd.DataFrame) -> pd.DataFrame:
    """`table` with its numbers as texts, for screen and report."""
    rows = list(found.itertuples())
    texts = {
        "How each case finds its agent": [words.rule_name(r.rule) for r in rows],
        "Accuracy of the team": [_text(r.accuracy, r.low, r.high) for r in rows],
        f"Against “{words.rule_name(rows[0].rule)}”": [r.verdict or words.UNKNOWN for r in rows],
        "The AI takes": [_text(r.coverage, r.coverage_low, r.coverage_high) for r in rows],
        "Bounds": [_kept(r.broken, r.worst) for r in rows],
    }
    return pd.DataFrame(texts)


def collapses(found: pd.DataFrame) -> list[str]:
    """A sentence for each rule that sends every case to one agent."""
    return [
        f"“{words.rule_name(r.rule)}” sends {r.most} test cases to {called(r.collapse)}."
        for r in found.itertuples()
        if r.collapse
    ]


def _kept(broken: int, worst: str) -> str:
    if not broken:
        return "kept"
    return worst if broken == 1 else f"{broken} outside; {worst}"


def _text(value: float, low: float, high: float) -> str:
    return words.with_interval(value, None if math.isnan(low) else (low, high))


def _entries(
    result: Result, rule: str, target: float | None, seeds: Sequence[int]
) -> list[dict[str, Any]]:
    return [
        p
        for p in result["points"]
        if p["rule"] == rule and p["target"] == target and p["seed"] in seeds
    ]


def _paired(
    result: Result, rule: str, first: str, point: OperatingPoint
) -> tuple[float, tuple[float, float]] | None:
    """Accuracy less the first rule's, as the run measured it, paired by case."""
    found = []
    for entry in _entries(result, rule, point.target, point.seeds):
        against = (entry.get("against") or {}).get("rule")
        if against and against.get("name") == first and against.get("interval"):
            found.append(against)
    if not found or len(found) < len(point.seeds):
        return None
    mean, ends = mean_interval([f["difference"] for f in found], [f["interval"] for f in found])
    return None if ends is None else (mean, ends)


def _verdict(
    is_first: bool, point: OperatingPoint, difference: tuple[float, tuple[float, float]] | None
) -> str:
    if is_first:
        return ""
    if point.accuracy is None or difference is None:
        return "not measured"
    mean, (low, high) = difference
    ends = f"{words.signed(100 * low)} to {words.signed(100 * high)}"
    between = f"{words.signed(100 * mean)} ({ends})"
    apart = distinguishable((low, high), SHOWN)
    return between if apart else f"{between}, not distinguishable"


def _worst(broken: pd.DataFrame) -> int:
    """Position of the farthest breach."""
    off = (broken["share"] - broken["upper"]).clip(lower=0) + (
        broken["lower"] - broken["share"]
    ).clip(lower=0)
    return int(off.to_numpy().argmax())
