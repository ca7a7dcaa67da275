"""The value of one more case a day of an agent's capacity in a scenario."""

import numpy as np
from jaxtyping import Float

from core.allocation.worth import worth_of_room
from core.scenarios.fatigue import curves_of, most_lost
from core.scenarios.scores import Scores
from core.scenarios.solution import Solution


def capacity_worth(solution: Solution, scores: Scores) -> Float[np.ndarray, " K"]:
    """Expected team accuracy gained by raising each agent's maximum by one case a day.

    One more case a day is n_v / cases_per_day of the n_v validation cases.

    Args:
      solution: of the scenario.
      scores: it was solved on; its validation cases are used.

    Returns:
      Percentage points of accuracy per case a day; 0 where the maximum is not binding, where no
      other agent's case may be moved, and for agents off duty or with a maximum of 0.
    """
    cases, scenario = len(scores.validation), solution.scenario
    if not cases:
        return np.zeros(len(solution.lower))
    gained = worth_of_room(
        scores.validation.value,
        solution.prices,
        solution.lower,
        solution.upper,
        cases / scenario.cases_per_day,
        may=solution.allowed_validation,
        curves=curves_of(scenario, most_lost(scores)),
        seed=solution.seed,
    )
    return 100.0 * gained / cases
