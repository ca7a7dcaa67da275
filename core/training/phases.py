"""Fit a method on a grid, after what it wants fitted before: once per seed, not once per point.

An AI that learns from ground truth alone would come out the same at every point of a seed, since
these see the same batches in the same order. It is trained first and what it gives each case's
ground truth at every step is kept; the points' E-steps read it. That saves a mixture a quarter of
the work with two experts, a third where experts share a trunk.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from jaxtyping import Float

from core.dataset.batches import Cases, Seeds
from core.methods.protocol import Filling, Method
from core.training.epoch import Points
from core.training.filling import PASSES, filled
from core.training.loop import ChunkDone, EpochDone, Fit, FitConfig
from core.training.programs import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAI:
    """The AIs of all seeds: log-probabilities for the evaluation cases."""

    log_probabilities: Float[np.ndarray, "S n C"]


class MethodFit:
    """Fits the AI of every seed where the method wants one, then every grid point.

    Its programs begin to compile when it is made.

    Args:
      method: what to fit.
      networks: that a point trains, against one of the phase before; for the progress.
      points: the grid; points of a seed share their key.
      cases: every case of the set.
      seeds: splits and masks per seed.
      evaluate: case positions to predict for, [S, n].
      config: epochs, batch size and rates.
      clock: records the time spent compiling.
    """

    def __init__(
        self,
        method: Method,
        networks: int,
        points: Points,
        cases: Cases,
        seeds: Seeds,
        evaluate: np.ndarray,
        config: FitConfig,
        *,
        clock: Clock,
    ):
        self.method, self.config = method, config
        self._filled: Callable[[], Iterator[EpochDone | ChunkDone | SharedAI]] | None = None
        if isinstance(method, Filling) and cases.annotations.ndim == 2:
            total = (method, networks, points, cases, seeds, evaluate, config)
            self._filled = partial(_after_filling, *total, clock=clock)
            return
        before = None if cases.ai_log.shape[1] else method.before
        # Made first: its programs compile while the AI trains.
        self._grid = Fit(
            method,
            points,
            cases,
            seeds,
            evaluate,
            config,
            clock=clock,
            learned_ai=before is not None,
        )
        self._ai = None
        self._seeds = count = seeds.train.shape[0]
        if before is not None:
            first = np.asarray([int(np.argmax(np.asarray(points.seed) == s)) for s in range(count)])
            ai_points = Points(points.key[first], points.seed[first], points.fold[first], None)
            self._ai = Fit(before, ai_points, cases, seeds, evaluate, config, clock=clock)
        self._share = count / (count + len(np.asarray(points.seed)) * networks)

    def run(self) -> Iterator[EpochDone | ChunkDone | SharedAI]:
        """Train.

        Yields:
          `SharedAI` once, before any point; `EpochDone` and `ChunkDone` of the grid points, and
          `EpochDone` without points while the AI trains, or what fills in missing annotations.
        """
        if self._filled is not None:
            yield from self._filled()
            return
        if self._ai is None:
            yield from self._grid.run()
            return
        ai_log: list[np.ndarray] = []
        parts: list[ChunkDone] = []
        for event in self._ai.run():
            if isinstance(event, ChunkDone):
                parts.append(event)
                continue
            assert event.record is not None
            if len(ai_log) < event.epoch:
                ai_log.append(np.zeros((self._seeds, event.record.shape[1]), np.float32))
            ai_log[event.epoch - 1][event.points] = event.record
            yield replace(
                event,
                points=np.empty(0, int),
                metrics={},
                record=None,
                fraction=self._share * event.fraction,
            )
        yield SharedAI(log_probabilities=np.concatenate([part.outputs for part in parts]))
        for event in self._grid.run(ai_log):
            if isinstance(event, EpochDone):
                event = replace(event, fraction=self._share + (1.0 - self._share) * event.fraction)
            yield event


def _after_filling(
    method: Filling,
    networks: int,
    points: Points,
    cases: Cases,
    seeds: Seeds,
    evaluate: np.ndarray,
    config: FitConfig,
    *,
    clock: Clock,
) -> Iterator[EpochDone | ChunkDone | SharedAI]:
    """A fit on annotations of which the missing ones are filled in first."""
    work = seeds.train.shape[0] * PASSES
    share = work / (work + len(np.asarray(points.seed)))
    filling = filled(method.filler, points, cases, seeds, config, share, clock=clock)
    cases, seeds = yield from filling
    fit = MethodFit(method, networks, points, cases, seeds, evaluate, config, clock=clock)
    for event in fit.run():
        if isinstance(event, EpochDone):
            event = replace(event, fraction=share + (1.0 - share) * event.fraction)
        yield event
