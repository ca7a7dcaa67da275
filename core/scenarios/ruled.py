"""A scenario applied to new cases: who may take which, and how many each agent gets."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from core.allocation.problem import whole_cases
from core.base.report import clip
from core.dataset.agent_names import called
from core.dataset.group_names import PREFIX, is_group
from core.scenarios.feasible import crossing, shares
from core.scenarios.guards import check_agents, guard_words, permitted
from core.scenarios.room import NoRoomError
from core.scenarios.scores import CaseScores
from core.scenarios.settings import ReadByExpert, Scenario, ScenarioError

OUTSIDE = "outside the range of training"
_SHOWN = 5  # cases listed by id


@dataclass(frozen=True, eq=False, kw_only=True)
class Ruled:
    """A scenario applied to some new cases.

    Attributes:
      scenario: with the rules.
      cases: the model's scores of them, group columns under the names the rules use.
      free: whether the agent is on duty. barred: per guard rule, the (case, agent) pairs it
        forbids, of agents on duty.
      notes: warnings about the rules, in sentences.
    """

    scenario: Scenario
    cases: CaseScores
    free: Bool[np.ndarray, "n K"]
    barred: Bool[np.ndarray, "G n K"]
    notes: tuple[str, ...] = ()

    @property
    def may(self) -> Bool[np.ndarray, "n K"]:
        """Whether the agent may take the case: on duty, and nothing keeps it away."""
        return self.free & self.cases.may & ~np.asarray(self.barred.any(axis=0))

    @property
    def rules(self) -> tuple[str, ...]:
        """The guard rules in words."""
        return tuple(guard_words(guard) for guard in self.scenario.guards)

    @property
    def kept(self) -> Int[np.ndarray, " G"]:
        """Cases that each rule keeps from its agent."""
        return np.asarray(self.barred.any(axis=2).sum(axis=1))

    @property
    def off_duty(self) -> tuple[str, ...]:
        """Agents that get no cases: off duty, or with a maximum of 0."""
        return _off_duty(self.scenario)

    def words(self, case: int, agent: int) -> str:
        """What keeps an agent from a case; empty where nothing does."""
        if self.scenario.names[agent] in self.off_duty:
            return "off duty"
        if not self.cases.may[case, agent]:
            return OUTSIDE
        return "; ".join(self.rules[g] for g in np.flatnonzero(self.barred[:, case, agent]))

    def bounds(self) -> tuple[Int[np.ndarray, " K"], Int[np.ndarray, " K"]]:
        """Minimum and maximum number of these cases per agent, by the scenario's bounds.

        Shares are shares of these cases. Cases a day are kept as numbers: an expert who can read 60
        a day can read 60 of a longer list too.
        """
        n = len(self.cases)
        low, high = _counts(self.scenario, n)
        lower, upper = shares(self.scenario)
        lower = np.where(low < 0, lower, low / max(n, 1))
        upper = np.where(high < 0, upper, high / max(n, 1))
        minimum, maximum = whole_cases(np.minimum(lower, upper), upper, n)
        maximum = np.where(high < 0, maximum, high)
        # A minimum and maximum of 20.5 cases a day become 20.
        return np.minimum(np.where(low < 0, minimum, low), maximum), maximum

    def check_takers(self) -> None:
        """Checks that some agent may take every case.

        Raises:
          NoRoomError: rules and duty leave nobody for some; it names the rules and cases.
        """
        stuck = np.flatnonzero(~self.may.any(1))
        if not len(stuck):
            return
        blamed = np.flatnonzero(self.barred[:, stuck].any(axis=(1, 2)))
        ids = [clip(str(i), 40) for i in self.cases.case_ids[stuck[:_SHOWN]]]
        more = ", …" if len(stuck) > _SHOWN else ""
        rules = "; ".join(self.rules[g] for g in blamed)
        why = (
            f"guard rules leave nobody on duty for {len(stuck):,} of them ({', '.join(ids)}{more})"
        )
        if len(blamed):
            why += f": {rules}"
        else:
            why = "nobody is on duty"
        if not self.cases.may[stuck].all():
            why = self.cases.kept_words if not len(blamed) else f"{why}; {self.cases.kept_words}"
        minimum, maximum = self.bounds()
        raise NoRoomError(
            f"at most {len(self.may) - len(stuck):,} of {len(self.may):,} cases can be placed, "
            f"whatever the capacities: {why}. Put somebody on duty who may take them, or decide to "
            "drop a rule; rules are never dropped automatically",
            minimum,
            maximum,
            stuck,
        )


def rule_cases(
    scenario: Scenario, cases: CaseScores, agents: Sequence[str], classes: Sequence[str]
) -> Ruled:
    """Applies a scenario's guard rules and duties to new cases.

    Args:
      scenario: of the model's agents.
      cases: new ones, or any.
      agents: the model's, the AI last.
      classes: the model's.

    Raises:
      ScenarioError: the scenario is for other agents, names a class that the model does not have,
        or a rule is about a group column that the cases lack, so it cannot be checked.
    """
    check_agents(scenario, agents)
    cases = _renamed(scenario, cases)
    for number, guard in enumerate(scenario.guards, 1):
        if isinstance(guard, ReadByExpert) and guard.column not in cases.groups:
            found = ", ".join(cases.groups) or "none"
            raise ScenarioError(
                f"guard rule {number} ({guard_words(guard)}) needs the group of every new case; "
                f"the cases have no column '{column_name(guard.column)}' (group columns found: "
                f"{found}). Add it to the cases: the rule cannot be checked without it"
            )
    free = permitted(replace(scenario, guards=()), cases, classes)
    barred = np.zeros((len(scenario.guards), *free.shape), bool)
    for g, guard in enumerate(scenario.guards):
        barred[g] = free & ~permitted(replace(scenario, guards=(guard,)), cases, classes)
    return Ruled(
        scenario=scenario,
        cases=cases,
        free=free,
        barred=barred,
        notes=tuple(_notes(scenario, cases)),
    )


def permitted_so_far(
    ruled: Ruled, seen: CaseScores, classes: Sequence[str]
) -> tuple[Bool[np.ndarray, "v K"], tuple[str, ...]]:
    """Which agents may take each validation case, for fitting prices.

    Args:
      ruled: the rules.
      seen: the run's validation cases.
      classes: the model's.

    Returns:
      Permissions, and warnings: prices ignore rules about groups that the run did not store for
      these cases. The rules apply all the same.
    """
    seen = _renamed(ruled.scenario, seen)
    known = tuple(
        guard
        for guard in ruled.scenario.guards
        if not isinstance(guard, ReadByExpert) or guard.column in seen.groups
    )
    notes = tuple(
        f"the run did not store {guard.column} for its validation cases, so its prices ignore "
        f"that {guard_words(guard)}; the rule applies, but loads may miss the capacities by more"
        for guard in ruled.scenario.guards
        if guard not in known and isinstance(guard, ReadByExpert)
    )
    return permitted(replace(ruled.scenario, guards=known), seen, classes), notes


def with_scenario(plain: Mapping[str, Any], ruled: Ruled) -> dict[str, Any]:
    """Capacities as `worklist.capacities` reads them: as given, else by the scenario's bounds.

    Raises:
      ScenarioError: cases are requested for an agent that is off duty.
    """
    minimum, maximum = ruled.bounds()
    asked: dict[str, Any] = {
        name: [int(low), int(high)]
        for name, low, high in zip(ruled.scenario.names, minimum, maximum, strict=True)
    }
    for name in ruled.off_duty:
        if name in plain and not _nothing(plain[name]):
            raise ScenarioError(
                f"{called(name)} is off duty in the scenario, but has a capacity of "
                f"{clip(repr(plain[name]), 40)}; put {called(name)} on duty, or set it to 0"
            )
    return {**asked, **plain}


def column_name(group: str) -> str:
    """The name of a group's column in a table of new cases."""
    return group if is_group(group) else f"{PREFIX}{group}"


def _nothing(capacity: Any) -> bool:
    return capacity in (0, [0, 0], (0, 0), {"most": 0}, {"least": 0, "most": 0})


def _off_duty(scenario: Scenario) -> tuple[str, ...]:
    return tuple(name for name, t in scenario.agents if t.idle)


def _counts(scenario: Scenario, n: int) -> tuple[Int[np.ndarray, " K"], Int[np.ndarray, " K"]]:
    """Minimum and maximum of n cases where a bound is in cases a day; −1 where it is not."""
    low, high = np.full(len(scenario.names), -1), np.full(len(scenario.names), -1)
    for k, terms in enumerate(scenario.terms):
        if terms.idle:
            continue
        if terms.minimum.unit == "cases":
            low[k] = min(math.ceil(terms.minimum.value - 1e-6), n)
        if terms.maximum is not None and terms.maximum.unit == "cases":
            high[k] = min(math.floor(terms.maximum.value + 1e-6), n)
    return low, high


def _renamed(scenario: Scenario, cases: CaseScores) -> CaseScores:
    """Group columns under the rules' names, where they differ in capitals or `group_` alone."""
    groups = dict(cases.groups)
    for guard in scenario.guards:
        if not isinstance(guard, ReadByExpert) or guard.column in groups:
            continue
        wanted = column_name(guard.column).casefold()
        alike = [name for name in cases.groups if column_name(name).casefold() == wanted]
        if len(alike) == 1:
            groups[guard.column] = cases.groups[alike[0]]
    return replace(cases, groups=groups)


def _notes(scenario: Scenario, cases: CaseScores) -> list[str]:
    """Possible mistakes in the cases: groups of a rule that no case has, or blank groups."""
    notes = [
        f"of {called(name)}, {crossed} where there are {len(cases):,} cases; the maximum holds"
        for name, terms in scenario.agents
        if len(cases) and (crossed := crossing(terms, len(cases), (1 - 1e-6) / len(cases)))
    ]
    by_column: dict[str, list[str]] = {}
    for guard in scenario.guards:
        if isinstance(guard, ReadByExpert):
            by_column.setdefault(guard.column, []).append(guard.value)
    for column, values in by_column.items() if len(cases) else ():
        texts = np.asarray(cases.groups[column]).astype(str)
        for value in values:
            if not (texts == value).any():
                found = ", ".join(dict.fromkeys(clip(t, 20) for t in np.unique(texts)[:_SHOWN]))
                notes.append(
                    f"no new case has {column} {value}, which a guard rule is about (found: "
                    f"{found}); the spelling must match exactly"
                )
        blank = int((np.char.strip(texts) == "").sum())
        if blank and "" not in values:
            notes.append(
                f"{blank:,} of {len(texts):,} new cases have no {column}: rules about it do not "
                "apply to them"
            )
    return notes


def expected_right(value: Float[np.ndarray, "n K"], chosen: Int[np.ndarray, " n"]) -> float:
    """Number of right decisions that the model expects; cases of nobody count as 0."""
    placed = np.flatnonzero(chosen >= 0)
    return float(value[placed, chosen[placed]].astype(np.float64).sum())
