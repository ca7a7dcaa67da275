"""Files that survive a power cut, and checksums that notice when one did not."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.base import files
from core.base.files import (
    MANIFEST,
    LockedError,
    atomic_file,
    atomic_write,
    check_manifest,
    file_lock,
    private_folder,
    replace_folder,
    sweep,
    write_manifest,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is synced and renamed, in order: ("sync", path) and ("rename", new path)."""
    made: list[tuple[str, str]] = []
    sync, rename = os.fsync, os.replace

    def fsync(handle: int) -> None:
        made.append(("sync", os.readlink(f"/proc/self/fd/{handle}")))
        sync(handle)

    def replace(old: Path, new: Path) -> None:
        rename(old, new)
        made.append(("rename", str(new)))

    monkeypatch.setattr(files.os, "fsync", fsync)
    monkeypatch.setattr(files.os, "replace", replace)
    return made


on_linux = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="asks /proc which file")


@on_linux
def test_content_is_on_disk_before_its_name_and_the_name_before_the_return(
    tmp_path: Path, calls: list[tuple[str, str]]
) -> None:
    atomic_write(tmp_path / "a.json", b"{}")
    (first, temporary), renamed, last = calls
    assert first == "sync"
    assert Path(temporary).parent == tmp_path
    assert Path(temporary).name != "a.json"
    assert renamed == ("rename", str(tmp_path / "a.json"))
    assert last == ("sync", str(tmp_path))


@on_linux
def test_new_folders_are_on_disk_in_the_ones_above_them(
    tmp_path: Path, calls: list[tuple[str, str]]
) -> None:
    atomic_write(tmp_path / "a" / "b" / "c.json", b"{}")
    synced = [path for what, path in calls if what == "sync"]
    assert str(tmp_path) in synced
    assert str(tmp_path / "a") in synced


@on_linux
def test_every_file_of_a_folder_is_on_disk_before_the_folder_gets_its_name(
    tmp_path: Path, calls: list[tuple[str, str]]
) -> None:
    new = tmp_path / "new"
    (new / "deep").mkdir(parents=True)
    (new / "deep" / "weights").write_bytes(b"w")
    (new / "result").write_bytes(b"r")
    replace_folder(new, tmp_path / "set")
    renamed = calls.index(("rename", str(tmp_path / "set")))
    before = {path for _, path in calls[:renamed]}
    assert {str(new / "deep" / "weights"), str(new / "result"), str(new / "deep")} <= before
    assert ("sync", str(tmp_path)) in calls[renamed:]


def test_failed_write_leaves_the_old_content_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    atomic_write(path, b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        atomic_write(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
    assert path.read_bytes() == b"old"


def test_files_follow_the_umask_of_whoever_writes(tmp_path: Path) -> None:
    for mask, mode in ((0o022, 0o644), (0o077, 0o600)):
        old = os.umask(mask)
        try:
            atomic_write(tmp_path / "a", b"")
        finally:
            os.umask(old)
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


def test_only_folders_of_ours_become_private(tmp_path: Path) -> None:
    new, ours, others = (tmp_path / name for name in ("new", "ours", "others"))
    for folder in (ours, others):
        folder.mkdir()
        folder.chmod(0o755)
    (ours / "mlflow.db").touch()
    for folder in (new, ours, others):
        private_folder(folder, known_by="mlflow.db")
    modes = [stat.S_IMODE(folder.stat().st_mode) for folder in (new, ours, others)]
    assert modes == [0o700, 0o700, 0o755]


def test_manifest_notices_what_is_lost_cut_short_or_altered(tmp_path: Path) -> None:
    for name in ("kept", "lost", "short", "altered"):
        (tmp_path / name).write_bytes(b"content")
    write_manifest(tmp_path)
    assert check_manifest(tmp_path, deep=True) == []
    (tmp_path / "lost").unlink()
    (tmp_path / "short").write_bytes(b"")
    (tmp_path / "altered").write_bytes(b"CONTENT")
    assert check_manifest(tmp_path) == ["lost", "short"]
    assert check_manifest(tmp_path, deep=True) == ["altered", "lost", "short"]
    assert check_manifest(tmp_path, deep=True, ignore=["altered"]) == ["lost", "short"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"files": 3}', None])
def test_folder_without_a_readable_manifest_has_none(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / MANIFEST).write_bytes(content)
    assert check_manifest(tmp_path) is None


def test_manifest_that_says_nonsense_of_a_file_counts_it_as_lost(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / MANIFEST).write_text('{"files": {"a": 3, "../b": {}}}')
    assert check_manifest(tmp_path) == ["../b", "a"]


def test_sweep_takes_only_what_is_old(tmp_path: Path) -> None:
    for name in (".part-old", ".part-new", "set"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    for name in (".part-old", "set"):
        os.utime(tmp_path / name, (time.time() - 7200,) * 2)
    sweep(tmp_path, ".part-*", older_than=3600)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".part-new", "set"]


HOLDER = """
import sys, time
from pathlib import Path
from core.base.files import file_lock
with file_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_holds_between_processes_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    lock = tmp_path / "deep" / "x.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, lock], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder:
        try:
            assert holder.stdout.readline() == "held\n"
            for wait in (0, 0.1):
                with pytest.raises(LockedError, match=r"x\.lock is held by another process"):
                    with file_lock(lock, wait=wait):
                        pass
        finally:
            holder.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    with file_lock(lock):
        pass
    assert [path.name for path in lock.parent.iterdir()] == ["x.lock"]


def test_a_file_in_pieces_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(TypeError), atomic_file(tmp_path / "a") as out:
        out.writelines([b"half", None])  # type: ignore[list-item]
    assert (tmp_path / "a").read_bytes() == b"old"
    with atomic_file(tmp_path / "a", private=True) as out:
        out.write(b"ne")
        assert (tmp_path / "a").read_bytes() == b"old"
        out.write(b"w")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert sys.platform == "win32" or (tmp_path / "a").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
