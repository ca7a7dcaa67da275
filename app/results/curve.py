"""The curve of a run as tables: points, means, areas, and who decides alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from app.results.means import mean_of, over_seeds
from app.results.run import Result, rules
from core.data.annotation_set import AI
from core.evaluation.intervals import wilson


@dataclass(frozen=True, slots=True)
class Single:
    """Somebody who decides every case alone."""

    name: str
    accuracy: float
    interval: tuple[float, float] | None


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
        accuracy, interval = mean_of(group["accuracy"], group[["low", "high"]].to_numpy())
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
            _, interval = mean_of(per_seed, [wilson(a * tests, tests) for a in per_seed])
        found.append(Single(AI, accuracy, (interval[0], interval[1]) if interval else None))
    intervals = result.get("expert_accuracy_interval") or {}
    for name in result["experts"]:
        if (accuracy := result["expert_accuracy"].get(name)) is not None:
            interval = intervals.get(name)
            found.append(Single(name, accuracy, tuple(interval) if interval else None))
    return found


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


def _area_verdict(result: Result, rule: str, first: str) -> str:
    """How a rule's area differs from the first rule's, in words."""
    ours, theirs = result["auc_cac"][rule], result["auc_cac"][first]
    if len(ours["per_seed"]) > 1:
        pairs = zip(ours["per_seed"], theirs["per_seed"], strict=True)
        difference, low, high = over_seeds([a - b for a, b in pairs])
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
