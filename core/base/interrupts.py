"""What Ctrl+C does: it never ends in a traceback, however often and whenever it is pressed."""

import contextlib
import os
import signal
import sys
import threading
import time
from types import FrameType, TracebackType

INTERRUPTED = 130
_PATIENCE = 1.0  # seconds; pressed twice in a row is one wish, and what is being tidied up goes on

serving = threading.Event()  # set once a server has begun that must be ended in order
_pressed = threading.Event()


def leave_at_once() -> None:
    """Ctrl+C ends the process there and then, while nothing was begun.

    An exception would be lost, or printed, in the imports of compiled modules.
    """
    signal.signal(signal.SIGINT, lambda signum, frame: _leave())


def end(code: int) -> None:
    """Ctrl+C does nothing any more: all is done, and the exit code stands.

    Python gives handlers of its own up while it ends, and a signal would end it by itself then.
    After an interruption it does so even without another one where compiled code has met the
    exception, so the process ends here.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if code == INTERRUPTED:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code)


def _leave() -> None:
    with contextlib.suppress(OSError):
        os.write(2, b"interrupted\n")
    os._exit(INTERRUPTED)


def raise_once() -> None:
    """Ctrl+C raises KeyboardInterrupt once; pressed again a second later it ends the process.

    Where the exception would be lost and the work go on, the process ends there and then: in an
    import, in whose compiled parts it vanishes, and in destructors and the like.
    """
    first: list[float] = []

    def interrupt(signum: int, frame: FrameType | None) -> None:
        if not first:
            first.append(time.monotonic())
            if _importing(frame):
                _leave()
            raise KeyboardInterrupt
        if time.monotonic() - first[0] > _PATIENCE:
            _leave()

    usual, thrown = sys.unraisablehook, sys.excepthook

    def unraisable(lost: "sys.UnraisableHookArgs", /) -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            _leave()
        usual(lost)

    def uncaught(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None, /
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            _leave()
        thrown(kind, error, trace)

    sys.unraisablehook, sys.excepthook = unraisable, uncaught
    signal.signal(signal.SIGINT, interrupt)


def _importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def leave_unless_serving() -> None:
    """Ctrl+C ends the process there and then until `serving` is set, and does nothing afterwards.

    A server has a handler of its own while it runs. It hands every Ctrl+C on to this one when it
    ends, while what it started is still being stopped.
    """

    def leave(signum: int, frame: FrameType | None) -> None:
        if not serving.is_set():
            os._exit(INTERRUPTED)
        _pressed.set()

    signal.signal(signal.SIGINT, leave)


def pressed() -> bool:
    """Whether Ctrl+C has been pressed while a server was running."""
    return _pressed.is_set()
