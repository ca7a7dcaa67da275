"""What one process may take: open files, turns, and memory that nothing refers to any more."""

import contextlib
import gc
import sys
import threading

WANTED_FILES = 65_536
COLLECT_SECONDS = 60
TURN_SECONDS = 0.0005


def raise_open_files() -> None:
    """Lets this process open as many files as it may, up to `WANTED_FILES`.

    A session keeps three open until it expires, and 256, which is usual on a Mac, are soon gone:
    nobody else gets in then.
    """
    try:
        import resource
    except ImportError:  # Windows counts in another way
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    # macOS calls its limit infinite and refuses more than 10,240.
    for wanted in (WANTED_FILES, 10_240, 4_096):
        most = wanted if hard == unlimited else min(wanted, hard)
        if soft == unlimited or soft >= most:
            return
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            return


def take_short_turns() -> None:
    """Lets threads that compute take turns more often than every 5 ms, Python's own measure.

    A thread that comes back from NumPy waits for its turn behind all others, many times per page:
    with twenty people on 2 cores, 95 % of moves took up to 1.6 s before, and 1.3 s since.
    """
    sys.setswitchinterval(TURN_SECONDS)


def collect_garbage(stop: threading.Event) -> None:
    """Frees cycles of objects once a minute until `stop` is set.

    Python does so by itself when there are many of them, but a few may hold a whole data set.
    """
    while not stop.wait(COLLECT_SECONDS):
        gc.collect()
