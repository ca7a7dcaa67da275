r"""Prediction interval of each agent's share of the upcoming cases.

Prices are fitted on n_v validation cases, of which k then go to an agent; the agent's long-run
share differs from the share in that sample and from the share in the upcoming one. With one bounded
agent its price lies between two order statistics of the scores, and its long-run share is between
Beta(k, n_v + 1 − k) and Beta(k + 1, n_v − k); for a share that is only observed (an agent without
a price) the same two are the ends of the exact interval (Thatcher 1964). The upcoming count is
binomial given the share, hence beta-binomial: its low end is taken from the first and its high
end from the second. That is conservative; for several prices fitted jointly it is not proven, and
the tests check its level by repeated splits.

Where patients are known, n_v and n are effective numbers of cases (`core.base.clusters`): upcoming
cases are assumed to come as many to a patient as the test cases.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy.special import betaincinv, betaln, gammaln, ndtr

from core.evaluation.team import workload_cases
from core.scenarios.scores import Scores
from core.scenarios.solution import Solution

_EXACT = 5000  # upcoming cases up to which every count is summed
_NODES = 400  # quantiles of the long-run share, for more than that


def coming(
    solution: Solution, scores: Scores, n: int, level: float = 0.95
) -> Float[np.ndarray, "K 2"]:
    """Prediction interval of each agent's share of the upcoming n cases.

    Args:
      solution: with the prices that will be used.
      scores: it was solved on.
      n: how many cases are upcoming, from the same population as the validation cases.
      level: of each agent's interval, on its own.

    Returns:
      Low and high ends in [0, 1]; exactly (0, 0) off duty, exactly (1, 1) for the only agent on
      duty without guard rules.
    """
    cases = len(scores.validation)
    agents = len(solution.lower)
    ends = np.tile([0.0, 1.0], (agents, 1))
    if cases and n > 0:
        tail = (1 - level) / 2
        parts = [(np.arange(agents), cases, n)]
        if scores.patients is not None:
            worth = workload_cases(solution.chosen, agents, scores.patients)
            few = np.maximum(np.rint(np.outer(worth / len(scores.test), (cases, n))), 1).astype(int)
            parts = [(np.array([k]), int(v), int(u)) for k, (v, u) in enumerate(few)]
        for at, fitted, used in parts:
            counts = np.rint(solution.prices.workloads[at] * fitted).astype(int)
            # k = 0 has no low end and k = n_v no high one: shares of 0 and 1 stay possible.
            ends[at, 0] = _quantile(np.maximum(counts, 1), fitted, used, tail)
            ends[at, 1] = 1.0 - _quantile(np.maximum(fitted - counts, 1), fitted, used, tail)
            ends[at[counts == 0], 0], ends[at[counts == fitted], 1] = 0.0, 1.0
    ends[solution.upper <= 0] = 0.0
    if not solution.scenario.guards:
        allowed = solution.prices.allowed
        ends[~allowed] = 0.0
        if allowed.sum() == 1:
            ends[allowed] = 1.0
    return ends


def _quantile(
    counts: Int[np.ndarray, " K"], cases: int, n: int, tail: float
) -> Float[np.ndarray, " K"]:
    """The largest share x/n with at most `tail` below it, shares ~ Beta(k, cases + 1 − k)."""
    a, b = counts[:, None].astype(float), (cases + 1 - counts)[:, None].astype(float)
    if n <= _EXACT:
        # SciPy's betabinom.ppf: the same counts, 8 to 26× slower; its pmf 3 to 4×.
        x = np.arange(n + 1.0)
        choose = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
        below = np.exp(choose + betaln(x + a, n - x + b) - betaln(a, b)).cumsum(1)
        return (below <= tail).sum(1) / n
    # Binomial counts of many cases are about normal; the long-run share is not.
    share = betaincinv(a, b, (np.arange(_NODES) + 0.5) / _NODES)
    spread = np.sqrt(np.maximum(share * (1 - share) / n, 1e-300))
    low, high = np.zeros(len(counts)), np.ones(len(counts))
    for _ in range(50):
        middle = (low + high) / 2
        less = ndtr((middle[:, None] - share) / spread).mean(1) <= tail
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    return np.floor(low * n) / n
