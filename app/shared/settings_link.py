"""Training settings as query parameters of the Train page, and reading the agents' part.

A link identifies agents by their position in the data set, not by name: it stays short with
hundreds of experts and contains no names. It starts with the first letters of the set's content
hash, so it is ignored with another data set instead of misread.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.shared import data_queries
from core.base.numbers import number
from core.config.bounds import Bounds
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AI, AnnotationSet
from core.scenarios.agent_bounds import MARKS, AgentBounds, read_marks, write_marks
from core.scenarios.amount import Amount

STEPS = (5, 10, 20, 25)  # per cent between targets that the form offers
MOST_MISSING = 95  # per cent that the slider for all experts removes at most
DEFAULT = "default"  # in a link: the network's and the method's own number
CHECKED = 8  # letters of the content hash that a link holds
_WHO = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")
_MARKS = {**MARKS, "m": "away"}
EXACT = 12  # decimals of a share: hundreds of equal shares still add up to everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(AgentBounds):
    """The form's settings of one agent; bounds are shares.

    Attributes:
      away: share of the own train annotations to remove, per cent; None: as for everyone.
    """

    away: float | None = None


Agents = dict[str, Agent]


def params(config: TrainConfig, data_id: str | None) -> dict[str, str]:
    """Query parameters with which the Train page shows exactly these settings.

    Every setting is included, also defaults, to overrule what the page remembers.

    Args:
      config: the settings.
      data_id: `Entry.id` of their data set; None when it is no longer there, which leaves out the
        settings of single agents.
    """
    data = None if data_id is None else data_queries.dataset(data_id)
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
        "curve": config.curve,
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
    """The settings of every agent of the set."""
    bounds, own = config.bounds or Bounds(), by_expert(config)
    off = {*config.off_duty, *(set(data.excluded_experts) - set(dict(bounds.upper)))}
    found = {}
    rates = (*config.rates(data.experts), 0.0)
    for name, rate, (low, up) in zip(data.agents, rates, bounds.of(data.agents), strict=True):
        away = per_cent(rate) if own and name != AI else None
        agent = Agent(away=away, on_duty=False)
        if name not in off and up > 0:
            agent = Agent(minimum=Amount(low), maximum=None if up >= 1 else Amount(up), away=away)
        found[name] = agent
    return found


def amount(shown: float) -> Amount:
    """A share of the cases that is shown in per cent."""
    return Amount(round(shown / 100, EXACT))


def maximum(shown: float) -> Amount | None:
    """The same of a maximum: 100 % is no limit."""
    return None if shown >= 100 else amount(shown)


def default_agents(data: AnnotationSet) -> Agents:
    """No bounds, and on duty except experts who annotated no train case."""
    return {name: Agent(on_duty=name not in data.excluded_experts) for name in data.agents}


def write_agents(agents: Mapping[str, Agent], data: AnnotationSet) -> str:
    """Every agent that differs from the default: `1a2b3c4d_0-2~l5~g20_4~x`."""
    usual = default_agents(data)
    texts = [write_marks(agents[name], usual[name], _MARKS, _value) for name in data.agents]
    return "_".join([data.content_hash[:CHECKED], *grouped(texts)])


def read_agents(text: str, data: AnnotationSet) -> Agents:
    """The agents that `write_agents` wrote.

    Raises:
      ValueError: the text is of another data set, or nothing that was written here.
    """
    agents = default_agents(data)
    names = data.agents
    for part in parts_of(text, data):
        who, *marks = part.split("~")
        for name in names[places(who, len(names))]:
            agents[name] = read_marks(agents[name], marks, _MARKS, _read_value)
    if agents[AI].away is not None:
        raise ValueError("the AI annotated nothing")
    return agents


def parts_of(text: str, data: AnnotationSet) -> list[str]:
    """The parts of a link's text about a data set.

    Raises:
      ValueError: the text is of another data set.
    """
    check, *parts = text.split("_")
    if check != data.content_hash[:CHECKED]:
        raise ValueError("a link of another data set")
    return parts


def grouped(texts: Sequence[str]) -> Iterator[str]:
    """A link's texts per position, with equal neighbours combined: `0-2~l5`."""
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


def _value(value: float | Amount) -> str:
    return f"{value if isinstance(value, float) else per_cent(value.value):.12g}"


def _read_value(name: str, said: str) -> float | Amount | None:
    value = number(said)
    if not 0 <= value <= 100 or (name == "away" and value == 100):
        raise ValueError(f"no share: {said!r}")
    return value if name == "away" else maximum(value) if name == "maximum" else amount(value)


def _wanted(config: TrainConfig) -> dict[str, str]:
    """The targets: own bounds, a range, or a list."""
    if config.bounded:
        return {"by": "bounds"}
    targets = [per_cent(c) for c in config.coverage]
    low, high = round(targets[0]), round(targets[-1])
    for step in (10, *STEPS):
        if [*range(low, high, step), high] == targets:
            wanted = {"by": "targets", "ai": f"{low}-{high}", "step": str(step)}
            return wanted | {"humans": config.humans}
    shares = ", ".join(f"{t:.12g}" for t in targets)
    return {"by": "list", "shares": shares, "humans": config.humans}


def _rate(value: float | None) -> str:
    return DEFAULT if value is None or not math.isfinite(value) else repr(value)


def per_cent(value: float) -> float:
    """A share in per cent without binary rounding errors: 0.07 → 7."""
    return round(100 * value, EXACT - 2)
