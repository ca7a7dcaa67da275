"""How long a run will take, told from the runs that have finished."""

from collections.abc import Sequence
from pathlib import Path

from core.runs.config import TrainConfig
from core.runs.record import RunRecord
from core.runs.store import RunStore

_LOOK_BACK = 50


def estimate_seconds(
    config: TrainConfig, train_cases: int, kind: str, home: Path | None = None
) -> float | None:
    """Seconds the run will take; None before anything like it has finished.

    Args:
      config: what would be trained.
      train_cases: cases in train.
      kind: `features` or `images`, as `AnnotationSet.kind`.
      home: folder of everything made at run time.
    """
    return estimate_from(RunStore(home).list(_LOOK_BACK, ("finished",)), config, train_cases, kind)


def estimate_from(
    runs: Sequence[RunRecord], config: TrainConfig, train_cases: int, kind: str
) -> float | None:
    """Seconds the run will take, scaled from the most similar of `runs` (newest first).

    Training scales with targets × seeds × epochs × cases, the correctness model with
    seeds × cases, prices with targets × seeds; compiling does not scale.
    """
    network = config.network
    if network == "auto":
        network = "cnn" if kind == "images" else "mlp"
    wanted = _class(config, network)
    alike = [
        run
        for run in runs
        if run.train_cases
        and run.seconds.get("total")
        and _class(run.config, run.network) == wanted
    ]
    if not alike:
        return None
    work = _work(config, train_cases)
    nearest = min(alike, key=lambda run: _distance(_work(run.config, run.train_cases or 1), work))
    done = _work(nearest.config, nearest.train_cases or 1)
    parts = ("train", "correctness", "pricing")
    scaled = sum(
        nearest.seconds.get(part, 0.0) * new / old
        for part, new, old in zip(parts, work, done, strict=True)
    )
    return nearest.seconds.get("compile", 0.0) + scaled


def _class(config: TrainConfig, network: str) -> tuple[str, str, tuple[int, ...]]:
    """Runs of one class cost about the same per unit of work."""
    return config.method, network, config.hidden if network == "mlp" else ()


def _work(config: TrainConfig, cases: int) -> tuple[float, float, float]:
    points = len(config.targets) * config.seeds
    return points * config.epochs * cases, config.seeds * cases, points


def _distance(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return max(max(a / b, b / a) for a, b in zip(one, other, strict=True))
