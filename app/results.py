"""A finished run's result object as the tables and sentences that the pages draw.

Pure functions over the object that `python -m core train` prints; no streamlit, no JAX.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from app import words
from core.data.annotation_set import AI
from core.evaluation.intervals import student_t, wilson

Result = Mapping[str, Any]
RULE_ORDER = ("value", "priced", "gate")


@dataclass(frozen=True, slots=True)
class Single:
    """Somebody who decides every case alone."""

    name: str
    accuracy: float
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """One point of a curve, as mean over the chosen seeds.

    Attributes:
      target: asked share of the AI; None where own bounds were set.
      seeds: the seeds it is a mean of.
      coverage: realised share of the AI.
      accuracy: of the team, None where nothing could be measured.
      interval: 95 %: over test cases, or Student t over seeds where that is wider.
      coverage_interval: 95 %, the same way.
      measured: share of test cases whose decision could be scored.
      agents: a row per agent: agent, share with its interval (share_low, share_high), lower,
        upper, accuracy, low, high, cases (measured), elsewhere (measured on all test cases it
        annotated, because too few of those handed to it are), breach, and near: how far outside
        its bounds it is where chance alone can do that.
      recall: a row per class: class, recall, low, high, cases.
      confusion: counts over the seeds, rows truth, columns decision.
    """

    target: float | None
    seeds: tuple[int, ...]
    coverage: float
    accuracy: float | None
    interval: tuple[float, float] | None
    coverage_interval: tuple[float, float] | None
    measured: float
    agents: pd.DataFrame
    recall: pd.DataFrame
    confusion: np.ndarray
    breaches: list[str] = field(default_factory=list)


def rules(result: Result) -> list[str]:
    """Rules a run reports, the one to start with first."""
    return [rule for rule in RULE_ORDER if rule in result["auc_cac"]] or sorted(result["auc_cac"])


def seeds(result: Result) -> list[int]:
    """Seeds of a run, ascending."""
    return sorted({point["seed"] for point in result["points"]})


def targets(result: Result) -> list[float | None]:
    """Targets of a run, ascending; `[None]` where own bounds replaced them."""
    found = {point["target"] for point in result["points"]}
    return sorted(found, key=lambda t: -1.0 if t is None else t)


def is_bounded(result: Result) -> bool:
    """Whether own workload bounds replaced the coverage targets."""
    return targets(result) == [None]


def curve_points(result: Result, rule: str) -> pd.DataFrame:
    """A row per point and seed: target, seed, coverage, accuracy, low, high (shares)."""
    rows = [
        {
            "target": p["target"],
            "seed": p["seed"],
            "coverage": p["coverage"],
            "accuracy": p["accuracy"],
            "low": (p["accuracy_interval"] or (None, None))[0],
            "high": (p["accuracy_interval"] or (None, None))[1],
        }
        for p in result["points"]
        if p["rule"] == rule
    ]
    columns = ["target", "seed", "coverage", "accuracy", "low", "high"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns, float))


def curve_mean(result: Result, rule: str) -> pd.DataFrame:
    """A row per target, sorted by realised coverage: the mean over seeds and its interval."""
    rows = []
    for _, group in curve_points(result, rule).groupby("target", dropna=False):
        accuracy, interval = _mean(group["accuracy"], group[["low", "high"]].to_numpy())
        if accuracy is None:
            continue
        low, high = interval or (math.nan, math.nan)
        rows.append(
            {
                "target": group["target"].iloc[0],
                "coverage": group["coverage"].mean(),
                "accuracy": accuracy,
                "low": low,
                "high": high,
            }
        )
    table = pd.DataFrame(rows, columns=["target", "coverage", "accuracy", "low", "high"])
    return table.sort_values("coverage", ignore_index=True)


def areas(result: Result) -> pd.DataFrame:
    """A row per rule: rule, mean, low, high (areas × 100) and the comparison with the first."""
    first, *_ = order = rules(result)
    rows = []
    for rule in order:
        entry = result["auc_cac"][rule]
        low, high = entry.get("interval") or (math.nan, math.nan)
        # Two seeds make a Student t interval wider than an area can be.
        low, high = max(low, 0.0), min(high, 100.0)
        rows.append(
            {
                "rule": rule,
                "mean": entry["mean"],
                "low": low,
                "high": high,
                "verdict": "" if rule == first else _area_verdict(result, rule, first),
            }
        )
    return pd.DataFrame(rows)


def singles(result: Result, rule: str) -> list[Single]:
    """The AI alone (as the rule's decisions use it), then each expert with a known accuracy."""
    found = []
    if (accuracy := result["ai_accuracy"].get(rule)) is not None:
        interval = (result.get("ai_accuracy_interval") or {}).get(rule)
        per_seed = (result.get("ai_accuracy_per_seed") or {}).get(rule) or []
        tests = result["cases"].get("test") or 0
        if len(per_seed) > 1 and tests:
            _, interval = _mean(per_seed, [wilson(a * tests, tests) for a in per_seed])
        found.append(Single(AI, accuracy, (interval[0], interval[1]) if interval else None))
    intervals = result.get("expert_accuracy_interval") or {}
    for name in result["experts"]:
        if (accuracy := result["expert_accuracy"].get(name)) is not None:
            interval = intervals.get(name)
            found.append(Single(name, accuracy, tuple(interval) if interval else None))
    return found


def operating_point(
    result: Result, rule: str, target: float | None, only_seed: int | None = None
) -> OperatingPoint:
    """The point of one rule at one target, as mean over seeds or of one seed.

    Raises:
      KeyError: the run has no such point.
    """
    chosen = [
        p
        for p in result["points"]
        if p["rule"] == rule
        and p["target"] == target
        and (only_seed is None or p["seed"] == only_seed)
    ]
    if not chosen:
        raise KeyError(f"no point of rule {rule} at target {target}")
    accuracy, interval = _mean(
        [p["accuracy"] for p in chosen], [p["accuracy_interval"] for p in chosen]
    )
    coverage, coverage_interval = _mean_share([p["coverage"] for p in chosen], result["cases"])
    agents = _agent_rows(result["agents"], chosen, result["cases"])
    return OperatingPoint(
        target=target,
        seeds=tuple(p["seed"] for p in chosen),
        coverage=coverage,
        coverage_interval=coverage_interval,
        accuracy=accuracy,
        interval=interval,
        measured=float(np.mean([p["measured_share"] for p in chosen])),
        agents=agents,
        recall=_recall_rows(result["classes"], chosen),
        confusion=np.sum([np.asarray(p["confusion"], int) for p in chosen], axis=0),
        breaches=[f"{r.agent} is {r.breach}" for r in agents.itertuples() if r.breach],
    )


def best_point(result: Result, rule: str) -> OperatingPoint:
    """The most accurate point on *validation* cases: choosing it peeks at no test case."""
    scores: dict[float | None, list[float]] = {}
    for point in result["points"]:
        value = point["validation"].get("accuracy")
        if point["rule"] == rule and value is not None:
            scores.setdefault(point["target"], []).append(value)
    if not scores:
        return operating_point(result, rule, targets(result)[0])
    return operating_point(result, rule, max(scores, key=lambda t: float(np.mean(scores[t]))))


def curve_table(result: Result) -> pd.DataFrame:
    """Every point of every rule and seed with its workloads, one row each, for a download."""
    rows = []
    for p in result["points"]:
        low, high = p["accuracy_interval"] or (None, None)
        row = {k: p[k] for k in ("rule", "target", "seed", "coverage", "accuracy")}
        row |= {"accuracy_low": low, "accuracy_high": high, "measured_share": p["measured_share"]}
        row |= {f"workload_{agent}": share for agent, share in p["workload"].items()}
        rows.append(row)
    return pd.DataFrame(rows)


def _mean(
    values: Sequence[float | None] | pd.Series, intervals: Sequence[Any] | np.ndarray
) -> tuple[float | None, tuple[float, float] | None]:
    """Mean share over seeds, with an interval within [0, 1]; see `mean_interval`."""
    kept = [(v, i) for v, i in zip(values, intervals, strict=True) if v is not None and v == v]
    if not kept:
        return None, None
    mean, interval = mean_interval([float(v) for v, _ in kept], [i for _, i in kept])
    return mean, (max(interval[0], 0.0), min(interval[1], 1.0)) if interval else None


def mean_interval(
    values: Sequence[float], intervals: Sequence[Any]
) -> tuple[float, tuple[float, float] | None]:
    """Mean over seeds with the wider of two 95 % intervals: over cases, and over seeds.

    All seeds are measured on the same test cases, so seeds that agree say nothing about other
    cases: two seeds that are right on the same six cases are not "100 % (100–100)".

    Args:
      values: one number per seed.
      intervals: of each, over test cases; None where unknown.
    """
    mean, low, high = _over_seeds(values)
    known = [
        i for i in intervals if i is not None and all(x is not None and x == x for x in i)
    ]  # fmt: skip
    ends = [(low, high)] if len(values) > 1 else []
    if known:
        ends.append((float(np.mean([i[0] for i in known])), float(np.mean([i[1] for i in known]))))
    if not ends:
        return mean, None
    return mean, (min(e[0] for e in ends), max(e[1] for e in ends))


def _mean_share(
    shares: Sequence[float], cases: Mapping[str, int]
) -> tuple[float, tuple[float, float] | None]:
    """Mean workload over seeds; over test cases its interval is Wilson's."""
    n = cases.get("test") or 0
    mean, interval = _mean(shares, [wilson(s * n, n) if n else None for s in shares])
    return float(mean or 0.0), interval


def _over_seeds(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and 95 % interval; without an end where there are fewer than two values."""
    mean, low, high = student_t(values)
    return mean, -math.inf if low is None else low, math.inf if high is None else high


def _agent_rows(
    agents: Sequence[str], chosen: list[dict], cases: Mapping[str, int]
) -> pd.DataFrame:
    rows = []
    for agent in agents:
        share, share_interval = _mean_share([p["workload"][agent] for p in chosen], cases)
        share_low, share_high = share_interval or (math.nan, math.nan)
        lower = float(np.mean([p["bounds"][agent][0] for p in chosen]))
        upper = float(np.mean([p["bounds"][agent][1] for p in chosen]))
        # More measured cases than were handed over: too few of those were annotated, so all test
        # cases it annotated count. Seeds that could be measured on handed cases go first.
        handed = [(p["agent_accuracy"][agent], p["workload"][agent]) for p in chosen]
        tests = cases.get("test") or 0
        own = [e for e, w in handed if e["cases"] and e["cases"] <= w * tests + 0.5]
        entries = own or [e for e, _ in handed]
        accuracy, interval = _mean(
            [e["accuracy"] for e in entries], [e["interval"] for e in entries]
        )
        low, high = interval or (math.nan, math.nan)
        rows.append(
            {
                "agent": agent,
                "share": share,
                "share_low": share_low,
                "share_high": share_high,
                "lower": lower,
                "upper": upper,
                "accuracy": math.nan if accuracy is None else accuracy,
                "low": low,
                "high": high,
                "cases": round(float(np.mean([e["cases"] for e in entries]))),
                "elsewhere": not own and accuracy is not None,
                "near": words.breach(share, lower, upper, 0.0005),
                "breach": words.breach(
                    share, lower, upper, _allowance(lower, upper, cases, len(chosen))
                ),
            }
        )
    return pd.DataFrame(rows)


def _allowance(lower: float, upper: float, cases: Mapping[str, int], seeds: int) -> float:
    """What chance alone moves a workload between validation and test: 0.02 + 2 standard errors."""
    p = min(max((lower + upper) / 2, 0.0), 1.0)
    n = [cases.get("validation") or 0, cases.get("test") or 0]
    if min(n) == 0:
        return 0.02
    return 0.02 + 2 * math.sqrt(p * (1 - p) * (1 / n[0] + 1 / n[1]) / max(seeds, 1))


def _recall_rows(classes: Sequence[str], chosen: list[dict]) -> pd.DataFrame:
    rows = []
    for name in classes:
        entries = [p["recall"].get(name) or {} for p in chosen]
        recall, interval = _mean(
            [e.get("recall") for e in entries], [e.get("interval") for e in entries]
        )
        low, high = interval or (math.nan, math.nan)
        rows.append(
            {
                "class": name,
                "recall": math.nan if recall is None else recall,
                "low": low,
                "high": high,
                "cases": round(float(np.mean([e.get("cases") or 0 for e in entries]))),
            }
        )
    return pd.DataFrame(rows)


def _area_verdict(result: Result, rule: str, first: str) -> str:
    """How a rule's area differs from the first rule's, in words."""
    ours, theirs = result["auc_cac"][rule], result["auc_cac"][first]
    if len(ours["per_seed"]) > 1:
        pairs = zip(ours["per_seed"], theirs["per_seed"], strict=True)
        difference, low, high = _over_seeds([a - b for a, b in pairs])
        if low <= 0 <= high:
            return "not distinguishable"
        return f"{difference:+.1f} ({low:+.1f} to {high:+.1f})"
    return _overlap(ours["mean"] - theirs["mean"], ours.get("interval"), theirs.get("interval"))


def _overlap(
    difference: float, ours: Sequence[float] | None, theirs: Sequence[float] | None
) -> str:
    """A difference whose two intervals overlap is not distinguishable from one seed."""
    if not ours or not theirs or (ours[0] <= theirs[1] and theirs[0] <= ours[1]):
        return "not distinguishable"
    return f"{difference:+.1f}"
