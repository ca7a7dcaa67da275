"""Estimates how long a run will take, from finished runs.

The time has two parts. Training grows with the work. Compiling does not: it takes seconds the first
time a worker trains a shape of run, less when the compile cache on disk has it, and nothing while
the same worker still holds it. A run that had to compile is slow to start in its other stages too,
so rates are estimated from other runs wherever there are any.
"""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.config.train_config import TrainConfig
from core.experiment.plan import SEPARATE_AT_MOST, network_for, trains_per_target
from core.library.store import Library
from core.methods.registry import METHODS
from core.models.registry import NETWORKS
from core.record.record import RunRecord
from core.record.store import RunStore

_LOOK_BACK = 200
_NEAREST = 5  # number of similar runs to use
_FARTHER = 4.0  # maximum ratio of work relative to the nearest run
_READY = 0.3  # seconds of compiling up to which a program counts as ready
_FROM_DISK = 0.4  # maximum share of a full compilation with the cache on disk
_SPREAD = 1.25  # ratio between runs of the same work (measured on 2 cores)
_PER_DOUBLING = 0.1  # additional spread for every factor of two in work
_OVERHEAD = 0.3  # seconds that every run takes
_FIRST_USE = 0.6  # minimum share of work in the time of a stage of a run that compiled


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The data set of a run that is to be estimated.

    Attributes:
      content_hash: of the set. kind: as `AnnotationSet.kind`.
      cases: cases that a seed trains on. experts: how many.
    """

    content_hash: str
    kind: str
    cases: int
    experts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Estimated time of a run.

    Attributes:
      low, high: seconds, without compiling.
      ready: minimum and maximum seconds for compiling before; None if unknown.
      runs: how many earlier runs it is based on.
    """

    low: float
    high: float
    ready: tuple[float, float] | None
    runs: int


def known(home: Path | None = None) -> tuple[list[RunRecord], dict[str, tuple[int, str]]]:
    """The data for estimates: finished runs and stored data sets.

    Returns:
      runs, newest first, and content hash → experts and kind.
    """
    store = RunStore(home)
    sets = {e.content_hash: (e.experts, e.kind) for e in Library(store.home).entries()}
    return store.list(_LOOK_BACK, ("finished",)), sets


def estimate_from(
    runs: Sequence[RunRecord],
    sets: Mapping[str, tuple[int, str]],
    config: TrainConfig,
    task: Task,
    worker: str = "",
) -> Estimate | None:
    """Estimates a run's time, scaled from the most similar of `runs`.

    Training scales with seeds × targets (a point per core at a time) × epochs × train cases × the
    networks; the correctness model with seeds × train cases; prices with targets × seeds.

    Args:
      runs: finished runs, newest first.
      sets: content hash → experts and kind, of the data sets still stored.
      config: of the run.
      task: its data set.
      worker: the worker that would train it.
    """
    network = network_for(task.kind, config)
    wanted = _class(config, network.name, task.content_hash, task.kind)
    alike: list[tuple[float, RunRecord, Task]] = []
    work = _work(config, task)
    for run in runs:
        if run.dataset_hash not in sets or not run.train_cases or not run.seconds.get("total"):
            continue
        experts, kind = sets[run.dataset_hash]
        if _class(run.config, run.network, run.dataset_hash, kind) != wanted:
            continue
        of = Task(content_hash=run.dataset_hash, kind=kind, cases=run.train_cases, experts=experts)
        alike.append((_distance(_work(run.config, of), work), run, of))
    if not alike:
        return None
    warm = [entry for entry in alike if _compiled(entry[1]) <= _READY]
    nearest = sorted(warm or alike, key=lambda entry: entry[0])[:_NEAREST]
    nearest = [entry for entry in nearest if entry[0] <= _FARTHER * nearest[0][0]]
    lows, highs = [], []
    for distance, run, of in nearest:
        spread = _SPREAD + _PER_DOUBLING * math.log2(distance)
        seconds = _scaled(run, _work(run.config, of), work)
        # The time of a run that compiled may include its slow start.
        least = seconds if warm else _FIRST_USE * seconds
        lows.append(least / spread)
        highs.append(seconds * spread)
    return Estimate(
        low=_OVERHEAD + min(lows),
        high=_OVERHEAD + max(highs),
        ready=_ready([run for _, run, _ in alike], config, task, worker),
        runs=len(nearest),
    )


def _scaled(run: RunRecord, done: tuple[float, ...], work: tuple[float, ...]) -> float:
    parts = ("train", "correctness", "pricing")
    return sum(
        run.seconds.get(part, 0.0) * new / old
        for part, new, old in zip(parts, work, done, strict=True)
    )


def _ready(
    alike: Sequence[RunRecord], config: TrainConfig, task: Task, worker: str
) -> tuple[float, float] | None:
    """Seconds for compiling: none in a worker that has the program, little from the disk."""
    shape = _shape(config, task.content_hash)
    same = [run for run in alike if _shape(run.config, run.dataset_hash) == shape]
    if worker and any(run.worker == worker for run in same):
        return 0.0, 0.0
    compiled = [_compiled(run) for run in same if _compiled(run) > _READY]
    if same:
        return 0.0, _FROM_DISK * max(compiled, default=0.0)
    compiled = [_compiled(run) for run in alike if _compiled(run) > _READY]
    return (min(compiled), max(compiled)) if compiled else None


def _compiled(run: RunRecord) -> float:
    return float(run.seconds.get("compile", 0.0))


def _class(config: TrainConfig, network: str, content_hash: str, kind: str) -> tuple[object, ...]:
    """Runs of one class cost about the same per unit of work.

    Images differ too much in size to compare data sets.
    """
    spec = NETWORKS.get(network)
    hidden = config.hidden if spec is not None and spec.hidden else ()
    return config.method, network, hidden, kind, content_hash if kind == "images" else ""


def _shape(config: TrainConfig, content_hash: str) -> tuple[object, ...]:
    """Runs of one shape use the same compiled programs: bounds, rates and epochs are traced."""
    return (
        content_hash,
        config.method,
        config.network,
        config.hidden,
        config.expert_networks,
        config.settings,
        config.batch_size,
        config.seeds,
        config.ai,
        config.curve,
    )


def _work(config: TrainConfig, task: Task) -> tuple[float, float, float]:
    method = METHODS.get(config.method)
    points = len(config.targets) * config.seeds
    trained = points if trains_per_target(config) else config.seeds
    # As `core.experiment.plan` chooses: a network per expert, or one trunk for all.
    separate = config.expert_networks == "separate" or (
        config.expert_networks == "auto"
        and task.kind != "images"
        and task.experts <= SEPARATE_AT_MOST
    )
    # One more for the AI that all points of a seed share.
    networks = 1 + (method.networks(task.experts, separate) if method is not None else 1)
    rounds = -(-trained // _cores())
    return rounds * config.epochs * task.cases * networks, config.seeds * task.cases, points


def _cores() -> int:
    """A CPU trains a point per core at a time."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _distance(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return max(max(a / b, b / a) for a, b in zip(one, other, strict=True))
