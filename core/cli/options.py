"""What the values of options mean: functions of their texts, which refuse with a ValueError."""

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from core.base.numbers import number, whole
from core.base.report import clip
from core.config.bounds import EXPECTED, Bounds
from core.config.missing_rates import check_learning_rate
from core.em.bounds import BoundsError
from core.matching.facts import grade
from core.matching.roles import Roles
from core.methods.registry import METHODS

if TYPE_CHECKING:
    from core.deriving.recipe import Recipe

_MOST_TARGETS = 1001


class UsageError(ValueError):
    """The command line is wrong; `args` holds a sentence for each thing wrong with it."""

    def __str__(self) -> str:
        return "; ".join(self.args)


class JsonFile(NamedTuple):
    """A file that an option names, and what it holds."""

    path: Path
    content: Any


def method(text: str) -> str:
    """The name of a method."""
    if text not in METHODS:
        raise UsageError(f"method is {text!r}; expected one of {', '.join(METHODS)}")
    return text


def one_of(option: str, known: tuple[str, ...]) -> Callable[[str], str]:
    """Reads one of a few words."""

    def read(text: str) -> str:
        if text not in known:
            raise UsageError(f"{option} is {clip(text, 40)!r}; expected one of {', '.join(known)}")
        return text

    return read


def answer(text: str) -> tuple[str, str]:
    """An answer that is no class, and what it means: `ANSWER=CLASS`, or `ANSWER=` for none."""
    said, equals, means = text.rpartition("=")
    if not (said := said.strip()) or not equals:
        raise UsageError(
            f"--answer is {clip(text, 40)!r}; expected ANSWER=CLASS, ANSWER= for no annotation, "
            "or ANSWER=ANSWER for an answer of its own"
        )
    return said, means.strip()


def roles_file(text: str) -> Roles:
    """What columns are for, from a file."""
    expected = 'expected {"version": 1, "tables": {table: {"columns": {column: {"role": …}}}}}'
    content = read_json("--roles", Path(text), expected)
    try:
        return Roles.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        said = f"--roles {clip(text, 60)}: {clip(where, 80)}: {first['msg']}"
        raise UsageError(f"{said}; {expected}") from None


def recipe_file(text: str) -> "Recipe":
    """How a set is to be derived, from a file."""
    from core.deriving.recipe import EXPECTED, Recipe

    content = read_json("--recipe", Path(text), EXPECTED)
    try:
        return Recipe.read(content)
    except ValueError as error:
        raise UsageError(f"--recipe {clip(text, 60)}: {error}; {EXPECTED}") from None


def learning_rate(text: str) -> float:
    """A learning rate that networks can learn with."""
    rate = real(text)
    check_learning_rate(rate)
    return rate


def capacities_file(text: str) -> JsonFile:
    """Numbers of cases by agent, not checked further."""
    expected = 'expected {agent: cases} or {agent: {"least": cases, "most": cases}}, whole numbers'
    return JsonFile(Path(text), read_json("--capacities", Path(text), expected))


def scenario_file(text: str) -> JsonFile:
    """Scenarios as Workload exports them, not checked further."""
    from core.scenarios.exchange import EXPECTED

    return JsonFile(Path(text), read_json("--scenario", Path(text), EXPECTED))


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


def widths(text: str) -> tuple[int, ...]:
    """Widths of hidden layers, in units."""
    try:
        return tuple(whole(part) for part in text.replace("-", ",").split(","))
    except ValueError:
        raise UsageError(
            f"--hidden is {clip(text, 40)!r}; expected widths such as 128,128"
        ) from None


def rate_of(text: str) -> tuple[str, float]:
    """An expert's name, which may hold =, and missing rate."""
    name, sign, rate = text.rpartition("=")
    if not sign:
        raise ValueError(f"found {clip(text, 40)!r}, expected EXPERT=R, such as Ann=0.3")
    return name, real(rate)


def setting(text: str) -> tuple[str, str]:
    """The name and the text of a method's setting."""
    name, sign, value = text.partition("=")
    if not sign:
        raise ValueError(f"found {clip(text, 40)!r}, expected NAME=VALUE")
    return name, value


def integer(text: str) -> int:
    """A whole number."""
    try:
        return whole(text)
    except ValueError:
        raise ValueError(f"found {clip(text, 40)!r}, expected a whole number") from None


def cut(text: str) -> float:
    """A finite number, or the place of a grade such as 4a or III."""
    found = grade(text)
    return real(text) if found is None else found.value


def real(text: str) -> float:
    """A finite number."""
    try:
        return number(text)
    except ValueError:
        raise ValueError(f"found {clip(text, 40)!r}, expected a number") from None
