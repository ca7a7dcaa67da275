"""Identifies the worker process and checks whether it is alive."""

import hashlib
import os
import socket
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import psutil

from core.base.files import private_folder, read_json, write_json

STALE_SECONDS = 15.0  # without a heartbeat a worker on another machine counts as gone
HUNG_SECONDS = 60.0  # without a beat, of a worker on this machine
SERVER_FILE = "server.json"  # the last server that started or adopted the worker
_SAME_START = 0.02  # seconds; the start is known in ticks of 0.01
_ENDS, _MOST_ENDS = "worker-ends.json", 20
CODE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process, distinguished by its start time from later ones with the same number.

    Setting the computer's clock changes neither: on Linux the start is counted from the boot, whose
    id is stored too; elsewhere it is the time that the system recorded at the start.

    Attributes:
      host: the machine's name. pid: the process number.
      started: seconds since the boot `boot`, or since 1970 where that is empty.
      boot: the id that the system gave itself when it started; empty where it has none.
    """

    host: str
    pid: int
    started: float
    boot: str = ""

    @classmethod
    def own(cls) -> "ProcessId":
        """This process."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> "ProcessId":
        """The living process of that number on this machine.

        Raises:
          psutil.Error: there is none.
        """
        return cls(socket.gethostname(), pid, _started(pid), boot_id())

    @classmethod
    def parse(cls, text: str) -> "ProcessId | None":
        """The process written by `str`; None when the text says none."""
        try:
            host, pid, started, *rest = text.split("|")
            (boot,) = rest or [""]  # older texts lack it: that process does not count as alive
            return cls(host, int(pid), float(started), boot)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.host}|{self.pid}|{self.started:.2f}|{self.boot}"

    @property
    def here(self) -> bool:
        """Whether it runs, or ran, on this machine."""
        return self.host == socket.gethostname()

    @property
    def rebooted(self) -> bool:
        """Whether this machine has been restarted since the process started."""
        return self.here and bool(self.boot) and self.boot != boot_id()

    def process(self) -> psutil.Process | None:
        """The living process, or None when it is gone (or on another machine)."""
        if not self.here or self.boot != boot_id():
            return None
        try:
            process = psutil.Process(self.pid)
            same = abs(_started(self.pid) - self.started) < _SAME_START
            if same and process.status() != psutil.STATUS_ZOMBIE:
                return process
        except psutil.Error:
            pass
        return None


@lru_cache(maxsize=1)
def boot_id() -> str:
    """The id of the system's current boot; empty where there is none (macOS)."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def _started(pid: int) -> float:
    """Start time of a process, by a clock that cannot be set.

    Raises:
      psutil.Error: there is no such process.
    """
    if not boot_id():
        return psutil.Process(pid).create_time()
    try:
        # The name of the program, in brackets, may hold spaces and brackets of its own.
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError):
        raise psutil.NoSuchProcess(pid) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """The last known state of the worker.

    Attributes:
      alive: its process is alive and has sent a recent heartbeat.
      ready: it has imported everything and takes runs.
      pid: its process number, None when there never was one.
      run_id: the run it trains, None when it waits.
      device: what it trains on, in words; empty until it is ready.
      age: seconds since its last heartbeat, None if there was none or the computer has been
        restarted since.
      code: fingerprint of the program it runs.
      process: the process, alive or not.
    """

    alive: bool
    ready: bool = False
    pid: int | None = None
    run_id: str | None = None
    device: str = ""
    age: float | None = None
    code: str = ""
    process: ProcessId | None = None


def open_home(home: Path) -> None:
    """Creates the home if needed; files written by this process are private to its owner.

    For server and worker; the command line does not change the user's umask.
    """
    os.umask(0o077)
    private_folder(home, known_by="mlflow.db")


def worker_file(home: Path) -> Path:
    """The worker's state file; one per machine when several share a queue."""
    several = bool(os.environ.get("CASELOAD_REDIS_URL", "").strip())
    return home / (f"worker-{socket.gethostname()}.json" if several else "worker.json")


def write_worker(home: Path, me: ProcessId, **facts: object) -> None:
    """Writes the worker's file, including a heartbeat."""
    # Monotonic: seconds since the boot, unaffected by setting the clock.
    own = {"process": str(me), "pid": me.pid, "beat": time.monotonic()}
    write_json(worker_file(home), own | facts, durable=False)


def read_worker(home: Path) -> WorkerState:
    """The state of this home's worker, from its file and the process table (under 1 ms)."""
    facts = read_json(worker_file(home))
    process = ProcessId.parse(str(facts.get("process", ""))) if facts else None
    if facts is None or process is None:
        return WorkerState(alive=False)
    beat = facts.get("beat")
    known = isinstance(beat, int | float) and process.boot == boot_id()
    age = max(time.monotonic() - float(beat or 0), 0.0) if known else None
    return WorkerState(
        alive=process.process() is not None,
        ready=bool(facts.get("ready")),
        pid=process.pid,
        run_id=facts.get("run_id"),
        device=str(facts.get("device") or ""),
        age=age,
        code=str(facts.get("code") or ""),
        process=process,
    )


def note_end(home: Path, process: ProcessId, how: str) -> None:
    """Records how a worker ended, as known to the process that started or ended it; first wins.

    Args:
      home: folder of everything made at run time.
      process: the worker.
      how: `killed` by the operating system, or `hung` and therefore ended by us.
    """
    write_json(home / _ENDS, {"ends": {str(process): how, **_ends(home)}})


def end_of(home: Path, process: ProcessId | None) -> str:
    """How a worker ended: `killed`, `hung`, or `unknown`."""
    return str(_ends(home).get(str(process), "unknown"))


def _ends(home: Path) -> dict[str, Any]:
    facts = read_json(home / _ENDS)
    ends = facts.get("ends") if facts else None
    return dict(list(ends.items())[:_MOST_ENDS]) if isinstance(ends, dict) else {}


def code_fingerprint() -> str:
    """Changes whenever a file of the program does, so that an old worker is not kept."""
    digest = hashlib.sha256()
    for path in sorted(CODE.rglob("*.py")):
        stat = path.stat()
        digest.update(f"{path.relative_to(CODE)} {stat.st_mtime_ns} {stat.st_size}\n".encode())
    return digest.hexdigest()[:16]
