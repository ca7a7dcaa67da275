"""The grid points that are trained: one per target and seed, or one per seed for all targets."""

import numpy as np
from jaxtyping import Bool, Float, UInt32

from core.allocation.projection import projection_prices
from core.allocation.reach import nearest_reachable
from core.dataset.splits import SeedSplit
from core.em.bounds import WorkloadBounds
from core.experiment.plan import Plan
from core.training.epoch import Points

# Train cases that gating probabilities are priced on; more would cost time and change nothing.
_MOST_PRICED = 20_000

Pair = tuple[int, int]  # target row, seed row


class GridPoints:
    """Which points a run trains, and which targets each serves.

    Args:
      plan: of the run. targets: how many. seeds: how many.
    """

    def __init__(self, plan: Plan, targets: int, seeds: int):
        self._plan = plan
        self._targets = range(targets)
        # (target row, seed row) of every point of the curve, and of those that are trained.
        self.pairs = [(t, s) for s in range(seeds) for t in self._targets]
        self.trained = [pair for pair in self.pairs if plan.per_target or pair[0] == 0]
        # Trained without bounds; scores less prices then serve the targets.
        self.repriced = plan.method.repriced and not plan.per_target
        self._to_price: dict[int, Float[np.ndarray, "n K"]] = {}

    def serves(self, target: int) -> list[int]:
        """The targets that a trained point serves."""
        return [target] if self._plan.per_target else list(self._targets)

    def trained_on(
        self,
        present: list[Bool[np.ndarray, "n M"]],
        roots: UInt32[np.ndarray, "S 2"],
    ) -> tuple[Points, str | None]:
        """The points as the training loop takes them, and a warning where bounds cannot be met.

        Args:
          present: per seed, which experts annotated which train case.
          roots: raw data of a PRNG key per seed.
        """
        lower, upper = [], []
        worst, missed, out_of_reach = "", 0.0, 0
        for target, seed in self.trained:
            bounds = self._bounds(target)
            low, up = bounds
            if self._plan.method.needs_support:
                support = np.pad(present[seed], ((0, 0), (0, 1)), constant_values=True)
                low, up, warning = nearest_reachable(support, low, up)
                if warning:
                    out_of_reach += 1
                    by = float(
                        max(np.abs(low - bounds.lower).max(), np.abs(up - bounds.upper).max())
                    )
                    if by > missed:
                        worst, missed = warning, by
            lower.append(low)
            upper.append(up)
        rows = np.asarray([seed for _, seed in self.trained], np.int32)
        points = Points(
            key=roots[rows],
            seed=rows,
            fold=np.full(len(rows), -1, np.int32),
            setting=WorkloadBounds(*(np.stack(b).astype(np.float32) for b in (lower, upper))),
        )
        warning = f"{worst} (the worst of {out_of_reach} grid points)" if out_of_reach else None
        return points, warning

    def _bounds(self, target: int) -> WorkloadBounds:
        """Bounds while training; without a target they only mask agents that never get a case."""
        if not self.repriced:
            return self._plan.bounds[target]
        ever = np.any([bounds.upper > 0 for bounds in self._plan.bounds], axis=0)
        return WorkloadBounds(np.zeros(len(ever)), ever.astype(float))

    def cases_to_price(self, splits: list[SeedSplit]) -> np.ndarray:
        """Train cases per seed whose scores the prices of repriced points go by, [S, n]."""
        train = np.stack([split.train for split in splits])
        if not self.repriced:
            return train[:, :0]
        return train[:, np.random.default_rng(0).permutation(train.shape[1])[:_MOST_PRICED]]

    def keep(self, seed: int, scores: Float[np.ndarray, "n K"]) -> None:
        """Keeps a trained point's scores of `cases_to_price`."""
        self._to_price[seed] = scores

    def prices(self, target: int, seed: int) -> Float[np.ndarray, " K"] | None:
        """Prices that bring a repriced point's scores to a target; None for others.

        Those at which the soft workloads of the train cases meet the bounds.
        """
        if not self.repriced:
            return None
        return projection_prices(self._to_price[seed], *self._plan.bounds[target])
