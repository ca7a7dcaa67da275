"""Training settings as query parameters of the Train page, and the agents' part read back.

A link names agents by their position in the data set, never by name: it stays short with hundreds
of experts, and nobody's name is in it. The first letters of the set's content hash stand before
the positions, so a link that meets another data set is passed over instead of misread.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app import queries
from core.base.numbers import number
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AI, AnnotationSet

STEPS = (5, 10, 20, 25)  # per cent between targets that the form offers
MOST_MISSING = 95  # per cent that the slider for all experts takes away at most
DEFAULT = "default"  # in a link: the network's and the method's own number
CHECKED = 8  # letters of the content hash that a link holds
_WHO = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")
_EXACT = 12  # decimals of a share: hundreds of equal shares still add up to everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """What the form says of one agent.

    Attributes:
      least: least share of the cases, per cent. greatest: greatest share, per cent.
      on: whether the agent takes cases at all.
      away: share of the own train annotations to take away, per cent; None: as for everyone.
    """

    least: float = 0.0
    greatest: float = 100.0
    on: bool = True
    away: float | None = None


Agents = dict[str, Agent]


def params(config: TrainConfig, data_id: str | None) -> dict[str, str]:
    """Query parameters with which the Train page shows exactly these settings.

    Every setting is named, the defaults too: what the page remembers from before gives way.

    Args:
      config: the settings.
      data_id: `Entry.id` of their data set; None when it is no longer there, and then what is
        said of single agents is left out.
    """
    data = None if data_id is None else queries.dataset(data_id)
    link = {
        "method": config.method,
        **_wanted(config),
        "missing": "0",
        "missing_by": "all",
        "seeds": str(config.seeds),
        "epochs": str(config.epochs),
        "seed": str(config.seed),
        "network": config.network,
        "expert_networks": config.expert_networks,
        "learning_rate": _rate(config.learning_rate),
        "weight_decay": _rate(config.weight_decay),
        "batch_size": str(config.batch_size),
        "hidden": ", ".join(map(str, config.hidden)),
    }
    link |= {name: str(value) for name, value in config.settings}
    if data is None or data.ai_probabilities is not None:
        link["ai_kind"] = config.ai
    if by_expert(config):
        link["missing_by"] = "each"
    else:
        link["missing"] = str(round(100 * config.missing_rate))
    if data_id is not None and data is not None:
        link |= {"data": data_id, "agents": write_agents(agents_of(config, data), data)}
    return link


def by_expert(config: TrainConfig) -> bool:
    """Whether the form shows the missing rate per expert: it differs, or is no whole per cent."""
    per_cent = 100 * config.missing_rate
    whole = abs(per_cent - round(per_cent)) < 1e-9 and per_cent <= MOST_MISSING
    return bool(config.missing_rates) or not whole


def agents_of(config: TrainConfig, data: AnnotationSet) -> Agents:
    """What the settings say of every agent of the set."""
    lower, upper = dict(config.lower), dict(config.upper)
    own = by_expert(config)
    found = {}
    for name, rate in zip(data.agents, (*config.rates(data.experts), 0.0), strict=True):
        least, greatest = lower.get(name, 0.0), upper.get(name, 1.0)
        wanted = config.bounded and name in upper
        off = name in config.off_duty or greatest <= 0
        off = off or (name in data.excluded_experts and not wanted)
        away = _per_cent(rate) if own and name != AI else None
        agent = Agent(away=away, on=False)
        if not off:
            agent = Agent(least=_per_cent(least), greatest=_per_cent(greatest), away=away)
        found[name] = agent
    return found


def bounds_of(agents: Mapping[str, Agent], data: AnnotationSet) -> dict[str, tuple]:
    """The settings `lower` and `upper` for own bounds: the AI, and whoever is not free.

    An agent that is off has a greatest share of 0; experts say so by `off_duty` instead.
    """
    lower, upper = {}, {}
    for name, agent in agents.items():
        if not agent.on and name != AI:
            continue
        if name == AI or agent.least > 0:
            lower[name] = share(agent.least) if agent.on else 0.0
        # One who annotated no train case takes part only when named.
        if name == AI or agent.greatest < 100 or name in data.excluded_experts:
            upper[name] = share(agent.greatest) if agent.on else 0.0
    return {"lower": tuple(sorted(lower.items())), "upper": tuple(sorted(upper.items()))}


def share(per_cent: float) -> float:
    """A share in [0, 1] of per cent."""
    return round(per_cent / 100, _EXACT)


def default_agents(data: AnnotationSet) -> Agents:
    """Everybody free and on duty, but who annotated no train case."""
    return {name: Agent(on=name not in data.excluded_experts) for name in data.agents}


def write_agents(agents: Mapping[str, Agent], data: AnnotationSet) -> str:
    """Every agent that differs from the default: `1a2b3c4d_0-2~l5~g20_4~x`."""
    usual = default_agents(data)
    texts = [_write(agents[name], usual[name]) for name in data.agents]
    return "_".join([data.content_hash[:CHECKED], *grouped(texts)])


def read_agents(text: str, data: AnnotationSet) -> Agents:
    """The agents that `write_agents` wrote.

    Raises:
      ValueError: the text is of another data set, or nothing that was written here.
    """
    check, *parts = text.split("_")
    if check != data.content_hash[:CHECKED]:
        raise ValueError("a link of another data set")
    agents = default_agents(data)
    names = data.agents
    for part in parts:
        who, *marks = part.split("~")
        for name in names[places(who, len(names))]:
            agents[name] = _marked(agents[name], marks, is_ai=name == AI)
    return agents


def grouped(texts: Sequence[str]) -> Iterator[str]:
    """What a link says of places in a row, those that say the same together: `0-2~l5`."""
    groups: list[tuple[int, int, str]] = []
    for place, text in enumerate(texts):
        if groups and groups[-1][2] == text:
            groups[-1] = (groups[-1][0], place, text)
        else:
            groups.append((place, place, text))
    for first, last, text in groups:
        if text:
            yield f"{first}~{text}" if first == last else f"{first}-{last}~{text}"


def places(who: str, count: int) -> slice:
    """The places that a group of `grouped` is about.

    Raises:
      ValueError: there are no such places among `count`.
    """
    match = _WHO.fullmatch(who)
    first = int(match[1]) if match else -1
    last = int(match[2] or first) if match else -1
    if not 0 <= first <= last < count:
        raise ValueError(f"no agents {who!r}")
    return slice(first, last + 1)


def _write(agent: Agent, usual: Agent) -> str:
    marks = []
    if agent.on != usual.on:
        marks.append("o" if agent.on else "x")
    if agent.least > 0:
        marks.append(f"l{agent.least:.12g}")
    if agent.greatest < 100:
        marks.append(f"g{agent.greatest:.12g}")
    if agent.away is not None:
        marks.append(f"m{agent.away:.12g}")
    return "~".join(marks)


def _marked(agent: Agent, marks: Iterable[str], *, is_ai: bool) -> Agent:
    for mark in marks:
        kind, said = mark[:1], mark[1:]
        if kind in ("o", "x") and not said:
            agent = replace(agent, on=kind == "o")
            continue
        value = number(said)
        if not 0 <= value <= 100:
            raise ValueError(f"no share: {said!r}")
        if kind == "l":
            agent = replace(agent, least=value)
        elif kind == "g":
            agent = replace(agent, greatest=value)
        elif kind == "m" and value < 100 and not is_ai:
            agent = replace(agent, away=value)
        else:
            raise ValueError(f"no mark {mark!r}")
    return agent


def _wanted(config: TrainConfig) -> dict[str, str]:
    """What the AI is to take: own bounds, a range of targets, or a list of them."""
    if config.bounded:
        return {"by": "bounds"}
    targets = [_per_cent(c) for c in config.coverage]
    low, high = round(targets[0]), round(targets[-1])
    for step in (10, *STEPS):
        if [*range(low, high, step), high] == targets:
            wanted = {"by": "targets", "ai": f"{low}-{high}", "step": str(step)}
            return wanted | {"humans": config.humans}
    shares = ", ".join(f"{t:.12g}" for t in targets)
    return {"by": "list", "shares": shares, "humans": config.humans}


def _rate(value: float | None) -> str:
    return DEFAULT if value is None or not math.isfinite(value) else repr(value)


def _per_cent(value: float) -> float:
    """Per cent without the dust of binary fractions: 0.07 → 7."""
    return round(100 * value, _EXACT - 2)
