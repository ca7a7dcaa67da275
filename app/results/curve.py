"""The curve of a run as tables: points, means, areas, and who decides alone."""

import math
from dataclasses import dataclass

import pandas as pd

from app import words
from app.results.compare import area_difference_text, clipped, difference_text
from app.results.means import mean_of
from app.results.run import Result, rules, seeds
from core.dataset.annotation_set import AI
from core.evaluation.areas import area_of, compare
from core.evaluation.intervals import wilson
from core.runs.collapse import AFFECTED, sentence_of


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
        low, high = clipped(entry.get("interval")) or (math.nan, math.nan)
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


def area_texts(result: Result) -> list[str]:
    """Each rule's area with its interval, in the order of `areas`, and a word where it is void."""
    diverged = bool(sentence_of(result))
    return [
        words.area(row.mean, None if row.low != row.low else (row.low, row.high))
        + (", training diverged" if diverged and row.rule in AFFECTED else "")
        for row in areas(result).itertuples()
    ]


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
    found = ((result.get("areas_against") or {}).get(rule) or {}).get(first)
    if found:
        return difference_text(found["difference"], found["interval"])
    # Runs from before the paired differences: by seed, and without pairs from both intervals.
    ours, theirs = (
        area_of(result["auc_cac"][name], seeds(result), None, "one run") for name in (rule, first)
    )
    return area_difference_text(compare(ours, theirs))
