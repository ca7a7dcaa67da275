"""The rules of a run side by side at one target: what each does with the same models."""

import math

import pandas as pd

from app.shared import words
from app.shared.curve_tables import ends
from app.shared.operating_point import OperatingPoint, operating_point
from app.tradeoffs.point_words import collapse, share_of_all
from core.dataset.agent_names import called
from core.evaluation.intervals import SHOWN, distinguishable
from core.results.figure import Figure
from core.results.models import RunResult
from core.results.paired import against_rule


def points(result: RunResult, point: OperatingPoint) -> dict[str, OperatingPoint]:
    """The point of every rule at the target and seeds of one, the run's first rule first."""
    only = point.seeds[0] if len(point.seeds) == 1 else None
    return {
        rule: operating_point(result, rule, point.target, only)
        for rule in result.rules
        if result.at(rule, point.target, point.seeds)
    }


def table(result: RunResult, point: OperatingPoint) -> pd.DataFrame:
    """A row per rule at a point's target and seeds.

    Returns:
      rule, accuracy, low, high, coverage, coverage_low, coverage_high, broken (agents outside
      their bounds by more than chance), worst (the farthest breach in words), difference to the
      first rule with its interval (difference, difference_low, difference_high; NaN for the
      first and where it is not known), verdict (words), collapse (the agent that gets all), most
      (how much it gets, in words).
    """
    rows, found = [], points(result, point)
    first = next(iter(found))
    for rule, one in found.items():
        low, high = ends(one.interval)
        at_low, at_high = ends(one.coverage_interval)
        less = None
        if rule != first:
            less = against_rule(result, rule, first, one.target, one.seeds)
        less_low, less_high = ends(None if less is None else less.interval)
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
                "difference": math.nan if less is None else less.value,
                "difference_low": less_low,
                "difference_high": less_high,
                "verdict": "" if rule == first else _verdict(less),
                "collapse": collapse(one),
                "most": share_of_all(float(one.agents["share"].max())),
            }
        )
    return pd.DataFrame(rows)


def workloads(found: dict[str, OperatingPoint]) -> pd.DataFrame:
    """A row per agent: agent, lower, upper, and its share under every rule."""
    agents = next(iter(found.values())).agents
    shares = agents[["shown", "lower", "upper"]].rename(columns={"shown": "agent"})
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


def _verdict(less: Figure | None) -> str:
    if less is None or less.value is None or less.interval is None:
        return "not measured"
    low, high = less.interval
    between = (
        f"{words.signed(100 * less.value)} "
        f"({words.signed(100 * low)} to {words.signed(100 * high)})"
    )
    return between if distinguishable((low, high), SHOWN) else f"{between}, not distinguishable"


def _worst(broken: pd.DataFrame) -> int:
    """Position of the farthest breach."""
    off = (broken["share"] - broken["upper"]).clip(lower=0) + (
        broken["lower"] - broken["share"]
    ).clip(lower=0)
    return int(off.to_numpy().argmax())
