"""The ways to a consensus, by the names that options and files use."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Method = Literal["majority", "dawid-skene", "crowdlab"]

LABELS: Mapping[str, str] = MappingProxyType(
    {"dawid-skene": "Dawid–Skene", "crowdlab": "CROWDLAB", "majority": "majority"}
)
TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "dawid-skene": "Dawid–Skene: experts who often agree with the others count for more",
        "crowdlab": "CROWDLAB: as well as the experts, a classifier of the features or of the "
        "AI's scores has a say",
        "majority": "majority: every answer counts the same; a tie goes to the class that is "
        "answered more often in the whole set",
    }
)


def possible(*, predictable: bool) -> tuple[str, ...]:
    """The methods that a set allows.

    Args:
      predictable: whether it has features or an AI's scores.
    """
    return tuple(name for name in LABELS if predictable or name != "crowdlab")
