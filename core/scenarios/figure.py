"""A number that comes from a sample, and how sure it is."""

from typing import NamedTuple


class Figure(NamedTuple):
    """A measured number with its 95 % interval; None, None where it cannot be measured.

    Attributes:
      value: a share in [0, 1] unless said otherwise. interval: low and high in the same unit.
    """

    value: float | None
    interval: tuple[float, float] | None
