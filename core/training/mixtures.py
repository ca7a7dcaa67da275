"""Fit mixtures on a grid with the AI they share: once per seed, not once per grid point.

The AI learns from ground truth alone, so the points of a seed, which see the same batches in the
same order, would all train the same AI. It is trained first and what it gives each case's ground
truth at every step is kept; the mixtures' E-steps read it. That saves a quarter of the work with
two experts, a third where experts share a trunk.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from core.correctness.classifier import Classifier
from core.data.batches import Cases, Seeds
from core.methods.protocol import Method
from core.models.spec import NetworkConfig
from core.training.epoch import Points
from core.training.loop import ChunkDone, EpochDone, Fit, FitConfig
from core.training.programs import Clock

_RECORD = "log_truth"


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedAI:
    """The AIs of all seeds.

    Attributes:
      log_probabilities: for the evaluation cases.
    """

    log_probabilities: Float[np.ndarray, "S n C"]


def fit_mixtures(
    method: Method,
    network: NetworkConfig,
    points: Points,
    cases: Cases,
    seeds: Seeds,
    evaluate: np.ndarray,
    config: FitConfig,
    *,
    clock: Clock,
) -> Iterator[EpochDone | ChunkDone | LearnedAI]:
    """Fit the AI of every seed, unless an external one is given, then every grid point.

    Args:
      method: a mixture.
      network: its networks; the AI is of the same kind.
      points: the grid; points of a seed share their key.
      cases: every case of the set.
      seeds: splits and masks per seed.
      evaluate: case positions to predict for, [S, n].
      config: epochs, batch size and rates.
      clock: told how long was waited for compiling.

    Yields:
      `LearnedAI` once, before any point; `EpochDone` and `ChunkDone` of the grid points, and
      `EpochDone` without points while the AI trains.
    """
    learned = cases.ai_log.shape[1] == 0
    # Made first: its programs compile while the AI trains.
    grid = Fit(method, points, cases, seeds, evaluate, config, clock=clock, learned_ai=learned)
    if not learned:
        yield from grid.run()
        return
    count = seeds.train.shape[0]
    first = np.asarray([int(np.argmax(np.asarray(points.seed) == s)) for s in range(count)])
    ai_points = Points(points.key[first], points.seed[first], points.fold[first], None)
    classifier = Classifier(config=network, patience=None, optimiser="sgd", record=_RECORD)
    ai = Fit(classifier, ai_points, cases, seeds, evaluate, config, clock=clock)
    experts = network.experts if network.separate_experts else 1
    share = count / (count + len(np.asarray(points.seed)) * (1 + experts))
    told: list[np.ndarray] = []
    parts: list[ChunkDone] = []
    for event in ai.run():
        if isinstance(event, ChunkDone):
            parts.append(event)
            continue
        assert event.record is not None
        if len(told) < event.epoch:
            told.append(np.zeros((count, event.record.shape[1]), np.float32))
        told[event.epoch - 1][event.points] = event.record
        yield replace(
            event, points=np.empty(0, int), metrics={}, record=None, fraction=share * event.fraction
        )
    yield LearnedAI(
        log_probabilities=np.concatenate([part.outputs for part in parts]),
    )
    for event in grid.run(told):
        if isinstance(event, EpochDone):
            event = replace(event, fraction=share + (1.0 - share) * event.fraction)
        yield event
