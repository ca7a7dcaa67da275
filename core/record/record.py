"""The record of one run, and its form as MLflow tags."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from core.base.files import to_plain
from core.config.train_config import ConfigError, TrainConfig
from core.experiment.events import Progress
from core.record.glance import glance_of

STATES = ("queued", "running", "finished", "failed", "cancelled")
ENDED = ("finished", "failed", "cancelled")
# Reason of a run that was cancelled while running; possibly no points had finished.
CANCELLED = "Cancelled; points that had finished are kept."
# MLflow's name for each state, so that its pages agree.
MLFLOW_STATUS = {
    "queued": "SCHEDULED",
    "running": "RUNNING",
    "finished": "FINISHED",
    "failed": "FAILED",
    "cancelled": "KILLED",
}
PREFIX = "caseload."
NOTE = "mlflow.note.content"  # MLflow's own, which its pages show and edit too
_CHUNK = 4000  # characters of a tag's value; MLflow cuts at 8000 without a word
_PARAMS = ("method", "network", "epochs", "seeds", "missing_rate", "humans", "ai")
WAITING = Progress(stage="prepare", fraction=0.0, text="Waiting for the worker")
STARTING = Progress(stage="prepare", fraction=0.0, text="Loading the data set")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """The record of one run.

    Attributes:
      run_id: MLflow's id. name: of the run.
      state: one of `STATES`. reason: for the state, as a sentence; may be empty.
      dataset_hash: content hash in the library. dataset_name: the set's name when submitted.
      config: all settings.
      created, started, ended, heartbeat: UTC times; None until they happen.
      progress: the last progress report.
      attempts: how often a worker has taken the run without giving it back.
      worker: `ProcessId` as text of the worker that has it, empty when none has.
      ends: how its dead workers ended, as far as known (`core.worker.recovery`).
      cancel_requested: whether it is to be cancelled.
      seconds: the result's `seconds`, empty until the run has finished.
      train_cases: cases in train, None until the run has finished.
      network: that `auto` resolved to; empty until the run has finished.
      note: people's note.
      areas: rule → mean AUC-CAC (× 100), the run's main rule first. Like the next two empty until
        the run has finished, and for runs older than these figures.
      area_intervals: rule → 95 % interval of its area.
      spark: accuracy of that first rule along the curve, by realised coverage.
      trouble: a sentence on what failed in training; empty if nothing did.
      numbers: `core.experiment.versions.numbers_version`; empty until the run has finished.
    """

    run_id: str
    name: str
    state: str
    reason: str
    dataset_hash: str
    dataset_name: str
    config: TrainConfig
    created: datetime
    started: datetime | None
    ended: datetime | None
    heartbeat: datetime | None
    progress: Progress
    attempts: int
    worker: str
    ends: tuple[str, ...]
    cancel_requested: bool
    seconds: Mapping[str, float]
    train_cases: int | None
    network: str
    note: str = ""
    areas: Mapping[str, float] = field(default_factory=dict)
    area_intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    spark: tuple[float, ...] = ()
    trouble: str = ""
    numbers: str = ""

    @property
    def done(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED


def now() -> str:
    """The time as written in tags."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def config_tags(config: TrainConfig) -> dict[str, str]:
    """The settings as JSON, in pieces where bounds for many experts make it long."""
    text = json.dumps(config.to_dict(), sort_keys=True)
    pieces = [text[i : i + _CHUNK] for i in range(0, len(text), _CHUNK)]
    return {f"{PREFIX}config.{i}": piece for i, piece in enumerate(pieces)}


def config_params(config: TrainConfig) -> dict[str, str]:
    """The main settings as MLflow parameters, for MLflow's own pages.

    The tags hold all settings; every parameter makes all lists of runs slower to read.
    """
    return {name: str(getattr(config, name)) for name in _PARAMS}


def shown_tags(dataset_hash: str, dataset_name: str, config: TrainConfig) -> dict[str, str]:
    """Tags with readable names, for finding, grouping and colouring runs on MLflow's own pages."""
    own = config.missing_rates
    return {
        "data_set": dataset_name,
        "content_hash": dataset_hash,
        "method": config.method,
        # Without names of experts: hundreds would not fit, and grouping by them makes no sense.
        "missing_rate": "per expert" if own else f"{config.missing_rate:g}",
    }


def progress_text(progress: Progress) -> str:
    """The progress report, without metrics when there are too many for a tag."""
    text = json.dumps(to_plain(asdict(progress)))
    if len(text) > 2 * _CHUNK - 100:
        text = json.dumps(to_plain(asdict(replace(progress, metrics={}))))
    return text


def from_mlflow(run: Any) -> RunRecord | None:
    """The record of an MLflow run; None for a run that is not ours or cannot be read."""
    tags = {k[len(PREFIX) :]: v for k, v in run.data.tags.items() if k.startswith(PREFIX)}
    if tags.get("state") not in STATES:
        return None
    try:
        config = TrainConfig.from_dict(json.loads("".join(_pieces(tags))))
        reported = tags.get("progress") if tags["state"] != "queued" else None
        progress = Progress(**json.loads(reported)) if reported else WAITING
        seen = glance_of(tags)
    except (ConfigError, ValueError, TypeError, AttributeError):
        return None
    state = tags["state"]
    return RunRecord(
        run_id=run.info.run_id,
        name=run.info.run_name or "",
        state=state,
        reason=tags.get("reason", ""),
        dataset_hash=tags.get("dataset_hash", ""),
        dataset_name=tags.get("dataset_name", ""),
        config=config,
        created=datetime.fromtimestamp(run.info.start_time / 1000, UTC),
        started=_time(tags.get("started")),
        ended=_time(tags.get("ended")) if state in ENDED else None,
        heartbeat=_time(tags.get("heartbeat")),
        progress=progress,
        attempts=int(tags.get("attempts") or 0),
        worker=tags.get("worker", ""),
        ends=tuple(tags.get("ends", "").split(",")) if tags.get("ends") else (),
        cancel_requested=tags.get("cancel") == "true",
        seconds=json.loads(tags.get("seconds") or "{}"),
        train_cases=int(tags["train_cases"]) if tags.get("train_cases") else None,
        network=tags.get("network", ""),
        note=run.data.tags.get(NOTE, ""),
        areas=seen.areas if seen else {},
        area_intervals=seen.intervals if seen else {},
        spark=seen.spark if seen else (),
        trouble=tags.get("trouble", ""),
        numbers=tags.get("numbers", ""),
    )


def _pieces(tags: Mapping[str, str]) -> Iterable[str]:
    for i in range(len(tags)):
        piece = tags.get(f"config.{i}")
        if piece is None:
            return
        yield piece


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
