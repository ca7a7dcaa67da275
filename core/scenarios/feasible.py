"""Whether a scenario can be met at all, and why not (`nearest` says which near by can)."""

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
    """The first thing in a scenario that cannot be.

    Attributes:
      reason: one sentence. placed: cases a day that can be placed at most.
      short: share of the cases that minimums are too much, or maximums too little.
      stuck: share of the cases that nobody may take.
      minimums: whether they are too much, and nothing else is wrong.
      crossed: agents whose minimum is above their maximum.
      lower: minimum shares that guard rules leave within reach. upper: maximum, likewise.
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
    """The first thing that cannot be met on cases of which agents may take those in `may`."""
    lower, upper = shares(scenario)
    cases, day = max(len(may), 1), scenario.cases_per_day
    # Minimums as they were typed: more than all cases is too much, however it is capped.
    asked = sum(t.minimum.share(day) for t in scenario.terms if t.on_duty)
    fewest, most = whole_cases(lower, upper, cases)
    fraction = min(1 / cases, 1 / day) * (1 - 1e-6)
    if not (upper > 0).any():
        return Problem(reason="nobody on duty may take any case", placed=0, short=1.0)
    if (found := _crossed(scenario, fraction)) is not None:
        return found
    if 1.0 - upper.sum() >= fraction or most.sum() < cases:
        placed = cases_a_day(upper.sum(), day)
        reason = f"at most {placed:,} of {day:,} cases a day can be placed"
        return Problem(
            reason=f"{reason}: the maximum workloads of those on duty add up to no more",
            placed=placed,
            short=1.0 - float(upper.sum()),
        )
    if asked - 1.0 >= fraction or fewest.sum() > cases:
        total = f"{cases_text(asked * day)} cases a day"
        total = percent(asked) if scenario.unit == "share" else total
        of = "all cases" if scenario.unit == "share" else f"the {day:,} cases a day"
        reason = f"the minimum workloads add up to {total}, more than {of}"
        return Problem(reason=reason, placed=day, short=asked - 1.0, minimums=True)
    return _within_reach(scenario, may, fewest, most)


def _crossed(scenario: Scenario, fraction: float) -> Problem | None:
    """Bounds in two units that a day brings to cross."""
    day = scenario.cases_per_day
    crossed = {name: words for name, t in scenario.agents if (words := crossing(t, day, fraction))}
    if not crossed:
        return None
    name = next(iter(crossed))
    reason = f"of {called(name)}, {crossed[name]}"
    return Problem(reason=reason, placed=day, crossed=tuple(crossed))


def crossing(terms: AgentTerms, day: int, fraction: float) -> str:
    """Says that the minimum is above the maximum of a day's cases; empty where it is not.

    Args:
      terms: of an agent.
      day: how many cases a day brings.
      fraction: share of the cases that is none.
    """
    low, high = terms.minimum, terms.maximum
    if not terms.on_duty or high is None or low.share(day) - high.share(day) < fraction:
        return ""
    return f"the minimum, {low.of_day(day)}, is above the maximum, {high.of_day(day)}"


def _within_reach(
    scenario: Scenario,
    may: Bool[np.ndarray, "n K"],
    fewest: Int[np.ndarray, " K"],
    most: Int[np.ndarray, " K"],
) -> Problem | None:
    """What guard rules leave, by maximum flow in whole cases."""
    on = most > 0
    if may[:, on].all() or not len(may):
        return None
    if can_be_met(may[:, on], fewest[on], most[on]):
        return None
    day, cases = scenario.cases_per_day, len(may)
    if stuck := int((~may.any(1)).sum()):
        placed = cases_a_day(most_placed(may[:, on], most[on]).sum() / cases, day)
        reason = (
            f"at most {placed:,} of {day:,} cases a day can be placed: guard rules leave nobody "
            f"on duty for {stuck:,} of {cases:,} validation cases"
        )
        return Problem(reason=reason, placed=placed, stuck=stuck / cases)
    lower, upper = fewest / cases, most / cases
    low, up, missed = nearest_reachable(may[:, on], lower[on], upper[on])
    if missed is None:
        return None
    short, unserved = float((up - upper[on]).sum()), np.zeros(len(on))
    unserved[on] = lower[on] - low
    reach_low, reach_up = shares(scenario)  # as typed where nothing has to move
    reach_low[on] = np.where(low < lower[on], np.minimum(low, reach_low[on]), reach_low[on])
    reach_up[on] = np.where(up > upper[on], np.maximum(up, reach_up[on]), reach_up[on])
    placed = cases_a_day(1 - short, day)
    if short > 1e-6:
        reason = (
            f"at most {placed:,} of {day:,} cases a day can be placed: guard rules keep too many "
            "from those who have room"
        )
    else:
        worst = int(unserved.argmax())
        asked = scenario.terms[worst].minimum
        reason = (
            f"{called(scenario.names[worst])} can be given at most "
            f"{Amount(float(reach_low[worst])).to(asked.unit, day).words()} under the guard rules, "
            f"the minimum is {asked.words()}"
        )
    return Problem(
        reason=reason,
        placed=placed,
        short=short + float(unserved.sum()),
        lower=reach_low,
        upper=reach_up,
    )


def examine(scenario: Scenario, scores: Scores) -> Problem | None:
    """`problem` on validation cases, and no test case that nobody may take.

    Everything that says whether a scenario is possible judges by this. Rules that leave nobody
    for a case, whatever the workloads and whoever is on duty, come first and are named.
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
    """Everybody on duty without bounds, the guard rules as they are."""
    for name in scenario.names:
        scenario = scenario.with_terms(name, on_duty=True, minimum=0.0, maximum=None)
    return scenario


def _by_rules_alone(scenario: Scenario, scores: Scores) -> Problem | None:
    """That rules leave nobody for some cases, whoever is on duty; None where they do not."""
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
