"""What can be typed on the command line, and what it means."""

import argparse
import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn

from core.base.numbers import number, whole
from core.base.report import clip
from core.config.bounds import EXPECTED, Bounds
from core.config.missing_rates import MOST_LEARNING_RATE, check_learning_rate
from core.config.train_config import ConfigError, TrainConfig
from core.em.bounds import BoundsError
from core.methods.registry import METHODS
from core.models.registry import NETWORKS

STORE_COMMANDS = ("check", "backup", "restore", "clean")
_MOST_TARGETS = 1001


class UsageError(ValueError):
    """The command line itself is wrong; the message is one line."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see python -m core --help")


def make_parser() -> argparse.ArgumentParser:
    """The parser of `python -m core`; it raises `UsageError` instead of ending the program."""
    parser = _Parser(
        prog="python -m core",
        description="Who should decide which case: the AI, or which human expert?",
        epilog="One JSON object goes to standard output, progress to standard error. Exit codes: "
        "0 done, 2 bad input, 1 a defect of ours, 130 interrupted.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    inspect = commands.add_parser("inspect", help="describe a data set", allow_abbrev=False)
    train = commands.add_parser(
        "train",
        help="train and evaluate the whole grid, targets × seeds",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    for command in (inspect, train):
        command.add_argument(
            "path",
            metavar="PATH",
            help="folder, zip or file of a data set, sample:NAME, or stored:HASH for one in the "
            "library (its content hash, or how that begins)",
        )
        command.add_argument(
            "--ignore-unknown-cases",
            action="store_true",
            help="leave out annotations of cases that are not in the set",
        )
        command.add_argument("--rate", metavar="R", help="read the manifests of this missing rate")
    _add_training(train)
    _add_routing(commands.add_parser("route", help="hand out new cases", allow_abbrev=False))
    _add_store(commands)
    return parser


def _add_store(commands: Any) -> None:
    """The commands about the store, in the order of `STORE_COMMANDS`."""
    helps = (
        "compare the store with its checksums",
        "write data sets, runs and scenarios to one zip, also while the dashboard runs",
        "make a new store of a backup",
        "remove what nothing needs and say what that freed",
    )
    made = [
        commands.add_parser(name, help=text, allow_abbrev=False)
        for name, text in zip(STORE_COMMANDS, helps, strict=True)
    ]
    made[0].add_argument(
        "--repair",
        action="store_true",
        help="rebuild a missing or damaged record of runs from the runs' own files; what is left "
        "of the old one is moved aside",
    )
    for command, text in ((made[1], "the new zip"), (made[2], "a zip that backup wrote")):
        command.add_argument("file", type=Path, metavar="FILE", help=text)


def _add_routing(route: argparse.ArgumentParser) -> None:
    add = route.add_argument
    add("model", metavar="MODEL_OR_RUN", help="a folder that train --out wrote, or a run's id")
    add("cases", metavar="CASES", help="a CSV, or a folder or zip with cases.csv or images")
    add(
        "--capacities",
        type=Path,
        metavar="FILE.json",
        help='whole numbers: {agent: cases} or {agent: {"least": n, "most": n}}; needed unless a '
        "scenario says how many",
    )
    add(
        "--scenario",
        type=Path,
        metavar="FILE.json",
        help="a scenario as Workload exports it: its guard rules and duties hold, and its bounds "
        "where the capacities name nobody",
    )
    add("--scenario-name", metavar="NAME", help="which one, of a file with several")
    add("--seed", type=_whole, metavar="K", help="which of the run's models; the first by default")
    add("--online", action="store_true", help="one case at a time, by prices")
    add("--out", type=Path, metavar="FILE.csv", help="also write the worklist as a table")


def _add_training(train: argparse.ArgumentParser) -> None:
    default = TrainConfig()
    add = train.add_argument
    add("--method", default=default.method, help=" | ".join(METHODS))
    add("--coverage", default="0:1:0.1", metavar="A:B:STEP", help="targets of the AI's share")
    add("--humans", default=default.humans, help="free | balanced")
    add("--bounds", type=Path, metavar="FILE.json", help="own workload bounds, instead of targets")
    add(
        "--off-duty",
        action="append",
        default=[],
        metavar="EXPERT",
        help="an expert who gets no cases; may be given several times",
    )
    add("--missing-rate", type=_number, default=default.missing_rate, metavar="R")
    add(
        "--missing-rate-of",
        type=_rate_of,
        action="append",
        default=[],
        metavar="EXPERT=R",
        help="one expert's own missing rate; may be given several times",
    )
    kinds = " | ".join(f"{spec.name}: {spec.label}" for spec in NETWORKS.values())
    add("--network", default=default.network, help=f"auto (chosen by the data) | {kinds}")
    add("--epochs", type=_whole, default=default.epochs, metavar="N")
    add("--batch-size", type=_whole, default=default.batch_size, metavar="B")
    add(
        "--lr",
        type=_number,
        default=default.learning_rate,
        metavar="X",
        help=f"learning rate, at most {MOST_LEARNING_RATE:g}; the network's own by default",
    )
    add("--weight-decay", type=_number, default=default.weight_decay, metavar="X")
    add("--hidden", default="128,128", metavar="W,W", help="widths of hidden layers")
    add("--expert-networks", default=default.expert_networks, help="auto | separate | shared")
    own = {s.name: s for spec in METHODS.values() for s in spec.settings}
    add(
        "--set",
        type=_setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the method; may be given several times: "
        + "; ".join(
            f"{s.name} ({' | '.join(s.choices) or s.label}), {s.default}" for s in own.values()
        ),
    )
    add("--seeds", type=_whole, default=default.seeds, metavar="S", help="how many")
    add("--seed", type=_whole, default=default.seed, metavar="K", help="the first")
    add("--ai", default=default.ai, help="learned | external")
    add("--out", type=Path, metavar="DIR", help="folder for curve.csv and the run's artifacts")
    add("--quiet", action="store_true", help="no progress")


def config_from(options: argparse.Namespace) -> TrainConfig:
    """The settings of a run.

    Raises:
      UsageError, ConfigError: something typed cannot be trained with.
    """
    if options.method not in METHODS:
        raise ConfigError(f"method is {options.method!r}; expected one of {', '.join(METHODS)}")
    check_learning_rate(options.lr)
    declared = [s.name for s in METHODS[options.method].settings]
    if unknown := [name for name, _ in options.set if name not in declared]:
        raise ConfigError(
            f"method {options.method} has no setting {unknown[0]!r}; "
            f"expected {', '.join(declared) or 'none'}"
        )
    return TrainConfig(
        method=options.method,
        coverage=parse_coverage(options.coverage),
        humans=options.humans,
        bounds=read_bounds(options.bounds) if options.bounds else None,
        off_duty=tuple(options.off_duty),
        missing_rate=options.missing_rate,
        missing_rates=tuple(options.missing_rate_of),
        network=options.network,
        epochs=options.epochs,
        batch_size=options.batch_size,
        learning_rate=options.lr,
        weight_decay=options.weight_decay,
        hidden=_widths(options.hidden),
        expert_networks=options.expert_networks,
        settings=tuple(options.set),
        seeds=options.seeds,
        seed=options.seed,
        ai=options.ai,
    )


def parse_coverage(text: str) -> tuple[float, ...]:
    """Targets from `a:b:step` (ends included), `a,b,c` or one number, ascending.

    Counted in decimals, so that 0:1:0.1 is eleven targets with one digit each.

    Raises:
      UsageError: the text is none of these, or a target is no share.
    """
    found = f"--coverage is {clip(text, 40)!r}"
    wrong = UsageError(
        f"{found}; expected a:b:step, a list a,b,c or one number, shares between 0 and 1"
    )
    try:
        parts = [Decimal(part.strip()) for part in text.replace(":", ",").split(",")]
    except InvalidOperation:
        raise wrong from None
    if not all(part.is_finite() for part in parts) or (":" in text and "," in text):
        raise wrong
    if ":" in text:
        if len(parts) != 3:
            raise wrong
        first, last, step = parts
        if not 0 <= first <= last <= 1 or step <= 0:
            raise wrong
        # Not divided: by a step such as 1e-999999 that would overflow.
        if last - first > step * (_MOST_TARGETS - 1):
            raise UsageError(
                f"--coverage is {clip(text, 40)!r}; expected at most {_MOST_TARGETS} targets"
            )
        steps = int((last - first) / step)
        parts = [first + i * step for i in range(steps + 1)]
        if parts[-1] != last:  # the ends are included also where the step does not meet them
            parts.append(last)
    if not all(0 <= part <= 1 for part in parts):
        raise wrong
    return tuple(sorted({float(part) for part in parts}))


def read_json(option: str, path: Path, expected: str) -> Any:
    """What a JSON file that an option names holds.

    Raises:
      UsageError: it cannot be read, or names something twice.
    """
    try:
        return json.loads(path.read_text("utf-8-sig"), object_pairs_hook=_no_repeats)
    except OSError as error:
        raise UsageError(f"{option} {path}: {error.strerror or error}; {expected}") from None
    except (ValueError, RecursionError) as error:
        # Python says of a very long number how a program could read it.
        why = "a number of thousands of digits" if "int_max_str" in str(error) else error
        raise UsageError(f"{option} {path}: not JSON ({why}); {expected}") from None


def read_bounds(path: Path) -> Bounds:
    """The bounds of a bounds file.

    Raises:
      UsageError: the file cannot be read or is not as expected.
    """
    try:
        return Bounds.read(read_json("--bounds", path, EXPECTED))
    except BoundsError as error:
        raise UsageError(f"--bounds {path}: {error}") from None


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{repeated[0]!r} is there twice")
    return dict(pairs)


def _widths(text: str) -> tuple[int, ...]:
    try:
        return tuple(whole(part) for part in text.replace("-", ",").split(","))
    except ValueError:
        raise UsageError(
            f"--hidden is {clip(text, 40)!r}; expected widths such as 128,128"
        ) from None


def _rate_of(text: str) -> tuple[str, float]:
    name, sign, rate = text.rpartition("=")
    if not sign:
        found = clip(text, 40)
        raise argparse.ArgumentTypeError(f"found {found!r}, expected EXPERT=R, such as Ann=0.3")
    return name, _number(rate)


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        found = clip(text, 40)
        raise argparse.ArgumentTypeError(f"found {found!r}, expected NAME=VALUE")
    return name, value


def _whole(text: str) -> int:
    try:
        return whole(text)
    except ValueError:
        found = clip(text, 40)
        raise argparse.ArgumentTypeError(f"found {found!r}, expected a whole number") from None


def _number(text: str) -> float:
    try:
        return number(text)
    except ValueError:
        found = clip(text, 40)
        raise argparse.ArgumentTypeError(f"found {found!r}, expected a number") from None
