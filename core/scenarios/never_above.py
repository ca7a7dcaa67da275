r"""Never above the maximum: an online rule that tracks each agent's load, on simulated days.

Prices keep a maximum on average. This rule keeps it on every day: cases arrive one at a time, and
each goes to the agent with the highest v_n(x) − μ_n among those who may take it and have room
left; where none has, the case waits. The prices are the scenario's. Minimums are not
enforced, and the fatigue a scenario assumes is in the prices but not in the figures here.

A day is as many test cases as a day brings, drawn with replacement in random order
(`arrivals`). Intervals account for the test cases being a sample and for the limited number of days
(`resampled_days`).

The accuracy is that of the decided cases, by the same estimator as everywhere (`chance`), on the
same resamples as every other figure; the change against prices alone is paired and on the same
decided cases: waiting cases are in neither.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.allocation.routing import able_agents, net_scores
from core.evaluation.intervals import (
    SHOWN,
    BootstrapWeights,
    Difference,
    distinguishable,
    percentile_interval,
    wilson,
)
from core.results.figure import Figure
from core.scenarios.arrivals import Days, chances, preferences, simulate
from core.scenarios.chance import Decisions
from core.scenarios.guards import permitted
from core.scenarios.resampled_days import Resampled, resampled, teams
from core.scenarios.scores import Scores
from core.scenarios.solution import Solution

DAYS, FEWEST_DAYS = 1000, 20
_WORK = 200_000_000  # arrivals × agents simulated at most, if that leaves enough days


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDays:
    """An agent's simulated days.

    Attributes:
      name: of the agent.
      maximum: in whole cases a day; None for no maximum.
      mean: cases a day, with its interval.
      usual: the range of loads that holds 95 % of the days.
      highest: the highest load of any day.
      full: share of the days on which it reached its maximum; without a maximum no value.
    """

    name: str
    maximum: int | None
    mean: Figure
    usual: tuple[int, int]
    highest: int
    full: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverAbove:
    """What the rule does on simulated days.

    Attributes:
      days: how many. cases_per_day: that arrive. test_cases: they are drawn from.
      seed: of the draws.
      agents: those on duty, experts first, the AI last.
      waiting: cases a day that no agent had room for.
      waiting_days: share of the days with waiting cases.
      most_waiting: the most of any day.
      accuracy: of the team, on the cases it decides.
      change: of the accuracy against prices alone on the same cases; None where one of the two
        cannot be measured.
      measured: share of the decisions that could be scored.
      minimum: whether any agent has a minimum, which the rule does not enforce.
      fatigue: whether the scenario assumes fatigue, which is not in the figures.
    """

    days: int
    cases_per_day: int
    test_cases: int
    seed: int
    agents: tuple[AgentDays, ...]
    waiting: Figure
    waiting_days: Figure
    most_waiting: int
    accuracy: Figure
    change: Difference | None
    measured: float
    minimum: bool
    fatigue: bool


def whole_maximums(
    upper: Float[np.ndarray, " K"], cases_per_day: int
) -> tuple[Int[np.ndarray, " K"], Bool[np.ndarray, " K"]]:
    """Maximums in whole cases a day, rounded down, and which agents have one.

    Args:
      upper: maximum shares of a day's cases.
      cases_per_day: cases a day.

    Returns:
      Cases a day, more than `cases_per_day` where there is no maximum; whether there is one.
    """
    # Shares are rounded to nine digits when bounds change their unit.
    dust = 1e-6 + 1e-9 * cases_per_day
    capped = upper < 1.0 - 1e-12
    whole = np.floor(upper * cases_per_day + dust).astype(int)
    return np.where(capped, whole, cases_per_day + 1), capped


def never_above(
    solution: Solution,
    scores: Scores,
    weights: BootstrapWeights,
    *,
    days: int = DAYS,
    seed: int | None = None,
) -> NeverAbove:
    """Simulates the days of a scenario under the rule.

    Args:
      solution: with the prices and maximums.
      scores: it was solved on; with at least one test case.
      weights: of resamples of the test cases, as used for the other figures.
      days: how many; fewer where there are very many cases a day.
      seed: of the draws; the model's by default.
    """
    scenario, n = solution.scenario, len(scores.test)
    size = scenario.cases_per_day
    seed = solution.seed if seed is None else seed
    days = min(days, max(FEWEST_DAYS, _WORK // (size * len(solution.lower))))
    room, capped = whole_maximums(solution.upper, size)
    may = permitted(scenario, scores.test, scores.classes)
    able = able_agents(solution.prices.allowed, may)
    net = net_scores(scores.test.value, solution.prices.prices, allowed=able, seed=solution.seed)
    order = preferences(net, capped)
    decisions = Decisions.of(order, scores)
    rng = np.random.default_rng([seed, 0])
    shown = simulate(order, room, size, lambda g: rng.integers(0, n, (days, g)), days)
    again = resampled(order, room, size, decisions, weights, seed)
    ours, alone, measured = teams(decisions, chances(order, shown.filled, size), np.ones(n))
    known = np.isfinite(ours - alone)
    return NeverAbove(
        days=days,
        cases_per_day=size,
        test_cases=n,
        seed=seed,
        agents=_agents(solution, able, _units(scores), shown, again, room, capped),
        waiting=_figure(float(shown.waiting.mean()), again.waiting),
        waiting_days=_figure(float((shown.waiting > 0).mean()), again.waiting_days),
        most_waiting=int(shown.waiting.max()),
        accuracy=_figure(ours, again.accuracy),
        change=_difference(ours - alone, again.change) if known else None,
        measured=measured if np.isfinite(measured) else 0.0,
        minimum=bool((solution.lower > 0).any()),
        fatigue=scenario.fatigue is not None,
    )


def _units(scores: Scores) -> int:
    """How many patients the test cases are of; how many cases where none are known."""
    return len(scores.test) if scores.patients is None else int(scores.patients.max()) + 1


def _agents(
    solution: Solution,
    able: Bool[np.ndarray, "n K"],
    units: int,
    shown: Days,
    again: Resampled,
    room: Int[np.ndarray, " K"],
    capped: Bool[np.ndarray, " K"],
) -> tuple[AgentDays, ...]:
    rows = []
    for k, (name, terms) in enumerate(solution.scenario.agents):
        if not terms.on_duty:
            continue
        load, cap = shown.load[:, k], int(room[k])
        low, high = np.quantile(load, (0.025, 0.975), method="inverted_cdf")
        mean = _figure(float(load.mean()), again.load[k])
        if not load.any() and able[:, k].any():
            # Zero on every resample too: the bootstrap interval would have no width.
            maximum = min(cap, shown.size * wilson(0, units)[1])
            mean = Figure(0.0, (0.0, float(maximum)))
        full = _figure(float((load >= cap).mean()) if capped[k] else np.nan, again.full[k])
        rows.append(
            AgentDays(
                name=name,
                maximum=cap if capped[k] else None,
                mean=mean,
                usual=(int(low), int(high)),
                highest=int(load.max()),
                full=full,
            )
        )
    return tuple(rows)


def _figure(value: float, replicates: Float[np.ndarray, " R"]) -> Figure:
    """A figure with its interval; None for both where the value is NaN."""
    found = percentile_interval(replicates)
    if not np.isfinite(value) or found is None:
        return Figure(None, None)
    # For a figure at the end of its range (a share of 1) all replicates can lie on one side.
    return Figure(value, (min(found[0], value), max(found[1], value)))


def _difference(value: float, replicates: Float[np.ndarray, " R"]) -> Difference | None:
    found = _figure(value, replicates).interval
    return None if found is None else Difference(value, found, distinguishable(found, SHOWN))
