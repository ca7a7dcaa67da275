"""What a run's curves are seen against: random deferral, and the best any rule could do."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from core.data.annotation_set import AnnotationSet, Split
from core.evaluation.intervals import BootstrapWeights
from core.evaluation.oracle import FEWEST, best_possible
from core.evaluation.random_deferral import random_line
from core.runs.config import TrainConfig
from core.runs.plan import Plan


@dataclass
class References:
    """Both references per rule, since every rule has an AI of its own.

    Attributes:
      dataset: the set.
      config: the settings.
      plan: with the bounds of every target.
      weights: resampling weights over the test cases.
    """

    dataset: AnnotationSet
    config: TrainConfig
    plan: Plan
    weights: BootstrapWeights
    _ai: dict[str, dict[tuple[int, int], np.ndarray]] = field(default_factory=dict)

    def add(self, rule: str, target: int, seed: int, ai_decision: Int[np.ndarray, " n"]) -> None:
        """Takes what the AI decides on the test cases at a point."""
        truth = self.dataset.truth[self.dataset.index(Split.TEST)]
        self._ai.setdefault(rule, {})[target, seed] = ai_decision == truth

    def summary(self) -> dict[str, Any]:
        """`random` and `oracle` of the result.

        `random`: {rule: points of the straight line}. `oracle`: {"cases": test cases that every
        included expert annotated, "fewest": how many it takes, "rules": {rule: [{"target",
        "accuracy", "interval", "per_seed"}]}}, no rules where the cases are too few.
        """
        test = self.dataset.index(Split.TEST)
        truth, annotations = self.dataset.truth[test], self.dataset.annotations[test]
        annotated, included = self.dataset.annotated[test], self._included()
        whole = annotated[:, included].all(1)
        cases = int(whole.sum())
        right = (annotated & (annotations == truth[:, None]))[whole]
        random, oracle = {}, {}
        for rule, points in self._ai.items():
            mean = np.mean(list(points.values()), axis=0)
            random[rule] = random_line(mean, truth, annotations, annotated, included, self.weights)
            if cases >= FEWEST:
                oracle[rule] = self._oracle(right, {key: ai[whole] for key, ai in points.items()})
        return {
            "random": random,
            "oracle": {"cases": cases, "fewest": FEWEST, "rules": oracle},
        }

    def _included(self) -> Bool[np.ndarray, " M"]:
        """Experts that may get cases at some target."""
        upper = np.array([np.asarray(bounds.upper)[:-1] for bounds in self.plan.bounds])
        return np.asarray((upper > 0).any(0))

    def _oracle(
        self, right: Bool[np.ndarray, "n M"], points: dict[tuple[int, int], np.ndarray]
    ) -> list[dict[str, Any]]:
        rows = []
        for target, bounds in enumerate(self.plan.bounds):
            found = [
                best_possible(
                    np.concatenate([right, ai[:, None]], axis=1),
                    np.asarray(bounds.lower),
                    np.asarray(bounds.upper),
                )
                for (at, _), ai in sorted(points.items())
                if at == target
            ]
            if not found:
                continue
            per_seed = [best.accuracy for best in found]
            rows.append(
                {
                    "target": self.config.targets[target],
                    "accuracy": float(np.mean(per_seed)),
                    "interval": [
                        float(np.mean([b.interval[end] for b in found])) for end in (0, 1)
                    ],
                    "per_seed": per_seed,
                }
            )
        return rows
