"""Starts and stops the worker process; what the app uses."""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.data import library
from core.runs.files import LockedError, atomic_write, file_lock, json_text
from core.runs.process import (
    CODE,
    SERVER_FILE,
    ProcessId,
    WorkerState,
    code_fingerprint,
    read_worker,
)
from core.runs.recovery import Recovered, reconcile

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
_APPEAR_SECONDS = 15.0  # for a new process to say who it is, on a busy machine
_STOP_SECONDS = 10.0
_HUNG_SECONDS = 60.0
_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class WorkerHandle:
    """The worker of a home.

    Attributes:
      pid: its process number.
      adopted: whether it was there already, from an earlier server.
    """

    pid: int
    adopted: bool


def worker_state(home: Path | None = None) -> WorkerState:
    """What the worker of this home is doing (a file and a look at the process table)."""
    _reap()
    return read_worker(_home(home))


def start_worker(home: Path | None = None) -> WorkerHandle:
    """Makes sure that a worker of this version lives, and that there is only one.

    A worker of an earlier server is adopted when it runs the same code and answers; otherwise
    it is stopped (its run goes back to the queue) and a new one is started.

    Args:
      home: folder of everything made at run time.

    Raises:
      RuntimeError: the process ended at once; its own words are in `worker.log`, `worker.out`.
    """
    place = _home(home)
    place.mkdir(parents=True, exist_ok=True)
    atomic_write(place / SERVER_FILE, json_text({"process": str(ProcessId.own())}).encode())
    with file_lock(place / "service.lock", wait=_APPEAR_SECONDS + _STOP_SECONDS + 10):
        state = worker_state(place)
        if state.alive and state.pid is not None:
            answers = state.age is not None and state.age < _HUNG_SECONDS
            if answers and state.code == code_fingerprint():
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
    """Starts the worker again whenever it is gone, until `stop` is set; for a thread of the app."""
    pause = every
    while not stop.wait(pause):
        if worker_state(home).alive:
            pause = every
            continue
        # A worker that dies at once is not started in a tight loop.
        pause = min(pause * 2, 60.0)
        with suppress(RuntimeError, LockedError, OSError):
            start_worker(home)


def _launch(home: Path) -> int:
    with open(home / "worker.out", "wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "core.runs.worker", "--owned"],
            cwd=ROOT,
            env=os.environ | {"CASELOAD_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,  # Ctrl-C in the server's terminal is not for the worker
        )
    _children.append(child)
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
            process.kill()
            process.wait(_STOP_SECONDS)
    _reap()
    return True


def _reap() -> None:
    """Takes leave of children that have ended, so that they do not stay as zombies."""
    _children[:] = [child for child in _children if child.poll() is None]


def _home(home: Path | None) -> Path:
    return (library.home() if home is None else Path(home)).resolve()
