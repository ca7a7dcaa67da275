"""What Ctrl+C does: it never ends in a traceback, however often and whenever it is pressed."""

import os
import signal
import threading
import time
from types import FrameType

INTERRUPTED = 130
_PATIENCE = 1.0  # seconds; pressed twice in a row is one wish, and what is being tidied up goes on

serving = threading.Event()  # set once a server has begun that must be ended in order
_pressed = threading.Event()


def leave_at_once(code: int = INTERRUPTED, word: str = "interrupted") -> None:
    """Ctrl+C ends the process there and then: while nothing was begun, or all is done.

    An exception would be lost, or printed, in the imports of compiled modules.

    Args:
      code: the exit code.
      word: what is said on standard error; empty for nothing.
    """

    def leave(signum: int, frame: FrameType | None) -> None:
        if word:
            os.write(2, f"{word}\n".encode())
        os._exit(code)

    signal.signal(signal.SIGINT, leave)


def raise_once() -> None:
    """Ctrl+C raises KeyboardInterrupt once; pressed again a second later it ends the process."""
    first: list[float] = []

    def interrupt(signum: int, frame: FrameType | None) -> None:
        if not first:
            first.append(time.monotonic())
            raise KeyboardInterrupt
        if time.monotonic() - first[0] > _PATIENCE:
            os.write(2, b"interrupted\n")
            os._exit(INTERRUPTED)

    signal.signal(signal.SIGINT, interrupt)


def leave_unless_serving() -> None:
    """Ctrl+C ends the process there and then until `serving` is set, and does nothing afterwards.

    A server has a handler of its own while it runs. It hands every Ctrl+C on to this one when it
    ends, while what it started is still being stopped.
    """

    def leave(signum: int, frame: FrameType | None) -> None:
        if not serving.is_set():
            os._exit(0)
        _pressed.set()

    signal.signal(signal.SIGINT, leave)


def pressed() -> bool:
    """Whether Ctrl+C has been pressed while a server was running."""
    return _pressed.is_set()
