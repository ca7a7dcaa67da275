"""Who the worker process is, and whether it still lives."""

import hashlib
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.runs.files import atomic_write, json_text, read_json

STALE_SECONDS = 15.0  # without a heartbeat a worker on another machine counts as gone
SERVER_FILE = "server.json"  # the last server that started or adopted the worker
_SAME_START = 1.5  # seconds two readings of a process's start may differ (clock adjustments)
CODE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process, told from later ones with the same number by its start time.

    Attributes:
      host: the machine's name. pid: the process number. started: seconds since 1970.
    """

    host: str
    pid: int
    started: float

    @classmethod
    def own(cls) -> "ProcessId":
        """This process."""
        return cls(socket.gethostname(), os.getpid(), psutil.Process().create_time())

    @classmethod
    def parse(cls, text: str) -> "ProcessId | None":
        """The process written by `str`; None when the text says none."""
        try:
            host, pid, started = text.split("|")
            return cls(host, int(pid), float(started))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.host}|{self.pid}|{self.started:.2f}"

    @property
    def here(self) -> bool:
        """Whether it runs, or ran, on this machine."""
        return self.host == socket.gethostname()

    def process(self) -> psutil.Process | None:
        """The living process, or None when it is gone (or on another machine)."""
        if not self.here:
            return None
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < _SAME_START
            if same and process.status() != psutil.STATUS_ZOMBIE:
                return process
        except psutil.Error:
            pass
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """What the worker last said about itself.

    Attributes:
      alive: its process lives and was heard of lately.
      ready: it has imported everything and takes runs.
      pid: its process number, None when there never was one.
      run_id: the run it trains, None when it waits.
      device: what it trains on, in words; empty until it is ready.
      age: seconds since it was last heard of, None when it never was.
      code: fingerprint of the program it runs.
      process: the process, whether it lives or not.
    """

    alive: bool
    ready: bool = False
    pid: int | None = None
    run_id: str | None = None
    device: str = ""
    age: float | None = None
    code: str = ""
    process: ProcessId | None = None


def worker_file(home: Path) -> Path:
    """Where the worker says who it is; one per machine when several share a queue."""
    several = bool(os.environ.get("CASELOAD_REDIS_URL", "").strip())
    return home / (f"worker-{socket.gethostname()}.json" if several else "worker.json")


def write_worker(home: Path, me: ProcessId, **facts: object) -> None:
    """Writes the worker's file, its heartbeat among it."""
    own = {"process": str(me), "pid": me.pid, "started": me.started, "beat": time.time()}
    atomic_write(worker_file(home), json_text(own | facts).encode())


def read_worker(home: Path) -> WorkerState:
    """What the worker's file and the system say about the worker of this home (under 1 ms)."""
    told = read_json(worker_file(home))
    process = ProcessId.parse(str(told.get("process", ""))) if told else None
    if told is None or process is None:
        return WorkerState(alive=False)
    age = max(time.time() - float(told.get("beat") or 0), 0.0)
    return WorkerState(
        alive=process.process() is not None,
        ready=bool(told.get("ready")),
        pid=process.pid,
        run_id=told.get("run_id"),
        device=str(told.get("device") or ""),
        age=age,
        code=str(told.get("code") or ""),
        process=process,
    )


def code_fingerprint() -> str:
    """Changes whenever a file of the program does, so that an old worker is not kept."""
    digest = hashlib.sha256()
    for path in sorted(CODE.rglob("*.py")):
        stat = path.stat()
        digest.update(f"{path.relative_to(CODE)} {stat.st_mtime_ns} {stat.st_size}\n".encode())
    return digest.hexdigest()[:16]
