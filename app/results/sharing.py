"""How the experts share the work that the AI leaves, along the curve."""

import math

import numpy as np
import pandas as pd

from app import words
from app.results.means import mean_of
from app.results.references import included_experts
from app.results.run import Result, targets
from core.evaluation.intervals import wilson


def deferred_shares(result: Result, rule: str) -> pd.DataFrame:
    """A row per target and expert: its share of the deferred test cases.

    Columns: target, coverage (mean over seeds), expert, share, low, high (95 %: over the
    deferred cases, or over seeds where that is wider). Targets that defer no whole case at some
    seed are left out.
    """
    tests = result["cases"].get("test") or 0
    rows = []
    for target in targets(result):
        points = [p for p in result["points"] if p["rule"] == rule and p["target"] == target]
        left = [1.0 - p["coverage"] for p in points]
        if not points or min(left) * max(tests, 1) < 1 - 1e-9:
            continue
        for expert in included_experts(result):
            shares = [p["workload"][expert] / rest for p, rest in zip(points, left, strict=True)]
            ends = [
                wilson(share * rest * tests, rest * tests) if tests else None
                for share, rest in zip(shares, left, strict=True)
            ]
            share, interval = mean_of(shares, ends)
            low, high = interval or (math.nan, math.nan)
            rows.append(
                {
                    "target": target,
                    "coverage": float(np.mean([p["coverage"] for p in points])),
                    "expert": expert,
                    "share": share,
                    "low": low,
                    "high": high,
                }
            )
    columns = ["target", "coverage", "expert", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def spread_words(shares: pd.DataFrame) -> str:
    """Who has most and who least of the deferred cases, as means along the curve."""
    if shares.empty:
        return "Nothing is deferred."
    mean = shares.groupby("expert", sort=False)[["share", "low", "high"]].mean()
    if len(mean) == 1:
        return f"{mean.index[0]} takes everything that is deferred."

    def said(expert: str) -> str:
        # All points share the test cases, so the mean's interval is no narrower than theirs.
        row = mean.loc[expert]
        return words.with_interval(row["share"], (row["low"], row["high"]))

    most, least = mean["share"].idxmax(), mean["share"].idxmin()
    return (
        f"On average along the curve the busiest expert ({most}) takes {said(most)} of the "
        f"deferred cases, the least busy ({least}) {said(least)}; equal shares would be "
        f"{words.percent(1 / len(mean))}."
    )
