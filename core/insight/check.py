"""One thing to know about a data set, and the words it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.base.percents import rounded

NAMED = 4  # names in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstCheck:
    """Something to know about the data.

    Attributes:
      kind: what it is about, such as `few_annotations`.
      text: what was found, a sentence. remedy: what to do about it, a sentence.
      serious: whether results are wrong or unknown without it being dealt with.
    """

    kind: str
    text: str
    remedy: str
    serious: bool


def listing(names: Sequence[str]) -> str:
    """A few names, and how many more there are."""
    if len(names) > NAMED:
        return f"{', '.join(names[: NAMED - 1])} and {len(names) - NAMED + 1:,} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def count(number: int, one: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def points(share: float) -> str:
    """A difference of shares in percentage points, without decimals that mean nothing."""
    size = 100 * share
    text = f"{size:.0f}" if size >= 9.95 else rounded(size)
    return f"{text.removesuffix('.0')} points"
