"""The ways to a consensus, by the names that options and files use."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from core.base.shares import wilson

Method = Literal["majority", "dawid-skene", "crowdlab"]

LABELS: Mapping[str, str] = MappingProxyType(
    {"dawid-skene": "Dawid–Skene", "crowdlab": "CROWDLAB", "majority": "majority"}
)
TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "dawid-skene": "Dawid–Skene: experts who often agree with the others count for more",
        "crowdlab": "CROWDLAB: as well as the experts, a classifier of the features or of the "
        "AI's scores has a say",
        "majority": "majority: every answer counts the same; a tie goes to the class "
        "answered more often overall",
    }
)


def possible(*, predictable: bool) -> tuple[str, ...]:
    """The methods that a set allows.

    Args:
      predictable: whether it has features or an AI's scores.
    """
    return tuple(name for name in LABELS if predictable or name != "crowdlab")


def in_short(found: Mapping[str, Any] | None) -> str:
    """What the ground truth is, for a cell or a line; empty where all of it is known.

    Args:
      found: `core.dataset.consensus.Consensus.summary`.
    """
    if found is None:
        return ""
    of = f"{found['cases']:,} of {found['of']:,}"
    return f"consensus of the experts ({LABELS[found['method']]}) for {of} cases"


def in_full(found: Mapping[str, Any]) -> str:
    """The same in sentences, with what figures are measured against."""
    return f"The ground truth is a {in_short(found)}; {sure(found)}. {measured(found['method'])}"


def sure(found: Mapping[str, Any]) -> str:
    """How often the consensus is right, as it seems and as was checked."""
    text = (
        f"if experts err independently, it is right in {100 * found['confidence']:.1f}\u202f% of "
        "them"
    )
    if not (n := found["checked"]):
        return text
    worth = found.get("checked_worth")
    share = right_in(found["agreed"], n, worth).removesuffix(")") + f", {by(worth)})"
    return f"{text}; in the {known_cases(n)}, a consensus without that truth is right in {share}"


def known_cases(number: int) -> str:
    """How many cases have a known truth, after “the”."""
    return f"{number:,} {'case' if number == 1 else 'cases'} whose truth is known"


def right_in(agreed: int, of: int, worth: float | None = None) -> str:
    """A share in per cent with its 95 % interval.

    Args:
      agreed: cases that count.
      of: all cases.
      worth: the number of independent cases that they are worth, where patients are known.
    """
    number = of if worth is None else worth
    low, high = (100 * end for end in wilson(agreed / of * number, number))
    return f"{100 * agreed / of:.1f}\u202f% ({low:.1f}–{high:.1f})"


def by(worth: float | None) -> str:
    """What an interval of `right_in` goes by."""
    return "by case" if worth is None else "by patient"


def measured(method: str) -> str:
    """What figures are measured against where the ground truth is a consensus."""
    by, effect = "the experts", "this flatters experts"
    if method == "crowdlab":
        by = "the experts and a classifier of the features or scores"
        effect = "this can flatter experts and the AI"
    return (
        "An expert's accuracy alone is measured against the consensus of the others. All other "
        f"figures are measured against the consensus itself, to which {by} contributed: "
        f"{effect}."
    )
