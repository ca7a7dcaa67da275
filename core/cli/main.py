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
from core.base.report import DataError
from core.base.trouble import StorageError, storage_words
from core.cli import store as cli_store
from core.cli.options import UsageError
from core.cli.output import ProgressLine, own_stdout, quiet_libraries
from core.cli.parser import parse, with_options
from core.config.bounds import Bounds
from core.config.train_config import ConfigError, TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.em.bounds import BoundsError
from core.experiment import artifacts
from core.experiment.events import Finished, Progress
from core.library import store as library

DONE, DEFECT, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; bad input is a line for each thing wrong."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    with own_stdout() as out, quiet_libraries():
        try:
            return _command(arguments, out)
        except UsageError as error:
            for problem in error.args:
                _say(f"error: {problem}", BAD_INPUT)
            return BAD_INPUT
        except DataError as error:
            for problem in (*error.report.errors, *error.report.warnings):
                _say(f"{problem.severity}: {with_options(problem)}", BAD_INPUT)
            return BAD_INPUT
        except (ConfigError, BoundsError, StorageError) as error:
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
            return _say(f"error: a defect in the program ({what}); details are in {where}", DEFECT)


def _command(arguments: list[str], out: TextIO) -> int:
    try:
        with redirect_stdout(out):
            options = parse(arguments)
    except SystemExit as ended:  # --help has been printed
        return int(ended.code or 0)
    own = {"inspect": inspect, "derive": derive, "train": train, "sweep": sweep, "route": route}
    command = own.get(options.command) or getattr(cli_store, options.command)
    out.write(json_text(command(options)))
    out.flush()
    return int(getattr(options, "code", DONE))


def inspect(options: argparse.Namespace) -> dict[str, Any]:
    """Describes a data set; of several findings, all side by side."""
    from core.insight.describe import describe
    from core.insight.first_checks import first_checks
    from core.insight.overall import overall

    try:
        dataset, report = options.path(options)
    except DataError as error:
        from core.cli import findings

        rows, table = findings.inspect(options, error)
        print(table, file=sys.stderr)
        return rows
    both = overall(dataset)
    return describe(dataset, report) | {
        "agreement": {
            "measure": both.measure,
            "value": both.value,
            "interval": None if both.value is None else [both.low, both.high],
            "cases": both.cases,
        },
        "check_first": [
            {"what": f.text, "do": f.remedy, "serious": f.serious} for f in first_checks(dataset)
        ],
        "warnings": [with_options(problem) for problem in report.warnings],
    }


def derive(options: argparse.Namespace) -> dict[str, Any]:
    """Makes a set of another one and stores it, unless it is only to be shown."""
    from core.cli import derive as cli_derive

    return cli_derive.derive(options)


def route(options: argparse.Namespace) -> dict[str, Any]:
    """Assigns new cases with a trained model."""
    from core.cli import route as cli_route

    return cli_route.route(options)


def sweep(options: argparse.Namespace) -> dict[str, Any]:
    """Runs or continues a comparison."""
    from core.cli import sweep as cli_sweep

    return cli_sweep.sweep(options)


def train(options: argparse.Namespace) -> dict[str, Any]:
    """Trains and evaluates the whole grid, and writes the run's folder when one is asked for."""
    from core.experiment.plan import default_ai

    dataset, report = options.path(options)
    config = options.config
    if options.ai is None:
        config = replace(config, ai=default_ai(dataset.kind))
    _check(dataset, config)
    finished = _train(dataset, config, ProgressLine(quiet=options.quiet))
    sentences = [problem.sentence() for problem in report.warnings]
    warnings = tuple(dict.fromkeys([*sentences, *finished.result.warnings]))
    result = finished.result.model_copy(update={"warnings": warnings})
    if options.out is not None:
        try:
            artifacts.write_whole(options.out, replace(finished, result=result))
        except OSError as error:
            raise UsageError(f"--out {options.out}: {error.strerror or error}") from error
    return result.to_dict()


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
