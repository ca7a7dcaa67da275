"""What the samples promise: teams, the AI alone, workloads on unseen cases."""

import warnings
from collections.abc import Iterator

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.dataset.splits import seed_split
from core.evaluation.intervals import student_t
from core.experiment.events import Finished
from core.experiment.experiment import run
from core.library.samples import SAMPLES, load_sample
from core.results.models import Point, RunResult
from tests.benchmarks.rows import Row
from tests.benchmarks.sets import noisy_digits

SEEDS = 5


def result_of(dataset: AnnotationSet, config: TrainConfig) -> RunResult:
    """The result of a whole run."""
    *_, last = run(dataset, config)
    assert isinstance(last, Finished)
    return last.result


def chosen_points(result: RunResult, rule: str = "value") -> Iterator[Point]:
    """Per seed the point whose accuracy on validation cases is best."""
    for seed in result.seeds:
        mine = [p for p in result.of_rule(rule) if p.seed == seed]
        yield max(mine, key=lambda p: p.validation.accuracy or 0.0)


def _signed(values: list[float]) -> str:
    mean, low, high = student_t(values)
    return f"{100 * mean:+.1f} ({100 * (low or 0):+.1f} to {100 * (high or 0):+.1f})"


def measure_teams() -> list[Row]:
    """The team against the AI alone and the best expert alone, coverage chosen on validation."""
    rows = []
    for name in SAMPLES:
        result = result_of(load_sample(name)[0], TrainConfig(seeds=SEEDS))
        points = list(chosen_points(result))
        accuracy = [p.accuracy for p in points]
        best = max(a for a in result.expert_accuracy.values() if a is not None)
        to_ai = [a - b for a, b in zip(accuracy, result.ai_accuracy_per_seed["value"], strict=True)]
        to_best = [a - best for a in accuracy]
        coverage = np.mean([p.coverage for p in points])
        rows.append(
            Row(
                f"{name}: team at {coverage:.0%} coverage ({np.mean(accuracy):.1%})",
                "≥ 3 points over AI alone and best expert alone",
                f"{_signed(to_ai)} over the AI ({result.ai_accuracy['value']:.1%}), "
                f"{_signed(to_best)} over the best expert ({best:.1%})",
                min(np.mean(to_ai), np.mean(to_best)) >= 0.03,
            )
        )
    return rows


def measure_ai() -> list[Row]:
    """The AI alone against scikit-learn's classifiers on the same splits, paired by seed."""
    rows = []
    sets = {name: load_sample(name)[0] for name in SAMPLES} | {"noisy digits": noisy_digits()}
    for name, dataset in sets.items():
        result = result_of(dataset, TrainConfig(coverage=(0.5,), seeds=SEEDS))
        theirs: dict[str, list[float]] = {"logistic regression": [], "MLPClassifier": []}
        assert dataset.inputs is not None
        flat = dataset.inputs.reshape(len(dataset.truth), -1).astype(np.float64)
        flat /= 255.0 if dataset.inputs.ndim > 2 else 1.0
        for seed in range(SEEDS):
            split = seed_split(dataset, seed)
            for kind, model in (
                ("logistic regression", LogisticRegression(max_iter=2000)),
                ("MLPClassifier", MLPClassifier(random_state=seed)),
            ):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", ConvergenceWarning)
                    model.fit(flat[split.train], dataset.truth[split.train])
                theirs[kind].append(model.score(flat[split.test], dataset.truth[split.test]))
        best = max(theirs, key=lambda kind: float(np.mean(theirs[kind])))
        for rule in ("gate", "value"):
            ours = result.ai_accuracy_per_seed[rule]
            gap = [a - b for a, b in zip(ours, theirs[best], strict=True)]
            _, _, high = student_t(gap)
            rows.append(
                Row(
                    f"{name}: AI alone, rule {rule}, against {best}",
                    "paired interval reaches −1 point",
                    f"{_signed(gap)}",
                    high is not None and high >= -0.01,
                )
            )
    return rows


def measure_workloads() -> list[Row]:
    """Realised coverage on unseen cases against the target, and the curve's areas."""
    rows = []
    for name, dataset in {
        "noisy digits": noisy_digits(),
        "fna_panel": load_sample("fna_panel")[0],
    }.items():
        result = result_of(dataset, TrainConfig(seeds=SEEDS))
        cases = result.cases
        worst, met = 0.0, True
        for rule in ("priced", "value"):
            for target in result.config["coverage"]:
                points = result.at(rule, target)
                miss = abs(float(np.mean([p.coverage for p in points])) - target)
                error = np.sqrt(target * (1 - target) * (1 / cases.validation + 1 / cases.test))
                worst, met = max(worst, miss), met and miss <= 0.02 + 2 * error
        areas = ", ".join(
            f"{rule} {v.mean:.1f} ({v.interval[0]:.1f} to {v.interval[1]:.1f})"
            for rule, v in result.auc_cac.items()
        )
        rows.append(
            Row(
                f"{name}: coverage on unseen cases, {SEEDS} seeds (AUC-CAC {areas})",
                "within 0.02 + 2 standard errors",
                f"worst mean miss {worst:.3f}",
                met,
            )
        )
    return rows
