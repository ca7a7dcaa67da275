"""One operating point of a run: workloads, accuracy per agent and class, breaches in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from app import words
from app.results.means import mean_of, mean_share
from app.results.run import Result, targets
from core.dataset.annotation_set import AI
from core.evaluation.intervals import combined_interval, outside


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """One point of a curve, as mean over the chosen seeds.

    Attributes:
      target: asked share of the AI; None where own bounds were set.
      seeds: the seeds it is a mean of.
      coverage: realised share of the AI.
      accuracy: of the team, None where nothing could be measured.
      interval: 95 %: over test cases, or Student t over seeds where that is wider.
      coverage_interval: 95 %: for the validation cases that prices were fitted to and the test
        cases together, or Student t over seeds where that is wider.
      measured: share of test cases whose decision could be scored.
      agents: a row per agent: agent, share with its interval (share_low, share_high), lower,
        upper, accuracy, low, high, cases (measured), elsewhere (measured on all test cases it
        annotated, because too few of those handed to it are), breach, and near: how far outside
        its bounds it is where chance alone can do that.
      recall: a row per class: class, recall, low, high, cases, and specificity with its interval
        (specificity_low, specificity_high); NaN where an older run has none.
      confusion: counts over the seeds, rows truth, columns decision.
      known_seeds: how many of the seeds could be measured.
      unmeasured: agents with work that no annotation can measure, at any of the seeds.
      partial: where the team's accuracy is unknown, that of the agents who could be measured.
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
    known_seeds: int = 1
    unmeasured: tuple[str, ...] = ()
    partial: "Partial | None" = None


FITTED = ("priced", "value")  # rules whose workloads prices hold


class Partial(NamedTuple):
    """What is known of a team whose accuracy is not.

    Attributes:
      accuracy: of the agents that could be measured, weighted by their workload.
      interval: 95 %, from those of the agents.
      share: of the cases that these agents get.
    """

    accuracy: float
    interval: tuple[float, float] | None
    share: float


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
    accuracy, interval = mean_of(
        [p["accuracy"] for p in chosen], [p["accuracy_interval"] for p in chosen]
    )
    fitted, cases = rule in FITTED, result["cases"]
    coverage, coverage_interval = mean_share([p["coverage"] for p in chosen], cases, fitted=fitted)
    agents = _agent_rows(result["agents"], chosen, cases, fitted=fitted)
    return OperatingPoint(
        target=target,
        seeds=tuple(p["seed"] for p in chosen),
        coverage=coverage,
        coverage_interval=coverage_interval,
        accuracy=accuracy,
        interval=interval,
        measured=float(np.mean([p["measured_share"] for p in chosen])),
        agents=agents,
        recall=_class_rows(result["classes"], chosen),
        confusion=np.sum([np.asarray(p["confusion"], int) for p in chosen], axis=0),
        breaches=[
            f"{'The AI' if r.agent == AI else r.agent} is {r.breach}"
            for r in agents.itertuples()
            if r.breach
        ],
        known_seeds=sum(p["accuracy"] is not None for p in chosen),
        unmeasured=tuple(a for a in result["agents"] if any(_in_the_dark(p, a) for p in chosen)),
        partial=_partial(agents) if accuracy is None else None,
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


def _agent_rows(
    agents: Sequence[str], chosen: list[dict], cases: Mapping[str, int], *, fitted: bool
) -> pd.DataFrame:
    rows = []
    for agent in agents:
        share, share_interval = mean_share(
            [p["workload"][agent] for p in chosen], cases, fitted=fitted
        )
        share_low, share_high = share_interval or (math.nan, math.nan)
        lower = float(np.mean([p["bounds"][agent][0] for p in chosen]))
        upper = float(np.mean([p["bounds"][agent][1] for p in chosen]))
        # More measured cases than were handed over: too few of those were annotated, so all test
        # cases it annotated count. Seeds that could be measured on handed cases go first.
        handed = [(p["agent_accuracy"][agent], p["workload"][agent]) for p in chosen]
        tests = cases.get("test") or 0
        own = [e for e, w in handed if e["cases"] and e["cases"] <= w * tests + 0.5]
        entries = own or [e for e, _ in handed]
        accuracy, interval = mean_of(
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
                # Chance explains a miss when the interval beside it reaches the bounds.
                "breach": words.breach(share, lower, upper)
                if share_interval is not None and outside(share_interval, lower, upper)
                else "",
            }
        )
    return pd.DataFrame(rows)


def _in_the_dark(point: Mapping[str, Any], agent: str) -> bool:
    """Whether the agent has work and nothing to measure it by."""
    return point["workload"][agent] > 0 and point["agent_accuracy"][agent]["accuracy"] is None


def _partial(agents: pd.DataFrame) -> Partial | None:
    """Workload-weighted accuracy of the agents that could be measured."""
    known = agents[agents["accuracy"].notna() & (agents["share"] > 0)]
    if known.empty:
        return None
    weights = known["share"].to_numpy(float)
    interval = None
    if known["low"].notna().all():
        interval = combined_interval(
            [(r.accuracy, r.low, r.high) for r in known.itertuples()], list(weights)
        )
    accuracy = float(np.average(known["accuracy"], weights=weights))
    return Partial(accuracy, interval, float(weights.sum()))


def _class_rows(classes: Sequence[str], chosen: list[dict]) -> pd.DataFrame:
    rows = []
    for name in classes:
        row: dict[str, Any] = {"class": name}
        for measure, low, high in (
            ("recall", "low", "high"),
            ("specificity", "specificity_low", "specificity_high"),
        ):
            entries = [(p.get(measure) or {}).get(name) or {} for p in chosen]
            share, interval = mean_of(
                [e.get(measure) for e in entries], [e.get("interval") for e in entries]
            )
            row[measure] = math.nan if share is None else share
            row[low], row[high] = interval or (math.nan, math.nan)
        found = [(p["recall"].get(name) or {}).get("cases") or 0 for p in chosen]
        row["cases"] = round(float(np.mean(found)))
        rows.append(row)
    return pd.DataFrame(rows)
