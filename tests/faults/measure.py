"""Reads an upload in a process of its own and says how long that took and what memory it took."""

import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

_READ = """
import json, os, resource, sys
from pathlib import Path
folder, home, most = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
os.nice(5)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
from core.library.store import Library
from core.reading.read import read_files
from core.base.report import DataError
files = {p.name: p.read_bytes() for p in folder.iterdir()}
try:
    print(json.dumps(["stored", Library(home).add(*read_files(files))]))
except DataError as error:
    print(json.dumps(["refused", str(error)]))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What reading an upload took.

    Attributes:
      outcome: `stored`, `refused`, `killed` (out of memory or time) or `broken`.
      words: the content hash, the refusal, or the end of what was said.
      seconds: on the clock. busy: of a processor.
      peak: bytes resident at most. decoded: bytes of the upload unpacked.
    """

    outcome: str
    words: str
    seconds: float
    busy: float
    peak: int
    decoded: int


def measure(
    files: Mapping[str, bytes], place: Path, *, seconds: float = 60, memory: int = 6 * 2**30
) -> Measured:
    """Reads and stores an upload; ends the reader when it takes too much."""
    folder = place / "files"
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    began = time.monotonic()
    command = [sys.executable, "-c", _READ, str(folder), str(place / "home"), str(memory)]
    with open(place / "said", "w+b") as said:
        child = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        peak = 0
        while True:
            peak = max(peak, _resident(child.pid))
            done, status, used = os.wait4(child.pid, os.WNOHANG)
            if done:
                break
            if time.monotonic() - began > seconds:
                child.kill()
            time.sleep(0.01)
        took = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace").strip()
    outcome, words = "killed", text[-300:]
    if child.returncode == 0:
        outcome, words = json.loads(text.splitlines()[-1])
    elif child.returncode > 0 and "MemoryError" not in text and "malloc" not in text:
        outcome = "broken"
    busy = used.ru_utime + used.ru_stime
    return Measured(outcome, words, took, busy, peak, decoded_bytes(files))


def _resident(pid: int) -> int:
    """Most bytes resident so far; `ru_maxrss` would count what the parent had when it forked."""
    try:
        told = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", told)
    return int(found[1]) * 1024 if found else 0


def decoded_bytes(files: Mapping[str, bytes]) -> int:
    """Bytes of an upload with its archives unpacked and its images decoded."""
    total = 0
    for name, data in files.items():
        total += len(data)
        if name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                total += sum(i.file_size for i in archive.infolist())
                names = [n for n in archive.namelist() if n.endswith((".png", ".jpg", ".zip"))]
                total += decoded_bytes({n: archive.read(n) for n in names[:1000]})
        elif name.endswith((".png", ".jpg", ".gif")):
            with Image.open(io.BytesIO(data)) as image:
                total += 3 * image.size[0] * image.size[1]
    return total
