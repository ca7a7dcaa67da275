"""Finished runs in the documented shape, made without training."""

from typing import Any

import numpy as np

from core.evaluation.areas import between_rules
from core.runs.config import TrainConfig

RULES = ("gate", "priced", "value")


def make_result(
    *,
    experts: int = 3,
    seeds: int = 1,
    targets: tuple[float, ...] = tuple(round(i / 10, 1) for i in range(11)),
    bounds: dict[str, tuple[float, float]] | None = None,
    method: str = "pl2d",
    missing: float = 0.4,
    classes: int = 4,
    cases: int = 400,
    shift: float = 0.0,
    humans: str = "free",
    complete: int = 400,
) -> dict[str, Any]:
    """A plausible result: the team peaks between the AI alone and the best expert alone.

    `bounds` replaces `targets`; `shift` is added to every team accuracy, to make runs differ;
    `complete` test cases were annotated by every expert.
    """
    names = [f"Reader {chr(65 + i)}" if i < 26 else f"Reader {i + 1}" for i in range(experts)]
    agents = [*names, "AI"]
    skill = np.linspace(0.66, 0.82, experts)
    labels = [f"class {c}" for c in range(classes)]
    rules = ("value",) if method == "correctness" else RULES
    points = []
    grid: tuple[float | None, ...] = (None,) if bounds else targets
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        for target in grid:
            for rule in rules:
                points.append(
                    _point(
                        rng,
                        target,
                        seed,
                        rule,
                        agents,
                        labels,
                        skill,
                        bounds,
                        missing,
                        cases,
                        shift,
                        humans,
                    )
                )
    # The class `correctness` reports one rule only, so the areas follow the points.
    areas = {
        rule: [
            _area([p for p in points if p["rule"] == rule and p["seed"] == s]) for s in range(seeds)
        ]
        for rule in rules
    }
    config = TrainConfig(
        method=method,
        coverage=targets,
        humans=humans,
        seeds=seeds,
        lower=tuple(sorted((a, b[0]) for a, b in (bounds or {}).items())),
        upper=tuple(sorted((a, b[1]) for a, b in (bounds or {}).items())),
    )
    ai = {"gate": 0.762, "priced": 0.762, "value": 0.781}
    result = {
        "dataset": {
            "name": "Digits trio",
            "content_hash": "0123456789abcdef",
            "simulated": True,
            "test_cases": f"{cases} cases",
        },
        "method": method,
        "network": "mlp",
        "config": config.to_dict(),
        "classes": labels,
        "experts": names,
        "agents": agents,
        "cases": {"train": 917, "validation": 161, "test": cases},
        "auc_cac": {
            rule: {
                "mean": float(np.mean(values)),
                "interval": [float(np.mean(values)) - 1.1, float(np.mean(values)) + 1.1],
                "per_seed": values,
            }
            for rule, values in areas.items()
        },
        "points": points,
        "ai_accuracy": {rule: ai[rule] for rule in rules},
        "ai_accuracy_interval": {rule: [ai[rule] - 0.03, ai[rule] + 0.03] for rule in rules},
        "ai_accuracy_per_seed": {rule: [ai[rule]] * seeds for rule in rules},
        "expert_accuracy": {n: round(float(s), 4) for n, s in zip(names, skill, strict=True)},
        "expert_accuracy_interval": {
            n: [float(s) - 0.04, float(s) + 0.04] for n, s in zip(names, skill, strict=True)
        },
        "seconds": {"compile": 2.0, "train": 3.1, "correctness": 1.9, "pricing": 0.2, "total": 7.2},
        "device": "cpu",
        "warnings": [],
        "created": "2025-11-20T10:00:00+00:00",
        "random": {
            rule: [
                {
                    "coverage": c / 10,
                    "accuracy": (1 - c / 10) * float(skill.mean()) + c / 10 * ai[rule],
                    "interval": [0.6, 0.9],
                }
                for c in range(11)
            ]
            for rule in rules
        },
        "oracle": {
            "cases": complete,
            "fewest": 30,
            "rules": {
                rule: [
                    {
                        "target": t,
                        "accuracy": 0.97,
                        "interval": [0.95, 0.99],
                        "per_seed": [0.97],
                        "same_cases": {
                            who: {"accuracy": share, "interval": [share - 0.1, share + 0.1]}
                            for who, share in (("team", 0.8), ("ai", 0.7), ("best", 0.85))
                        },
                    }
                    for t in grid
                ]
                for rule in rules
                if complete >= 30
            },
        },
    }
    result["areas_against"] = between_rules(result["auc_cac"], range(seeds), area_draws(result))
    return result


def area_draws(result: dict[str, Any], resamples: int = 200) -> dict[str, np.ndarray]:
    """Areas on resamples of the test cases: the luck of the cases is the same for every run."""
    luck = np.random.default_rng(7).normal(0, 1.0, resamples)
    own = np.random.default_rng(sum(map(ord, result["method"] + result["config"]["humans"])))
    return {
        rule: np.stack([a + luck + own.normal(0, 0.1, resamples) for a in entry["per_seed"]])
        for rule, entry in result["auc_cac"].items()
    }


def older(result: dict[str, Any]) -> dict[str, Any]:
    """The result as runs had it before references and paired differences of areas."""
    later = ("random", "oracle", "areas_against")
    old = {name: value for name, value in result.items() if name not in later}
    return old | {"dataset": {k: v for k, v in old["dataset"].items() if k != "test_cases"}}


def _point(
    rng: np.random.Generator,
    target: float | None,
    seed: int,
    rule: str,
    agents: list[str],
    classes: list[str],
    skill: np.ndarray,
    bounds: dict[str, tuple[float, float]] | None,
    missing: float,
    cases: int,
    shift: float,
    humans: str,
) -> dict[str, Any]:
    if bounds:
        limits = {a: list(bounds.get(a, (0.0, 1.0))) for a in agents}
        coverage = float(np.mean(limits["AI"]))
    else:
        assert target is not None
        limits = {a: [0.0, 1.0] for a in agents} | {"AI": [target, target]}
        coverage = target
    noise = rng.normal(0, 0.08 if rule == "gate" else 0.008)
    if 0 < coverage < 1:
        coverage = float(np.clip(coverage + noise, 0, 1))
    share = (skill - skill.min() + 0.05) / (skill - skill.min() + 0.05).sum() * (1 - coverage)
    if humans == "balanced":
        share = np.full(len(skill), (1 - coverage) / len(skill))
    workload = dict(zip(agents, [*map(float, share), coverage], strict=True))
    gain = {"gate": 0.04, "priced": 0.07, "value": 0.11}[rule]
    ends = (1 - coverage) * float(skill.max()) + coverage * 0.78
    accuracy = ends + gain * 4 * coverage * (1 - coverage) + rng.normal(0, 0.006) + shift
    accuracy = float(np.clip(accuracy, 0, 1))
    c = len(classes)
    confusion = np.full((c, c), int(cases * (1 - missing) * (1 - accuracy) / (c * max(c - 1, 1))))
    np.fill_diagonal(confusion, int(cases * (1 - missing) * accuracy / c))
    return {
        "target": target,
        "seed": seed,
        "rule": rule,
        "coverage": coverage,
        "accuracy": accuracy,
        "accuracy_interval": [accuracy - 0.035, accuracy + 0.035],
        "workload": workload,
        "bounds": limits,
        "prices": None if rule == "gate" else {a: 0.01 * i for i, a in enumerate(agents)},
        "measured_share": coverage + (1 - coverage) * (1 - missing),
        "agent_accuracy": {
            a: {
                "accuracy": float(s),
                "interval": [float(s) - 0.05, float(s) + 0.05],
                "cases": int(cases * workload[a] * (1 if a == "AI" else 1 - missing)),
            }
            for a, s in zip(agents, [*skill, 0.84], strict=True)
        },
        "recall": {
            name: {
                "recall": accuracy - 0.03 + 0.02 * i,
                "interval": [accuracy - 0.08 + 0.02 * i, accuracy + 0.02 + 0.02 * i],
                "cases": cases // c,
            }
            for i, name in enumerate(classes)
        },
        "confusion": confusion.tolist(),
        "validation": {"coverage": coverage, "accuracy": accuracy, "workload": workload},
    }


def _area(points: list[dict[str, Any]]) -> float:
    ordered = sorted(points, key=lambda p: p["coverage"])
    x = np.array([0.0, *(p["coverage"] for p in ordered), 1.0])
    y = np.array(
        [ordered[0]["accuracy"], *(p["accuracy"] for p in ordered), ordered[-1]["accuracy"]]
    )
    return float(100 * np.trapezoid(y, x))


def stored_run(
    result: dict[str, Any], name: str, *, state: str = "finished", home: Any = None
) -> str:
    """Writes a run into the store as the worker would; returns its id."""
    from core.runs.events import Finished, PointsDone, Progress
    from core.runs.journal import RunJournal

    journal = RunJournal(home)
    config = TrainConfig.from_dict(result["config"])
    data = result["dataset"]
    run_id = journal.create(data["content_hash"], data["name"], config, name)
    if state == "queued":
        return run_id
    journal.claim(run_id, "tests|1|0")
    if state == "finished":
        draws = {"areas": area_draws(result)} if "areas_against" in result else {}
        journal.finish(run_id, Finished(result=result, artifacts=draws))
    elif state == "failed":
        journal.fail(run_id, "The worker ran out of memory; try a smaller batch.")
    elif state == "running":
        gate = [p for p in result["points"] if p["rule"] == "gate"]
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
