"""The commands: from arguments to one JSON object and an exit code."""

import argparse
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import closing, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from core.base.files import json_text
from core.base.report import DataError, Report, clip
from core.base.trouble import StorageError, storage_words
from core.cli import store as cli_store
from core.cli.options import STORE_COMMANDS, UsageError, config_from, make_parser
from core.cli.output import ProgressLine, own_stdout, quiet_libraries
from core.config.bounds import Bounds
from core.config.train_config import ConfigError, TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.em.bounds import BoundsError
from core.experiment import artifacts
from core.experiment.events import Finished, Progress
from core.library import store as library

DONE, DEFECT, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
SAMPLE, STORED = "sample:", "stored:"


class OutError(ValueError):
    """The folder for the results cannot be used; the message says why."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; bad input is one line on standard error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    with own_stdout() as out, quiet_libraries():
        try:
            return _command(arguments, out)
        except (UsageError, ConfigError, BoundsError, DataError, OutError, StorageError) as error:
            return _say(f"error: {error}", BAD_INPUT)
        except KeyboardInterrupt:
            return _say("interrupted", INTERRUPTED)
        except BrokenPipeError:  # whoever read our output has seen enough
            return DONE
        except Exception as error:
            if said := storage_words(error):
                return _say(f"error: {said}", BAD_INPUT)
            where = _write_crash(arguments)
            what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            return _say(f"error: a defect of ours ({what}); details are in {where}", DEFECT)


def _command(arguments: list[str], out: TextIO) -> int:
    try:
        with redirect_stdout(out):
            options = make_parser().parse_args(arguments)
    except SystemExit as ended:  # --help has been printed
        return int(ended.code or 0)
    about_store = {name: getattr(cli_store, name) for name in STORE_COMMANDS}
    command = {"inspect": inspect, "train": train, "route": route, **about_store}[options.command]
    out.write(json_text(command(options)))
    out.flush()
    return DONE


def inspect(options: argparse.Namespace) -> dict[str, Any]:
    """Describes a data set."""
    from core.insight.describe import describe

    return describe(*read_set(options))


def route(options: argparse.Namespace) -> dict[str, Any]:
    """Hands out new cases by a trained model."""
    from core.cli import route as cli_route

    return cli_route.route(options)


def train(options: argparse.Namespace) -> dict[str, Any]:
    """Trains and evaluates the whole grid, and writes the run's folder when one is asked for."""
    config = config_from(options)
    check_out(options.out)
    dataset, report = read_set(options)
    _check(dataset, config)
    finished = _train(dataset, config, ProgressLine(quiet=options.quiet))
    sentences = [problem.sentence() for problem in report.warnings]
    warnings = tuple(dict.fromkeys([*sentences, *finished.result.warnings]))
    result = finished.result.model_copy(update={"warnings": warnings})
    if options.out is not None:
        try:
            artifacts.write_whole(options.out, replace(finished, result=result))
        except OSError as error:
            raise OutError(f"--out {options.out}: {error.strerror or error}") from error
    return result.to_dict()


def read_set(options: argparse.Namespace) -> tuple[AnnotationSet, Report]:
    """The data set that PATH names.

    Raises:
      DataError: it cannot be used. UsageError: there is nothing of that name.
    """
    from core.library.samples import SAMPLES, load_sample
    from core.reading.read import ReadOptions, read

    text, path = str(options.path), Path(options.path)
    if text.startswith(STORED):
        return _stored(text.removeprefix(STORED))
    name = text.removeprefix(SAMPLE)
    if text.startswith(SAMPLE) or (text in SAMPLES and not path.exists()):
        if name not in SAMPLES:
            raise UsageError(f"there is no sample {name!r}; expected one of {', '.join(SAMPLES)}")
        return load_sample(name)
    if not path.exists():
        names = ", ".join(SAMPLE + sample for sample in SAMPLES)
        raise UsageError(
            f"{text}: no such file or folder; expected a data set, {names}, or {STORED}HASH"
        )
    return read(
        path,
        options=ReadOptions(ignore_unknown_cases=options.ignore_unknown_cases, rate=options.rate),
    )


def _stored(start: str) -> tuple[AnnotationSet, Report]:
    """The set in the library whose content hash begins so."""
    stored = library.Library()
    known = [entry.content_hash for entry in stored.entries()]
    found = [key for key in known if start and key.startswith(start)]
    if len(found) != 1:
        said = f"{STORED}{clip(start, 40)}"
        if found:
            raise UsageError(
                f"{said}: {len(found)} data sets begin so; expected more letters of the hash"
            )
        raise UsageError(
            f"{said}: no such data set among {len(known)} in {stored.folder}; expected a content "
            "hash, or how it begins. CASELOAD_HOME says where data sets are kept"
        )
    return stored.load(found[0]), stored.report(found[0])


def check_out(out: Path | None) -> None:
    """Refuses a results folder that cannot be written, before any work is done.

    Raises:
      OutError: it is a file, holds something else, or may not be written.
    """
    if out is None:
        return
    name = clip(out)
    try:
        there, folder = out.exists(), out.is_dir()
        others = folder and any(out.iterdir()) and not artifacts.is_run_folder(out)
        parent = next(p for p in out.absolute().parents if p.exists())
    except OSError as error:  # a name too long
        raise OutError(f"--out {name}: {error.strerror}; expected the name of a folder") from None
    if there and not folder:
        raise OutError(f"--out {name}: found a file, expected a folder or a new name")
    if others:
        raise OutError(
            f"--out {name}: the folder holds other things than a run; expected an empty or new one"
        )
    try:
        # Rights alone do not tell: a read-only disk and /proc grant them.
        with tempfile.TemporaryDirectory(dir=parent, prefix=".caseload."):
            pass
    except OSError:
        raise OutError(f"--out {name}: {parent} is no folder one may write to") from None


def _check(dataset: AnnotationSet, config: TrainConfig) -> None:
    from core.experiment.experiment import check

    try:
        check(dataset, config)
    except BoundsError as error:
        if error.nearest is None or not config.bounded:
            raise
        nearest = Bounds.named(error.nearest, dataset.agents).plain()
        offer = json.dumps(nearest, ensure_ascii=False)
        raise BoundsError(f"{error}; the nearest feasible bounds are {offer}") from None


def _train(dataset: AnnotationSet, config: TrainConfig, line: ProgressLine) -> Finished:
    from core.experiment.experiment import run
    from core.training import devices

    devices.configure(library.home() / "jax-cache")
    try:
        with closing(run(dataset, config)) as events:  # type: ignore[type-var]
            for event in events:
                if isinstance(event, Progress):
                    line.show(event)
                elif isinstance(event, Finished):
                    return event
    finally:
        line.clear()
    raise RuntimeError("the experiment ended without a result")


def _say(message: str, code: int) -> int:
    print(" ".join(message.splitlines()), file=sys.stderr)
    return code


def _write_crash(arguments: list[str]) -> Path:
    """Writes the traceback of the present exception where people can find it."""
    text = f"{time.strftime('%Y-%m-%d %H:%M:%S')} python -m core {' '.join(arguments)}\n"
    text += traceback.format_exc() + "\n"
    for folder in (library.home(), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with open(folder / "crash.log", "a", encoding="utf-8") as log:
                log.write(text)
            return folder / "crash.log"
        except OSError:
            continue
    return Path(os.devnull)
