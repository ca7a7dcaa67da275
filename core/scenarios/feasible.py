"""Whether a scenario can be met at all, why not, and the nearest one that can."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from core.data.agent_names import called
from core.data.annotation_set import AI
from core.em.flow import nearest_reachable
from core.evaluation.prices import whole_cases
from core.scenarios.guards import check_agents, guard_words, permitted
from core.scenarios.scores import Scores
from core.scenarios.settings import Scenario

_ROUNDS = 40  # changes at most on the way to a scenario that can be met
_SUBSETS = 12  # agents; twice as many subsets for each more
_DUTY_TRIES = 8  # agents off duty to try, those of most expected correctness first


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Why a scenario cannot be met.

    Attributes:
      reason: one sentence, without a full stop.
      placed: cases a day that can be placed at most. cases: that come a day.
      nearest: a scenario near by that can be met, None where no change of ours helps.
      fix: what `nearest` changes, in words; empty without one.
    """

    reason: str
    placed: int
    cases: int
    nearest: Scenario | None
    fix: str


@dataclass(frozen=True, kw_only=True)
class Problem:
    """The first thing in a scenario that cannot be.

    Attributes:
      reason: one sentence. placed: cases a day that can be placed at most.
      short: share of the cases that least workloads are too much, or greatest too little.
      stuck: share of the cases that nobody may take.
      least: whether least workloads are too much, and nothing else is wrong.
      lower: least shares that guard rules leave within reach. upper: greatest, likewise.
    """

    reason: str
    placed: int
    short: float = 0.0
    stuck: float = 0.0
    least: bool = False
    lower: Float[np.ndarray, " K"] | None = None
    upper: Float[np.ndarray, " K"] | None = None


def shares(scenario: Scenario) -> tuple[Float[np.ndarray, " K"], Float[np.ndarray, " K"]]:
    """Least and greatest share of the cases per agent, in [0, 1]; off duty (0, 0)."""
    whole = _whole(scenario)
    on = np.array([t.on_duty for t in scenario.terms])
    lower = np.array([t.least for t in scenario.terms]) / whole
    upper = np.array([np.inf if t.greatest is None else t.greatest / whole for t in scenario.terms])
    return np.where(on, np.clip(lower, 0, 1), 0.0), np.where(on, np.clip(upper, 0, 1), 0.0)


def obstacle(scenario: Scenario, scores: Scores) -> Obstacle | None:
    """Why the scenario cannot be met, with the nearest that can; None where it can.

    The change is the least of its kind: greatest workloads are raised, or least ones lowered,
    by equal amounts; where guard rules are to blame the one that frees most is dropped, else an
    agent is put on duty, else the bounds are widened as far as the rules need.

    Args:
      scenario: to check, in whole validation cases rounded outward: what fails by a fraction
        of a case is no obstacle.
      scores: guard rules are counted on its validation cases; a test case that nobody may take
        is an obstacle too.

    Raises:
      ScenarioError: the scenario names what the model does not have.
    """
    check_agents(scenario, scores.agents)
    first = _examine(scenario, scores)
    if first is None:
        return None
    current: Scenario | None = scenario
    found: Problem | None = first
    steps: list[str] = []
    for _ in range(_ROUNDS):
        if found is None or current is None:
            break
        changed, words = _remedy(current, scores, found)
        if changed == current:
            break
        current = changed
        if current is not None:
            steps.append(words)
            found = _examine(current, scores)
    nearest = current if found is None else None
    return Obstacle(
        reason=first.reason,
        placed=first.placed,
        cases=scenario.cases_per_day,
        nearest=nearest,
        fix="; ".join(steps) if nearest is not None else "",
    )


def problem(scenario: Scenario, may: Bool[np.ndarray, "n K"]) -> Problem | None:
    """The first thing that cannot be met on cases of which agents may take those in `may`."""
    lower, upper = shares(scenario)
    cases, day = max(len(may), 1), scenario.cases_per_day
    # The least as it was typed: more than all cases is too much, however it is capped.
    asked = sum(t.least for t in scenario.terms if t.on_duty) / _whole(scenario)
    least, most = whole_cases(lower, upper, cases)
    fraction = min(1 / cases, 1 / day) * (1 - 1e-6)
    if not (upper > 0).any():
        return Problem(reason="nobody on duty may take any case", placed=0, short=1.0)
    if 1.0 - upper.sum() >= fraction or most.sum() < cases:
        placed = _cases_a_day(upper.sum(), day)
        reason = f"at most {placed:,} of {day:,} cases a day can be placed"
        return Problem(
            reason=f"{reason}: the greatest workloads of those on duty add up to no more",
            placed=placed,
            short=1.0 - float(upper.sum()),
        )
    if asked - 1.0 >= fraction or least.sum() > cases:
        total = _amount(scenario, asked * _whole(scenario))
        of = "all cases" if scenario.unit == "share" else f"the {day:,} cases a day"
        reason = f"the least workloads add up to {total}, more than {of}"
        return Problem(reason=reason, placed=day, short=asked - 1.0, least=True)
    return _within_reach(scenario, may, least, most)


def _within_reach(
    scenario: Scenario,
    may: Bool[np.ndarray, "n K"],
    least: Int[np.ndarray, " K"],
    most: Int[np.ndarray, " K"],
) -> Problem | None:
    """What guard rules leave, by maximum flow in whole cases."""
    on = most > 0
    if may[:, on].all() or not len(may):
        return None
    if on.sum() <= _SUBSETS and _every_subset_fits(may[:, on], least[on], most[on]):
        return None
    day, cases = scenario.cases_per_day, len(may)
    if stuck := int((~may.any(1)).sum()):
        placed = _cases_a_day(_placed(may[may.any(1)][:, on], most[on]) / cases, day)
        reason = (
            f"at most {placed:,} of {day:,} cases a day can be placed: guard rules leave nobody "
            f"on duty for {stuck:,} of {cases:,} cases"
        )
        return Problem(reason=reason, placed=placed, stuck=stuck / cases)
    lower, upper = least / cases, most / cases
    low, up, missed = nearest_reachable(may[:, on], lower[on], upper[on])
    if missed is None:
        return None
    short, unserved = float((up - upper[on]).sum()), np.zeros(len(on))
    unserved[on] = lower[on] - low
    reach_low, reach_up = shares(scenario)  # as typed where nothing has to move
    reach_low[on] = np.where(low < lower[on], np.minimum(low, reach_low[on]), reach_low[on])
    reach_up[on] = np.where(up > upper[on], np.maximum(up, reach_up[on]), reach_up[on])
    placed = _cases_a_day(1 - short, day)
    if short > 1e-6:
        reason = (
            f"at most {placed:,} of {day:,} cases a day can be placed: guard rules keep too many "
            "from those who have room"
        )
    else:
        worst = int(unserved.argmax())
        reason = (
            f"{called(scenario.names[worst])} can be given at most "
            f"{_cases_a_day(reach_low[worst], day):,} of {day:,} cases a day under the guard "
            f"rules, the least is {_amount(scenario, scenario.terms[worst].least)}"
        )
    return Problem(
        reason=reason,
        placed=placed,
        short=short + float(unserved.sum()),
        lower=reach_low,
        upper=reach_up,
    )


def _placed(may: Bool[np.ndarray, "n J"], most: Int[np.ndarray, " J"]) -> float:
    """Cases that can be placed, each of which somebody may take."""
    if not len(may):
        return 0.0
    upper = np.minimum(most / len(may), 1.0)
    _, reached, _ = nearest_reachable(may, np.zeros(len(most)), upper)
    return len(may) * (1.0 - float((reached - upper).sum()))


def _every_subset_fits(
    may: Bool[np.ndarray, "n J"], least: Int[np.ndarray, " J"], most: Int[np.ndarray, " J"]
) -> bool:
    """Whether bounds can be met, by Hall's theorem over all subsets of a few agents.

    Cases that only a subset may take must fit into it, and those that it may take must serve
    it. Each alone is enough for both together (Mendelsohn & Dulmage 1958). A maximum flow says
    the same and costs ten times as much.
    """
    bits = 1 << np.arange(may.shape[1])
    inside = np.bincount(may @ bits, minlength=1 << len(bits))
    subsets = (np.arange(len(inside))[:, None] & bits) > 0
    for bit in bits:  # cases whose agents all are in the subset
        halves = inside.reshape(-1, 2, bit)
        halves[:, 1] += halves[:, 0]
    enough = (inside <= subsets @ most).all()
    return bool(enough and (len(may) - inside[::-1] >= subsets @ least).all())


def _examine(scenario: Scenario, scores: Scores) -> Problem | None:
    """`problem` on validation cases, and no test case that nobody may take."""
    found = problem(scenario, permitted(scenario, scores.validation, scores.classes))
    if found is not None:
        return found
    stuck = np.asarray(~permitted(scenario, scores.test, scores.classes).any(1))
    if not stuck.any():
        return None
    day = scenario.cases_per_day
    placed = _cases_a_day(1 - stuck.mean(), day)
    reason = (
        f"at most {placed:,} of {day:,} cases a day can be placed: guard rules leave nobody on "
        f"duty for {stuck.sum():,} of {len(stuck):,} test cases"
    )
    return Problem(reason=reason, placed=placed, stuck=float(stuck.mean()))


def _remedy(scenario: Scenario, scores: Scores, found: Problem) -> tuple[Scenario | None, str]:
    """One change towards a scenario that can be met, and what it says; None for none."""
    if found.placed == 0 and not any(t.on_duty for t in scenario.terms):
        return scenario.with_terms(AI, on_duty=True, greatest=None), "put the AI on duty"
    if found.least:
        return _lowered(scenario)
    if not found.stuck and found.lower is None:
        return _raised(scenario)
    tried = [(*change, _examine(change[0], scores)) for change in _without_a_guard(scenario)]
    done = [change for change in tried if change[2] is None]
    if done:
        # All of these are enough: the one that frees most cases.
        freed = [int(permitted(c[0], scores.validation, scores.classes).sum()) for c in done]
        return done[int(np.argmax(freed))][:2]
    more = [(*change, _examine(change[0], scores)) for change in _on_duty(scenario, scores)]
    for changed, words, still in more:
        if still is None:
            return changed, words
    if found.upper is not None:
        return _widened(scenario, found)
    left = [(c, words, found.stuck if p is None else p.stuck) for c, words, p in tried + more]
    best = min(left, key=lambda change: change[2], default=None)
    if best is None or best[2] >= found.stuck:
        # No single change helps: two rules may forbid the same cases.
        return next(_without_a_guard(scenario), (None, ""))
    return best[:2]


def _without_a_guard(scenario: Scenario) -> Iterator[tuple[Scenario, str]]:
    for place, guard in enumerate(scenario.guards):
        rest = scenario.guards[:place] + scenario.guards[place + 1 :]
        yield replace(scenario, guards=rest), f"drop the rule that {guard_words(guard)}"


def _on_duty(scenario: Scenario, scores: Scores) -> Iterator[tuple[Scenario, str]]:
    order = np.argsort(-scores.validation.value.mean(0), kind="stable")
    off = [scenario.names[k] for k in order if not scenario.terms[k].on_duty]
    for agent in off[:_DUTY_TRIES]:
        greatest = dict(scenario.agents)[agent].greatest or None
        changed = scenario.with_terms(agent, on_duty=True, greatest=greatest)
        yield changed, f"put {called(agent)} on duty"


def _raised(scenario: Scenario) -> tuple[Scenario, str]:
    """Greatest workloads raised by equal amounts, those of nothing only where nobody else is."""
    whole, step = _whole(scenario), _step(scenario)
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
    whole, step = _whole(scenario), _step(scenario)
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
    whole, step = _whole(scenario), _step(scenario)
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
        amounts = f"from {_amount(scenario, before, '')} to {_amount(scenario, after)}"
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


def _whole(scenario: Scenario) -> float:
    return 1.0 if scenario.unit == "share" else float(scenario.cases_per_day)


def _step(scenario: Scenario) -> float:
    """Bounds are offered in tenths of a per cent, or in whole cases."""
    return 0.001 if scenario.unit == "share" else 1.0


def _cases_a_day(share: float, day: int) -> int:
    return int(np.floor(share * day + 1e-6))


def _amount(scenario: Scenario, value: float, unit: str = " cases a day") -> str:
    if scenario.unit == "share":
        return f"{value:.1%}"
    return f"{value:,.0f}{unit}" if abs(value - round(value)) < 1e-6 else f"{value:,.1f}{unit}"
