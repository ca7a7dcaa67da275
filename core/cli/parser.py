"""What can be typed after `python -m core`, and everything that is wrong with what was typed.

With argparse: two libraries that derive a command line from types were tried and gave no less code.
Both stop at the first value they cannot use, so every option would be declared as text and read
here all the same. jsonargparse 4.53 also wants another syntax (--hidden [16,8], --off_duty+=A) and
says "Parser key". tyro 1.0 says what is wrong in boxes, which a program can word only through its
private, unstable `_errors`. Importing them takes 57 and 43 ms of processor time, argparse 5 ms.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from core.cli import options as reading
from core.cli import places
from core.cli.options import UsageError
from core.config.missing_rates import MOST_LEARNING_RATE
from core.config.train_config import ConfigError, TrainConfig
from core.methods.registry import METHODS
from core.models.registry import NETWORKS

_DEFAULT = TrainConfig()
_FAILED = object()  # the value of an argument that was typed and cannot be used
_FORGOTTEN = "\0"  # stands for a value that was not typed; nobody can type it


class Command(NamedTuple):
    """A command: what it does, an example, and its arguments with their meaning, by heading."""

    help: str
    example: str = ""
    arguments: Mapping[str, Mapping[str, str]] = {}


# Each sets the field of `TrainConfig` of its name, or the one in `_FIELDS`.
_CONFIG = {
    "what is trained": {
        "--method NAME": "",
        "--coverage A:B:STEP": "targets of the AI's share of cases, from 0 to 1: a range, a list "
        "such as 0.2,0.5, or one number (default: 0:1:0.1)",
        "--humans free|balanced": "how the experts divide the other cases: freely, or equally",
        "--bounds FILE.json": "your own bounds instead of targets, as shares of cases: "
        '{"lower": {"Ann": 0.2}, "upper": {"AI": 0.5}}',
        "--off-duty EXPERT": "an expert who gets no cases; may be repeated",
        "--ai learned|external": "train an AI, or use the set's own ai_predictions.csv",
        "--set NAME=VALUE": "a setting of the method; may be repeated: ",
    },
    "missing annotations": {
        "--missing-rate R": "share of the train annotations to remove at random before training, "
        "from 0 to below 1",
        "--missing-rate-of EXPERT=R": "the same for one expert, such as Ann=0.3; may be repeated",
    },
    "network and training": {
        "--network NAME": "auto: chosen by the data; ",
        "--hidden W,W": "widths of the hidden layers, 1 to 4,096 units each (default: 128,128)",
        "--expert-networks auto|separate|shared": "a network per expert, or one for all of them",
        "--epochs N": "passes over the train cases, 1 to 100,000",
        "--batch-size B": "maximum number of cases in a training step, 1 to 1,000,000",
        "--lr X": f"learning rate of the first step, above 0 and at most {MOST_LEARNING_RATE:g}",
        "--weight-decay X": "weight of an L2 penalty, 0 or more",
        "--seeds S": "how many random seeds, 1 to 1,000; each trains the whole grid once",
        "--seed K": "the first random seed, 0 or more",
    },
}
_DATA_SET = {
    "data set": {
        "PATH": "a folder, zip or file; sample:NAME; or stored:HASH for one in the library (its "
        "content hash, or how that begins)",
        "--ignore-unknown-cases": "leave out annotations of cases that are not in the set",
        "--truth-words ask|missing|class": "what a word such as NA means where it is the "
        "ground truth of several cases: missing leaves these cases out, class keeps it as a class "
        "(default: ask, by an error)",
        "--rate R": "read the manifests of this missing rate",
    }
}
COMMANDS = {
    "inspect": Command(
        "describe a data set", "python -m core inspect sample:fna_panel", arguments=_DATA_SET
    ),
    "train": Command(
        "train and evaluate the whole grid, targets × seeds",
        "python -m core train sample:fna_panel --coverage 0:1:0.25 --epochs 20 --out results",
        _DATA_SET
        | _CONFIG
        | {
            "output": {
                "--out DIR": "also write curve.csv, the outputs and the model to this folder",
                "--quiet": "show no progress",
            }
        },
    ),
    "route": Command(
        "assign new cases by a trained model",
        "python -m core route results new_cases.csv --capacities capacities.json\n"
        '  where capacities.json holds {"Ann": 20, "AI": {"least": 10, "most": 60}}',
        {
            "cases and model": {
                "MODEL_OR_RUN": "a folder that train --out wrote, or a run's id",
                "CASES": "a CSV, or a folder or zip with cases.csv or images",
                "--seed K": "which of the run's models (default: the first)",
            },
            "how many cases an agent gets": {
                "--capacities FILE.json": 'cases, whole numbers: {agent: n} or {agent: {"least": '
                'n, "most": n}}; agents left out are free; needed unless a scenario says how many',
                "--scenario FILE.json": "a scenario as Workload exports it: its guard rules and "
                "duties hold, and its bounds where the capacities name nobody",
                "--scenario-name NAME": "which one, of a file with several",
                "--online": "assign one case at a time, by prices",
            },
            "output": {"--out FILE.csv": "also write the worklist as a table"},
        },
    ),
    "check": Command(
        "compare the store with its checksums",
        arguments={
            "options": {
                "--repair": "rebuild a missing or damaged record of runs from the runs' own files; "
                "what is left of the old one is moved aside"
            }
        },
    ),
    "backup": Command(
        "write data sets, runs and scenarios to one zip, also while the dashboard runs",
        "python -m core backup caseload.zip",
        {"arguments": {"NEW.zip": "the zip to write"}},
    ),
    "restore": Command(
        "make a new store from a backup, in a new folder CASELOAD_HOME",
        "CASELOAD_HOME=new_store python -m core restore caseload.zip",
        {"arguments": {"FILE.zip": "a zip that backup wrote"}},
    ),
    "clean": Command("remove what nothing needs and say what that freed"),
}
_FIELDS = {
    "--lr": "learning_rate",
    "--missing-rate-of": "missing_rates",
    "--set": "settings",
    "MODEL_OR_RUN": "model",
    "NEW.zip": "file",
    "FILE.zip": "file",
}
_MANY = ("off_duty", "missing_rates", "settings")
_READ: Mapping[str, Callable[[str], Any]] = {  # others are text
    "PATH": places.data_set,
    "--out DIR": places.run_folder,
    "--truth-words ask|missing|class": reading.truth_words,
    "--method NAME": reading.method,
    "--coverage A:B:STEP": reading.parse_coverage,
    "--bounds FILE.json": lambda text: reading.read_bounds(Path(text)),
    "--set NAME=VALUE": reading.setting,
    "--missing-rate R": reading.real,
    "--missing-rate-of EXPERT=R": reading.rate_of,
    "--hidden W,W": reading.widths,
    "--epochs N": reading.integer,
    "--batch-size B": reading.integer,
    "--lr X": reading.learning_rate,
    "--weight-decay X": reading.real,
    "--seeds S": reading.integer,
    "--seed K": reading.integer,
    "MODEL_OR_RUN": places.model,
    "CASES": partial(places.existing, expected="a folder, a zip or one of its files"),
    "--capacities FILE.json": reading.capacities_file,
    "--scenario FILE.json": reading.scenario_file,
    "--out FILE.csv": partial(places.new_file, name="--out"),
    "NEW.zip": partial(places.new_file, name="NEW.zip"),
    "FILE.zip": partial(places.existing, expected="a zip that backup wrote"),
}


def _registered() -> dict[str, str]:
    """How help goes on where it is about the methods and networks there are."""
    networks = NETWORKS.values()
    settings = {s.name: s for method in METHODS.values() for s in method.settings}.values()
    rates = ", ".join(f"{spec.learning_rate:g} for {spec.name}" for spec in networks)
    decays = ", ".join(f"{spec.weight_decay:g} for {spec.name}" for spec in networks)
    return {
        "--method": "; ".join(f"{spec.name}: {spec.label}" for spec in METHODS.values()),
        "--network": "; ".join(f"{spec.name}: {spec.label}" for spec in networks),
        "--set": "; ".join(
            f"{s.name} ({' | '.join(s.choices) or s.label}), {s.default} by default"
            for s in settings
        ),
        "--lr": f" (default: {rates})",
        "--weight-decay": f" (default: {decays})",
    }


def _field(name: str) -> str:
    return _FIELDS.get(name, name.removeprefix("--").replace("-", "_").lower())


# The option that sets a field of `TrainConfig`.
OPTIONS = {_field(name.split()[0]): name.split()[0] for group in _CONFIG.values() for name in group}


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command and its arguments, all read; those of `train` hold its `config` too.

    Raises:
      UsageError: with a sentence for each thing wrong. SystemExit: help has been printed.
    """
    problems: list[str] = []
    try:
        options, unknown = _make_parser(problems).parse_known_args(_with_forgotten(arguments))
    except UsageError as error:  # argparse cannot go on
        raise UsageError(*problems, *error.args) from None
    if unknown:
        problems.append(f"unrecognized arguments: {' '.join(unknown)}{options.see}")
    missing = [name for name in options.needed if getattr(options, _field(name)) is None]
    if missing:
        problems.append(f"the following arguments are required: {', '.join(missing)}{options.see}")
    if options.command == "train":
        options.config = _config(options, problems)
    if options.command == "route" and options.scenario is None:
        if options.capacities is None:
            problems.append("--capacities FILE.json is needed, or --scenario FILE.json")
        if options.scenario_name is not None:
            problems.append("--scenario-name says which scenario of --scenario FILE.json")
    if problems:
        raise UsageError(*dict.fromkeys(problems))
    return options


def _config(options: argparse.Namespace, problems: list[str]) -> TrainConfig:
    """The settings of a run, from the values that can be used; adds what is wrong with them."""
    given: dict[str, Any] = {}
    for name in OPTIONS:
        value = getattr(options, name)
        if value is not None and value is not _FAILED:
            given[name] = tuple(v for v in value if v is not _FAILED) if name in _MANY else value
    given["missing_rates"] = tuple(sorted(given.get("missing_rates", ())))
    settings = given.pop("settings", ())
    if options.method is not _FAILED:
        spec = METHODS[given.setdefault("method", _DEFAULT.method)]
        declared = [setting.name for setting in spec.settings]
        given["settings"] = tuple(pair for pair in settings if pair[0] in declared)
        problems += [
            f"method {spec.name} has no setting {name!r}; expected {', '.join(declared) or 'none'}"
            for name, _ in settings
            if name not in declared
        ]
    # `TrainConfig` refuses the first it finds: so each value alone, then what goes together.
    for name, value in given.items():
        parts = [(one,) for one in value] if name in _MANY else []
        for part in [*parts, value]:
            with _noted(problems):
                TrainConfig(**{"method": given.get("method", _DEFAULT.method), name: part})
    return _DEFAULT if problems else TrainConfig(**given)


@contextmanager
def _noted(problems: list[str], name: str = "") -> Iterator[None]:
    """Adds what is wrong to the problems and goes on."""
    try:
        yield
    except (UsageError, ConfigError) as error:
        problems.extend(map(str, error.args))
    except ValueError as error:
        problems.append(f"{name}: {error}")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def _make_parser(problems: list[str]) -> argparse.ArgumentParser:
    """The parser; it adds arguments that cannot be used to the problems."""

    def formatter(prog: str) -> argparse.HelpFormatter:
        return argparse.RawDescriptionHelpFormatter(prog, max_help_position=30)

    parser = _Parser(
        prog="python -m core",
        description="Who should decide which case: the AI, or which human expert?",
        epilog="One JSON object goes to standard output, progress to standard error.\n"
        "Exit codes: 0 done, 2 bad input, 1 a defect in the program, 130 interrupted.\n"
        "See also python -m core COMMAND --help.",
        allow_abbrev=False,
        formatter_class=formatter,
    )
    parser.set_defaults(needed=["COMMAND"], see=f"; see {parser.prog} --help")
    registered = _registered()
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, command in COMMANDS.items():
        prog = f"{parser.prog} {name}"
        needed = [a for group in command.arguments.values() for a in group if a[0] != "-"]
        one = commands.add_parser(
            name,
            help=command.help,
            usage=" ".join([prog, *needed, "[options]"]),
            description=f"{command.help[0].upper()}{command.help[1:]}.",
            epilog=command.example and f"example:\n  {command.example}",
            allow_abbrev=False,
            formatter_class=formatter,
        )
        one.set_defaults(needed=needed, see=f"; see {prog} --help")
        for title, group in command.arguments.items():
            heading = one if title == "options" else one.add_argument_group(title)
            for typed, text in group.items():
                text += registered.get(typed.split()[0], "").replace("%", "%%")
                _add(heading, typed, text, problems)
    return parser


def _add(heading: Any, typed: str, text: str, problems: list[str]) -> None:
    """Adds an argument to a group of argparse, whose type has no public name."""
    name, _, metavar = typed.partition(" ")
    field, read = _field(name), _READ.get(typed, str)
    if name.startswith("--") and not metavar:
        heading.add_argument(name, action="store_true", help=text)
        return

    def noted(word: str) -> Any:
        with _noted(problems, name):
            if word == _FORGOTTEN:
                raise ValueError("expected one argument")
            return read(word)
        return _FAILED

    default = getattr(_DEFAULT, field, None) if field in OPTIONS else None
    if isinstance(default, str | int | float) and "default" not in text:
        text += f" (default: {str(default).removesuffix('.0')})"
    more = {"dest": field, "metavar": metavar} if metavar else {"metavar": name}
    action = "append" if field in _MANY else "store"
    made = heading.add_argument(
        name if metavar else field, type=noted, action=action, help=text, **more
    )
    made.required = False  # what is missing is said together with all else


def _with_forgotten(arguments: Sequence[str]) -> list[str]:
    """The arguments with a mark for each value that was forgotten, where argparse would stop."""
    groups = [group for command in COMMANDS.values() for group in command.arguments.values()]
    flags = {typed.split()[0] for group in groups for typed in group if " " in typed}
    return [
        f"{word}={_FORGOTTEN}" if word in flags and after.startswith("--") else word
        for word, after in zip_longest(arguments, arguments[1:], fillvalue="--")
    ]
