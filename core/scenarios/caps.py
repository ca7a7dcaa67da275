"""How well prices keep a maximum: the load to expect of each agent beside the maximum asked for."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import wilson
from core.evaluation.team import workload_cases
from core.scenarios.answer import Answer
from core.scenarios.promise import coming


@dataclass(frozen=True, slots=True, kw_only=True)
class CapDay:
    """An agent's maximum and the days to expect, all in cases a day.

    Attributes:
      name: of the agent.
      maximum: as set. exactly: whether the minimum is the same.
      mean: on average at these prices, with Wilson's 95 % interval: from the share of the test
        cases, which the prices have not seen. The share of the validation cases would be biased
        towards the maximum: prices are fitted to them.
      low: lower end of the 95 % prediction interval of one day's load. high: upper end. It is based
        on the validation cases and widened to contain the interval of the average.
    """

    name: str
    maximum: float
    exactly: bool
    mean: float
    mean_interval: tuple[float, float]
    low: int
    high: int

    @property
    def above(self) -> float:
        """Cases by which a day's load can exceed the maximum; 0 or less where it cannot."""
        return self.high - self.maximum


def cap_days(answer: Answer) -> tuple[CapDay, ...]:
    """Every agent on duty with a maximum below all cases, those that can exceed it most first.

    An agent with a maximum of 0 gets no cases and is left out.
    """
    day = answer.scenario.cases_per_day
    capped = [k for k, a in enumerate(answer.agents) if a.on_duty and 0 < a.upper < 1 - 1e-12]
    if not capped:
        return ()
    # For a day's cases, however many upcoming ones the rest of the answer is about.
    shares = np.array([a.coming for a in answer.agents])
    if answer.coming_cases != day:
        shares = coming(answer.solution, answer.outcome.scores, day)
    ends, scores = day * shares, answer.outcome.scores
    worth = workload_cases(answer.solution.chosen, len(answer.agents), scores.patients)
    rows = []
    for k in capped:
        agent = answer.agents[k]
        low, high = (day * end for end in wilson(agent.share * worth[k], worth[k]))
        rows.append(
            CapDay(
                name=agent.name,
                maximum=day * agent.upper,
                exactly=agent.upper - agent.lower < 1e-9,
                mean=agent.cases,
                mean_interval=(low, high),
                low=int(np.floor(min(ends[k, 0], low) + 1e-6)),
                high=int(np.ceil(max(ends[k, 1], high) - 1e-6)),
            )
        )
    return tuple(sorted(rows, key=lambda row: -row.above))
