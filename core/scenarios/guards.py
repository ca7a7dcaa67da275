"""Which agents may take a case: duty, maximum workloads of 0, and the guard rules."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from jaxtyping import Bool

from core.base.percents import percent
from core.dataset.annotation_set import AI
from core.dataset.group_names import group_name
from core.scenarios.scores import CaseScores
from core.scenarios.settings import (
    AINever,
    Guard,
    NoSuspects,
    ReadByExpert,
    Scenario,
    ScenarioError,
)


def permitted(
    scenario: Scenario, cases: CaseScores, classes: Sequence[str]
) -> Bool[np.ndarray, "n K"]:
    """Whether each agent may take each case.

    Args:
      scenario: who is on duty, and the guard rules.
      cases: of a model of the same agents.
      classes: names of the model's classes.

    Returns:
      False where the agent is off duty, has a maximum of 0, or a guard rule forbids it.

    Raises:
      ScenarioError: a guard rule names an expert, class or group column that does not exist, so it
        cannot be checked.
    """
    if cases.value.shape[1] != len(scenario.agents):
        raise ScenarioError(
            f"the scenario is for {len(scenario.agents)} agents, but the model has "
            f"{cases.value.shape[1]}; create the scenario again for this model"
        )
    if unknown := unknown_names(scenario, classes, scenario.names, cases.groups):
        raise ScenarioError(unknown)
    on = np.array([not t.idle for t in scenario.terms])
    may = np.repeat(on[None], len(cases), axis=0)
    for guard in scenario.guards:
        agent, hit = _forbids(guard, scenario, cases, list(classes))
        may[hit, agent] = False
    return may


def check_agents(scenario: Scenario, agents: Sequence[str]) -> None:
    """Checks that a scenario is for a model's agents.

    Raises:
      ScenarioError: it names different agents, or has them in a different order.
    """
    if scenario.names != tuple(agents):
        raise ScenarioError(
            f"the scenario is for {', '.join(scenario.names)}; the model's agents are "
            f"{', '.join(agents)}; create the scenario again for this model"
        )


def _forbids(
    guard: Guard, scenario: Scenario, cases: CaseScores, classes: list[str]
) -> tuple[int, Bool[np.ndarray, " n"]]:
    """The agent the rule is about and the cases it keeps from it.

    A NaN probability is not known to be small: such cases are kept away too.
    """
    ai = len(scenario.agents) - 1
    match guard:
        case AINever(risk=risk, calls=calls, above=above):
            likely = ~(cases.probabilities[:, classes.index(risk)] <= above)
            if calls is None:
                return ai, likely & (cases.ai_answer != classes.index(risk))
            return ai, likely & (cases.ai_answer == classes.index(calls))
        case ReadByExpert(column=column, value=value):
            return ai, np.asarray(cases.groups[column]).astype(str) == value
        case NoSuspects(expert=expert, suspect=suspect, above=above):
            likely = ~(cases.probabilities[:, classes.index(suspect)] <= above)
            return scenario.names.index(expert), likely


def guard_words(guard: Guard) -> str:
    """The rule in one sentence, without a full stop."""
    match guard:
        case AINever(risk=risk, calls=None, above=above):
            return (
                f"the AI never decides a case it calls anything but {risk} when the "
                f"probability of {risk} is above {percent(above)}"
            )
        case AINever(risk=risk, calls=calls, above=above):
            return (
                f"the AI never decides a case it calls {calls} when the probability of "
                f"{risk} is above {percent(above)}"
            )
        case ReadByExpert(column=column, value=value):
            return f"cases with {group_name(column)} {value} are always read by an expert"
        case NoSuspects(expert=expert, suspect=suspect, above=above):
            return (
                f"{expert} does not read cases whose probability of {suspect} is above "
                f"{percent(above)}"
            )


def unknown_names(
    scenario: Scenario,
    classes: Collection[str],
    agents: Collection[str],
    groups: Mapping[str, np.ndarray] | Collection[str],
) -> str | None:
    """A sentence on names in the scenario that the data set does not have.

    Args:
      scenario: from a link, a file or another data set.
      classes: names of the data set's classes.
      agents: names of its agents, the AI last.
      groups: its group columns.

    Returns:
      What was found, what was expected and what to do, or None where all names are known. Agents
      missing from the scenario are not covered; `permitted` refuses a different number of agents.
    """
    experts = [agent for agent in agents if agent != AI]
    if strange := [name for name in scenario.names if name not in agents]:
        return f"there is no agent {_listed(strange)}; the agents are {', '.join(agents)}"
    for number, guard in enumerate(scenario.guards, 1):
        place = f"guard rule {number} ({guard_words(guard)})"
        match guard:
            case AINever(risk=risk, calls=calls):
                strange = [c for c in (calls, risk) if c is not None and c not in classes]
            case NoSuspects(suspect=suspect, expert=expert):
                if expert not in experts:
                    return f"{place}: there is no expert {expert!r}; experts: {', '.join(experts)}"
                strange = [suspect] if suspect not in classes else []
            case ReadByExpert(column=column):
                strange = []
                if column not in groups:
                    known = ", ".join(groups) or "none"
                    return f"{place}: there is no group column {column!r}; group columns: {known}"
        if strange:
            return f"{place}: there is no class {_listed(strange)}; classes: {', '.join(classes)}"
    return None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
