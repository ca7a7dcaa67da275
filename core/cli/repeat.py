"""The command line that repeats a run."""

import dataclasses
import json
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.cli.options import parse_coverage
from core.cli.parser import OPTIONS
from core.config.missing_rates import check_learning_rate
from core.config.train_config import ConfigError, TrainConfig

BOUNDS_FILE = "bounds.json"
PATH = "PATH"  # placeholder for a data set whose path is unknown
_STEPS = (0.1, 0.05, 0.2, 0.25, 0.01, 0.02, 0.025, 0.001)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """How a run is repeated on the command line.

    Attributes:
      command: for a POSIX shell; empty where the command line cannot express the settings.
      bounds: what `BOUNDS_FILE` has to hold, as JSON; empty for runs without own bounds.
      unable: why there is no command, one sentence; empty where there is one.
    """

    command: str
    bounds: str
    unable: str


def repeat(config: TrainConfig, path: str = PATH, home: Path | None = None) -> Repeat:
    """The command that trains with exactly these settings.

    Args:
      config: the settings.
      path: what `train` calls the data set.
      home: where the command has to look for stored data sets; None for the usual place.
    """
    try:
        check_learning_rate(config.learning_rate)
    except ConfigError as error:  # from before there was a limit
        return Repeat(command="", bounds="", unable=f"Today it would be refused: {error}.")
    default = TrainConfig()
    arguments = ["python", "-m", "core", "train", path]
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if value == getattr(default, field.name) or field.name == "bounds":
            continue
        option, texts = OPTIONS.get(field.name), _texts(field.name, value)
        if option is None or texts is None:
            name = field.name.replace("_", " ")
            unable = f"The command line cannot express this run's {name}."
            return Repeat(command="", bounds="", unable=unable)
        # With "=" throughout: names of experts may begin with a dash.
        arguments += [f"{option}={text}" for text in texts]
    if config.bounded:
        arguments.append(f"--bounds={BOUNDS_FILE}")
    command = shlex.join(arguments)
    if home is not None:
        command = f"CASELOAD_HOME={shlex.quote(os.fspath(home))} {command}"
    return Repeat(command=command, bounds=_bounds(config), unable="")


def _bounds(config: TrainConfig) -> str:
    if not config.bounds:
        return ""
    sides = {side: shares for side, shares in config.bounds.plain().items() if shares}
    return json.dumps(sides, ensure_ascii=False)


def _texts(name: str, value: Any) -> list[str] | None:
    """What is typed after the option, each time it is given; None where nothing says the value."""
    if name == "coverage":
        return _coverage(value)
    if name == "hidden":
        return [",".join(map(str, value))]
    if isinstance(value, tuple):
        return ["=".join(map(str, v)) if isinstance(v, tuple) else v for v in value]
    return [str(value)]


def _coverage(targets: Sequence[float]) -> list[str] | None:
    """Targets as a range where they are one, else as a list; None where neither can say them."""
    steps = (f"{targets[0]!r}:{targets[-1]!r}:{step}" for step in _STEPS)
    ranges = steps if len(targets) > 2 else ()
    for text in (*ranges, ",".join(map(repr, targets))):
        if _same(text, targets):
            return [text]
    return None


def _same(text: str, targets: Sequence[float]) -> bool:
    try:
        return parse_coverage(text) == tuple(targets)
    except ValueError:  # a range with too many steps
        return False
