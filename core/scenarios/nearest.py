"""Why a scenario cannot be met, and the nearest that can: guard rules stay, workloads give way."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from core.data.agent_names import called
from core.data.annotation_set import AI
from core.scenarios.feasible import (
    Problem,
    amount,
    everybody,
    examine,
    shares,
    stuck_cases,
    whole_day,
)
from core.scenarios.guards import check_agents, guard_words, permitted
from core.scenarios.scores import Scores
from core.scenarios.settings import Scenario

_ROUNDS = 40  # changes at most on the way to a scenario that can be met


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Why a scenario cannot be met.

    Attributes:
      reason: one sentence, without a full stop.
      placed: cases a day that can be placed at most. cases: that come a day.
      nearest: a scenario near by that can be met under the same guard rules, None where no
        workloads and duties make that possible.
      fix: what `nearest` changes, in words; empty without one.
      without_rules: where there is no `nearest`, a scenario that can be met with fewer guard
        rules. They are safety rules: to drop one is a person's own decision, never ours.
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
    """Why the scenario cannot be met, with the nearest that can; None where it can.

    Every guard rule stays in it. The change is the least of its kind: greatest workloads are
    raised, or least ones lowered, by equal amounts, or both widened as far as the rules need;
    where those on duty may not take some cases at all, who may is put on duty.

    Args:
      scenario: to check, in whole validation cases rounded outward: what fails by a fraction
        of a case is no obstacle.
      scores: guard rules are counted on its validation cases; a test case that nobody may take
        is an obstacle too.

    Raises:
      ScenarioError: the scenario names what the model does not have.
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
    """One change towards a scenario that can be met, and what it says; None for none.

    Guard rules are never touched.
    """
    if found.placed == 0 and not any(t.on_duty for t in scenario.terms):
        return scenario.with_terms(AI, on_duty=True, greatest=None), "put the AI on duty"
    if found.least:
        return _lowered(scenario)
    if found.stuck:
        return _taker(scenario, scores)
    if found.lower is None:
        return _raised(scenario)
    return _widened(scenario, found)


def _taker(scenario: Scenario, scores: Scores) -> tuple[Scenario | None, str]:
    """Someone for the cases that nobody may take: who has a greatest of nothing, or is off duty.

    Who may take most of them, and of those who is expected to be right most often.
    """
    could = [
        permitted(everybody(scenario), part, scores.classes)[stuck_cases(scenario, part, scores)]
        for part in (scores.validation, scores.test)
    ]
    takes = np.concatenate(could).sum(0)
    if not takes.any():
        return None, ""
    right = scores.validation.value.mean(0)
    # A bound gives way before somebody's day off does.
    at_work = np.array([t.on_duty for t in scenario.terms]) & (takes > 0)
    who = np.flatnonzero(at_work if at_work.any() else takes > 0)
    name = scenario.names[max(who, key=lambda k: (takes[k], right[k]))]
    terms = dict(scenario.agents)[name]
    if not terms.on_duty:
        greatest = terms.greatest or None
        changed = scenario.with_terms(name, on_duty=True, greatest=greatest)
        return changed, f"put {called(name)} on duty"
    share = max(
        float(c[:, scenario.names.index(name)].sum()) / max(len(p), 1)
        for c, p in zip(could, (scores.validation, scores.test), strict=True)
    )
    step = _step(scenario)
    most = min(np.ceil(share * whole_day(scenario) / step - 1e-6) * step, whole_day(scenario))
    return _changed(scenario, "greatest", {name: float(most)})


def _fewer_rules(scenario: Scenario, scores: Scores) -> tuple[Scenario | None, str]:
    """A scenario that can be met with as few rules less as need be, those that hold fewest cases.

    Only ever offered as somebody's own decision.
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
    """Greatest workloads raised by equal amounts, those of nothing only where nobody else is."""
    whole, step = whole_day(scenario), _step(scenario)
    now = {name: t.greatest for name, t in scenario.agents if t.on_duty and t.greatest is not None}
    able = [name for name, most in now.items() if 0 < most < whole] or [
        name for name, most in now.items() if most < whole
    ]
    room = np.array([np.ceil((whole - now[name]) / step - 1e-6) for name in able])
    missing = whole - sum(min(most, whole) for most in now.values())
    added = _spread(int(np.ceil(missing / step - 1e-6)), room)
    if added.sum() * step < missing - 1e-6 * whole:
        able, added = list(now), np.ceil((whole - np.array(list(now.values()))) / step)
    wanted = {
        name: min(now[name] + units * step, whole) for name, units in zip(able, added, strict=True)
    }
    return _changed(scenario, "greatest", wanted)


def _lowered(scenario: Scenario) -> tuple[Scenario, str]:
    """Least workloads lowered by equal amounts, none below nothing."""
    whole, step = whole_day(scenario), _step(scenario)
    now = {name: t.least for name, t in scenario.agents if t.on_duty and t.least > 0}
    room = np.array([np.ceil(least / step - 1e-6) for least in now.values()])
    taken = _spread(int(np.ceil((sum(now.values()) - whole) / step - 1e-6)), room)
    wanted = {
        name: max(now[name] - units * step, 0.0) for name, units in zip(now, taken, strict=True)
    }
    return _changed(scenario, "least", wanted)


def _widened(scenario: Scenario, found: Problem) -> tuple[Scenario, str]:
    """Bounds moved out to what the guard rules leave within reach, on the scale's steps."""
    assert found.lower is not None
    assert found.upper is not None
    whole, step = whole_day(scenario), _step(scenario)
    lower, upper = shares(scenario)
    more = np.minimum(np.ceil(found.upper * whole / step - 1e-6) * step, whole)
    less = np.maximum(np.floor(found.lower * whole / step + 1e-6) * step, 0.0)
    wider = found.upper > upper + 1e-6
    lighter = found.lower < lower - 1e-6
    names = np.array(scenario.names, object)
    changed, raised = _changed(
        scenario, "greatest", dict(zip(names[wider], more[wider], strict=True))
    )
    changed, lowered = _changed(
        changed, "least", dict(zip(names[lighter], less[lighter], strict=True))
    )
    return changed, "; ".join(words for words in (raised, lowered) if words)


def _changed(scenario: Scenario, bound: str, wanted: dict[str, float]) -> tuple[Scenario, str]:
    parts = []
    changed = scenario
    for name, value in wanted.items():
        before = getattr(dict(scenario.agents)[name], bound)
        after = round(float(value), 9)
        if after == before:
            continue
        changed = changed.with_terms(name, **{bound: after})
        amounts = f"from {amount(scenario, before, '')} to {amount(scenario, after)}"
        parts.append(f"{called(name)} {amounts}")
    verb = "raise the greatest of" if bound == "greatest" else "lower the least of"
    return changed, f"{verb} {', '.join(parts)}" if parts else ""


def _spread(units: int, room: Float[np.ndarray, " J"]) -> Int[np.ndarray, " J"]:
    """Whole units handed out in equal amounts, none beyond its room."""
    given = np.zeros(len(room), int)
    left = min(units, int(room.sum()))
    while left > 0:
        able = np.flatnonzero(given < room)
        each = max(min(left // len(able), int((room - given)[able].min())), 1)
        able = able[:left] if each == 1 else able
        given[able] += each
        left -= each * len(able)
    return given


def _step(scenario: Scenario) -> float:
    """Bounds are offered in tenths of a per cent, or in whole cases."""
    return 0.001 if scenario.unit == "share" else 1.0
