"""Which agent's cases go to which agent when a scenario takes the place of its baseline."""

import numpy as np
from jaxtyping import Float

from core.scenarios.answer import Answer


def flows(answer: Answer) -> Float[np.ndarray, "K+1 K+1"]:
    """Expected number of test cases from each agent (rows) to each agent (columns).

    Where the baseline leaves the expert to chance, a case counts in parts. The last row and the
    last column are cases that nobody takes.
    """
    agents = len(answer.agents)
    before = answer.baseline.chances
    chosen = answer.solution.chosen
    now = (np.where(chosen < 0, agents, chosen)[:, None] == np.arange(agents + 1)).astype(float)
    return np.column_stack([before, 1.0 - before.sum(1)]).T @ now
