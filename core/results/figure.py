"""A measured number with its interval."""

from typing import NamedTuple, Self


class Figure(NamedTuple):
    """A measured number with its 95 % interval; None, None where it cannot be measured.

    Attributes:
      value: a share in [0, 1] unless said otherwise. interval: low and high in the same unit.
    """

    value: float | None
    interval: tuple[float, float] | None

    @property
    def known(self) -> bool:
        """Whether it could be measured."""
        return self.value is not None

    def times(self, scale: float) -> Self:
        """Multiplied by a factor."""
        if self.value is None:
            return self
        ends = self.interval and (scale * self.interval[0], scale * self.interval[1])
        return self._replace(value=scale * self.value, interval=ends)

    def less(self, loss: float) -> Self:
        """Minus a known (not measured) loss; not below 0."""
        if self.value is None:
            return self
        low, high = self.interval or (0.0, 0.0)
        ends = self.interval and (max(low - loss, 0.0), max(high - loss, 0.0))
        return self._replace(value=max(self.value - loss, 0.0), interval=ends)
