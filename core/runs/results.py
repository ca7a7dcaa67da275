"""The result object of a run, from trained outputs to plain JSON values."""

import datetime
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.allocation.prices import Prices, fit_prices
from core.allocation.routing import allowed_agents, route
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.splits import SeedSplit
from core.evaluation.against import Against, best_expert
from core.evaluation.areas import between_rules, cases_key
from core.evaluation.curves import resampled_areas, summarise
from core.evaluation.intervals import BootstrapWeights, paired_difference, student_t, wilson
from core.evaluation.metrics import evaluate_point, expert_accuracy
from core.evaluation.team import Replicates
from core.methods.rules import RULES
from core.runs.config import TrainConfig
from core.runs.plan import Plan
from core.runs.references import References
from core.runs.versions import versions


@dataclass
class Scored:
    """Evaluated points of a run, as they come in."""

    dataset: AnnotationSet
    config: TrainConfig
    plan: Plan
    splits: list[SeedSplit]
    annotated: np.ndarray  # [S, N, M]; train annotations that the missing rate took are gone
    entries: list[dict[str, Any]] = field(default_factory=list)
    replicates: list[Replicates | None] = field(default_factory=list)
    _weights: BootstrapWeights = field(init=False)
    _against: Against = field(init=False)
    _best: int | None = field(init=False)
    _references: References = field(init=False)
    _ai_right: dict[str, dict[int, list[float]]] = field(default_factory=dict)
    _start: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        test = self.dataset.index(Split.TEST)
        self._weights = BootstrapWeights(cases=len(test), seed=0)
        self._against = Against(
            self.dataset.truth[test],
            self.dataset.annotations[test],
            self.dataset.annotated[test],
            self._weights,
        )
        self._references = References(self.dataset, self.config, self.plan, self._weights)
        known = self.dataset.split != Split.TEST
        self._best = best_expert(
            self.dataset.truth[known],
            self.dataset.annotations[known],
            self.dataset.annotated[known],
        )

    def add(
        self,
        rule: str,
        target: int,
        seed: int,
        scores: np.ndarray,
        ai_decision: np.ndarray,
    ) -> dict[str, Any]:
        """Price (where the rule has prices), route and evaluate one point under one rule.

        Args:
          rule: one of `RULES`.
          target: row of the plan's bounds.
          seed: row of the splits.
          scores: score per case and agent, [N, K], over all cases of the set (rows of train
            cases are not read).
          ai_decision: what the AI decides, [N].

        Returns:
          The entry for the result's `points`.
        """
        bounds, split = self.plan.bounds[target], self.splits[seed]
        number = self.config.seed_list[seed]
        allowed = allowed_agents(np.asarray(bounds.lower), np.asarray(bounds.upper))
        prices: Prices | None = None
        if RULES[rule].priced:
            prices = fit_prices(
                scores[split.validation],
                np.asarray(bounds.lower),
                np.asarray(bounds.upper),
                start=self._start.get((rule, seed)),
                allowed=allowed,
                seed=number,
            )
            self._start[rule, seed], allowed = prices.prices, prices.allowed
        entry, replicates, chosen = self._evaluate(
            rule, target, seed, split.test, scores, ai_decision, prices, allowed, self._weights
        )
        held, *_ = self._evaluate(
            rule, target, seed, split.validation, scores, ai_decision, prices, allowed, None
        )
        entry["validation"] = {k: held[k] for k in ("coverage", "accuracy", "workload")}
        entry["against"] = self._compare(entry["accuracy"], replicates, ai_decision[split.test])
        self.entries.append(entry)
        self.replicates.append(replicates)
        self._references.add(rule, target, seed, ai_decision[split.test], chosen)
        right = float(np.mean(ai_decision[split.test] == self.dataset.truth[split.test]))
        self._ai_right.setdefault(rule, {}).setdefault(seed, []).append(right)
        return entry

    def _evaluate(
        self,
        rule: str,
        target: int,
        seed: int,
        where: np.ndarray,
        scores: np.ndarray,
        ai_decision: np.ndarray,
        prices: Prices | None,
        allowed: np.ndarray,
        weights: BootstrapWeights | None,
    ) -> tuple[dict[str, Any], Replicates | None, np.ndarray]:
        number = self.config.seed_list[seed]
        chosen = route(
            scores[where], None if prices is None else prices.prices, allowed=allowed, seed=number
        )
        bounds = self.plan.bounds[target]
        entry, replicates = evaluate_point(
            chosen=chosen,
            ai_decision=ai_decision[where],
            truth=self.dataset.truth[where],
            annotations=self.dataset.annotations[where],
            annotated=self.annotated[seed][where],
            classes=self.dataset.classes,
            agents=self.dataset.agents,
            target=self.config.targets[target],
            seed=number,
            rule=rule,
            lower=np.asarray(bounds.lower),
            upper=np.asarray(bounds.upper),
            prices=None if prices is None else prices.prices,
            weights=weights,
            allowed=allowed,
        )
        return entry, replicates, chosen

    def _compare(
        self, accuracy: float | None, replicates: Replicates | None, ai_decision: np.ndarray
    ) -> dict[str, Any]:
        """Against the AI alone and the expert alone who is best on train and validation cases."""
        experts = len(self.dataset.experts)
        found: dict[str, Any] = {"AI": None, "best_expert": None}
        if replicates is None:
            return found
        found["AI"] = self._against.difference(accuracy, replicates, experts, ai_decision)
        if self._best is not None:
            against = self._against.difference(accuracy, replicates, self._best, ai_decision)
            if against is not None:
                found["best_expert"] = {"name": self.dataset.experts[self._best], **against}
        return found

    def _compare_rules(self) -> None:
        """Every point against the same target's of the rule named first, paired by case."""
        first, found = next(iter(RULES)), {}
        for entry, drawn in zip(self.entries, self.replicates, strict=True):
            found[entry["target"], entry["seed"], entry["rule"]] = entry["accuracy"], drawn
        for entry, drawn in zip(self.entries, self.replicates, strict=True):
            accuracy, other = found.get((entry["target"], entry["seed"], first), (None, None))
            if entry["rule"] == first:
                continue
            entry["against"]["rule"] = None
            if drawn is None or other is None:
                continue
            if paired := paired_difference(
                entry["accuracy"], accuracy, drawn.accuracy, other.accuracy
            ):
                entry["against"]["rule"] = {"name": first, **paired.to_dict()}

    def summary(self) -> dict[str, Any]:
        """AUC-CAC, the AI alone per rule and every expert alone."""
        tests = len(self.dataset.index(Split.TEST))
        ai: dict[str, dict[str, Any]] = {"": {}, "_interval": {}, "_per_seed": {}}
        for rule, by_seed in self._ai_right.items():
            per_seed = [float(np.mean(by_seed[s])) for s in sorted(by_seed)]
            mean = float(np.mean(per_seed))
            # Seeds share the test cases, so their spread alone can be nothing at all: the
            # wider of the interval over cases and the one over seeds.
            low, high = wilson(mean * tests, tests)
            _, seeds_low, seeds_high = student_t(per_seed)
            if seeds_low is not None and seeds_high is not None:
                low, high = min(low, seeds_low), max(high, seeds_high)
            ai[""][rule], ai["_per_seed"][rule] = mean, per_seed
            ai["_interval"][rule] = [max(low, 0.0), min(high, 1.0)]
        test = self.dataset.index(Split.TEST)
        self._compare_rules()
        accuracy, interval = expert_accuracy(
            self.dataset.truth[test],
            self.dataset.annotations[test],
            self.dataset.annotated[test],
            self.dataset.experts,
        )
        areas = summarise(self.entries, self.config.seed_list, self.replicates)
        return {
            "auc_cac": areas,
            "areas_against": between_rules(areas, self.config.seed_list, self.area_replicates()),
            "points": self.entries,
            **{f"ai_accuracy{suffix}": values for suffix, values in ai.items()},
            "expert_accuracy": accuracy,
            "expert_accuracy_interval": interval,
            **self._references.summary(),
        }

    def area_replicates(self) -> dict[str, np.ndarray]:
        """AUC-CAC of every resample per rule, [S, R]: what makes runs comparable later."""
        drawn = resampled_areas(self.entries, self.config.seed_list, self.replicates)
        return {rule: values.astype(np.float32) for rule, values in drawn.items()}


def assemble(
    scored: Scored,
    seconds: dict[str, float],
    device: str,
    warnings: list[str],
    training: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The whole object the command line prints; `training` is of `core.runs.collapse`."""
    dataset, config, plan = scored.dataset, scored.config, scored.plan
    split = scored.splits[0]
    return {
        "dataset": {
            "name": dataset.name,
            "content_hash": dataset.content_hash,
            "simulated": dataset.simulated,
            "test_cases": cases_key(dataset),
        },
        "method": config.method,
        "network": plan.network.name,
        "config": config.to_dict(),
        "classes": list(dataset.classes),
        "experts": list(dataset.experts),
        "agents": list(dataset.agents),
        "cases": {
            "train": len(split.train),
            "validation": len(split.validation),
            "test": len(split.test),
        },
        "test_cases_per_class": dict(
            zip(
                dataset.classes,
                np.bincount(dataset.truth[split.test], minlength=len(dataset.classes)).tolist(),
                strict=True,
            )
        ),
        **scored.summary(),
        "training": training,
        "seconds": seconds,
        "device": device,
        "warnings": warnings,
        "versions": versions(),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
