"""Workloads as bars: what every agent does, its bounds, and the words beside them."""

from dataclasses import dataclass

from app.shared import words
from app.shared.amounts import amount
from app.shared.operating_point import OperatingPoint
from core.scenarios.answer import AgentAnswer, Answer
from core.scenarios.settings import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The workload of one agent, all numbers in one unit.

    Attributes:
      agent: its name. place: its position among the agents.
      value: its workload. interval: 95 % of it; None draws no interval.
      lower: its minimum. upper: its maximum; None where there is no such bound.
      whole: what all cases are.
      before: its workload in the baseline, None where there is none.
      outside: whether it breaches its bounds by more than chance.
      text: the workload in words. bounds: its bounds in words, in the units they were set in.
      more: what else is drawn, in words.
    """

    agent: str
    place: int = 0
    value: float
    interval: tuple[float, float] | None
    lower: float | None
    upper: float | None
    whole: float = 1.0
    before: float | None = None
    outside: bool = False
    text: str
    bounds: str
    more: str = ""

    @property
    def said(self) -> str:
        """Agent, workload and bounds in one line."""
        return f"{self.agent}: {', '.join(dict.fromkeys((self.text, self.bounds)))}"

    @property
    def hover(self) -> str:
        """All of it in words, shown when somebody points at the bar."""
        return f"{self.said}{f'; {self.more}' if self.more else ''}"

    @property
    def breach(self) -> str:
        """Which bound is breached, in words; empty where all are met."""
        above = self.upper is not None and self.value > self.upper
        return ("above its maximum" if above else "below its minimum") if self.outside else ""


def of_answer(answer: Answer, unit: str) -> list[Bar]:
    """The workloads of a scenario.

    Args:
      answer: to the scenario.
      unit: of `app.shared.amounts.UNITS`.
    """
    bars = []
    workloads = zip(answer.agents, answer.baseline.workload, strict=True)
    for place, (agent, before) in enumerate(workloads):
        by = _unit_of(agent, answer.scenario, unit)
        low, high = (by * end for end in agent.coming)
        then = by * float(before)
        more = []
        if high > 0:
            more.append(f"of the coming cases {amount(low, unit)} to {amount(high, unit)} (95 %)")
        if then > 0:
            more.append(f"compared with {amount(then, unit)}")
        bars.append(
            Bar(
                agent=words.marked(agent.name, answer.baseline.scores.machines),
                place=place,
                value=by * agent.share,
                interval=(low, high) if high > 0 else None,
                lower=by * agent.lower if agent.on_duty and agent.lower > 0 else None,
                upper=by * agent.upper if agent.on_duty and agent.upper < 1 else None,
                whole=by,
                before=then if then > 0 else None,
                outside=agent.outside,
                text=amount(by * agent.share, unit) if agent.on_duty else "off duty",
                bounds=bounds_words(agent, answer.scenario),
                more="; ".join(more),
            )
        )
    return bars


def total(answer: Answer, unit: str) -> str:
    """What all agents do together, to follow the unit; empty where that says nothing."""
    whole = {"minutes": answer.minutes, "cost": answer.cost}.get(unit)
    return "" if whole is None else f", {amount(whole, unit)} in all"


def of_point(point: OperatingPoint) -> list[Bar]:
    """The workloads at an operating point, in shares."""
    bars = []
    for place, row in enumerate(point.agents.itertuples()):
        some = row.share_high > 0  # NaN where there is no interval
        interval = f"95 % interval {100 * row.share_low:.1f}–{words.percent(row.share_high)}"
        bars.append(
            Bar(
                agent=row.shown,
                place=place,
                value=row.share,
                interval=(row.share_low, row.share_high) if some else None,
                lower=row.lower if row.lower > 0 else None,
                upper=row.upper if row.upper < 1 else None,
                outside=bool(row.breach),
                text=words.percent(row.share),
                bounds=words.bounds_text(row.lower, row.upper),
                more=interval if some else "",
            )
        )
    return bars


def bounds_words(agent: AgentAnswer, scenario: Scenario) -> str:
    """An agent's bounds as they were set: `at most 60 cases a day`, `20.0–40.0 %`, `off duty`."""
    if not agent.on_duty:
        return "off duty"
    return words.range_words(scenario, dict(scenario.agents)[agent.name])


def _unit_of(agent: AgentAnswer, scenario: Scenario, unit: str) -> float:
    """What all cases are for an agent in a unit."""
    day, terms = scenario.cases_per_day, dict(scenario.agents)[agent.name]
    each = {"share": 1.0, "cases": day, "minutes": day * terms.minutes, "cost": day * terms.cost}
    return float(each[unit])
