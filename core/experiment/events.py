"""Events of a running experiment."""

from dataclasses import dataclass, field
from typing import Any

from core.results.models import Point, RunResult

STAGES = ("prepare", "train", "correctness", "pricing", "evaluate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Progress of a run; at least one per epoch of any grid point.

    Attributes:
      stage: one of `STAGES`.
      fraction: share of the whole run that is done, in [0, 1], never falling.
      seconds_left: estimate for the whole run, None while unknown.
      text: one sentence, for example "Training point 3 of 11".
      epoch: epochs done by the current points, None outside training.
      metrics: name → value at this epoch (mean over seeds), for example `loss`,
        `log_likelihood`, `coverage_0.3`.
    """

    stage: str
    fraction: float
    text: str
    seconds_left: float | None = None
    epoch: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsDone:
    """Points that have finished, under some of the rules."""

    points: list[Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The end of a run.

    Attributes:
      result: what the command line prints (core/README.md: "The command line in full").
      artifacts: file name → text, bytes, NumPy arrays or a data frame, as
        `core.experiment.artifacts` writes them.
    """

    result: RunResult
    artifacts: dict[str, Any]


Event = Progress | PointsDone | Finished
