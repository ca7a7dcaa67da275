r"""Fatigue: beyond a comfortable load an agent's accuracy falls along an assumed curve.

An assumption, not a finding. When a reader has already read L > c cases that day, c being the
comfortable load, the next case is decided correctly with a probability lower by
t/100 · 10 (L − c)/c, t the percentage points lost per 10 % beyond c. Accuracy never falls below
guessing: an agent that is right in a share a of the cases when rested, by the model's expectation
on the validation cases, loses at most a − 1/C with C classes, and nothing where that is below 0
(`most_lost`).

Cases come in random order, so each of an agent's cases loses the mean over the day, and one more
case a day loses what the last one does: the curve itself is the marginal loss, which enters the
allocation as a price.
"""

import numpy as np
from jaxtyping import Float

from core.allocation.costs import NEVER, Costs
from core.scenarios.scores import Scores
from core.scenarios.settings import Scenario


def curves_of(scenario: Scenario, maximum: Float[np.ndarray, " K"]) -> Costs:
    """The loss curves a scenario assumes: flat without fatigue or without a comfortable load.

    Args:
      scenario: the assumptions.
      maximum: accuracy each agent can lose (`most_lost`), shares in [0, 1].
    """
    points = scenario.fatigue or 0.0
    tires = [
        points > 0 and t.comfortable is not None and k < len(scenario.agents) - 1
        for k, t in enumerate(scenario.terms)
    ]
    comfortable = np.array([t.comfortable or 0.0 for t in scenario.terms])
    # With a comfortable load of 0 already the first case is a guess.
    comfortable = np.where(tires, np.maximum(comfortable, 1e-6), NEVER)
    slope = np.where(tires, points / 10.0 / comfortable, 0.0)
    return Costs(comfortable, slope, scenario.cases_per_day, np.asarray(maximum, float))


def most_lost(scores: Scores) -> Float[np.ndarray, " K"]:
    """Accuracy each agent can lose before it is as good as guessing, 1 of C classes.

    Args:
      scores: of a model; expected correctness on its validation cases is each agent's accuracy
        when rested.

    Returns:
      Shares in [0, 1 − 1/C]; 0 for an agent no better than guessing.
    """
    return np.clip(scores.fresh - 1.0 / len(scores.classes), 0.0, 1.0)


def curve_points(
    scenario: Scenario, agent: str, maximum: Float[np.ndarray, " K"], points: int = 101
) -> tuple[Float[np.ndarray, " P"], Float[np.ndarray, " P"], Float[np.ndarray, " P"]]:
    """The curve of one agent for plotting, from no cases to all of a day's.

    Args:
      scenario: the assumptions.
      agent: its name.
      maximum: accuracy each agent can lose (`most_lost`).
      points: how many.

    Returns:
      Cases a day; accuracy lost on the next case at that load; the mean loss of a day of that
      load. Losses are shares in [0, 1].
    """
    curves, place = curves_of(scenario, maximum), scenario.names.index(agent)
    load = np.linspace(0.0, scenario.cases_per_day, points)
    loads = np.repeat(load[:, None], len(scenario.agents), axis=1)
    return load, curves.at(loads)[:, place], curves.mean(loads)[:, place]
