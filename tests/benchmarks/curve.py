"""A curve from one training against a mixture per target: accuracy, coverage, seconds, paired."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.evaluation.curves import auc_cac
from core.evaluation.intervals import student_t
from core.experiment.grid import Grid
from core.experiment.plan import make_plan
from core.experiment.scored import Scored
from core.library.samples import SAMPLES, load_sample
from core.reading.read import ReadOptions, read
from tests.benchmarks.rows import Row
from tests.benchmarks.sets import noisy_digits

SEEDS = 20
# Sets of real people's annotations, beside the project where there are any.
FOLDERS: dict[str, dict[str, Any]] = {
    "broward_panel": {},
    "broward": {},
    "ecg": {"finding": "RBBB"},
}
BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"


class Curve(NamedTuple):
    """What one way of training gave on one set.

    Attributes:
      auc: per rule, AUC-CAC per seed.
      missed: per rule, mean over seeds and targets of |coverage − target|, a share.
      seconds: to train all points and price them, compiling left out.
    """

    auc: dict[str, list[float]]
    missed: dict[str, float]
    seconds: float


def train(dataset: AnnotationSet, config: TrainConfig) -> Curve:
    """Train and evaluate the method's own rules."""
    plan = make_plan(dataset, config)
    start = time.perf_counter()
    grid = Grid(dataset, config, plan)
    scored = Scored(dataset, config, plan, grid.splits, grid.annotated)
    for event in grid.fit_method():
        for target, seed, *own in event if isinstance(event, list) else []:
            prices = grid.points.prices(target, seed)
            scored.add("gate", target, seed, *own, prices)
            scored.add("priced", target, seed, *own)
    seconds = time.perf_counter() - start - grid.clock.compile
    auc, missed = {}, {}
    for rule in ("gate", "priced"):
        mine = [p for p in scored.points if p.rule == rule]
        per_seed = [[p for p in mine if p.seed == seed] for seed in config.seed_list]
        found = [auc_cac([p.coverage for p in ps], [p.accuracy for p in ps]) for ps in per_seed]
        auc[rule] = [area for area in found if area is not None]
        missed[rule] = float(np.mean([abs(p.coverage - (p.target or 0.0)) for p in mine]))
    return Curve(auc, missed, seconds)


def sets() -> Iterator[AnnotationSet]:
    """The samples, noisy digits, and the folders that are there."""
    yield from (load_sample(name)[0] for name in SAMPLES)
    yield noisy_digits()
    for name, options in FOLDERS.items():
        if (BESIDE / name).is_dir():
            yield read(BESIDE / name, options=ReadOptions(**options))[0]


def measure() -> Iterator[Row]:
    """A row per set and way to bound the experts."""
    means = []
    for dataset in sets():
        ai = "external" if dataset.kind == "scores" else "learned"
        for humans in ("free", "balanced"):
            each = TrainConfig(humans=humans, seeds=SEEDS, ai=ai, curve="each")
            one, many = train(dataset, replace(each, curve="one")), train(dataset, each)
            better = {
                rule: student_t(np.subtract(one.auc[rule], many.auc[rule])) for rule in one.auc
            }
            mean, _, high = better["priced"]
            means.append(mean)
            rules = "; ".join(
                f"{rule} {np.mean(one.auc[rule]):.1f} against {np.mean(many.auc[rule]):.1f}, "
                f"{found[0]:+.2f} ({found[1]:+.2f} to {found[2]:+.2f}), off target by "
                f"{one.missed[rule]:.3f} and {many.missed[rule]:.3f}"
                for rule, found in better.items()
            )
            yield Row(
                f"one training against one per target, {dataset.name}, {humans}, {SEEDS} seeds",
                "no interval of `priced` wholly below −1 points",
                f"{rules}; {one.seconds:.1f} against {many.seconds:.1f} s",
                high is None or high >= -1,
            )
    yield Row(
        "… mean over sets, `priced`",
        "≥ −0.5 points",
        f"{np.mean(means):+.2f}",
        float(np.mean(means)) >= -0.5,
    )
