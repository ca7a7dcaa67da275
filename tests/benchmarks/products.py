"""On a GPU: what products of fewer bits change in the answer of whole runs."""

from collections.abc import Callable, Iterator
from typing import Any

from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.evaluation.intervals import student_t
from tests.benchmarks.gpu import PRECISIONS, coverage, guarded, products
from tests.benchmarks.rows import Row
from tests.benchmarks.samples import result_of
from tests.benchmarks.sets import noisy_digits, pictures

SEEDS = 5


def _answers() -> Iterator[Row]:
    """Whole runs at every precision, same seeds; what changes against float32."""
    sets: dict[str, Callable[[], tuple[AnnotationSet, TrainConfig]]] = {
        "MLP, noisy digits": lambda: (noisy_digits(), TrainConfig(seeds=SEEDS)),
        "small CNN, 16 × 16 images": lambda: (
            pictures(1797, 16),
            TrainConfig(coverage=coverage(5), seeds=SEEDS, network="cnn", epochs=30),
        ),
    }
    for text, make in sets.items():
        base: dict[str, Any] = {}
        for name, precision in PRECISIONS.items():
            with products(precision):
                found = result_of(*make())
            base = base or found
            seconds = found["seconds"]
            changes = ", ".join(
                f"{rule} {_paired(found['auc_cac'][rule], base['auc_cac'][rule])}"
                for rule in ("gate", "value")
            )
            yield Row(
                f"{text}, {SEEDS} seeds, {name}",
                "change reaches 0",
                f"{seconds['train']:.1f} s EM, {seconds['correctness']:.1f} s correctness; AUC-CAC "
                f"gate {found['auc_cac']['gate']['mean']:.2f}, value "
                f"{found['auc_cac']['value']['mean']:.2f}; change {changes}",
                None,
            )


def _paired(one: dict[str, Any], other: dict[str, Any]) -> str:
    values = [a - b for a, b in zip(one["per_seed"], other["per_seed"], strict=True)]
    mean, low, high = student_t(values)
    return f"{mean:+.2f} ({low or 0:+.2f} to {high or 0:+.2f})"


def measure() -> Iterator[Row]:
    """Whole runs, one after the other."""
    yield from guarded((_answers,))
