"""Handling of Ctrl+C: never a traceback, however often and whenever it is pressed."""

import contextlib
import os
import signal
import sys
import threading
import time
from types import FrameType, TracebackType

INTERRUPTED = 130
_PATIENCE = 1.0  # seconds in which a second press counts as the same, so that cleaning up goes on

serving = threading.Event()  # set once a server runs that must shut down in order
_pressed = threading.Event()


def leave_at_once() -> None:
    """Ctrl+C ends the process at once, as nothing has started yet.

    An exception would be lost, or printed, in the imports of compiled modules.
    """
    signal.signal(signal.SIGINT, lambda signum, frame: _leave())


def end(code: int) -> None:
    """Ends the process with this exit code; Ctrl+C no longer has any effect.

    Python removes its handlers while it shuts down, and a signal would then end it with another
    code. After an interruption in compiled code it can do so even without a second signal.
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

    Where the exception would be lost and the work continue, the process ends at once: during
    imports, whose compiled parts swallow it, and in destructors.
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
    """Ctrl+C ends the process at once until `serving` is set, and does nothing afterwards.

    A server has its own handler while it runs. When it ends it passes every Ctrl+C on to this one,
    while its worker is still being stopped.
    """

    def leave(signum: int, frame: FrameType | None) -> None:
        if not serving.is_set():
            os._exit(INTERRUPTED)
        _pressed.set()

    signal.signal(signal.SIGINT, leave)


def pressed() -> bool:
    """Whether Ctrl+C has been pressed while a server was running."""
    return _pressed.is_set()
