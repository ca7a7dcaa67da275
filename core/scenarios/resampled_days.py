"""Intervals for the figures of simulated days.

The test cases that days are drawn from are a sample, and who gets a case depends on which others
arrive: with more cases that suit Ann she is full earlier, and each of them is less likely to go to
her. So it is not enough to resample the test cases and keep each one's probability of going to each
agent. That is wrong for the loads (an agent that is full every day has the same load whatever the
sample) and leaves the cost of full agents out of the accuracy. Instead days are simulated again for
every bootstrap resample, and percentiles give the interval, as everywhere.

Each resample has fewer days than the shown figures, so replicates also vary with the simulation, by
more than the shown figures do. Intervals therefore cover the error of the simulation as well, and
are a little too wide rather than too narrow.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from core.evaluation.intervals import BootstrapWeights
from core.scenarios.arrivals import chances, simulate
from core.scenarios.chance import Decisions

_WIDEST = 5000  # cases a day; a larger day is scaled down to this
_DAYS = (10, 40)  # per resample, minimum and maximum
_ARRIVALS, _LOOKS = 5_000_000, 500_000_000  # in all resamples; looks: days × cases × ranks
_CASES, _FEWEST = 20_000_000, 200  # test cases in all resamples, but at least so many resamples
_HELD = 4_000_000  # numbers in memory at once


class Teams(NamedTuple):
    """Accuracy of the rule and of prices alone on the cases that the rule decides.

    Attributes:
      ours: of the rule. alone: of prices alone. measured: share of the rule's decisions scored.
    """

    ours: float
    alone: float
    measured: float


class Resampled(NamedTuple):
    """Figures on every resample, each from a few simulated days.

    Attributes:
      load: cases a day. full: share of the days on which the agent reached its maximum.
      waiting: cases a day. waiting_days: share of the days with waiting cases.
      accuracy: of the rule. change: the rule's accuracy minus that of prices alone on the same
        cases; NaN where a resample cannot be measured.
    """

    load: Float[np.ndarray, "K R"]
    full: Float[np.ndarray, "K R"]
    waiting: Float[np.ndarray, " R"]
    waiting_days: Float[np.ndarray, " R"]
    accuracy: Float[np.ndarray, " R"]
    change: Float[np.ndarray, " R"]


def teams(
    decisions: Decisions, chance: Float[np.ndarray, "n J"], weight: Float[np.ndarray, " n"]
) -> Teams:
    """Accuracy of both rules on the same cases.

    Args:
      decisions: of each test case's agents, the preferred first.
      chance: probability of each of them to get the case; what is missing to 1 is for waiting.
      weight: how often each case counts.
    """
    decided = np.where(decisions.who >= 0, chance, 0.0)
    first = np.zeros_like(decided)
    first[:, 0] = decided.sum(1)  # prices alone: always the preferred agent
    ours, alone = decisions.accuracy(decided, weight), decisions.accuracy(first, weight)
    return Teams(ours.accuracy, alone.accuracy, ours.share)


def resampled(
    order: Int[np.ndarray, "n J"],
    room: Int[np.ndarray, " K"],
    size: int,
    decisions: Decisions,
    weights: BootstrapWeights,
    seed: int,
) -> Resampled:
    """Simulates a few days of every resample of the test cases.

    Args:
      order: each test case's agents, the preferred first (`arrivals.preferences`).
      room: cases a day per agent at most; more than `size` for no limit.
      size: cases that arrive in a day.
      decisions: of `order`.
      weights: of the resamples; only the first ones are used with very many test cases.
      seed: of the draws.
    """
    n, ranks = order.shape
    draws = weights.counts[: max(_FEWEST, _CASES // n)]
    by = max(size / _WIDEST, 1.0)
    small = round(size / by)
    # The maximum of a scaled day is the same share of it, to within half a case of 5,000.
    cap = np.where(room > size, small + 1, np.rint(room / by).astype(int))
    affordable = min(_ARRIVALS / (len(draws) * small), _LOOKS / (len(draws) * n * ranks))
    days = int(np.clip(affordable, *_DAYS))
    rng = np.random.default_rng([seed, 1])
    parts = []
    block = max(_HELD // max(n, days * len(room)), 1)
    for start in range(0, len(draws), block):
        part = draws[start : start + block].astype(int)
        # The cases of all resamples, one after the other; by patient these differ in size.
        cases = np.repeat(np.tile(np.arange(n), len(part)), part.ravel())
        size_of, own = part.sum(1), np.repeat(np.arange(len(part)), days)[:, None]
        start_of = size_of.cumsum() - size_of
        most = n if (size_of == n).all() else size_of[own]

        def draw(
            g: int,
            cases: np.ndarray = cases,
            first: np.ndarray = start_of[own],
            most: int | np.ndarray = most,
        ) -> np.ndarray:
            return np.asarray(cases[first + rng.integers(0, most, (len(first), g))])

        found = simulate(order, cap, small, draw, len(own))
        load, filled = (x.reshape(len(part), days, -1) for x in (found.load, found.filled))
        waiting = found.waiting.reshape(len(part), days)
        measured = [
            teams(decisions, chances(order, one, small), weight)
            for one, weight in zip(filled, part, strict=True)
        ]
        accuracy, alone, _ = np.transpose(measured)
        parts.append(
            Resampled(
                load=by * load.mean(1).T,
                full=(load >= cap).mean(1).T,
                waiting=by * waiting.mean(1),
                waiting_days=(waiting > 0).mean(1),
                accuracy=accuracy,
                change=accuracy - alone,
            )
        )
    return Resampled(*(np.concatenate(same, axis=-1) for same in zip(*parts, strict=True)))
