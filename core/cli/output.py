"""What the command line shows: one JSON object, progress, and nothing from libraries."""

import contextlib
import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator
from typing import TextIO

from core.experiment.events import Progress

_EVERY_SECONDS = 5.0
_EVERY_SHARE = 0.1
_TTY_SECONDS = 0.1


@contextlib.contextmanager
def own_stdout() -> Iterator[TextIO]:
    """Gives the real standard output; what anybody else prints there goes to standard error."""
    # A caller may have closed either.
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")
    real: TextIO = sys.stdout or open(os.devnull, "w", encoding="utf-8")
    real.flush()
    kept = None
    with contextlib.suppress(OSError, ValueError):
        if real is sys.__stdout__:
            kept = os.dup(real.fileno())
            os.dup2(sys.stderr.fileno(), real.fileno())  # native code writes to the number
    with contextlib.redirect_stdout(sys.stderr):
        if kept is None:
            yield real
            return
        out = os.fdopen(os.dup(kept), "w", encoding=real.encoding)
        try:
            yield out
        finally:
            with contextlib.suppress(BrokenPipeError):
                out.close()
            os.dup2(kept, real.fileno())
            os.close(kept)


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keeps warnings and log lines of libraries off standard error.

    Errors reach people in our own words; everything else they print is not for them.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # XLA reads it when it is loaded
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings():
            if not sys.warnoptions:
                warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


class ProgressLine:
    """Progress on standard error: one line that changes on a terminal, else a few lines.

    Args:
      quiet: show nothing.
      stream: where to write.
    """

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None):
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._tty = self._stream.isatty()
        self._last, self._share, self._stage = 0.0, -1.0, ""
        self._shown = False

    def show(self, progress: Progress) -> None:
        """Shows the report when enough has changed since the last one."""
        now = time.monotonic()
        waited = now - self._last
        moved = progress.fraction - self._share >= _EVERY_SHARE
        changed = progress.stage != self._stage
        due = waited >= _TTY_SECONDS if self._tty else (moved or waited >= _EVERY_SECONDS)
        if self._quiet or not (due or changed):
            return
        self._last, self._share, self._stage = now, progress.fraction, progress.stage
        line = f"{progress.fraction:4.0%} {progress.text}"
        if progress.seconds_left is not None:
            line += f", about {_duration(progress.seconds_left)} left"
        if self._tty:
            self._stream.write(f"\r\x1b[2K{line}")
            self._shown = True
        else:
            self._stream.write(line + "\n")
        self._stream.flush()

    def clear(self) -> None:
        """Takes the changing line away, before anything else is written."""
        if self._shown:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
            self._shown = False


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{max(seconds, 1):.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 60 else f"{minutes / 60:.1f} h"
