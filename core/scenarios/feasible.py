"""Whether a scenario is feasible, and why not (`nearest` finds the nearest feasible one)."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from core.allocation.problem import whole_cases
from core.allocation.reach import can_be_met, most_placed, nearest_reachable
from core.base.percents import percent
from core.dataset.agent_names import called
from core.em.bounds import WorkloadBounds
from core.scenarios.amount import Amount, cases_text
from core.scenarios.guards import guard_words, permitted
from core.scenarios.scores import CaseScores, Scores
from core.scenarios.settings import AgentTerms, Scenario


@dataclass(frozen=True, kw_only=True)
class Problem:
    """The first thing that makes a scenario infeasible.

    Attributes:
      reason: one sentence. placed: cases a day that can be placed at most.
      short: share of the cases by which minimums are too high, or maximums too low.
      stuck: share of the cases that nobody may take.
      minimums: whether minimums are too high, and nothing else is wrong.
      crossed: agents whose minimum is above their maximum.
      lower: the nearest minimum shares that are feasible under the guard rules. upper: maximum
        shares likewise.
    """

    reason: str
    placed: int
    short: float = 0.0
    stuck: float = 0.0
    minimums: bool = False
    crossed: tuple[str, ...] = ()
    lower: Float[np.ndarray, " K"] | None = None
    upper: Float[np.ndarray, " K"] | None = None


def shares(scenario: Scenario) -> WorkloadBounds:
    """Minimum and maximum share of the cases per agent, in [0, 1]; off duty (0, 0)."""
    each = [terms.shares(scenario.cases_per_day) for terms in scenario.terms]
    return WorkloadBounds(*np.array(each, float).T.copy())


def problem(scenario: Scenario, may: Bool[np.ndarray, "n K"]) -> Problem | None:
    """The first thing that makes a scenario infeasible, given which cases each agent may take."""
    lower, upper = shares(scenario)
    cases, day = max(len(may), 1), scenario.cases_per_day
    # Minimums as typed: more than all cases is infeasible even where shares are capped at 1.
    asked = sum(t.minimum.share(day) for t in scenario.terms if t.on_duty)
    minimum, maximum = whole_cases(lower, upper, cases)
    fraction = min(1 / cases, 1 / day) * (1 - 1e-6)
    if not (upper > 0).any():
        return Problem(reason="nobody on duty may take any case", placed=0, short=1.0)
    if (found := _crossed(scenario, fraction)) is not None:
        return found
    if 1.0 - upper.sum() >= fraction or maximum.sum() < cases:
        placed = cases_a_day(upper.sum(), day)
        reason = f"at most {placed:,} of {day:,} cases a day can be placed"
        return Problem(
            reason=f"{reason}: the maximum workloads of those on duty add up to no more than that",
            placed=placed,
            short=1.0 - float(upper.sum()),
        )
    if asked - 1.0 >= fraction or minimum.sum() > cases:
        total = f"{cases_text(asked * day)} cases a day"
        total = percent(asked) if scenario.unit == "share" else total
        of = "all cases" if scenario.unit == "share" else f"the {day:,} cases a day"
        reason = f"the minimum workloads add up to {total}, more than {of}"
        return Problem(reason=reason, placed=day, short=asked - 1.0, minimums=True)
    return _within_reach(scenario, may, minimum, maximum)


def _crossed(scenario: Scenario, fraction: float) -> Problem | None:
    """A minimum above its maximum where the two are in different units."""
    day = scenario.cases_per_day
    crossed = {name: words for name, t in scenario.agents if (words := crossing(t, day, fraction))}
    if not crossed:
        return None
    name = next(iter(crossed))
    reason = f"of {called(name)}, {crossed[name]}"
    return Problem(reason=reason, placed=day, crossed=tuple(crossed))


def crossing(terms: AgentTerms, day: int, fraction: float) -> str:
    """A sentence saying that the minimum is above the maximum; empty where it is not.

    Args:
      terms: of an agent.
      day: cases per day.
      fraction: share of the cases that is below rounding.
    """
    low, high = terms.minimum, terms.maximum
    if not terms.on_duty or high is None or low.share(day) - high.share(day) < fraction:
        return ""
    return f"the minimum, {low.of_day(day)}, is above the maximum, {high.of_day(day)}"


def _within_reach(
    scenario: Scenario,
    may: Bool[np.ndarray, "n K"],
    minimum: Int[np.ndarray, " K"],
    maximum: Int[np.ndarray, " K"],
) -> Problem | None:
    """What guard rules make infeasible, by maximum flow in whole cases."""
    on = maximum > 0
    if may[:, on].all() or not len(may):
        return None
    if can_be_met(may[:, on], minimum[on], maximum[on]):
        return None
    day, cases = scenario.cases_per_day, len(may)
    if stuck := int((~may.any(1)).sum()):
        placed = cases_a_day(most_placed(may[:, on], maximum[on]).sum() / cases, day)
        reason = (
            f"at most {placed:,} of {day:,} cases a day can be placed: guard rules leave nobody "
            f"on duty for {stuck:,} of {cases:,} validation cases"
        )
        return Problem(reason=reason, placed=placed, stuck=stuck / cases)
    lower, upper = minimum / cases, maximum / cases
    low, up, missed = nearest_reachable(may[:, on], lower[on], upper[on])
    if missed is None:
        return None
    short, unserved = float((up - upper[on]).sum()), np.zeros(len(on))
    unserved[on] = lower[on] - low
    reach_low, reach_up = shares(scenario)  # as typed where nothing has to change
    reach_low[on] = np.where(low < lower[on], np.minimum(low, reach_low[on]), reach_low[on])
    reach_up[on] = np.where(up > upper[on], np.maximum(up, reach_up[on]), reach_up[on])
    placed = cases_a_day(1 - short, day)
    if short > 1e-6:
        reason = (
            f"at most {placed:,} of {day:,} cases a day can be placed: guard rules keep too many "
            "from agents with room left"
        )
    else:
        worst = int(unserved.argmax())
        asked = scenario.terms[worst].minimum
        reason = (
            f"{called(scenario.names[worst])} can be given at most "
            f"{Amount(float(reach_low[worst])).to(asked.unit, day).words()} under the guard rules, "
            f"but its minimum is {asked.words()}"
        )
    return Problem(
        reason=reason,
        placed=placed,
        short=short + float(unserved.sum()),
        lower=reach_low,
        upper=reach_up,
    )


def examine(scenario: Scenario, scores: Scores) -> Problem | None:
    """`problem` on the validation cases, and test cases that nobody may take.

    The one test of whether a scenario is feasible. Rules that leave nobody for a case, whatever the
    workloads and whoever is on duty, come first and are named.
    """
    on_validation = permitted(scenario, scores.validation, scores.classes)
    stuck = stuck_cases(scenario, scores.test, scores)
    if (stuck.any() or not on_validation.any(1).all()) and (
        found := _by_rules_alone(scenario, scores)
    ):
        return found
    if (found := problem(scenario, on_validation)) is not None:
        return found
    if not stuck.any():
        return None
    day = scenario.cases_per_day
    placed = cases_a_day(1 - stuck.mean(), day)
    reason = (
        f"at most {placed:,} of {day:,} cases a day can be placed: guard rules leave nobody on "
        f"duty for {stuck.sum():,} of {len(stuck):,} test cases"
    )
    return Problem(reason=reason, placed=placed, stuck=float(stuck.mean()))


def stuck_cases(scenario: Scenario, cases: CaseScores, scores: Scores) -> Bool[np.ndarray, " n"]:
    """Cases that nobody may take."""
    return ~np.asarray(permitted(scenario, cases, scores.classes).any(1))


def everybody(scenario: Scenario) -> Scenario:
    """All agents on duty without bounds, the guard rules unchanged."""
    for name in scenario.names:
        scenario = scenario.with_terms(name, on_duty=True, minimum=0.0, maximum=None)
    return scenario


def _by_rules_alone(scenario: Scenario, scores: Scores) -> Problem | None:
    """Rules that leave nobody for some cases, whoever is on duty; None where every case has one."""
    free, day = everybody(scenario), scenario.cases_per_day
    for part, kind in ((scores.validation, "validation"), (scores.test, "test")):
        stuck = stuck_cases(free, part, scores)
        if not stuck.any():
            continue
        blamed = [
            guard_words(guard)
            for guard in scenario.guards
            if not permitted(replace(free, guards=(guard,)), part, scores.classes)[stuck].all()
        ]
        placed = cases_a_day(1 - float(stuck.mean()), day)
        reason = (
            f"at most {placed:,} of {day:,} cases a day can be placed: the guard rules leave "
            f"nobody for {stuck.sum():,} of {len(stuck):,} {kind} cases, whatever the workloads "
            f"and whoever is on duty ({'; '.join(blamed)})"
        )
        return Problem(reason=reason, placed=placed, stuck=float(stuck.mean()))
    return None


def cases_a_day(share: float, day: int) -> int:
    """A share in whole cases a day, rounded down."""
    return int(np.floor(share * day + 1e-6))
