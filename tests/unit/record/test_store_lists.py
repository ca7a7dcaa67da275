"""What lists of runs are made of: areas and sparklines, names and notes, and being up to date."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from core.config.train_config import TrainConfig
from core.experiment.events import Finished
from core.record.journal import RunJournal
from core.record.store import MOST_NOTE, RunNotFoundError, RunStore
from tests.pages.fixtures import make_result
from tests.unit.record import fakes

ROOT = Path(__file__).resolve().parents[3]
CONFIG = TrainConfig(epochs=3, coverage=(0.0, 0.5, 1.0))


@pytest.fixture
def journal(home: Path) -> RunJournal:
    return RunJournal(home)


def finished_run(journal: RunJournal) -> str:
    result = make_result(seeds=2)
    run_id = journal.create("abc", "d", TrainConfig.from_dict(result.config))
    journal.claim(run_id, "host|1|1.0")
    journal.finish(run_id, Finished(result=result, artifacts={}))
    return run_id


def test_finished_run_tells_its_areas_and_sparkline_in_the_list(journal: RunJournal) -> None:
    run_id = finished_run(journal)
    result = journal.result(run_id)
    (record,) = journal.list()
    assert list(record.areas) == ["value", "priced", "gate"]
    assert record.areas["value"] == pytest.approx(result.auc_cac["value"].mean, abs=1e-4)
    low, high = record.area_intervals["value"]
    assert [low, high] == pytest.approx(result.auc_cac["value"].interval, abs=1e-4)
    middle = sum(point.accuracy for point in result.at("value", 0.5)) / 2
    assert len(record.spark) == 11
    assert record.spark[5] == pytest.approx(middle, abs=1e-4)


def test_run_that_has_not_finished_has_neither(journal: RunJournal) -> None:
    journal.create("abc", "d", CONFIG)
    (record,) = journal.list()
    assert (record.areas, record.area_intervals, record.spark) == ({}, {}, ())


def test_name_and_note_are_those_that_mlflow_shows(journal: RunJournal) -> None:
    run_id = journal.create("abc", "d", CONFIG, name="first")
    journal.rename(run_id, "  Night   shift ")
    journal.write_note(run_id, "  nobody above 50 %\n")
    record = journal.get(run_id)
    assert (record.name, record.note) == ("Night shift", "nobody above 50 %")

    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{journal.home / 'mlflow.db'}")
    (experiment,) = [e for e in client.search_experiments() if e.name == "caseload"]
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.run_name == "Night shift"
    assert run.data.tags["mlflow.note.content"] == "nobody above 50 %"
    assert run.info.status == "SCHEDULED"


def test_note_written_in_mlflow_is_read(journal: RunJournal) -> None:
    from mlflow.tracking import MlflowClient

    run_id = journal.create("abc", "d", CONFIG)
    client = MlflowClient(f"sqlite:///{journal.home / 'mlflow.db'}")
    client.set_tag(run_id, "mlflow.note.content", "from elsewhere")
    assert journal.get(run_id).note == "from elsewhere"
    assert [r.note for r in journal.list()] == ["from elsewhere"]


def test_empty_note_clears_it(journal: RunJournal) -> None:
    run_id = journal.create("abc", "d", CONFIG)
    journal.write_note(run_id, "x")
    journal.write_note(run_id, "")
    assert journal.get(run_id).note == ""


def test_note_that_mlflow_would_cut_is_refused(journal: RunJournal) -> None:
    run_id = journal.create("abc", "d", CONFIG)
    with pytest.raises(ValueError, match="5,001 characters; expected at most 5,000"):
        journal.write_note(run_id, "x" * (MOST_NOTE + 1))
    journal.write_note(run_id, "x" * MOST_NOTE)
    assert len(journal.get(run_id).note) == MOST_NOTE


def test_blank_name_is_refused(journal: RunJournal) -> None:
    run_id = journal.create("abc", "d", CONFIG, name="kept")
    with pytest.raises(ValueError, match="blank"):
        journal.rename(run_id, " \n ")
    assert journal.get(run_id).name == "kept"


def test_deleted_run_can_be_neither_renamed_nor_noted_nor_deleted_again(
    journal: RunJournal,
) -> None:
    run_id = journal.create("abc", "d", CONFIG)
    journal.delete(run_id)
    for action in (
        lambda: journal.rename(run_id, "x"),
        lambda: journal.write_note(run_id, "x"),
        lambda: journal.delete(run_id),
        lambda: journal.cancel(run_id),
    ):
        with pytest.raises(RunNotFoundError):
            action()


def test_size_counts_the_files_a_run_left(journal: RunJournal) -> None:
    run_id = journal.create("abc", "d", CONFIG)
    before = journal.size(run_id)
    journal.claim(run_id, "host|1|1.0")
    journal.finish(run_id, fakes.finished(CONFIG))
    files = [p for p in journal.folder(run_id).parent.rglob("*") if p.is_file()]
    assert journal.size(run_id) > before
    assert journal.size(run_id) == sum(p.stat().st_size for p in files) > 0


def test_list_is_read_once_while_nothing_changes(
    journal: RunJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.create("abc", "d", CONFIG)
    asked = []
    search = RunStore._search
    monkeypatch.setattr(RunStore, "_search", lambda self, *a: asked.append(a) or search(self, *a))
    first = journal.list()
    assert journal.list() == first
    assert RunStore(journal.home).list() == first
    assert len(asked) == 1


def test_lists_are_not_shared_between_callers(journal: RunJournal) -> None:
    journal.create("abc", "d", CONFIG)
    journal.list().clear()
    assert len(journal.list()) == 1


def test_every_change_is_seen_by_the_next_list(journal: RunJournal) -> None:
    run_id = journal.create("abc", "d", CONFIG, name="a")
    assert [r.state for r in journal.list()] == ["queued"]
    journal.rename(run_id, "b")
    assert [r.name for r in journal.list()] == ["b"]
    journal.claim(run_id, "host|1|1.0")
    assert [r.state for r in journal.list()] == ["running"]
    assert journal.list(states=("queued",)) == []
    journal.finish(run_id, fakes.finished(CONFIG))
    assert [r.state for r in journal.list()] == ["finished"]
    journal.delete(run_id)
    assert journal.list() == []


def test_change_of_another_process_is_seen_by_the_next_list(journal: RunJournal) -> None:
    run_id = journal.create("abc", "d", CONFIG)
    assert [r.state for r in journal.list()] == ["queued"]
    code = f"""
        from pathlib import Path
        from core.record.journal import RunJournal
        RunJournal(Path({str(journal.home)!r})).claim({run_id!r}, "host|2|1.0")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, check=True)
    assert [r.state for r in journal.list()] == ["running"]
