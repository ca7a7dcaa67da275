"""Starts, watches and stops the worker process; used by the app."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil

from core.base.files import LockedError, file_lock, write_json
from core.library import store as library
from core.worker.process import (
    CODE,
    HUNG_SECONDS,
    SERVER_FILE,
    ProcessId,
    WorkerState,
    code_fingerprint,
    note_end,
    open_home,
    read_worker,
)
from core.worker.recovery import Recovered, reconcile

__all__ = [
    "Recovered",
    "WorkerHandle",
    "WorkerState",
    "reconcile",
    "start_worker",
    "stop_worker",
    "watch_worker",
    "worker_state",
]

ROOT = CODE.parent
_APPEAR_SECONDS = 15.0  # for a new process to write its file, on a busy machine
_STOP_SECONDS = 10.0
_children: list["_Child"] = []


class _Child(NamedTuple):
    """A worker that this process started: only its parent learns how it ended."""

    popen: subprocess.Popen[bytes]
    home: Path
    process: ProcessId | None


@dataclass(frozen=True, slots=True)
class WorkerHandle:
    """The worker of a home.

    Attributes:
      pid: its process number.
      adopted: whether it was already running, from an earlier server.
    """

    pid: int
    adopted: bool


def worker_state(home: Path | None = None) -> WorkerState:
    """What the worker of this home is doing (a file and a look at the process table)."""
    _reap()
    return read_worker(_home(home))


def start_worker(home: Path | None = None) -> WorkerHandle:
    """Makes sure that exactly one worker of this version is running.

    A worker of an earlier server is adopted if it runs the same code and responds; otherwise
    it is stopped (its run goes back to the queue) and a new one is started.

    Args:
      home: folder of everything made at run time.

    Raises:
      RuntimeError: the process ended at once; see `worker.log` and `worker.out`.
    """
    place = _home(home)
    open_home(place)
    write_json(place / SERVER_FILE, {"process": str(ProcessId.own())})
    with file_lock(place / "service.lock", wait=_APPEAR_SECONDS + _STOP_SECONDS + 10):
        state = worker_state(place)
        if state.alive and state.pid is not None:
            if _answers(state) and state.code == code_fingerprint():
                return WorkerHandle(state.pid, adopted=True)
            _end(place)
        return WorkerHandle(_launch(place), adopted=False)


def stop_worker(home: Path | None = None) -> bool:
    """Stops the worker; its run goes back to the queue. False when there was none."""
    place = _home(home)
    if not place.is_dir():
        return False
    with file_lock(place / "service.lock", wait=_APPEAR_SECONDS + _STOP_SECONDS + 10):
        return _end(place)


def watch_worker(stop: threading.Event, home: Path | None = None, every: float = 3.0) -> None:
    """Starts the worker again whenever it is gone or hangs, until `stop` is set.

    Args:
      stop: ends the watch, which runs in a thread of the app.
      home: folder of everything made at run time.
      every: seconds between checks.
    """
    pause = every
    while not stop.wait(pause):
        state = worker_state(home)
        if state.alive and _answers(state):
            pause = every
            continue
        # A worker that dies at once is not started in a tight loop.
        pause = min(pause * 2, 60.0)
        with suppress(RuntimeError, LockedError, OSError):
            start_worker(home)


def _answers(state: WorkerState) -> bool:
    """Whether a living worker has a recent heartbeat; one that hangs must be ended."""
    return state.age is not None and state.age < HUNG_SECONDS


def _launch(home: Path) -> int:
    process = None
    with open(home / "worker.out", "wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "core.worker.worker", "--owned"],
            cwd=ROOT,
            env=os.environ | {"CASELOAD_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,  # Ctrl-C in the server's terminal is not for the worker
        )
    with suppress(psutil.Error):
        process = ProcessId.of(child.pid)
    _children.append(_Child(child, home, process))
    deadline = time.monotonic() + _APPEAR_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        if read_worker(home).pid == child.pid:
            return child.pid
        time.sleep(0.05)
    if child.poll() is None:
        return child.pid
    other = read_worker(home)
    if other.alive and other.pid is not None:
        return other.pid  # started by hand a moment before
    raise RuntimeError(
        f"the worker ended at once (exit code {child.returncode}); see {home / 'worker.log'} and "
        f"{home / 'worker.out'}"
    )


def _end(home: Path) -> bool:
    state = read_worker(home)
    process = state.process.process() if state.process else None
    if process is None:
        return False
    with suppress(psutil.Error):
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except psutil.TimeoutExpired:
            if state.process is not None:
                _note(home, state.process, "hung")
            process.kill()
            process.wait(_STOP_SECONDS)
    _reap()
    return True


def _reap() -> None:
    """Collects how children ended, to avoid zombies and to give runs a reason."""
    for child in list(_children):
        if (code := child.popen.poll()) is None:
            continue
        with suppress(ValueError):  # already removed by another thread
            _children.remove(child)
            if code == -signal.SIGKILL and child.process is not None:
                _note(child.home, child.process, "killed")


def _note(home: Path, process: ProcessId, how: str) -> None:
    """Records how a worker ended, if possible; it only makes a reason more precise."""
    if home.is_dir():
        with suppress(OSError):
            note_end(home, process, how)


def _home(home: Path | None) -> Path:
    return (library.home() if home is None else Path(home)).resolve()
