"""References for a run's curves: random deferral, and the best possible rule."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Int

from core.base.clusters import share_interval
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet, Split
from core.evaluation.intervals import BootstrapWeights
from core.evaluation.oracle import FEWEST, Best, best_possible
from core.evaluation.random_deferral import random_line
from core.experiment.plan import Plan
from core.results.figure import Figure
from core.results.models import Accuracy, Oracle, OraclePoint, RandomPoint, SameCases
from core.results.over_seeds import known, over_seeds


@dataclass
class References:
    """Both references per rule, since every rule has its own AI.

    Attributes:
      dataset: the set.
      config: the settings.
      plan: with the bounds of every target.
      weights: resampling weights over the test cases.
      patients: number of the patient of each test case; None where none are known.
    """

    dataset: AnnotationSet
    config: TrainConfig
    plan: Plan
    weights: BootstrapWeights
    patients: Int[np.ndarray, " n"] | None = None
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
        """Adds the AI's decisions on the test cases at a point, and the agent of each case."""
        truth = self.dataset.truth[self.dataset.index(Split.TEST)]
        self._ai.setdefault(rule, {})[target, seed] = ai_decision == truth
        self._chosen.setdefault(rule, {})[target, seed] = chosen

    def summary(self) -> tuple[dict[str, tuple[RandomPoint, ...] | None], Oracle]:
        """`random` and `oracle` of the result."""
        test = self.dataset.index(Split.TEST)
        truth, annotations = self.dataset.truth[test], self.dataset.annotations[test]
        annotated, included = self.dataset.annotated[test], self._included()
        whole = annotated[:, included].all(1)
        cases = int(whole.sum())
        right = (annotated & (annotations == truth[:, None]))[whole]
        random: dict[str, tuple[RandomPoint, ...] | None] = {}
        oracle: dict[str, tuple[OraclePoint, ...]] = {}
        for rule, points in self._ai.items():
            mean = np.mean(list(points.values()), axis=0)
            line = random_line(mean, truth, annotations, annotated, included, self.weights)
            random[rule] = (
                None if line is None else tuple(RandomPoint(**point._asdict()) for point in line)
            )
            if cases >= FEWEST:
                ai = {key: decided[whole] for key, decided in points.items()}
                chosen = {key: who[whole] for key, who in self._chosen[rule].items()}
                patients = None if self.patients is None else self.patients[whole]
                oracle[rule] = tuple(self._oracle(right, ai, chosen, patients))
        return random, Oracle(
            cases=cases, fewest=FEWEST, all_test_cases=bool(whole.all()), rules=oracle
        )

    def _included(self) -> Bool[np.ndarray, " M"]:
        """Experts that may get cases at some target."""
        upper = np.array([bounds.upper[:-1] for bounds in self.plan.bounds])
        return np.asarray((upper > 0).any(0))

    def _oracle(
        self,
        experts_right: Bool[np.ndarray, "n M"],
        ai_right: dict[tuple[int, int], np.ndarray],
        chosen: dict[tuple[int, int], np.ndarray],
        patients: Int[np.ndarray, " n"] | None,
    ) -> list[OraclePoint]:
        rows = []
        for target, bounds in enumerate(self.plan.bounds):
            best, same = [], []
            for key in sorted(key for key in ai_right if key[0] == target):
                right = np.concatenate([experts_right, ai_right[key][:, None]], axis=1)
                best.append(best_possible(right, *bounds, patients))
                same.append(_on_these(right, chosen[key], patients))
            if not best:
                continue
            rows.append(
                OraclePoint(
                    target=self.config.targets[target],
                    **dict(_mean(best)),
                    per_seed=tuple(one.accuracy for one in best),
                    same_cases=SameCases(
                        team=_mean([one["team"] for one in same]),
                        ai=_mean([one["ai"] for one in same]),
                        best=_mean([one["best"] for one in same]),
                    ),
                )
            )
        return rows


def _on_these(
    right: Bool[np.ndarray, "n K"],
    chosen: Int[np.ndarray, " n"],
    patients: Int[np.ndarray, " n"] | None,
) -> dict[str, Best]:
    """The team, the AI alone and the best with the team's workloads, on the same cases."""
    cases, agents = right.shape
    team = right[np.arange(cases), chosen]
    loads = np.bincount(chosen, minlength=agents) / cases
    every = np.ones(cases, bool)
    counted = {
        name: Best(float(hits.mean()), share_interval(hits, every, patients))
        for name, hits in (("team", team), ("ai", right[:, -1]))
    }
    return {**counted, "best": best_possible(right, loads, loads, patients)}


def _mean(found: Sequence[Best]) -> Accuracy:
    return known(over_seeds([Figure(*one) for one in found]))
