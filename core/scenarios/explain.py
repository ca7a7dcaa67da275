"""Why a case goes to its agent: every agent's expected correctness, price and rules.

Nothing here uses the ground truth: a reason must have been known when the case arrived.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from core.allocation.routing import able_agents
from core.dataset.agent_names import called, whose
from core.scenarios.guards import guard_words, permitted
from core.scenarios.reasons import NARROW, drawn, goes_to, kept_away
from core.scenarios.scores import CaseScores
from core.scenarios.solution import Solution

_EQUAL = 1e-6  # as wide as the jitter that splits ties in `core.allocation.routing`
_SHOWN = 0.05  # percentage points; less is shown as 0.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Explained:
    """What decided some cases.

    Attributes:
      solution: whose prices and rules decide. cases: the model's scores of them.
      chosen: agent per case, −1 for nobody.
      net: v − μ, expected correctness minus the price; −inf where the agent cannot get the case.
      barred: per guard rule, the (case, agent) pairs it forbids.
      margin: how far the chosen agent's `net` is ahead of the next best, in accuracy; NaN where
        no other agent, or no agent, can get the case.
      rival: the agent a reader asks about: another one that can get the case and is expected to be
        right more often than the chosen one, else the next best; −1 for none.
      kept_away: the agent that would have got the case but for a guard rule; −1 for none.
    """

    solution: Solution
    cases: CaseScores
    chosen: Int[np.ndarray, " n"]
    net: Float[np.ndarray, "n K"]
    barred: Bool[np.ndarray, "G n K"]
    margin: Float[np.ndarray, " n"]
    rival: Int[np.ndarray, " n"]
    kept_away: Int[np.ndarray, " n"]

    @property
    def expected(self) -> Float[np.ndarray, " n"]:
        """Expected correctness of the chosen agent; NaN where nobody may take the case."""
        value = self.cases.value[np.arange(len(self.chosen)), self.chosen].astype(float)
        return np.where(self.chosen < 0, np.nan, value)

    def reason(self, case: int, *, brief: bool = False) -> str:
        """One line that names the deciding facts, without a full stop.

        Args:
          case: its index in `cases`.
          brief: mention that rules decide, not what they are: a table has little room.
        """
        names = self.solution.scenario.names
        mine, rival = int(self.chosen[case]), int(self.rival[case])
        if mine < 0:
            rules = [w for k in range(len(names)) for w in self._rules(case, k)]
            why = f": {'; '.join(dict.fromkeys(rules))}" if rules and not brief else ""
            return f"Nobody on duty may take this case{why}"
        away = int(self.kept_away[case])
        main = self._main(case, mine, rival)
        if away < 0:
            return main
        rule = "" if brief else "; ".join(self._rules(case, away))
        return kept_away(names[away], rule, main)

    def reasons(
        self, cases: Sequence[int] | Int[np.ndarray, " m"], *, brief: bool = False
    ) -> list[str]:
        """`reason` of some cases."""
        return [self.reason(int(case), brief=brief) for case in cases]

    def agents(self, case: int) -> pd.DataFrame:
        """All agents on one case: agent, expected, price, net, chosen, barred.

        `barred` says in words what keeps the agent from the case, with `net` NaN; empty where
        nothing does.
        """
        scenario, prices = self.solution.scenario, self.solution.prices
        net = self.net[case]
        return pd.DataFrame(
            {
                "agent": list(scenario.names),
                "expected": self.cases.value[case].astype(float),
                "price": np.where(prices.allowed, prices.prices, np.nan),
                "net": np.where(np.isfinite(net), net, np.nan),
                "chosen": np.arange(len(net)) == self.chosen[case],
                "barred": [self._barred(case, k) for k in range(len(net))],
            }
        )

    def _barred(self, case: int, agent: int) -> str:
        terms = self.solution.scenario.terms[agent]
        if not terms.on_duty:
            return "off duty"
        if rules := self._rules(case, agent):
            return "; ".join(rules)
        return "" if np.isfinite(self.net[case, agent]) else "its bounds allow it no cases"

    def _rules(self, case: int, agent: int) -> list[str]:
        guards = self.solution.scenario.guards
        return [guard_words(guards[g]) for g in np.flatnonzero(self.barred[:, case, agent])]

    def _main(self, case: int, mine: int, rival: int) -> str:
        names, value = self.solution.scenario.names, self.cases.value[case]
        own = float(value[mine])
        if rival < 0:
            return goes_to(names[mine], own)
        if self.margin[case] <= _EQUAL:
            near = self.net[case] >= self.net[case, mine] - _EQUAL
            return drawn(names[mine], [names[k] for k in np.flatnonzero(near) if k != mine])
        said = goes_to(names[mine], own, names[rival], float(value[rival]))
        return said + self._prices(mine, rival) + self._narrow(case, mine, rival)

    def _prices(self, mine: int, rival: int) -> str:
        """The prices of the two agents, where they are not zero."""
        points = 100.0 * self.solution.prices.prices
        priced = [k for k in (mine, rival) if abs(points[k]) >= _SHOWN]
        if len(priced) == 2 and abs(points[mine] - points[rival]) < _SHOWN:
            return f", both at a price of {_points(points[mine])}"
        if any(not self._sign_fits(k) for k in priced):
            ahead = points[rival] - points[mine]
            who = called(self.solution.scenario.names[rival if ahead > 0 else mine])
            return f", at a price per case that is {_points(abs(ahead))} higher for {who}"
        if len(priced) == 2 and min(points[priced]) > 0 and self.solution.scenario.fatigue is None:
            return (
                f", minus the prices of their time, {_signed(points[mine])} and "
                f"{_points(points[rival])}"
            )
        return "".join(f", {self._price(k, points[k])}" for k in priced)

    def _sign_fits(self, agent: int) -> bool:
        """Whether the bounds, or fatigue, can be the reason for an agent's price."""
        solution = self.solution
        if solution.prices.prices[agent] < 0:
            return bool(solution.lower[agent] > 0)
        fatigue = solution.scenario.fatigue is not None
        return bool(solution.upper[agent] < 1) or (fatigue and solution.prices.consistent)

    def _price(self, agent: int, points: float) -> str:
        """One agent's price and what it is for."""
        solution, name = self.solution, self.solution.scenario.names[agent]
        if points < 0:
            return f"plus {_points(-points)} for {called(name)} to reach its minimum"
        if solution.scenario.fatigue is None:
            return f"minus the price of {whose(name)} time, {_points(points)}"
        if solution.upper[agent] >= 1:
            return f"minus the cost of {whose(name)} fatigue, {_points(points)}"
        return f"minus the price of {whose(name)} time, fatigue included, {_points(points)}"

    def _narrow(self, case: int, mine: int, rival: int) -> str:
        """Added where the rounded figures would not explain the choice."""
        ahead = float(self.net[case, mine] - self.net[case, rival])
        return NARROW if 100 * ahead < 2 * _SHOWN else ""


def explain(
    solution: Solution,
    cases: CaseScores,
    classes: Sequence[str],
    chosen: Int[np.ndarray, " n"],
) -> Explained:
    """What decided each case.

    Args:
      solution: whose prices and rules decide.
      cases: the test cases, or any others.
      classes: names of the model's classes.
      chosen: agent of each: `solution.chosen`, or what `assign` returns for other cases.
    """
    n, rows = len(cases), np.arange(len(cases))
    scenario = solution.scenario
    free = permitted(replace(scenario, guards=()), cases, classes)
    barred = np.zeros((len(scenario.guards), *free.shape), bool)
    may = free.copy()
    for g, guard in enumerate(scenario.guards):
        ok = permitted(replace(scenario, guards=(guard,)), cases, classes)
        barred[g] = free & ~ok
        may &= ok
    price = solution.prices.prices
    score = np.where(np.isfinite(cases.value), cases.value, -np.inf).astype(float) - price
    able = able_agents(solution.prices.allowed, may)
    net = np.where(able, score, -np.inf)
    placed = chosen >= 0
    own = np.where(placed, net[rows, chosen], np.nan)
    rest = net.copy()
    rest[rows[placed], chosen[placed]] = -np.inf
    second = rest.max(1) if n else np.zeros(0)
    known = placed & np.isfinite(second) & np.isfinite(own)
    margin = np.full(n, np.nan)
    margin[known] = own[known] - second[known]
    # A reader asks "why not the most accurate agent?" before "who came second?".
    better = np.where(np.isfinite(rest), cases.value, -np.inf)
    best = better.argmax(1) if n else np.zeros(0, int)
    more_accurate = known & (better[rows, best] > cases.value[rows, chosen])
    rival = np.where(more_accurate, best, rest.argmax(1) if n else 0)
    wanted = np.where(free & solution.prices.allowed, score, -np.inf)
    first = wanted.argmax(1) if n else np.zeros(0, int)
    kept = np.asarray(barred.any(axis=0))
    lost = placed & kept[rows, first] & (wanted[rows, first] > own + _EQUAL)
    return Explained(
        solution=solution,
        cases=cases,
        chosen=chosen,
        net=net,
        barred=barred,
        margin=margin,
        rival=np.where(known, rival, -1),
        kept_away=np.where(lost, first, -1),
    )


def _points(points: float) -> str:
    text = _signed(points)
    return f"{text} {'point' if text == '1.0' else 'points'}"


def _signed(points: float) -> str:
    return f"{points:.1f}".replace("-", "\u2212")
