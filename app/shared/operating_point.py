"""One operating point of a run as tables: workloads, accuracy per agent and class, breaches."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.shared import words
from app.shared.curve_tables import ends
from core.dataset.agent_names import called
from core.results.figure import Figure
from core.results.models import Interval, RunResult
from core.results.point_figures import AgentAt, Partial, PointFigures, best_target, point_figures


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """One point of a curve, as mean over the chosen seeds.

    Attributes:
      figures: what was measured; the rest is this, as screen and files show it.
      target: asked share of the AI; None where own bounds were set.
      seeds: the seeds it is a mean of.
      coverage: realised share of the AI.
      accuracy: of the team, None where nothing could be measured.
      interval: 95 %: over test cases, or Student t over seeds where that is wider.
      coverage_interval: 95 %: for the validation cases that prices were fitted to and the test
        cases together, or Student t over seeds where that is wider.
      measured: share of test cases whose decision could be scored.
      agents: a row per agent: agent, shown (its name, marked where it is a further AI), share with
        its interval (share_low, share_high), lower,
        upper, accuracy, low, high, cases (measured), elsewhere (measured on all test cases it
        annotated, because too few of those handed to it are), breach, and near: how far outside
        its bounds it is where chance alone can do that.
      recall: a row per class: class, recall, low, high, cases, and specificity with its interval
        (specificity_low, specificity_high).
      confusion: counts over the seeds, rows truth, columns decision.
      breaches: agents outside their bounds by more than chance, in words.
      known_seeds: how many of the seeds could be measured.
      unmeasured: agents with work that no annotation can measure, at any of the seeds.
      partial: where the team's accuracy is unknown, that of the agents who could be measured.
    """

    figures: PointFigures
    target: float | None
    seeds: tuple[int, ...]
    coverage: float
    accuracy: float | None
    interval: Interval | None
    coverage_interval: Interval | None
    measured: float
    agents: pd.DataFrame
    recall: pd.DataFrame
    confusion: np.ndarray
    breaches: list[str]
    known_seeds: int
    unmeasured: tuple[str, ...]
    partial: Partial | None


def operating_point(
    result: RunResult, rule: str, target: float | None, only_seed: int | None = None
) -> OperatingPoint:
    """The point of one rule at one target, as mean over seeds or of one seed.

    Raises:
      KeyError: the run has no such point.
    """
    found = point_figures(result, rule, target, only_seed)
    machines = result.dataset.machines
    return OperatingPoint(
        figures=found,
        target=found.target,
        seeds=found.seeds,
        coverage=float(found.coverage.value or 0.0),
        accuracy=found.accuracy.value,
        interval=found.accuracy.interval,
        coverage_interval=found.coverage.interval,
        measured=found.measured,
        agents=pd.DataFrame([_agent_row(agent, machines) for agent in found.agents]),
        recall=pd.DataFrame(
            [
                {
                    "class": one.name,
                    **columns(one.recall, "recall", "low", "high"),
                    **columns(
                        one.specificity, "specificity", "specificity_low", "specificity_high"
                    ),
                    "cases": one.cases,
                }
                for one in found.classes
            ]
        ),
        confusion=found.confusion,
        breaches=[
            f"{called(words.marked(agent.name, machines), start=True)} is {_breach(agent)}"
            for agent in found.agents
            if agent.outside
        ],
        known_seeds=found.known_seeds,
        unmeasured=found.unmeasured,
        partial=found.partial,
    )


def best_point(result: RunResult, rule: str) -> OperatingPoint:
    """The most accurate point on *validation* cases: choosing it peeks at no test case."""
    return operating_point(result, rule, best_target(result, rule))


def _agent_row(agent: AgentAt, machines: Sequence[str]) -> dict[str, object]:
    share = agent.share.value or 0.0
    return {
        "agent": agent.name,
        "shown": words.marked(agent.name, machines),
        **columns(agent.share, "share", "share_low", "share_high"),
        "lower": agent.lower,
        "upper": agent.upper,
        **columns(agent.accuracy, "accuracy", "low", "high"),
        "cases": agent.cases,
        "elsewhere": agent.elsewhere,
        "near": words.breach(share, agent.lower, agent.upper, 0.0005),
        # Chance explains a miss when the interval beside it reaches the bounds.
        "breach": _breach(agent) if agent.outside else "",
    }


def _breach(agent: AgentAt) -> str:
    return words.breach(agent.share.value or 0.0, agent.lower, agent.upper)


def columns(figure: Figure, value: str, low: str, high: str) -> dict[str, float]:
    """A figure as three columns, NaN where it is not known."""
    below, above = ends(figure.interval)
    known = math.nan if figure.value is None else figure.value
    return {value: known, low: below, high: above}
