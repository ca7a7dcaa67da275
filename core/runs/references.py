"""What a run's curves are seen against: random deferral, and the best any rule could do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from core.base.shares import wilson
from core.dataset.annotation_set import AnnotationSet, Split
from core.evaluation.intervals import BootstrapWeights
from core.evaluation.oracle import FEWEST, Best, best_possible
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
    _chosen: dict[str, dict[tuple[int, int], np.ndarray]] = field(default_factory=dict)

    def add(
        self,
        rule: str,
        target: int,
        seed: int,
        ai_decision: Int[np.ndarray, " n"],
        chosen: Int[np.ndarray, " n"],
    ) -> None:
        """Takes what the AI decides on the test cases at a point, and who gets each of them."""
        truth = self.dataset.truth[self.dataset.index(Split.TEST)]
        self._ai.setdefault(rule, {})[target, seed] = ai_decision == truth
        self._chosen.setdefault(rule, {})[target, seed] = chosen

    def summary(self) -> dict[str, Any]:
        """`random` and `oracle` of the result.

        `random`: {rule: points of the straight line}. `oracle`: {"cases": test cases that every
        included expert annotated, "fewest": how many it takes, "all_test_cases": whether these are
        all, "rules": {rule: [{"target", "accuracy", "interval", "per_seed", "same_cases"}]}}, no
        rules where the cases are too few. Where they are not all, `accuracy` must not be compared
        with figures of all test cases; `same_cases` has what can be: {"team", "ai", "best"}, each
        {"accuracy", "interval"} on these cases alone, `best` with the team's own workloads there.
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
                ai = {key: decided[whole] for key, decided in points.items()}
                chosen = {key: who[whole] for key, who in self._chosen[rule].items()}
                oracle[rule] = self._oracle(right, ai, chosen)
        return {
            "random": random,
            "oracle": {
                "cases": cases,
                "fewest": FEWEST,
                "all_test_cases": bool(whole.all()),
                "rules": oracle,
            },
        }

    def _included(self) -> Bool[np.ndarray, " M"]:
        """Experts that may get cases at some target."""
        upper = np.array([np.asarray(bounds.upper)[:-1] for bounds in self.plan.bounds])
        return np.asarray((upper > 0).any(0))

    def _oracle(
        self,
        experts_right: Bool[np.ndarray, "n M"],
        ai_right: dict[tuple[int, int], np.ndarray],
        chosen: dict[tuple[int, int], np.ndarray],
    ) -> list[dict[str, Any]]:
        rows = []
        for target, bounds in enumerate(self.plan.bounds):
            best, same = [], []
            for key in sorted(key for key in ai_right if key[0] == target):
                right = np.concatenate([experts_right, ai_right[key][:, None]], axis=1)
                limits = np.asarray(bounds.lower), np.asarray(bounds.upper)
                best.append(best_possible(right, *limits))
                same.append(_on_these(right, chosen[key]))
            if not best:
                continue
            rows.append(
                {
                    "target": self.config.targets[target],
                    **_mean(best),
                    "per_seed": [one.accuracy for one in best],
                    "same_cases": {
                        who: _mean([one[who] for one in same]) for who in ("team", "ai", "best")
                    },
                }
            )
        return rows


def _on_these(right: Bool[np.ndarray, "n K"], chosen: Int[np.ndarray, " n"]) -> dict[str, Best]:
    """The team, the AI alone and the best with the team's workloads, on the same cases."""
    cases, agents = right.shape
    team = right[np.arange(cases), chosen]
    loads = np.bincount(chosen, minlength=agents) / cases
    counted = {
        name: Best(float(hits.mean()), wilson(float(hits.sum()), cases))
        for name, hits in (("team", team), ("ai", right[:, -1]))
    }
    return {**counted, "best": best_possible(right, loads, loads)}


def _mean(found: Sequence[Best]) -> dict[str, Any]:
    """Over seeds, which share the cases: the mean of their intervals."""
    return {
        "accuracy": float(np.mean([one.accuracy for one in found])),
        "interval": [float(np.mean([one.interval[end] for one in found])) for end in (0, 1)],
    }
