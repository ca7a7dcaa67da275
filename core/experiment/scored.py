"""Computes the result of a run from its trained outputs."""

import datetime
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Int

from core.allocation.prices import fit_prices
from core.allocation.routing import allowed_agents, route
from core.base.clusters import effective
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.patients import clusters
from core.dataset.splits import SeedSplit
from core.evaluation.against import Against, best_expert
from core.evaluation.areas import between_rules, cases_key
from core.evaluation.curves import resampled_areas, summarise
from core.evaluation.intervals import BootstrapWeights, Difference, paired_difference
from core.evaluation.team import Replicates
from core.experiment.plan import Plan
from core.experiment.references import References
from core.experiment.versions import versions
from core.insight.describe import expert_accuracy
from core.methods.rules import RULES
from core.results.measure import evaluate_point
from core.results.models import (
    VERSION,
    ByConsensus,
    Cases,
    Dataset,
    Held,
    Measured,
    Paired,
    PairedWith,
    Point,
    RuleArea,
    RunResult,
    Training,
)
from core.results.models import Against as PointAgainst
from core.results.over_seeds import ai_alone


@dataclass
class Scored:
    """Evaluated points of a run, as they are added."""

    dataset: AnnotationSet
    config: TrainConfig
    plan: Plan
    splits: list[SeedSplit]
    annotated: np.ndarray  # [S, N, M]; train annotations that the missing rate took are gone
    points: list[Point] = field(default_factory=list)
    replicates: list[Replicates | None] = field(default_factory=list)
    _weights: BootstrapWeights = field(init=False)
    _against: Against = field(init=False)
    _best: int | None = field(init=False)
    references: References = field(init=False)
    ai_right: dict[str, dict[int, list[float]]] = field(default_factory=dict)
    ai_worth: dict[str, list[float]] = field(default_factory=dict)
    patients: Int[np.ndarray, " n"] | None = field(init=False)  # of the test cases
    _start: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        test = self.dataset.index(Split.TEST)
        self.patients = clusters(self.dataset.groups, test)
        self._weights = BootstrapWeights.by_patient(len(test), self.patients)
        self._against = Against(
            self.dataset.truth[test],
            self.dataset.annotations[test],
            self.dataset.annotated[test],
            self._weights,
        )
        self.references = References(
            self.dataset, self.config, self.plan, self._weights, self.patients
        )
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
        prices: np.ndarray | None = None,
    ) -> Point:
        """Price (where the rule has prices), route and evaluate one point under one rule.

        Args:
          rule: one of `RULES`.
          target: row of the plan's bounds.
          seed: row of the splits.
          scores: score per case and agent, [N, K], over all cases of the set (rows of train
            cases are not read).
          ai_decision: the AI's class, [N].
          prices: where the rule fits none, those of the scores; None for none.

        Returns:
          The point of the result.
        """
        bounds, split = self.plan.bounds[target], self.splits[seed]
        number = self.config.seed_list[seed]
        allowed = allowed_agents(*bounds)
        if RULES[rule].priced:
            fitted = fit_prices(
                scores[split.validation],
                *bounds,
                start=self._start.get((rule, seed)),
                allowed=allowed,
                seed=number,
            )
            self._start[rule, seed] = prices = fitted.prices
            allowed = fitted.allowed
        found, replicates, chosen = self._evaluate(
            rule, target, seed, split.test, scores, ai_decision, prices, allowed, self._weights
        )
        held, *_ = self._evaluate(
            rule, target, seed, split.validation, scores, ai_decision, prices, allowed, None
        )
        point = Point(
            **{name: getattr(found, name) for name in found.model_fields_set},
            validation=Held(coverage=held.coverage, accuracy=held.accuracy, workload=held.workload),
            against=self._compare(found.accuracy, replicates, ai_decision[split.test]),
        )
        self.points.append(point)
        self.replicates.append(replicates)
        self.references.add(rule, target, seed, ai_decision[split.test], chosen)
        right = ai_decision[split.test] == self.dataset.truth[split.test]
        self.ai_right.setdefault(rule, {}).setdefault(seed, []).append(float(np.mean(right)))
        worth = effective(right, np.ones(len(right), bool), self.patients)
        self.ai_worth.setdefault(rule, []).append(worth)
        return point

    def _evaluate(
        self,
        rule: str,
        target: int,
        seed: int,
        where: np.ndarray,
        scores: np.ndarray,
        ai_decision: np.ndarray,
        prices: np.ndarray | None,
        allowed: np.ndarray,
        weights: BootstrapWeights | None,
    ) -> tuple[Measured, Replicates | None, np.ndarray]:
        number = self.config.seed_list[seed]
        chosen = route(scores[where], prices, allowed=allowed, seed=number)
        bounds = self.plan.bounds[target]
        found, replicates = evaluate_point(
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
            lower=bounds.lower,
            upper=bounds.upper,
            prices=prices,
            weights=weights,
            allowed=allowed,
            extra_answers=len(self.dataset.extra_answers),
            patients=clusters(self.dataset.groups, where),
        )
        return found, replicates, chosen

    def _compare(
        self, accuracy: float | None, replicates: Replicates | None, ai_decision: np.ndarray
    ) -> PointAgainst:
        """Compares with the AI alone and the expert who is best on train and validation cases."""
        if replicates is None:
            return PointAgainst(AI=None, best_expert=None)
        experts, best = len(self.dataset.experts), None
        if self._best is not None:
            found = self._against.difference(accuracy, replicates, self._best, ai_decision)
            best = _paired_with(self.dataset.experts[self._best], found)
        ai = self._against.difference(accuracy, replicates, experts, ai_decision)
        return PointAgainst(AI=None if ai is None else Paired(**ai._asdict()), best_expert=best)

    def in_order(self) -> None:
        """Sorts the points: rules without prices first, then by seed and target."""
        rules, targets = [*reversed(RULES)], self.config.targets

        def place(number: int) -> tuple[bool, int, int, int]:
            point = self.points[number]
            rule = point.rule
            return RULES[rule].priced, point.seed, targets.index(point.target), rules.index(rule)

        order = sorted(range(len(self.points)), key=place)
        self.points = [self.points[number] for number in order]
        self.replicates = [self.replicates[number] for number in order]

    def compared_rules(self) -> list[Point]:
        """Compares every point with the first rule's at the same target, paired by case."""
        first, known, compared = next(iter(RULES)), {}, []
        for point, drawn in zip(self.points, self.replicates, strict=True):
            known[point.target, point.seed, point.rule] = point.accuracy, drawn
        for point, drawn in zip(self.points, self.replicates, strict=True):
            accuracy, other = known.get((point.target, point.seed, first), (None, None))
            if point.rule != first:
                paired = None
                if drawn is not None and other is not None:
                    paired = paired_difference(
                        point.accuracy, accuracy, drawn.accuracy, other.accuracy
                    )
                rule = {"rule": _paired_with(first, paired)}
                against = point.against.model_copy(update=rule)
                point = point.model_copy(update={"against": against})
            compared.append(point)
        return compared

    def area_replicates(self) -> dict[str, np.ndarray]:
        """AUC-CAC of every resample per rule, [S, R], stored for comparing runs."""
        drawn = resampled_areas(self.points, self.config.seed_list, self.replicates)
        return {rule: values.astype(np.float32) for rule, values in drawn.items()}


def _paired_with(name: str, found: Difference | None) -> PairedWith | None:
    return None if found is None else PairedWith(name=name, **found._asdict())


def assemble(
    scored: Scored,
    seconds: dict[str, float],
    device: str,
    warnings: list[str],
    training: Training | None = None,
) -> RunResult:
    """The whole result, as the command line prints it."""
    scored.in_order()
    dataset, config, plan = scored.dataset, scored.config, scored.plan
    split = scored.splits[0]
    ai = {
        rule: tuple(float(np.mean(by_seed[s])) for s in sorted(by_seed))
        for rule, by_seed in scored.ai_right.items()
    }
    worth = {rule: float(np.mean(cases)) for rule, cases in scored.ai_worth.items()}
    alone = {rule: ai_alone(per_seed, worth[rule]) for rule, per_seed in ai.items()}
    experts = expert_accuracy(dataset, Split.TEST)
    # Left out where no patients are known, so that such results do not change.
    patients: dict[str, int] = {}
    more: dict[str, Any] = {}
    if scored.patients is not None:
        patients["patients"] = int(scored.patients.max()) + 1
        more["ai_accuracy_cases"] = worth
    areas = summarise(scored.points, config.seed_list, scored.replicates)
    between = between_rules(areas, config.seed_list, scored.area_replicates())
    random, oracle = scored.references.summary()
    counts = np.bincount(dataset.truth[split.test], minlength=len(dataset.classes))
    if dataset.extra_answers:
        more["extra_answers"] = dataset.extra_answers
    known: dict[str, Any] = {}
    if dataset.consensus is not None:
        known["consensus"] = ByConsensus(**dataset.consensus.summary())
    if dataset.machines:
        known["machines"] = dataset.machines
    return RunResult(
        version=VERSION,
        dataset=Dataset(
            name=dataset.name,
            content_hash=dataset.content_hash,
            simulated=dataset.simulated,
            test_cases=cases_key(dataset),
            **known,
        ),
        method=config.method,
        network=plan.network.name,
        config=config.to_dict(),
        classes=dataset.classes,
        experts=dataset.experts,
        agents=dataset.agents,
        cases=Cases(
            train=len(split.train),
            validation=len(split.validation),
            test=len(split.test),
            **patients,
        ),
        test_cases_per_class=dict(zip(dataset.classes, counts.tolist(), strict=True)),
        auc_cac={rule: RuleArea(**area._asdict()) for rule, area in areas.items()},
        areas_against={
            rule: {
                other: Paired(
                    difference=found.difference,
                    interval=found.interval,
                    distinguishable=found.distinguishable,
                )
                for other, found in others.items()
            }
            for rule, others in between.items()
        },
        points=tuple(scored.compared_rules()),
        ai_accuracy={rule: found.accuracy for rule, found in alone.items()},
        ai_accuracy_interval={rule: found.interval for rule, found in alone.items()},
        ai_accuracy_per_seed=ai,
        expert_accuracy={name: found["accuracy"] for name, found in experts.items()},
        expert_accuracy_interval={name: found["interval"] for name, found in experts.items()},
        random=random,
        oracle=oracle,
        training=training,
        seconds=seconds,
        device=device,
        warnings=tuple(warnings),
        versions=versions(),
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        **more,
    )
