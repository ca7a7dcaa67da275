"""A server of its own for a browser test or benchmark, and finished runs to look at."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
_OWN = shutil.ignore_patterns("*.lock", "server.json", "jax-cache")  # what no other one may have
START_SECONDS, STOP_SECONDS, TRAIN_SECONDS = 60, 30, 240


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str) -> bool:
    """Whether a dashboard answers there."""
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False


class Dashboard:
    """A dashboard on a port of its own that can be stopped and started again.

    Attributes:
      home: folder of everything it makes.
      log: what it prints.
      url: its address.
    """

    def __init__(self, folder: Path):
        self.home, self.log = folder / "home", folder / "server.log"
        self.url = f"http://127.0.0.1:{free_port()}"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers; its worker starts beside it."""
        port = self.url.rsplit(":", 1)[1]
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        environment.pop("JAX_DISABLE_MOST_OPTIMIZATIONS", None)  # the program as people run it
        with open(self.log, "ab") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "app", "--port", port, "--home", str(self.home)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not answers(self.url):
            assert self._server.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, "the server did not start in time"
            time.sleep(0.1)

    def stop(self) -> None:
        """Stops it as a person or a service manager would; its worker ends with it."""
        if self._server is None:
            return
        self._server.send_signal(signal.SIGTERM)
        try:
            self._server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None


@contextmanager
def dashboard(
    folder: Path, compiled: Path | None = None, like: Path | None = None
) -> Iterator[Dashboard]:
    """A dashboard whose home is in `folder`; it and its worker end afterwards.

    Args:
      folder: where it lives.
      compiled: folder of compiled programs that it shares with others; None for one of its own.
      like: home of another one, stopped, whose data sets and runs it starts with.
    """
    served = Dashboard(folder)
    if like is not None:
        shutil.copytree(like, served.home, ignore=_OWN)
    if compiled is not None:
        served.home.mkdir(parents=True, exist_ok=True)
        (served.home / "jax-cache").symlink_to(compiled)
    try:
        served.start()
        yield served
    finally:
        served.stop()


def train(home: Path, dataset: AnnotationSet, config: TrainConfig, name: str) -> str:
    """Has the worker of a dashboard train; returns the run's id once it has finished."""
    from core.base.report import Report
    from core.library.store import Library
    from core.record.store import RunStore
    from core.worker.queue import submit

    run_id = submit(Library(home).add(dataset, Report()), config, name, home)
    store = RunStore(home)
    deadline = time.monotonic() + TRAIN_SECONDS
    while not (record := store.get(run_id)).done:
        assert time.monotonic() < deadline, f"not trained in time: {record.progress.text}"
        time.sleep(0.2)
    assert record.state == "finished", record.reason
    return run_id


def trained_run(home: Path, dataset: AnnotationSet, config: TrainConfig, name: str) -> str:
    """Trains in this process and stores the run as a worker would; returns its id."""
    from core.base.report import Report
    from core.experiment.events import Finished
    from core.experiment.experiment import run
    from core.library.store import Library
    from core.record.journal import RunJournal

    Library(home).add(dataset, Report())
    journal = RunJournal(home)
    run_id = journal.create(dataset.content_hash, dataset.name, config, name)
    journal.claim(run_id, "tests|1|0")
    *_, last = run(dataset, config)
    assert isinstance(last, Finished)
    journal.finish(run_id, last)
    return run_id
