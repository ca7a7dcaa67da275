"""Finished runs made without training, of the real models: plausible, and the same every time."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.config.bounds import Bounds
from core.config.train_config import TrainConfig
from core.evaluation.areas import between_rules
from core.evaluation.curves import auc_cac
from core.evaluation.intervals import SHOWN, distinguishable
from core.results.models import (
    Accuracy,
    Against,
    AgentAccuracy,
    Cases,
    Dataset,
    Held,
    Oracle,
    OraclePoint,
    Paired,
    PairedWith,
    Point,
    RandomPoint,
    Recall,
    RuleArea,
    RunResult,
    SameCases,
    Specificity,
)
from core.results.over_seeds import ai_alone

RULES = ("gate", "priced", "value")
AI_ALONE = {"gate": 0.762, "priced": 0.762, "value": 0.781}
Limits = dict[str, tuple[float, float]]


def make_result(
    *,
    experts: int = 3,
    seeds: int = 1,
    targets: tuple[float, ...] = tuple(round(i / 10, 1) for i in range(11)),
    bounds: Limits | None = None,
    method: str = "pl2d",
    missing: float = 0.4,
    classes: int = 4,
    cases: int = 400,
    shift: float = 0.0,
    humans: str = "free",
    complete: int = 400,
) -> RunResult:
    """A plausible result: the team peaks between the AI alone and the best expert alone.

    `bounds` replaces `targets`; `shift` is added to every team accuracy, to make runs differ;
    `complete` test cases were annotated by every expert.
    """
    names = [f"Reader {chr(65 + i)}" if i < 26 else f"Reader {i + 1}" for i in range(experts)]
    skill = np.linspace(0.66, 0.82, experts)
    labels = [f"class {c}" for c in range(classes)]
    rules = ("value",) if method == "correctness" else RULES
    grid: tuple[float | None, ...] = (None,) if bounds else targets
    made = _Maker(names, skill, labels, bounds, missing, cases, shift, humans)
    points = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        points += [made.point(rng, target, seed, rule) for target in grid for rule in rules]
    # The class `correctness` reports one rule only, so the areas follow the points.
    areas = {
        rule: [_area([p for p in points if p.rule == rule and p.seed == s]) for s in range(seeds)]
        for rule in rules
    }
    auc_cac = {
        rule: RuleArea(mean=mean, interval=(mean - 1.1, mean + 1.1), per_seed=tuple(values))
        for rule, values in areas.items()
        if (mean := float(np.mean(values)))
    }
    config = TrainConfig(
        method=method,
        coverage=targets,
        humans=humans,
        seeds=seeds,
        bounds=Bounds(
            lower=tuple((a, b[0]) for a, b in (bounds or {}).items()),
            upper=tuple((a, b[1]) for a, b in (bounds or {}).items()),
        ),
    )
    between = between_rules(auc_cac, range(seeds), area_draws(auc_cac, method, humans))
    return RunResult(
        version=1,
        dataset=Dataset(
            name="Digits trio",
            content_hash="0123456789abcdef",
            simulated=True,
            test_cases=f"{cases} cases",
        ),
        method=method,
        network="mlp",
        config=config.to_dict(),
        classes=tuple(labels),
        experts=tuple(names),
        agents=(*names, "AI"),
        cases=Cases(train=917, validation=161, test=cases),
        test_cases_per_class=dict.fromkeys(labels, cases // classes),
        auc_cac=auc_cac,
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
        points=tuple(points),
        ai_accuracy={rule: AI_ALONE[rule] for rule in rules},
        ai_accuracy_interval={
            rule: ai_alone([AI_ALONE[rule]] * seeds, cases).interval for rule in rules
        },
        ai_accuracy_per_seed={rule: (AI_ALONE[rule],) * seeds for rule in rules},
        expert_accuracy={n: round(float(s), 4) for n, s in zip(names, skill, strict=True)},
        expert_accuracy_interval={
            n: (float(s) - 0.04, float(s) + 0.04) for n, s in zip(names, skill, strict=True)
        },
        random={
            rule: tuple(
                RandomPoint(
                    coverage=c / 10,
                    accuracy=(1 - c / 10) * float(skill.mean()) + c / 10 * AI_ALONE[rule],
                    interval=(0.6, 0.9),
                )
                for c in range(11)
            )
            for rule in rules
        },
        oracle=_oracle(rules if complete >= 30 else (), grid, complete, cases),
        training=None,
        seconds={"compile": 2.0, "train": 3.1, "correctness": 1.9, "pricing": 0.2, "total": 7.2},
        device="cpu",
        warnings=(),
        versions={"python": "3.11", "jax": "0.10.2"},
        created="2025-11-20T10:00:00+00:00",
    )


UNMEASURED = AgentAccuracy(accuracy=None, interval=None, cases=0, measured_on="handed")


def with_points(result: RunResult, change: Callable[[Point], dict[str, object]]) -> RunResult:
    """The same with something changed in every point."""
    points = tuple(point.model_copy(update=change(point)) for point in result.points)
    return result.model_copy(update={"points": points})


def unmeasured(result: RunResult, *, seeds: tuple[int, ...] = (0,)) -> RunResult:
    """The same where nothing measures Reader A, so that the team has no accuracy at some seeds."""

    def change(point: Point) -> dict[str, object]:
        if point.seed not in seeds:
            return {}
        agents = {**point.agent_accuracy, "Reader A": UNMEASURED}
        return {"accuracy": None, "accuracy_interval": None, "agent_accuracy": agents}

    return with_points(result, change)


def with_config(result: RunResult, **changes: object) -> RunResult:
    """The same with other settings."""
    config = TrainConfig.from_dict({**result.config, **changes})
    return result.model_copy(update={"config": config.to_dict(), "method": config.method})


def on(result: RunResult, name: str, content_hash: str) -> RunResult:
    """The same of another data set."""
    dataset = result.dataset.model_copy(update={"name": name, "content_hash": content_hash})
    return result.model_copy(update={"dataset": dataset})


def area_draws(
    areas: dict[str, RuleArea], method: str, humans: str, resamples: int = 200
) -> dict[str, np.ndarray]:
    """Areas on resamples of the test cases: the luck of the cases is the same for every run."""
    luck = np.random.default_rng(7).normal(0, 1.0, resamples)
    own = np.random.default_rng(sum(map(ord, method + humans)))
    return {
        rule: np.stack([(a or 0.0) + luck + own.normal(0, 0.1, resamples) for a in area.per_seed])
        for rule, area in areas.items()
    }


class _Maker:
    """Makes points of one run."""

    def __init__(
        self,
        names: list[str],
        skill: np.ndarray,
        classes: list[str],
        bounds: Limits | None,
        missing: float,
        cases: int,
        shift: float,
        humans: str,
    ):
        self.agents, self.skill, self.classes, self.bounds = [*names, "AI"], skill, classes, bounds
        self.missing, self.cases, self.shift, self.humans = missing, cases, shift, humans

    def point(self, rng: np.random.Generator, target: float | None, seed: int, rule: str) -> Point:
        """A point; the same rng gives the same points in the same order."""
        agents, skill, cases, missing = self.agents, self.skill, self.cases, self.missing
        if self.bounds:
            limits = {a: self.bounds.get(a, (0.0, 1.0)) for a in agents}
            coverage = float(np.mean(limits["AI"]))
        else:
            assert target is not None
            limits = {a: (0.0, 1.0) for a in agents} | {"AI": (target, target)}
            coverage = target
        noise = rng.normal(0, 0.08 if rule == "gate" else 0.008)
        if 0 < coverage < 1:
            coverage = float(np.clip(coverage + noise, 0, 1))
        share = (skill - skill.min() + 0.05) / (skill - skill.min() + 0.05).sum() * (1 - coverage)
        if self.humans == "balanced":
            share = np.full(len(skill), (1 - coverage) / len(skill))
        workload = dict(zip(agents, [*map(float, share), coverage], strict=True))
        gain = {"gate": 0.04, "priced": 0.07, "value": 0.11}[rule]
        ends = (1 - coverage) * float(skill.max()) + coverage * 0.78
        accuracy = ends + gain * 4 * coverage * (1 - coverage) + rng.normal(0, 0.006) + self.shift
        accuracy = float(np.clip(accuracy, 0, 1))
        c = len(self.classes)
        wrong = int(cases * (1 - missing) * (1 - accuracy) / (c * max(c - 1, 1)))
        confusion = np.full((c, c), wrong)
        np.fill_diagonal(confusion, int(cases * (1 - missing) * accuracy / c))
        return Point(
            target=target,
            seed=seed,
            rule=rule,
            coverage=coverage,
            accuracy=accuracy,
            accuracy_interval=(accuracy - 0.035, accuracy + 0.035),
            workload=workload,
            bounds=limits,
            prices=None if rule == "gate" else {a: 0.01 * i for i, a in enumerate(agents)},
            measured_share=coverage + (1 - coverage) * (1 - missing),
            agent_accuracy={
                a: AgentAccuracy(
                    accuracy=float(s),
                    interval=(float(s) - 0.05, float(s) + 0.05),
                    cases=int(cases * workload[a] * (1 if a == "AI" else 1 - missing)),
                    measured_on="handed",
                )
                for a, s in zip(agents, [*skill, 0.84], strict=True)
            },
            recall={
                name: Recall(
                    recall=accuracy - 0.03 + 0.02 * i,
                    interval=(accuracy - 0.08 + 0.02 * i, accuracy + 0.02 + 0.02 * i),
                    cases=cases // c,
                )
                for i, name in enumerate(self.classes)
            },
            specificity={
                name: Specificity(specificity=0.9, interval=(0.88, 0.92), cases=cases - cases // c)
                for name in self.classes
            },
            confusion=tuple(map(tuple, confusion.tolist())),
            validation=Held(coverage=coverage, accuracy=accuracy, workload=workload),
            against=Against(
                AI=paired(accuracy - AI_ALONE[rule]),
                best_expert=PairedWith(
                    name=agents[-2], **dict(paired(accuracy - float(skill.max())))
                ),
                **({} if rule == "value" else {"rule": None}),
            ),
        )


def paired(difference: float, half: float = 0.03) -> Paired:
    """A paired difference, `half` an interval wide to each side."""
    ends = difference - half, difference + half
    return Paired(
        difference=difference, interval=ends, distinguishable=distinguishable(ends, SHOWN)
    )


def _oracle(
    rules: tuple[str, ...], grid: tuple[float | None, ...], complete: int, cases: int
) -> Oracle:
    team, ai, best = (
        Accuracy(accuracy=share, interval=(share - 0.1, share + 0.1)) for share in (0.8, 0.7, 0.85)
    )
    return Oracle(
        cases=complete,
        fewest=30,
        all_test_cases=complete == cases,
        rules={
            rule: tuple(
                OraclePoint(
                    target=target,
                    accuracy=0.97,
                    interval=(0.95, 0.99),
                    per_seed=(0.97,),
                    same_cases=SameCases(team=team, ai=ai, best=best),
                )
                for target in grid
            )
            for rule in rules
        },
    )


def _area(points: list[Point]) -> float:
    found = auc_cac([p.coverage for p in points], [p.accuracy for p in points])
    assert found is not None
    return found


def stored_run(
    result: RunResult, name: str, *, state: str = "finished", home: Path | None = None
) -> str:
    """Writes a run into the store as the worker would; returns its id."""
    from core.experiment.events import Finished, PointsDone, Progress
    from core.record.journal import RunJournal

    journal = RunJournal(home)
    config = TrainConfig.from_dict(result.config)
    run_id = journal.create(result.dataset.content_hash, result.dataset.name, config, name)
    if state == "queued":
        return run_id
    journal.claim(run_id, "tests|1|0")
    if state == "finished":
        draws = area_draws(result.auc_cac, result.method, result.config["humans"])
        journal.finish(run_id, Finished(result=result, artifacts={"areas": draws}))
    elif state == "failed":
        journal.fail(run_id, "The worker ran out of memory; try a smaller batch.")
    elif state == "running":
        gate = result.of_rule("gate")
        done = PointsDone(points=gate[: len(gate) // 2])
        journal.write_points(run_id, done.points)
        rows = [("loss", 2.0 / (e + 1), e, 1000 * e) for e in range(20)]
        rows += [("log_likelihood", -1.5 / (e + 1), e, 1000 * e) for e in range(20)]
        progress = Progress(
            stage="train",
            fraction=0.42,
            text="Training point 5 of 11",
            seconds_left=7.4,
            epoch=20,
            metrics={"loss": 0.1},
        )
        journal.report(run_id, progress, rows)
    return run_id
