"""The worker: one warm process that trains the runs of one home.

Start it with `python -m core.worker.worker`; the app does so by itself (`core.worker.service`).
"""

import argparse
import importlib
import logging
import os
import signal
import sys
import threading
import time
import warnings
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import FrameType

from core.base.files import LockedError, file_lock, read_json
from core.library import store as library
from core.record.journal import RunJournal
from core.worker.executor import Executor
from core.worker.process import (
    SERVER_FILE,
    ProcessId,
    code_fingerprint,
    open_home,
    worker_file,
    write_worker,
)
from core.worker.queue import RunQueue
from core.worker.recovery import queue_lost, reconcile, sweep_home
from core.worker.upkeep import trim_cache

_BEAT_SECONDS = 2.0
_GRACE_SECONDS = 5.0  # for the run to reach its next event before it is given back anyway
_LOOK_SECONDS = 15.0  # between looks for runs that are queued but in no queue
_ORPHAN_SECONDS = 60.0  # an idle worker outlives the server that started it by this much
_LOG_BYTES, _LOG_FILES = 1_000_000, 3
_log = logging.getLogger("caseload.worker")


def main(argv: list[str] | None = None) -> int:
    """Runs a worker until it gets a signal to stop; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m core.worker.worker", description=__doc__)
    parser.add_argument(
        "--owned", action="store_true", help="end soon after the server that started it has ended"
    )
    owned = parser.parse_args(argv).owned
    home = library.home().resolve()
    open_home(home)
    _set_up_log(home)
    try:
        with file_lock(worker_file(home).with_suffix(".lock")):
            return _work(home, owned)
    except LockedError:
        _log.warning("another worker has this home; this one ends")
        return 0
    except Exception:
        _log.exception("the worker could not go on")
        return 1


def _work(home: Path, owned: bool) -> int:
    me = ProcessId.own()
    facts: dict[str, object] = {"code": code_fingerprint(), "ready": False}
    write_worker(home, me, **facts)
    stop = threading.Event()
    _on_signals(stop)
    device = _warm_up(home)
    journal = RunJournal(home)
    executor = Executor(journal, str(me))
    queue = RunQueue(home, executor.execute)
    sweep_home(home)
    trim_cache(home)
    recovered = reconcile(home)
    _log.info("worker %s is ready on %s; %s", me, device, recovered)
    facts |= {"ready": True, "device": device}
    consumer = queue.consumer()
    consumer.start()
    _on_signals(stop)  # Huey has set its own
    (thread,) = (thread for _, thread in consumer.worker_threads)
    idle_since = looked = time.monotonic()
    while not stop.is_set():
        write_worker(home, me, run_id=executor.run_id, **facts)
        if not thread.is_alive():
            _log.error("the training thread has ended; the worker ends too, to be restarted")
            break
        if time.monotonic() - looked > _LOOK_SECONDS:
            looked = time.monotonic()
            _look_for_lost(journal)
        if executor.run_id is not None or queue.waiting():
            idle_since = time.monotonic()
        elif owned and time.monotonic() - idle_since > _ORPHAN_SECONDS and not _server_lives(home):
            _log.info("the server is gone and no runs are waiting")
            break
        stop.wait(_BEAT_SECONDS)
    _log.info("worker ends")
    executor.stop.set()
    consumer.stop()
    thread.join(_GRACE_SECONDS)
    if thread.is_alive():
        executor.abandon()
    worker_file(home).unlink(missing_ok=True)
    logging.shutdown()
    # A thread in a compilation would keep the process alive until that ends.
    os._exit(0)


def _look_for_lost(journal: RunJournal) -> None:
    """Queues runs that were recorded while the queue could not be written, as on a full disk."""
    try:
        queue_lost(journal)
    except Exception:  # the record may be unavailable for a while; the next check comes soon
        _log.warning("could not check for queued runs", exc_info=True)


def _warm_up(home: Path) -> str:
    """Imports what a run needs, so that the first click does not wait for it."""
    from core.training import devices

    devices.configure(home / "jax-cache")
    RunJournal(home).list(limit=1)
    importlib.import_module("core.experiment.experiment")
    return devices.device_name()


def _on_signals(stop: threading.Event) -> None:
    def request_stop(signum: int, frame: FrameType | None) -> None:
        stop.set()

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, request_stop)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _server_lives(home: Path) -> bool:
    facts = read_json(home / SERVER_FILE)
    server = ProcessId.parse(str(facts.get("process", ""))) if facts else None
    return server is not None and server.process() is not None


def _set_up_log(home: Path) -> None:
    handler = RotatingFileHandler(
        home / "worker.log", maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handlers: list[logging.Handler] = [handler]
    if sys.stderr.isatty():
        handlers.append(logging.StreamHandler())
    logging.basicConfig(level=logging.WARNING, handlers=handlers, force=True)
    _log.setLevel(logging.INFO)
    logging.captureWarnings(True)
    warnings.simplefilter("once")


if __name__ == "__main__":
    sys.exit(main())
