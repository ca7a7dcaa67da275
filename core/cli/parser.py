"""What can be typed after `python -m core`, and everything that is wrong with what was typed.

With argparse: two libraries that derive a command line from types were tried and gave no less code.
Both stop at the first value they cannot use, so every option would be declared as text and read
here all the same. jsonargparse 4.53 also wants another syntax (--hidden [16,8], --off_duty+=A) and
says "Parser key". tyro 1.0 says what is wrong in boxes, which a program can word only through its
private, unstable `_errors`. Importing them takes 57 and 43 ms of processor time, argparse 5 ms.
"""

import argparse
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any, NoReturn

from core.base.report import Choice, Problem
from core.cli.commands import COMMANDS, CONFIG, DATA_SET, FIELDS, MANY, READ
from core.cli.options import UsageError
from core.config.train_config import ConfigError, TrainConfig
from core.deriving.registry import KINDS
from core.methods.registry import METHODS
from core.models.registry import NETWORKS

_DEFAULT = TrainConfig()
_FAILED = object()  # the value of an argument that was typed and cannot be used
_FORGOTTEN = "\0"  # stands for a value that was not typed; nobody can type it


def _registered() -> dict[str, str]:
    """How help goes on where it is about the methods and networks there are."""
    networks = NETWORKS.values()
    settings = {s.name: s for method in METHODS.values() for s in method.settings}.values()
    rates = ", ".join(f"{spec.learning_rate:g} for {spec.name}" for spec in networks)
    decays = ", ".join(f"{spec.weight_decay:g} for {spec.name}" for spec in networks)
    return {
        "--method": "; ".join(f"{spec.name}: {spec.label}" for spec in METHODS.values()),
        "--network": "; ".join(f"{spec.name}: {spec.label}" for spec in networks),
        "--recipe": ", ".join(KINDS),
        "--set": "; ".join(
            f"{s.name} ({' | '.join(s.choices) or s.label}), {s.default} by default"
            for s in settings
        ),
        "--lr": f" (default: {rates})",
        "--weight-decay": f" (default: {decays})",
    }


def _field(name: str) -> str:
    return FIELDS.get(name, name.removeprefix("--").replace("-", "_").lower())


# The option that sets a field of `TrainConfig`.
OPTIONS = {_field(name.split()[0]): name.split()[0] for group in CONFIG.values() for name in group}


# The option that sets a field of `ReadOptions`.
READ_OPTIONS = {
    _field(name.split()[0]): name.split()[0] for name in DATA_SET["data set"] if name != "PATH"
}


def with_options(problem: Problem) -> str:
    """A problem in one line, with the options that deal with it."""
    offers = [f"{typed} ({c.words})" for c in problem.choices if (typed := _typed(c))]
    return problem.sentence() + (f" Options: {', '.join(offers)}." if offers else "")


def _typed(choice: Choice) -> str:
    many = choice.option in MANY
    words = [
        "=".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        for value in (choice.value if many else [choice.value])
    ]
    return " ".join(
        READ_OPTIONS[choice.option] + (f" {shlex.quote(word)}" if choice.value is not True else "")
        for word in words
    )


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
    if options.command == "derive":
        if options.recipe is None:
            problems.append(f"--recipe FILE.json is needed{options.see}")
        if isinstance(options.seed, int) and options.seed < 0:
            problems.append(f"seed is {options.seed}; expected a whole number, 0 or more")
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
            given[name] = tuple(v for v in value if v is not _FAILED) if name in MANY else value
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
        parts = [(one,) for one in value] if name in MANY else []
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
    field, read = _field(name), READ.get(typed, str)
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
    action = "append" if field in MANY else "store"
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
