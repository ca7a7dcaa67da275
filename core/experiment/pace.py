"""The time a run still takes, from its progress so far."""

from collections import deque
from collections.abc import Callable, Hashable

_EARLY = 0.04  # of the run; until then the pace since its start says little
_LONG = 2.0  # seconds after which a stage's own pace is known
_WINDOW = 30.0  # seconds at least over which it is measured


class Pace:
    """Estimates the time left from how fast the fraction done grows.

    Parts of a run differ in their pace by more than their share of the work says, most of all with
    thousands of experts. So once a stage has lasted a while its latest pace counts, from the first
    epoch on; a short run goes by the pace since its start.

    Args:
      clock: seconds of work so far.
    """

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._stage: Hashable = None
        self._seen: deque[tuple[float, float]] = deque([(0.0, 0.0)])  # seconds, fraction

    def left(self, stage: Hashable, fraction: float) -> float | None:
        """Seconds left; None while nothing can be said.

        Args:
          stage: what is being done, whose own pace counts; None for what says nothing about the
            rest of the run.
          fraction: share of the whole run that is done.
        """
        now = self._clock()
        if stage != self._stage:
            # What comes between two stages is no work of the second; after None nothing does.
            begun = [self._seen[-1]] if self._stage is None else []
            self._stage, self._seen = stage, deque(begun)
        self._seen.append((now, fraction))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _WINDOW:
            self._seen.popleft()
        seconds, done = now - self._seen[0][0], fraction - self._seen[0][1]
        if stage is not None and seconds >= _LONG and done > 0:
            return seconds * (1.0 - fraction) / done
        return now * (1.0 - fraction) / fraction if fraction >= _EARLY else None
