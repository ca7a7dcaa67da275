r"""Tiredness: beyond a comfortable load an agent's accuracy falls by a stated curve.

An assumption, not a finding. A case read when its reader already has L > c cases that day, c the
comfortable load, is right with a probability lower by t/100 · 10 (L − c)/c, t the points lost
per 10 % beyond c. The loss ends at guessing: who is right in a share a of the cases when fresh,
by the model's own expectation on the validation cases, loses at most a − 1/C of C classes, and
nothing where that is below 0 (`most_lost`). However tired, nobody is worse than a guess.

Cases come in no special order, so each of an agent's cases loses the mean over the day, and one
more case a day loses what the last one does: the curve itself is the marginal loss, the price at
which the allocation knows of tiring.
"""

import numpy as np
from jaxtyping import Float

from core.allocation.costs import NEVER, Costs
from core.scenarios.scores import Scores
from core.scenarios.settings import Scenario


def curves_of(scenario: Scenario, most: Float[np.ndarray, " K"]) -> Costs:
    """The curves a scenario states; flat without tiring, for the AI and for who never tires.

    Args:
      scenario: that states them.
      most: accuracy each agent can lose (`most_lost`), shares in [0, 1].
    """
    points = scenario.tiring or 0.0
    tires = [
        points > 0 and t.comfortable is not None and k < len(scenario.agents) - 1
        for k, t in enumerate(scenario.terms)
    ]
    comfortable = np.array([t.comfortable or 0.0 for t in scenario.terms])
    # A comfortable load of nothing: the first case is a guess already.
    comfortable = np.where(tires, np.maximum(comfortable, 1e-6), NEVER)
    slope = np.where(tires, points / 10.0 / comfortable, 0.0)
    return Costs(comfortable, slope, scenario.cases_per_day, np.asarray(most, float))


def most_lost(scores: Scores) -> Float[np.ndarray, " K"]:
    """Accuracy each agent can lose before it is as good as guessing, 1 of C classes.

    Args:
      scores: of a model; expected correctness on its validation cases says how good everybody
        is when fresh.

    Returns:
      Shares in [0, 1 − 1/C]; 0 for who is no better than a guess.
    """
    return np.clip(scores.fresh - 1.0 / len(scores.classes), 0.0, 1.0)


def curve_points(
    scenario: Scenario, agent: str, most: Float[np.ndarray, " K"], points: int = 101
) -> tuple[Float[np.ndarray, " P"], Float[np.ndarray, " P"], Float[np.ndarray, " P"]]:
    """The curve of one agent for drawing, from no case to all of a day.

    Args:
      scenario: that states it.
      agent: whose.
      most: accuracy each agent can lose (`most_lost`).
      points: how many.

    Returns:
      Cases a day; accuracy lost by a case read at that moment; the mean loss of a day that ends
      there. Losses are shares in [0, 1].
    """
    curves, place = curves_of(scenario, most), scenario.names.index(agent)
    load = np.linspace(0.0, scenario.cases_per_day, points)
    loads = np.repeat(load[:, None], len(scenario.agents), axis=1)
    return load, curves.at(loads)[:, place], curves.mean(loads)[:, place]
