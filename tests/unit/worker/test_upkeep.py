"""A store that is damaged, rebuilt, backed up, restored and cleaned."""

import json
import os
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from core.base.report import Report
from core.base.trouble import storage_words
from core.cli import main as cli
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.library.store import Library
from core.record import backup, rebuild
from core.record.journal import RunJournal
from core.record.record import RunRecord
from core.record.scenario_store import ScenarioStore
from core.record.store import RunDamagedError, RunStore
from core.record.tracking import DATABASE, RecordError, forget
from core.scenarios.settings import Scenario
from core.worker import upkeep
from core.worker.process import ProcessId
from core.worker.recovery import reconcile
from tests.unit.record.fakes import finished

CONFIG = TrainConfig(coverage=(0.0, 0.5), epochs=7)


@pytest.fixture
def journal(home: Path) -> RunJournal:
    return RunJournal(home)


def finish(journal: RunJournal, name: str = "first try") -> str:
    run_id = journal.create("abc", "panel", CONFIG, name)
    journal.claim(run_id, str(ProcessId.own()))
    journal.finish(run_id, finished(CONFIG))
    return run_id


def stored(journal: RunJournal, small_set: AnnotationSet) -> tuple[str, str, str]:
    """A run, a data set and a scenario of one home."""
    scenario = Scenario.usual(("Ann", "Bob", "AI"), name="on leave")
    saved = ScenarioStore(journal.home).save(scenario, "run", "abc")
    return finish(journal), Library(journal.home).add(small_set, Report()), saved.id


def told(record: RunRecord) -> tuple[object, ...]:
    return (
        *(record.run_id, record.name, record.note, record.state, record.reason, record.config),
        *(record.dataset_hash, record.dataset_name, record.spark, record.areas, record.train_cases),
        *(record.created.replace(microsecond=0), record.ended, record.network),
    )


def lose_record(home: Path, damage: str) -> None:
    forget(home)
    for path in home.glob(f"{DATABASE}*"):
        if damage == "missing" or path.name != DATABASE:
            path.unlink()
        elif damage == "empty":
            path.write_bytes(b"")
        else:
            path.write_bytes(b"no database at all " * 1000)


@pytest.mark.parametrize("damage", ["missing", "empty", "overwritten"])
def test_lost_record_is_never_replaced_by_an_empty_one(journal: RunJournal, damage: str) -> None:
    finish(journal)
    lose_record(journal.home, damage)
    with pytest.raises(RecordError, match=r"1 runs.*check --repair"):
        RunStore(journal.home).list()
    if damage == "missing":
        assert not (journal.home / DATABASE).exists()


@pytest.mark.parametrize("damage", ["missing", "empty", "overwritten"])
def test_record_is_rebuilt_of_the_runs_own_files(journal: RunJournal, damage: str) -> None:
    run_id = finish(journal)
    journal.rename(run_id, "panel, half missing")
    journal.write_note(run_id, "for the meeting")
    failed = journal.create("abc", "panel", CONFIG)
    journal.fail(failed, "There was not enough memory.")
    waiting = journal.create("abc", "panel", CONFIG, "not yet")
    before = {run: told(journal.get(run)) for run in (run_id, failed, waiting)}
    lose_record(journal.home, damage)
    found = rebuild.rebuild(journal.home)
    assert set(found.runs) == set(before)
    assert not found.lost
    assert (found.aside is None) == (damage == "missing")
    again = RunStore(journal.home)
    assert {run: told(again.get(run)) for run in before} == before
    assert again.result(run_id).points
    assert upkeep.check(journal.home) == []
    assert reconcile(journal.home).queued == ()  # the waiting run waits in the queue again
    again.delete(failed)
    assert len(again.list()) == 2


def test_runs_whose_facts_are_lost_are_found_again_by_their_results(journal: RunJournal) -> None:
    run_id = finish(journal)
    folder = journal.home / "artifacts" / run_id
    (folder / "run.json").unlink()
    (folder / "artifacts" / "manifest.json").unlink()
    nothing = journal.home / "artifacts" / ("0" * 32) / "artifacts"
    nothing.mkdir(parents=True)
    lose_record(journal.home, "missing")
    found = rebuild.rebuild(journal.home)
    assert found.runs == (run_id,)
    assert set(found.lost) == {nothing.parent.name}
    assert RunStore(journal.home).get(run_id).state == "finished"


@pytest.mark.parametrize("content", [b"", b"{", b"[1", b'{"version": 1}', None])
def test_damaged_result_is_said_in_words(journal: RunJournal, content: bytes | None) -> None:
    run_id = finish(journal)
    path = journal.folder(run_id) / "result.json"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(RunDamagedError, match="“first try” is damaged"):
        journal.result(run_id)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", None])
def test_damaged_outputs_are_said_in_words(journal: RunJournal, content: bytes | None) -> None:
    run_id = finish(journal)
    path = journal.folder(run_id) / "outputs_seed0.npz"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(RunDamagedError, match="outputs_seed0"):
        journal.outputs(run_id, 0)


def test_outputs_that_a_run_never_had_are_no_damage(journal: RunJournal) -> None:
    with pytest.raises(FileNotFoundError):
        journal.outputs(finish(journal), 99)


def test_check_names_everything_that_is_damaged(
    journal: RunJournal, small_set: AnnotationSet
) -> None:
    run_id, key, scenario_id = stored(journal, small_set)
    assert upkeep.check(journal.home) == []
    content = journal.folder(run_id) / "outputs_seed0.npz"
    content.write_bytes(content.read_bytes()[:-1] + b"?")  # as long as before
    (Library(journal.home).folder / key / "texts.json").unlink()
    (ScenarioStore(journal.home).folder / f"{scenario_id}.json").write_text("{")
    (journal.home / "queue.db").write_bytes(b"?" * 5000)
    found = {one.kind: one for one in upkeep.check(journal.home)}
    assert set(found) == {"run", "data set", "scenario", "queue"}
    assert (found["run"].lost, found["data set"].lost) == ("outputs_seed0.npz", "texts.json")
    assert found["data set"].name == "small"
    assert all(one.remedy for one in found.values())


def test_backup_brings_everything_back_elsewhere(
    journal: RunJournal, small_set: AnnotationSet, tmp_path: Path
) -> None:
    run_id, key, scenario_id = stored(journal, small_set)
    before = told(journal.get(run_id))
    (journal.home / "datasets" / ".part-1").mkdir()
    (journal.home / "datasets" / ".part-1" / "half").write_bytes(b"x")
    done = backup.backup(journal.home, tmp_path / "all.zip")
    assert done["files"] > 10
    later = finish(journal)  # the store goes on
    copy = tmp_path / "elsewhere"
    assert backup.restore(tmp_path / "all.zip", copy)["files"] == done["files"]
    assert upkeep.check(copy) == []
    assert told(RunStore(copy).get(run_id)) == before
    assert {record.run_id for record in RunStore(copy).list()} == {run_id}
    assert later in {record.run_id for record in journal.list()}
    assert Library(copy).load(key).name == "small"
    assert ScenarioStore(copy).get(scenario_id).name == "on leave"
    assert not list((copy / "datasets").glob(".*"))
    with closing(sqlite3.connect(copy / DATABASE)) as connection:
        (uri,) = connection.execute("SELECT artifact_uri FROM runs").fetchone()
    assert uri.startswith(copy.as_uri())
    # A run that is made in the copy keeps its files there.
    made = RunStore(copy).create("abc", "panel", CONFIG)
    assert (copy / "artifacts" / made / "run.json").exists()


def test_restore_writes_over_nothing(journal: RunJournal, tmp_path: Path) -> None:
    backup.backup(journal.home, tmp_path / "all.zip")
    with pytest.raises(backup.BackupError, match="not empty"):
        backup.restore(tmp_path / "all.zip", journal.home)
    with pytest.raises(backup.BackupError, match="exists already"):
        backup.backup(journal.home, tmp_path / "all.zip")


@pytest.mark.parametrize("harm", ["torn", "altered", "outside", "foreign", "no zip"])
def test_damaged_or_hostile_backup_is_refused_whole(
    journal: RunJournal, small_set: AnnotationSet, tmp_path: Path, harm: str
) -> None:
    stored(journal, small_set)
    file = tmp_path / "all.zip"
    backup.backup(journal.home, file)
    if harm == "torn":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif harm == "no zip":
        file.write_text("hello")
    else:
        with zipfile.ZipFile(file) as old:
            about = json.loads(old.read("caseload-backup.json"))
            content = {name: old.read(name) for name in about["files"]}
        name = next(name for name in content if name.endswith("result.json"))
        if harm == "altered":
            content[name] = content[name].replace(b"0.9", b"1.0")
        else:
            bad = "../evil.json" if harm == "outside" else "app/evil.json"
            content[bad], about["files"][bad] = content.pop(name), about["files"].pop(name)
        with zipfile.ZipFile(file, "w") as new:
            for each, data in content.items():
                new.writestr(each, data)
            new.writestr("caseload-backup.json", json.dumps(about))
    target = tmp_path / "deep" / "store"
    with pytest.raises(backup.BackupError, match="damaged"):
        backup.restore(file, target)
    assert not target.exists()
    assert not list(tmp_path.rglob("evil.json"))
    assert not list(target.parent.glob(".restoring-*"))


def test_failed_backup_leaves_nothing(
    journal: RunJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        backup.backup(journal.home, tmp_path / "all.zip")
    assert not list(tmp_path.glob("*all.zip*"))


def test_deleting_a_run_leaves_nothing_of_it_in_the_record(journal: RunJournal) -> None:
    run_id = finish(journal, "a name that must go")
    journal.report(run_id, finished_progress(), [("loss", 0.1, epoch, 0) for epoch in range(800)])

    def record() -> bytes:
        return b"".join(path.read_bytes() for path in journal.home.glob(f"{DATABASE}*"))

    before = len(record())
    journal.delete(run_id)
    left = record()
    assert len(left) < before - 50_000
    assert run_id.encode() not in left
    assert not (journal.home / "artifacts" / run_id).exists()


def finished_progress() -> object:
    from core.experiment.events import Progress

    return Progress(stage="evaluate", fraction=1.0, text="done")


def test_clean_says_what_it_frees(journal: RunJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = finish(journal)
    journal._tracking.client.delete_run(run_id)  # as older versions did: its tags stay
    left = journal.home / "datasets" / ".part-0"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"x" * 1000)
    os.utime(left, (0, 0))
    cache = journal.home / "jax-cache"
    cache.mkdir()
    for age in range(4):
        (cache / f"{age}").write_bytes(b"x" * 100)
        os.utime(cache / f"{age}", (1000 - age, 1000 - age))
    monkeypatch.setattr(upkeep, "MOST_CACHE", 250)
    freed = upkeep.clean(journal.home)
    assert (freed["half-written files"], freed["compiled programs"]) == (1000, 200)
    assert sorted(path.name for path in cache.iterdir()) == ["0", "1"]  # those used last
    with closing(sqlite3.connect(journal.home / DATABASE)) as connection:
        assert connection.execute("SELECT count(*) FROM tags").fetchone() == (0,)


def test_commands_answer_with_one_object(
    journal: RunJournal,
    small_set: AnnotationSet,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    stored(journal, small_set)

    def ask(*arguments: str) -> dict[str, object]:
        assert cli.main(arguments) == 0
        return dict(json.loads(capsys.readouterr().out))

    assert ask("check")["ok"]
    assert ask("backup", str(tmp_path / "all.zip"))["files"]
    assert "freed_bytes" in ask("clean")
    lose_record(journal.home, "overwritten")
    assert not ask("check")["ok"]
    repaired = ask("check", "--repair")
    assert repaired["ok"]
    assert len(repaired["repaired"]["runs"]) == 1  # type: ignore[index]
    forget(journal.home)
    shutil.rmtree(journal.home)
    assert ask("restore", str(tmp_path / "all.zip"))["files"]
    assert ask("check")["ok"]


@pytest.mark.parametrize("arguments", [("check",), ("backup", "x.zip"), ("restore", "x.zip")])
def test_commands_without_a_store_or_a_backup_are_bad_input(
    bare_home: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    assert "error:" in capsys.readouterr().err
    assert not bare_home.exists()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "disk is full"),
        (OSError(30, "Read-only file system"), "cannot be written"),
        (PermissionError(13, "Permission denied"), "cannot be written"),
        (sqlite3.OperationalError("database or disk is full"), "disk is full"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "cannot be written"),
        (ValueError("something else"), None),
    ],
)
def test_trouble_with_the_disk_is_said_in_words(error: Exception, said: str | None) -> None:
    wrapped = RuntimeError("MLflow says")
    wrapped.__cause__ = error
    for one in (error, wrapped):
        found = storage_words(one)
        assert found is None if said is None else said in (found or "")
