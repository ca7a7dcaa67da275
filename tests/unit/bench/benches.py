"""Sweeps that train nothing."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.base.report import Report
from core.bench.cells import Cell, facts
from core.bench.control import prepare
from core.bench.scores import Done
from core.bench.spec import SweepSpec
from core.bench.sweep_store import Sweep
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.experiment.events import Event, Finished, Progress
from core.experiment.versions import versions
from core.results.models import RunResult
from tests.pages.fixtures import make_result

PLAIN = {
    "data": ["sample:small"],
    "methods": ["pl2d", "naive"],
    "missing_rates": [0, 0.5],
    "seeds": 2,
    "train": {"epochs": 2, "coverage": [0.0, 1.0]},
}


def made(dataset: AnnotationSet, home: Path, **changes: Any) -> Sweep:
    """A kept sweep over one set."""
    spec = SweepSpec.read(PLAIN | changes)
    return prepare(spec, lambda _: (dataset, Report()), home)


@dataclass
class Trainer:
    """Stands in for the experiment, and remembers what it was asked to train.

    Attributes:
      trained: settings, in order.
      stop_at: number of the run in which Ctrl+C is pressed.
      fail: methods that fail.
    """

    trained: list[TrainConfig] = field(default_factory=list)
    stop_at: int | None = None
    fail: Sequence[str] = ()
    lock: Any = field(default_factory=threading.Lock)

    def __call__(self, dataset: AnnotationSet, config: TrainConfig) -> Iterator[Event]:
        with self.lock:
            self.trained.append(config)
            number = len(self.trained)
        yield Progress(stage="train", fraction=0.5, text="half")
        if number == self.stop_at:
            raise KeyboardInterrupt
        if config.method in self.fail:
            raise RuntimeError("out of order")
        yield Finished(result=result_of(config), artifacts={})


def result_of(config: TrainConfig, shift: float = 0.0) -> RunResult:
    """A result of these settings by the present versions."""
    found = make_result(
        experts=2,
        seeds=config.seeds,
        targets=(0.0, 0.5, 1.0),
        method=config.method,
        shift=shift,
    )
    return found.model_copy(update={"config": config.to_dict(), "versions": versions()})


def done(
    dataset: AnnotationSet, shifts: dict[str, float], name: str = "small", rate: float = 0.0
) -> list[Done]:
    """Finished cells of one set: methods and how much better than usual each is."""
    known = facts(name, dataset).model_copy(update={"name": name})
    found = []
    for method, shift in shifts.items():
        config = TrainConfig(method=method, seeds=5, missing_rate=rate)
        cell = Cell(
            data=known, method=method, missing_rate=rate, humans="free", varied=None, config=config
        )
        found.append(Done(cell, result_of(config, shift), "run"))
    return found
