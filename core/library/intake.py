"""Reads an upload in a separate process; this is the side of the calling process."""

import contextlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from core.base import limits
from core.base.report import Report
from core.library.reader import REQUEST, seconds_for
from core.reading.formats import ReadOptions

if TYPE_CHECKING:
    from core.library.passed_tables import PassedTables
    from core.reading.new_cases import CaseForm, NewCases
    from core.reading.read import Ask

_ROOT = Path(__file__).resolve().parents[2]
_READER = "core.library.reader"
_USUAL = ReadOptions()
_LOOK = 0.2  # seconds between two looks at the reader
# Reading is given up once nobody has waited for so long: a closed tab is gone at once, one that
# lost its connection or was reloaded by the browser comes back within seconds.
GRACE_SECONDS = 10.0
_DEFECT = (
    "These files could not be read because of a defect in the program; the details are in the log "
    "of the terminal that started Caseload."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of reading.

    Attributes:
      kind: `stored` for a data set, `asks` for one that waits for its choices to be confirmed,
        `match` for tables whose columns are to be matched, `read` for new cases, `refused`,
        `cancelled`, or `failed` for a disk error or a defect.
      content_hash: of what was stored. known: whether it was already stored.
      others: content hashes of further sets that were stored, one per finding.
      tables: to be matched.
      cases: new cases.
      report: why the files were refused, what is asked, or remarks on new cases.
      words: what failed, or how much there is in a set that asks.
    """

    kind: Literal["stored", "asks", "match", "read", "refused", "cancelled", "failed"]
    content_hash: str = ""
    known: bool = False
    others: tuple[str, ...] = ()
    tables: "PassedTables | None" = None
    cases: "NewCases | None" = None
    report: Report | None = None
    words: str = ""


class Reading:
    """An upload that is being read.

    A thread watches the reader and ends it when it takes too long, when `cancel` is called and when
    nobody waits for the upload any more. The files are deleted by the time there is an outcome.

    Args:
      files: name → content; the names are not trusted and never become paths.
      home: where data sets are stored.
      name: what to call the set. options: how to read it.
      confirmed: whether to store it although warnings offer choices.
      ask: whether somebody wants to match the columns, see `core.reading.read.read_files`.
      findings: to read as one data set each, by the roles in `options`; none reads one set.
      form: of new cases, which are read instead of a data set and not stored.
      wanted: whether anybody still waits; asked from a thread.

    Raises:
      OSError: the files cannot be written for the reader.
    """

    def __init__(
        self,
        files: Mapping[str, bytes | memoryview],
        home: Path,
        *,
        name: str | None = None,
        options: ReadOptions = _USUAL,
        confirmed: bool = False,
        ask: "Ask" = "never",
        findings: Sequence[str] = (),
        form: "CaseForm | None" = None,
        wanted: Callable[[], bool] = lambda: True,
    ):
        self.outcome: Outcome | None = None
        self.text, self.share = "Starting", None
        self._wanted, self._cancelled = wanted, threading.Event()
        self._size = sum(len(content) for content in files.values())
        datasets = home / "datasets"
        datasets.mkdir(parents=True, exist_ok=True)
        # A private folder; swept with other temporary folders if left behind.
        self._folder = Path(tempfile.mkdtemp(prefix=".part-upload-", dir=datasets))
        try:
            for i, content in enumerate(files.values()):
                (self._folder / str(i)).write_bytes(content)
            request: dict[str, Any] = {"names": list(files), "home": str(home.resolve())}
            request |= {"name": name, "options": options.model_dump(), "confirmed": confirmed}
            request |= {"ask": ask, "findings": list(findings)}
            request["form"] = None if form is None else _plain(form)
            (self._folder / REQUEST).write_text(json.dumps(request), encoding="utf-8")
            self._process = self._launch()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._thread = threading.Thread(target=self._watch, name="caseload-reading", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """End the reader; nothing is stored unless it just was."""
        self._cancelled.set()

    def wait(self, seconds: float) -> Outcome | None:
        """The outcome, waiting up to so many seconds; None if there is none yet."""
        self._thread.join(seconds)
        return self.outcome

    def _launch(self) -> subprocess.Popen[bytes]:
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        with (
            open(self._folder / "said", "wb") as said,
            open(self._folder / "errors", "wb") as errors,
        ):
            return subprocess.Popen(
                [sys.executable, "-m", _READER, str(self._folder)],
                cwd=_ROOT,
                env=os.environ | one,
                stdin=subprocess.PIPE,  # closes when this process is gone, which ends the reader
                stdout=said,
                stderr=errors,
                start_new_session=True,
            )

    def _watch(self) -> None:
        began = last_wanted = time.monotonic()
        ended: Literal["", "cancelled", "slow"] = ""
        try:
            while self._process.poll() is None and not ended:
                self._cancelled.wait(_LOOK)
                self._listen()
                now = time.monotonic()
                last_wanted = now if self._wanted() else last_wanted
                if self._cancelled.is_set() or now - last_wanted > GRACE_SECONDS:
                    ended = "cancelled"
                elif now - began > seconds_for(self._size):
                    ended = "slow"
        except Exception:
            logging.getLogger("caseload").exception("reading an upload")
            ended = ended or "cancelled"
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        try:
            outcome = self._outcome(ended)
        except Exception:
            logging.getLogger("caseload").exception("what came of an upload")
            outcome = Outcome("failed", words=_DEFECT)
        shutil.rmtree(self._folder, ignore_errors=True)
        self.outcome = outcome

    def _listen(self) -> dict[str, Any]:
        """The reader's last message; progress is stored."""
        said: dict[str, Any] = {}
        with contextlib.suppress(OSError):
            lines = (self._folder / "said").read_bytes().split(b"\n")[:-1]
            for line in lines:
                with contextlib.suppress(ValueError):
                    said = json.loads(line)
                    self._size = said.get("size", self._size)
            if "text" in said:
                self.text, self.share = said["text"], said["share"]
        return said

    def _outcome(self, ended: str) -> Outcome:
        said = self._listen()
        if "stored" in said:
            others = tuple(said["others"])
            return Outcome("stored", said["stored"], known=said["known"], others=others)
        if "asks" in said:
            report = Report.from_list(said["asks"])
            return Outcome("asks", report=report, words=said["summary"])
        if "match" in said:
            report = Report.from_list(said["match"])
            return Outcome("match", tables=_tables_in(self._folder), report=report)
        if "read" in said:
            report = Report.from_list(said["read"])
            return Outcome("read", cases=_cases_in(self._folder), report=report)
        if "refused" in said:
            return Outcome("refused", report=Report.from_list(said["refused"]))
        if "trouble" in said:
            return Outcome("failed", words=said["trouble"])
        if ended == "cancelled":
            return Outcome("cancelled")
        if ended == "slow" or self._process.returncode == -24:  # SIGXCPU
            return Outcome("refused", report=_too_slow(self._size))
        errors = ""
        with contextlib.suppress(OSError):
            errors = (self._folder / "errors").read_text(errors="replace")[-4000:]
        # C libraries end a process that runs out of memory in different ways.
        if "memory" in said or self._process.returncode < 0 or "MemoryError" in errors:
            return Outcome("refused", report=_too_much_memory(self._size))
        logging.getLogger("caseload").error("the reader of an upload failed: %s", errors)
        return Outcome("failed", words=_DEFECT)


def _plain(form: "CaseForm") -> dict[str, Any]:
    from core.library.passed_cases import plain_form  # late: most uploads are data sets

    return plain_form(form)


def _tables_in(folder: Path) -> "PassedTables":
    from core.library.passed_tables import pick_up

    return pick_up(folder)


def _cases_in(folder: Path) -> "NewCases":
    from core.library.passed_cases import pick_up

    return pick_up(folder)


def _too_slow(size: int) -> Report:
    report = Report()
    report.error(
        "reading takes too long",
        found=f"more than {seconds_for(size):,.0f} seconds",
        expected="less",
        remedy="make the set smaller: fewer columns, shorter texts, smaller images",
    )
    return report


def _too_much_memory(size: int) -> Report:
    report = Report()
    most = (limits.READER_MEMORY + size) / limits.GIB
    report.error(
        "reading takes too much memory",
        found=f"more than {most:,.1f} GiB for {size / limits.MIB:,.1f} MiB of files (unpacked)",
        expected=f"at most {limits.READER_MEMORY // limits.GIB} GiB beyond the files",
        remedy="make the set smaller: fewer columns, shorter texts, smaller images",
    )
    return report
