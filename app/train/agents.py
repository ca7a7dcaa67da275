"""What is set for single agents, which all controls of the page read and change."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from app.shared import settings_link, state
from app.shared.agent_record import AgentRecord, AgentTables, clipped
from app.shared.settings_link import Agent, Agents
from core.dataset.annotation_set import AI, AnnotationSet
from core.scenarios.agent_bounds import BOUNDS
from core.scenarios.amount import NOTHING, Amount

_EMPTY = {"minimum": 0.0, "maximum": 100.0, "away": 0.0}  # per cent, of an emptied cell


def adopt(data: AnnotationSet) -> Agents:
    """The record at the start of a page's run: from a new link, or as it was left."""
    if state.left_out(_RECORD.link):
        _RECORD.put(data, _RECORD.usual(data))
    _RECORD.known(data)
    refresh(data)
    return agents(data)


def publish(data: AnnotationSet) -> None:
    """Mirrors the record to the URL."""
    _RECORD.publish(data, _RECORD.write(_RECORD.usual(data), data))


def change(
    data: AnnotationSet, names: Iterable[str], changed: Callable[[str, Agent], Agent]
) -> None:
    """Changes some agents from anywhere but a table."""
    _TABLES.change(data, lambda record: record | {n: changed(n, record[n]) for n in names})


def on_duty(data: AnnotationSet) -> list[str]:
    """Agents on duty, the AI last."""
    return [name for name, agent in agents(data).items() if agent.on_duty]


def put_on_duty(data: AnnotationSet, names: Iterable[str], on: bool) -> None:
    """Puts agents on duty, or off it."""
    change(data, names, lambda _, agent: replace(agent, on_duty=on))


def free(data: AnnotationSet) -> None:
    """Anyone on duty may get any share."""
    change(data, on_duty(data), lambda _, agent: replace(agent, minimum=NOTHING, maximum=None))


def balance(data: AnnotationSet) -> None:
    """Every expert on duty gets an equal share of what the AI leaves, (1 − c)/M."""
    refresh(data)
    record = agents(data)
    experts = [name for name in on_duty(data) if name != AI]
    count = max(len(experts), 1)
    high, low = (round((1.0 - share) / count, settings_link.EXACT) for share in record[AI].shares())
    change(data, experts, lambda _, a: replace(a, minimum=Amount(low), maximum=Amount(high)))


def moved(agent: Agent, bound: str, shown: float) -> Agent:
    """The agent with one bound moved to per cent; the other gives way where they would cross."""
    to = settings_link.amount(shown) if bound == "minimum" else settings_link.maximum(shown)
    return agent.moved(bound, to)


def shown(agent: Agent) -> tuple[float, float]:
    """Minimum and maximum in per cent."""
    return _cell({}, agent, "minimum"), _cell({}, agent, "maximum")


def _edited(_: Agents, agent: Agent, column: str, value: Any) -> Agent:
    per_cent = clipped(value, 99.0 if column == "away" else 100.0, _EMPTY[column])
    return moved(agent, column, per_cent) if column in BOUNDS else replace(agent, away=per_cent)


def _cell(_: Agents, agent: Agent, column: str) -> Any:
    value = getattr(agent, column)
    if isinstance(value, Amount):
        return settings_link.per_cent(value.value)
    return _EMPTY[column] if value is None else value


_RECORD: AgentRecord[Agents] = AgentRecord(
    place="agents",
    link="agents",
    usual=settings_link.default_agents,
    read=settings_link.read_agents,
    write=settings_link.write_agents,
)
_TABLES: AgentTables[Agents, Agent] = AgentTables(
    record=_RECORD,
    columns={"bounds": ("on_duty", *BOUNDS), "away": ("away",)},
    of=lambda record, name: record[name],
    having=lambda record, name, agent: record | {name: agent},
    cell=_cell,
    edited=_edited,
)
agents, key = _RECORD.now, _RECORD.key
table, frame, refresh = _TABLES.table, _TABLES.frame, _TABLES.merge
