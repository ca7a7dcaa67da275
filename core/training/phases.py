"""Fit a method on a grid, after what it wants fitted before: once per seed, not once per point.

An AI that learns from ground truth alone would come out the same at every point of a seed, since
these see the same batches in the same order. It is trained first and what it gives each case's
ground truth at every step is kept; the points' E-steps read it. That saves a mixture a quarter of
the work with two experts, a third where experts share a trunk. What fills in missing annotations is
trained before that, once per seed as well.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from core.dataset.batches import Cases, Seeds
from core.methods.protocol import Filling, Method, Model
from core.training.epoch import Points
from core.training.loop import ChunkDone, EpochDone, Fit, FitConfig, fit
from core.training.programs import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAI:
    """The AIs of all seeds: log-probabilities for the evaluation cases."""

    log_probabilities: Float[np.ndarray, "S n C"]


# Passes of a filler through its networks at a step: two to guess, one or two to learn.
_FILLER_PASSES = 3


def fit_method(
    method: Method,
    networks: int,
    points: Points,
    cases: Cases,
    seeds: Seeds,
    evaluate: np.ndarray,
    config: FitConfig,
    *,
    clock: Clock,
) -> Iterator[EpochDone | ChunkDone | SharedAI]:
    """Fit what fills in annotations and the AI where the method wants them, then every grid point.

    Args:
      method: what to fit.
      networks: that a point trains, against one of the phase before; for the progress.
      points: the grid; points of a seed share their key.
      cases: every case of the set.
      seeds: splits and masks per seed.
      evaluate: case positions to predict for, [S, n].
      config: epochs, batch size and rates.
      clock: records the time spent compiling.

    Yields:
      `SharedAI` once, before any point; `EpochDone` and `ChunkDone` of the grid points, and
      `EpochDone` without points while what they share trains.
    """
    share = 0.0
    if isinstance(method, Filling):
        count, passes = seeds.train.shape[0], len(np.asarray(points.seed)) * networks
        own = count * networks * _FILLER_PASSES
        share = own / (own + passes + count)
        cases, seeds = yield from _filled(
            method.filler, _one_per_seed(points, count), cases, seeds, config, share, clock=clock
        )
    for event in _fit(method, networks, points, cases, seeds, evaluate, config, clock=clock):
        if isinstance(event, EpochDone):
            event = replace(event, fraction=share + (1.0 - share) * event.fraction)
        yield event


def _one_per_seed(points: Points, count: int) -> Points:
    """The first point of every seed, without its bounds."""
    first = [int(np.argmax(np.asarray(points.seed) == s)) for s in range(count)]
    return Points(points.key[first], points.seed[first], points.fold[first], None)


def _filled(
    filler: Model,
    points: Points,
    cases: Cases,
    seeds: Seeds,
    config: FitConfig,
    share: float,
    *,
    clock: Clock,
) -> Generator[EpochDone, None, tuple[Cases, Seeds]]:
    """Cases and seeds in which no train annotation is missing; `share` is that of the progress."""
    annotated = np.array(seeds.annotated)
    annotations = np.stack([cases.annotations] * len(annotated))
    for event in fit(filler, points, cases, seeds, seeds.train, config, clock=clock):
        if isinstance(event, EpochDone):
            yield _of_no_point(event, share)
            continue
        for row, seed in enumerate(points.seed[event.points]):
            train = seeds.train[seed]
            said = np.argmax(event.outputs[row], axis=-1)
            annotations[seed, train] = np.where(
                annotated[seed, train], annotations[seed, train], said
            )
            annotated[seed, train] = True
    return cases._replace(annotations=annotations), seeds._replace(annotated=annotated)


def _of_no_point(event: EpochDone, share: float) -> EpochDone:
    """An epoch of what points share."""
    nothing = np.empty(0, int)
    return replace(event, points=nothing, metrics={}, record=None, fraction=share * event.fraction)


def _fit(
    method: Method,
    networks: int,
    points: Points,
    cases: Cases,
    seeds: Seeds,
    evaluate: np.ndarray,
    config: FitConfig,
    *,
    clock: Clock,
) -> Iterator[EpochDone | ChunkDone | SharedAI]:
    """The AI of every seed where the method wants one, then every grid point."""
    before = None if cases.ai_log.shape[1] else method.before
    # Made first: its programs compile while the AI trains.
    grid = Fit(
        method, points, cases, seeds, evaluate, config, clock=clock, learned_ai=before is not None
    )
    if before is None:
        yield from grid.run()
        return
    count = seeds.train.shape[0]
    own = _one_per_seed(points, count)
    ai = Fit(before, own, cases, seeds, evaluate, config, clock=clock)
    share = count / (count + len(np.asarray(points.seed)) * networks)
    ai_log: list[np.ndarray] = []
    parts: list[ChunkDone] = []
    for event in ai.run():
        if isinstance(event, ChunkDone):
            parts.append(event)
            continue
        assert event.record is not None
        if len(ai_log) < event.epoch:
            ai_log.append(np.zeros((count, event.record.shape[1]), np.float32))
        ai_log[event.epoch - 1][event.points] = event.record
        yield _of_no_point(event, share)
    yield SharedAI(log_probabilities=np.concatenate([part.outputs for part in parts]))
    for event in grid.run(ai_log):
        if isinstance(event, EpochDone):
            event = replace(event, fraction=share + (1.0 - share) * event.fraction)
        yield event
