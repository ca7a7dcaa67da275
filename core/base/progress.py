"""Progress of reading, reported to whoever listens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, float | None], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def tell(text: str, share: float | None = None) -> None:
    """Reports progress to the listener, if there is one.

    Args:
      text: a few words, such as "Reading cases.csv".
      share: of this step that is done, in [0, 1]; None where that is not known.
    """
    if (listener := _listener.get()) is not None:
        listener(text, share)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """A context in which `tell` calls the listener."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
