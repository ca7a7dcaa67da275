"""The command that runs a comparison, or continues it."""

import argparse
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.report import Report, clip
from core.cli import options as reading
from core.cli import places
from core.cli.options import UsageError
from core.cli.output import ProgressLine
from core.dataset.annotation_set import AnnotationSet
from core.experiment.events import Progress as Shown
from core.library import store as library

if TYPE_CHECKING:
    from core.bench.progress import Progress, TimeEstimate
    from core.bench.spec import SweepSpec
    from core.bench.sweep_store import Sweep

_LOOK_SECONDS = 1.0


class SpecFile:
    """A comparison as its file says it, and the folder that its paths may start from."""

    def __init__(self, spec: "SweepSpec", folder: Path):
        self.spec, self.folder = spec, folder


def spec_file(text: str) -> SpecFile:
    """Reads SPEC.yaml.

    Raises:
      UsageError: it cannot be read, or is no comparison.
    """
    from yaml import YAMLError

    from core.bench.spec import SpecError, SweepSpec
    from core.cli import yaml_text

    path, said = Path(text), clip(text)
    try:
        plain = yaml_text.read(path.read_text("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{said}: {error.strerror or error}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        why = " ".join(str(error).split())
        raise UsageError(f"{said}: not YAML ({clip(why, 160)})") from None
    try:
        if isinstance(plain, dict) and isinstance(train := plain.get("train"), dict):
            if isinstance(coverage := train.get("coverage"), str | int | float):
                train["coverage"] = reading.parse_coverage(str(coverage))
        return SpecFile(SweepSpec.read(plain), path.parent)
    except (SpecError, UsageError) as error:
        raise UsageError(f"{said}: {str(error).removeprefix('--')}") from None


def folder(text: str) -> Path:
    """The folder for a comparison's files."""
    from core.bench.findings import SPEC

    return places.run_folder(text, "a comparison", lambda path: (path / SPEC).is_file())


def sweep(options: argparse.Namespace) -> dict[str, Any]:
    """Runs what is missing, and gives tables, tests and ranks of all of it."""
    from core.bench import control
    from core.bench.findings import Findings, gather
    from core.record.store import RunStore
    from core.worker import service

    home, file = library.home(), options.spec
    started = control.prepare(file.spec, partial(_read, file.folder), home)
    now = control.status(started, home)
    if now.count("refused") == len(now.cells):
        raise UsageError(f"no cell can be trained: {now.cells[0].refused}")
    line = ProgressLine(quiet=options.quiet)
    _say(line, _before(started, now, home))
    inline = options.workers_inline or not service.worker_state(home).alive
    try:
        now = _here(started, home, line) if inline else _follow(started, home, line)
    except KeyboardInterrupt:
        line.clear()
        if not inline:
            _say(line, "The worker goes on; the page Compare can cancel it.")
        raise
    finally:
        line.clear()
    store = RunStore(home)
    done = gather(now, lambda run_id: store.result(run_id).curves_only())
    found = Findings(started, done, started.spec.rule, started.spec.reference)
    files = found.write(options.out) if options.out is not None else []
    failed = [one for one in now.cells if one.state in ("failed", "cancelled", "open")]
    options.code = 1 if any(one.state == "failed" for one in failed) else 0
    return {
        "id": started.id,
        "name": started.spec.name,
        "cells": {
            "all": len(now.cells),
            "finished": now.count("finished"),
            "not_finished": [_named(one) | {"why": _why(one)} for one in failed],
            "left_out": [_named(one) | {"why": one.refused} for one in now.cells if one.refused],
        },
        "runs": [_named(one) | {"run": one.run.run_id} for one in now.cells if one.run],
        **found.plain(),
        "files": files,
        "spec": started.spec.plain(),
    }


def _here(started: "Sweep", home: Path, line: ProgressLine) -> "Progress":
    from core.bench import control
    from core.training import devices

    devices.configure(home / "jax-cache")
    return control.train_here(started, home, seen=lambda now: line.show(_shown(now)))


def _follow(started: "Sweep", home: Path, line: ProgressLine) -> "Progress":
    """Queues what is missing and watches the worker."""
    from core.bench import control

    control.start(started, home)
    while (now := control.status(started, home)).live:
        line.show(_shown(now))
        time.sleep(_LOOK_SECONDS)
    return now


def _shown(now: "Progress") -> Shown:
    done, every = now.count("finished"), len(now.cells) - now.count("refused")
    running = [one for one in now.cells if one.state == "running"]
    text = f"{done} of {every} cells finished"
    if running:
        cell = running[0].cell
        text += f"; now {cell.method} on {cell.data.name}, {100 * cell.missing_rate:g} % removed"
    return Shown(stage="sweep", fraction=now.fraction, text=text, seconds_left=now.seconds_left)


def _before(started: "Sweep", now: "Progress", home: Path) -> str:
    from core.bench.progress import estimate
    from core.record.estimate import known

    records, sets = known(home)
    todo = estimate(now.cells, records, sets)
    text = f"{started.spec.name}: {len(now.cells)} cells, {now.count('finished')} finished before"
    if now.count("refused"):
        text += f", {now.count('refused')} cannot be trained"
    return f"{text}; {time_words(todo)}"


def time_words(todo: "TimeEstimate") -> str:
    """The estimate in words."""
    if not todo.cells:
        return "nothing left to train"
    if todo.low is None or todo.high is None:
        return "no estimate of the time yet: no comparable run has finished here"
    low, high = (f"{end / 60:.1f}" for end in (todo.low, todo.high))
    return f"about {low} to {high} min left, by earlier runs"


def _say(line: ProgressLine, text: str) -> None:
    line.show(Shown(stage=text, fraction=0.0, text=text))


def _read(near: Path, given: str) -> tuple[AnnotationSet, Report]:
    """The data set of an entry: a path from here, else from the spec's folder."""
    from core.reading.formats import ReadOptions

    plain = ":" in given or Path(given).is_absolute() or Path(given).exists()
    beside = near / given
    text = str(beside) if not plain and beside.exists() else given
    return places.data_set(text)(
        argparse.Namespace(**dict.fromkeys((*ReadOptions.model_fields, "finding")))
    )


def _named(one: Any) -> dict[str, Any]:
    cell = one.cell
    plain: dict[str, Any] = {
        "data_set": cell.data.name,
        "method": cell.method,
        "missing_rate": cell.missing_rate,
        "humans": cell.humans,
    }
    return plain | ({"setting": cell.varied[0], "value": cell.varied[1]} if cell.varied else {})


def _why(one: Any) -> str:
    return (one.run.reason if one.run else "") or one.state
