"""Why a scenario is infeasible, and the nearest feasible one: bounds change, guard rules do not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from core.base.apportion import equal_amounts
from core.dataset.agent_names import called
from core.dataset.annotation_set import AI
from core.scenarios.amount import DECIMALS, Amount, Unit
from core.scenarios.feasible import Problem, everybody, examine, shares, stuck_cases
from core.scenarios.guards import check_agents, guard_words, permitted
from core.scenarios.scores import Scores
from core.scenarios.settings import Scenario

_ROUNDS = 40  # changes at most on the way to a feasible scenario
_STEPS: Mapping[Unit, float] = {
    "share": 0.001,
    "cases": 1.0,
}  # to which suggested bounds are rounded


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Why a scenario is infeasible.

    Attributes:
      reason: one sentence, without a full stop.
      placed: cases a day that can be placed at most. cases: cases a day.
      nearest: the nearest scenario that is feasible under the same guard rules; None where no
        workloads and duties make it feasible.
      fix: what `nearest` changes, in words; empty without one.
      without_rules: where there is no `nearest`, a scenario that is feasible with fewer guard
        rules. They are safety rules: only a person may decide to drop one.
      dropped: what `without_rules` changes, in words; empty without one.
    """

    reason: str
    placed: int
    cases: int
    nearest: Scenario | None
    fix: str
    without_rules: Scenario | None = None
    dropped: str = ""


def obstacle(scenario: Scenario, scores: Scores) -> Obstacle | None:
    """Why the scenario is infeasible, with the nearest feasible one; None where it is feasible.

    Guard rules are kept. The change is the smallest of its kind: maximums are raised, or minimums
    lowered, by equal amounts, or both widened as far as the rules need; where nobody on duty may
    take some cases, an agent that may is put on duty.

    Args:
      scenario: to check, in whole validation cases rounded outward: failing by a fraction of a
        case does not count.
      scores: guard rules are evaluated on its validation cases; a test case that nobody may take
        makes the scenario infeasible too.

    Raises:
      ScenarioError: the scenario names something that the model does not have.
    """
    check_agents(scenario, scores.agents)
    first = examine(scenario, scores)
    if first is None:
        return None
    nearest, fix = _mended(scenario, scores, first)
    fewer, dropped = None, ""
    if nearest is None:
        fewer, dropped = _fewer_rules(scenario, scores)
    return Obstacle(
        reason=first.reason,
        placed=first.placed,
        cases=scenario.cases_per_day,
        nearest=nearest,
        fix=fix,
        without_rules=fewer,
        dropped=dropped,
    )


def _mended(scenario: Scenario, scores: Scores, found: Problem) -> tuple[Scenario | None, str]:
    """The nearest scenario under the same rules and what it changes; None where there is none."""
    current, problem_left, steps = scenario, found, list[str]()
    for _ in range(_ROUNDS):
        changed, words = _remedy(current, scores, problem_left)
        if changed is None or changed == current:
            break
        current = changed
        steps.append(words)
        if (left := examine(current, scores)) is None:
            return current, "; ".join(steps)
        problem_left = left
    return None, ""


def _remedy(scenario: Scenario, scores: Scores, found: Problem) -> tuple[Scenario | None, str]:
    """One change towards a feasible scenario, and its description; None where there is none.

    Guard rules are never touched.
    """
    if found.placed == 0 and not any(t.on_duty for t in scenario.terms):
        return scenario.with_terms(AI, on_duty=True, maximum=None), "put the AI on duty"
    if found.crossed:
        return _uncrossed(scenario, found.crossed)
    if found.minimums:
        return _lowered(scenario)
    if found.stuck:
        return _taker(scenario, scores)
    if found.lower is None:
        return _raised(scenario)
    return _widened(scenario, found)


def _taker(scenario: Scenario, scores: Scores) -> tuple[Scenario | None, str]:
    """An agent for the cases that nobody may take: one with a maximum of 0, or off duty.

    The one that may take most of them; of several, the one expected to be right most often.
    """
    could = [
        permitted(everybody(scenario), part, scores.classes)[stuck_cases(scenario, part, scores)]
        for part in (scores.validation, scores.test)
    ]
    takes = np.concatenate(could).sum(0)
    if not takes.any():
        return None, ""
    right = scores.validation.value.mean(0)
    # Change a bound before calling someone in on a day off.
    at_work = np.array([t.on_duty for t in scenario.terms]) & (takes > 0)
    who = np.flatnonzero(at_work if at_work.any() else takes > 0)
    name = scenario.names[max(who, key=lambda k: (takes[k], right[k]))]
    terms = dict(scenario.agents)[name]
    if not terms.on_duty:
        nothing = terms.maximum is not None and terms.maximum.value == 0
        maximum = None if nothing else terms.maximum
        changed = scenario.with_terms(name, on_duty=True, maximum=maximum)
        return changed, f"put {called(name)} on duty"
    share = max(
        float(c[:, scenario.names.index(name)].sum()) / max(len(p), 1)
        for c, p in zip(could, (scores.validation, scores.test), strict=True)
    )
    assert terms.maximum is not None
    maximum = _outward(share, terms.maximum.unit, scenario.cases_per_day, up=True)
    return _changed(scenario, "maximum", {name: maximum})


def _fewer_rules(scenario: Scenario, scores: Scores) -> tuple[Scenario | None, str]:
    """A feasible scenario with as few rules dropped as possible, those that affect fewest cases.

    Only offered as a suggestion: a person decides.
    """
    parts = (scores.validation, scores.test)
    current, steps = scenario, list[str]()
    while current.guards:
        tried = list(_without_a_guard(current))
        stuck = [sum(stuck_cases(everybody(c), p, scores).sum() for p in parts) for c, _ in tried]
        freed = [sum(permitted(c, p, scores.classes).sum() for p in parts) for c, _ in tried]
        place = min(range(len(tried)), key=lambda i: (stuck[i], freed[i]))
        current, words = tried[place]
        steps.append(words)
        found = examine(current, scores)
        if found is None:
            return current, "; ".join(steps)
        if stuck[place]:
            continue
        mended, fix = _mended(current, scores, found)
        if mended is not None:
            return mended, "; ".join([*steps, fix])
    return None, ""


def _without_a_guard(scenario: Scenario) -> Iterator[tuple[Scenario, str]]:
    for place, guard in enumerate(scenario.guards):
        rest = scenario.guards[:place] + scenario.guards[place + 1 :]
        yield replace(scenario, guards=rest), f"drop the rule that {guard_words(guard)}"


def _raised(scenario: Scenario) -> tuple[Scenario, str]:
    """Maximums raised by equal amounts; maximums of 0 only where there are no others."""
    bounds = {n: t.maximum for n, t in scenario.agents if t.on_duty and t.maximum is not None}
    unit = _unit(scenario, bounds)
    whole, step = _whole(unit, scenario.cases_per_day), _STEPS[unit]
    now = {name: bound.to(unit, scenario.cases_per_day).value for name, bound in bounds.items()}
    able = [name for name, maximum in now.items() if 0 < maximum < whole] or [
        name for name, maximum in now.items() if maximum < whole
    ]
    missing = whole - sum(min(maximum, whole) for maximum in now.values())
    added = _equally(missing, [whole - now[name] for name in able], step)
    if added.sum() < missing - 1e-6 * whole:
        able, added = list(now), np.full(len(now), whole)
    wanted = {name: min(now[name] + more, whole) for name, more in zip(able, added, strict=True)}
    return _changed(scenario, "maximum", _own(scenario, bounds, wanted, unit, up=True))


def _lowered(scenario: Scenario) -> tuple[Scenario, str]:
    """Minimums lowered by equal amounts, none below 0."""
    bounds = {n: t.minimum for n, t in scenario.agents if t.on_duty and t.minimum.value > 0}
    unit = _unit(scenario, bounds)
    whole = _whole(unit, scenario.cases_per_day)
    now = {
        name: bound.share(scenario.cases_per_day) * whole if bound.unit != unit else bound.value
        for name, bound in bounds.items()
    }
    taken = _equally(sum(now.values()) - whole, list(now.values()), _STEPS[unit])
    wanted = {name: max(now[name] - less, 0.0) for name, less in zip(now, taken, strict=True)}
    return _changed(scenario, "minimum", _own(scenario, bounds, wanted, unit, up=False))


def _equally(total: float, room: list[float], step: float) -> Float[np.ndarray, " J"]:
    """Amounts in whole steps that add up to the total or just above, each within its room."""
    steps = np.ceil(np.array([total, *room]) / step - 1e-6)
    return equal_amounts(int(steps[0]), steps[1:]) * step


def _uncrossed(scenario: Scenario, names: tuple[str, ...]) -> tuple[Scenario, str]:
    """Minimums lowered to the maximums: a maximum is usually the harder constraint."""
    wanted = {}
    for name in names:
        terms = dict(scenario.agents)[name]
        assert terms.maximum is not None
        maximum = terms.maximum.share(scenario.cases_per_day)
        wanted[name] = _outward(maximum, terms.minimum.unit, scenario.cases_per_day, up=False)
    return _changed(scenario, "minimum", wanted)


def _widened(scenario: Scenario, found: Problem) -> tuple[Scenario, str]:
    """Bounds widened to what is feasible under the guard rules, rounded to the unit's steps."""
    assert found.lower is not None
    assert found.upper is not None
    lower, upper = shares(scenario)
    day, more, less = scenario.cases_per_day, {}, {}
    for k, (name, terms) in enumerate(scenario.agents):
        if found.upper[k] > upper[k] + 1e-6 and terms.maximum is not None:
            more[name] = _outward(float(found.upper[k]), terms.maximum.unit, day, up=True)
        if found.lower[k] < lower[k] - 1e-6:
            less[name] = _outward(float(found.lower[k]), terms.minimum.unit, day, up=False)
    changed, raised = _changed(scenario, "maximum", more)
    changed, lowered = _changed(changed, "minimum", less)
    return changed, "; ".join(words for words in (raised, lowered) if words)


def _changed(scenario: Scenario, bound: str, wanted: dict[str, Amount]) -> tuple[Scenario, str]:
    parts = []
    changed = scenario
    for name, after in wanted.items():
        before: Amount = getattr(dict(scenario.agents)[name], bound)
        if after == before:
            continue
        changed = changed.with_terms(name, **{bound: after})
        parts.append(f"{called(name)} from {before.words('')} to {after.words()}")
    verb = "raise the maximum of" if bound == "maximum" else "lower the minimum of"
    return changed, f"{verb} {', '.join(parts)}" if parts else ""


def _unit(scenario: Scenario, bounds: dict[str, Amount]) -> Unit:
    """The unit in which bounds change by equal amounts: their own if all share one."""
    units = {bound.unit for bound in bounds.values()}
    return units.pop() if len(units) == 1 else scenario.unit


def _own(
    scenario: Scenario, bounds: dict[str, Amount], wanted: dict[str, float], unit: Unit, up: bool
) -> dict[str, Amount]:
    """Values in one unit converted to each bound's own unit."""
    day = scenario.cases_per_day
    return {
        name: Amount(round(float(value), DECIMALS), unit)
        if bounds[name].unit == unit
        else _outward(value / _whole(unit, day), bounds[name].unit, day, up)
        for name, value in wanted.items()
    }


def _outward(share: float, unit: Unit, day: int, up: bool) -> Amount:
    """A share rounded to the steps of a unit, in the direction that widens the bound."""
    whole, step = _whole(unit, day), _STEPS[unit]
    steps = share * whole / step
    steps = np.ceil(steps - 1e-6) if up else np.floor(steps + 1e-6)
    return Amount(round(float(min(max(steps * step, 0.0), whole)), DECIMALS), unit)


def _whole(unit: Unit, day: int) -> float:
    """All of a day's cases, in a unit."""
    return 1.0 if unit == "share" else float(day)
