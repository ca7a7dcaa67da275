"""Missing annotations of train cases, filled in by a model that is fitted first, once per seed."""

from collections.abc import Generator
from dataclasses import replace

import numpy as np

from core.dataset.batches import Cases, Seeds
from core.methods.protocol import Model
from core.training.epoch import Points
from core.training.loop import EpochDone, FitConfig, fit
from core.training.programs import Clock

# Passes of a filler through its networks at a step: two to guess, one or two to learn.
PASSES = 3


def filled(
    filler: Model,
    points: Points,
    cases: Cases,
    seeds: Seeds,
    config: FitConfig,
    share: float,
    *,
    clock: Clock,
) -> Generator[EpochDone, None, tuple[Cases, Seeds]]:
    """Cases and seeds in which no train annotation is missing; the given ones stay as they are.

    Args:
      filler: as `core.methods.protocol.Filling` says.
      points: the grid; every seed's first point gives the key and the order of cases.
      cases: every case of the set.
      seeds: splits and masks per seed.
      config: epochs, batch size and rates, those of the method itself.
      share: what it is of the whole progress.
      clock: records the time spent compiling.

    Yields:
      `EpochDone` without points.
    """
    annotated = np.array(seeds.annotated)
    annotations = np.stack([cases.annotations] * len(annotated))
    first = np.unique(np.asarray(points.seed), return_index=True)[1]
    own = Points(points.key[first], points.seed[first], points.fold[first], None)
    for event in fit(filler, own, cases, seeds, seeds.train, config, clock=clock):
        if isinstance(event, EpochDone):
            nobody = np.empty(0, int)
            yield replace(event, points=nobody, metrics={}, fraction=share * event.fraction)
            continue
        for seed, said in zip(own.seed[event.points], event.outputs, strict=True):
            train = seeds.train[seed]
            given = annotated[seed, train], annotations[seed, train]
            annotations[seed, train] = np.where(*given, np.argmax(said, axis=-1))
            annotated[seed, train] = True
    return cases._replace(annotations=annotations), seeds._replace(annotated=annotated)
