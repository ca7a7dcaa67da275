"""Stand-ins for the real experiment."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.experiment.events import Event, Finished, PointsDone, Progress
from core.results.models import Cases, Point
from tests.pages.fixtures import make_result

RESULT = make_result(experts=2, targets=(0.5,))
POINT = RESULT.points[0]


def point(target: float | None = 0.5, seed: int = 0, rule: str = "gate") -> Point:
    return POINT.model_copy(
        update={
            **{"target": target, "seed": seed, "rule": rule, "coverage": 0.5, "accuracy": 0.9},
            "workload": {"Ann": 0.25, "Bob": 0.25, "AI": 0.5},
            "bounds": {"Ann": (0.0, 1.0), "Bob": (0.0, 0.2), "AI": (0.5, 0.5)},
        }
    )


def finished(config: TrainConfig) -> Finished:
    result = RESULT.model_copy(
        update={
            "config": config.to_dict(),
            "cases": Cases(train=40, validation=0, test=20),
            "points": tuple(point(c) for c in config.coverage),
            "seconds": {"compile": 1.0, "train": 2.0, "total": 3.5},
        }
    )
    return Finished(
        result=result,
        artifacts={"outputs_seed0": {"targets": np.array(config.coverage)}, "note.txt": "hello"},
    )


def epochs(
    config: TrainConfig, pause: float = 0.0, seen: list[int] | None = None
) -> Iterator[Event]:
    """One event per epoch, a point after each."""
    for epoch in range(1, config.epochs + 1):
        if seen is not None:
            seen.append(epoch)
        time.sleep(pause)
        yield Progress(
            stage="train",
            fraction=epoch / config.epochs,
            text=f"Epoch {epoch}",
            epoch=epoch,
            metrics={"loss": 1.0 / epoch, "bad": float("nan")},
        )
        yield PointsDone(points=[point(seed=epoch)])
    yield finished(config)


def experiment(**settings: Any) -> Callable[[AnnotationSet, TrainConfig], Iterator[Event]]:
    return lambda dataset, config: epochs(config, **settings)


def failing(error: Exception) -> Callable[[AnnotationSet, TrainConfig], Iterator[Event]]:
    def run(dataset: AnnotationSet, config: TrainConfig) -> Iterator[Event]:
        yield Progress(stage="prepare", fraction=0.0, text="Preparing")
        yield PointsDone(points=[point()])
        raise error

    return run


def held(
    reached: threading.Event, go_on: threading.Event, seen: list[int]
) -> Callable[[AnnotationSet, TrainConfig], Iterator[Event]]:
    """Stops inside its second epoch until it may go on."""

    def run(dataset: AnnotationSet, config: TrainConfig) -> Iterator[Event]:
        for event in epochs(config, seen=seen):
            if len(seen) == 2 and not go_on.is_set():
                reached.set()
                assert go_on.wait(20)
            yield event

    return run
