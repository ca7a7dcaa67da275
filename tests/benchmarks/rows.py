"""A line of the benchmark table."""

from typing import NamedTuple


class Row(NamedTuple):
    """What was measured against which budget; `met` is None where it could not be measured."""

    what: str
    budget: str
    measured: str
    met: bool | None
