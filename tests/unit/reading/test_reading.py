"""Uploads are read by a process of their own, which has limits, can be ended and is never left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from core.base import limits
from core.base.report import DataError
from core.library import intake as reading
from core.library.intake import Outcome, Reading
from core.library.reader import unpacked
from core.library.store import Library
from core.reading.options import ReadOptions
from core.reading.read import read_files
from tests.unit.reading.builders import annotation_rows, bundle, zipped

ODD = "tests.unit.reading.odd_readers"


def ended(read: Reading) -> Outcome:
    outcome = read.wait(60)
    assert outcome is not None
    return outcome


def until(true: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


def left(home: Path) -> list[str]:
    return [p.name for p in (home / "datasets").glob(".part-*")]


def asleep(read: Reading) -> psutil.Process:
    """The process of a reader that sleeps."""
    assert until(lambda: read.text.startswith("Sleeping"))
    return psutil.Process(int(read.text.split()[-1]))


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_READER", ODD)


def test_a_good_upload_is_stored_and_leaves_nothing_else(tmp_path: Path) -> None:
    dataset, report = read_files(bundle(), name="Ward")
    first = ended(Reading(bundle(), tmp_path, name="Ward"))
    assert first == Outcome("stored", content_hash=dataset.content_hash)
    assert [e.name for e in Library(tmp_path).entries()] == ["Ward"]
    assert Library(tmp_path).report(dataset.content_hash) == report
    assert left(tmp_path) == []
    again = ended(Reading({"a.zip": zipped(bundle())}, tmp_path))
    assert again == Outcome("stored", content_hash=dataset.content_hash, known=True)
    assert [e.name for e in Library(tmp_path).entries()] == ["Ward"]


def test_a_refusal_is_the_same_as_in_ones_own_process(tmp_path: Path) -> None:
    files = {"cases.csv": b"a,b\n1,2\n", "../x": b""}
    with pytest.raises(DataError) as here:
        read_files(files)
    assert ended(Reading(files, tmp_path)) == Outcome("refused", report=here.value.report)
    assert left(tmp_path) == []


@pytest.mark.parametrize("way", ["greedy", "greedy in C"])
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_too_much_memory_ends_the_reader_alone(way: str, tmp_path: Path, odd: None) -> None:
    outcome = ended(Reading({way: b"x"}, tmp_path))
    assert outcome.kind == "refused"
    assert outcome.report is not None
    (problem,) = outcome.report.errors
    assert problem.what == "reading takes too much memory"
    assert problem.expected == "at most 2 GiB beyond the files"
    assert left(tmp_path) == []


def test_too_much_time_ends_the_reader(
    tmp_path: Path, odd: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "READER_SECONDS", 1.0)
    outcome = ended(Reading({"slow": b"x"}, tmp_path))
    assert outcome.report is not None
    assert outcome.report.errors[0].what == "reading takes too long"


def test_a_defect_is_said_to_be_one(tmp_path: Path, odd: None) -> None:
    outcome = ended(Reading({"broken": b"x"}, tmp_path))
    assert outcome.kind == "failed"
    assert "a defect in the program" in outcome.words


def test_a_reader_is_nice_to_others_and_cancelled_when_asked(tmp_path: Path, odd: None) -> None:
    read = Reading({"sleepy": b"x"}, tmp_path)
    process = asleep(read)
    assert process.nice() >= 10
    assert left(tmp_path) != []
    read.cancel()
    assert ended(read) == Outcome("cancelled")
    assert not process.is_running()
    assert left(tmp_path) == []


def test_a_reader_that_nobody_wants_any_more_ends_after_a_grace(
    tmp_path: Path, odd: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "GRACE_SECONDS", 1.0)
    open_tabs = {"tab"}
    read = Reading({"sleepy": b"x"}, tmp_path, wanted=lambda: "tab" in open_tabs)
    process = asleep(read)
    assert read.wait(1.5) is None
    open_tabs.clear()
    assert ended(read) == Outcome("cancelled")
    assert not process.is_running()


def test_a_reader_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """Killed as it were by the system, which gives it no chance to end anything."""
    script = (
        "import sys, time; from pathlib import Path; from core.library import intake as reading\n"
        f"reading._READER = {ODD!r}\n"
        "read = reading.Reading({'sleepy': b'x'}, Path(sys.argv[1]))\n"
        "while not read.text.startswith('Sleeping'): time.sleep(0.05)\n"
        "print(read.text.split()[-1], flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        os.kill(parent.pid, signal.SIGKILL)
    assert until(lambda: not psutil.pid_exists(pid) or _is_zombie(pid))
    assert until(lambda: left(tmp_path) == [])


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_size_of_an_upload_counts_what_its_archives_hold(tmp_path: Path) -> None:
    packed = zipped({"a.csv": b"0" * 10_000})
    (tmp_path / "0").write_bytes(packed)
    (tmp_path / "1").write_bytes(b"PK no zip")
    assert unpacked(tmp_path / "0") == len(packed) + 10_000
    assert unpacked(tmp_path / "1") == 9


def test_two_uploads_at_once_do_not_meet(tmp_path: Path) -> None:
    other = {n: d.replace(b"Ann", b"Eve") for n, d in bundle().items()}
    both = [Reading(bundle(), tmp_path, name="Mine"), Reading(other, tmp_path, name="Yours")]
    same = Reading(bundle(), tmp_path)
    kinds = [ended(reading).kind for reading in (*both, same)]
    assert kinds == ["stored"] * 3
    library = Library(tmp_path)
    stored = {e.name: library.load(e.content_hash).experts for e in library.entries()}
    assert stored in (
        {"Mine": ("Ann", "Bob"), "Yours": ("Bob", "Eve")},
        {"uploaded set": ("Ann", "Bob"), "Yours": ("Bob", "Eve")},
    )
    assert left(tmp_path) == []


def test_a_set_that_asks_is_stored_when_it_is_confirmed(tmp_path: Path) -> None:
    files = bundle(annotations=[r.replace("c3,", "C3,") for r in annotation_rows()])
    options = ReadOptions(ignore_unknown_cases=True)
    asked = ended(Reading(files, tmp_path, options=options))
    assert asked.kind == "asks"
    assert asked.words == "24 cases, 2 experts, 2 classes, 39 annotations"
    assert asked.report is not None
    assert any(p.choices for p in asked.report.warnings)
    assert Library(tmp_path).entries() == []
    assert ended(Reading(files, tmp_path, options=options, confirmed=True)).kind == "stored"
