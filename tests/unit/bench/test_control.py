"""Sweeps that go on: nothing is trained twice, whoever trains it and whatever stops it."""

import threading
from pathlib import Path

import pytest

from core.bench import control, progress
from core.bench.control import cancel, start, status, train_here
from core.bench.spec import SpecError
from core.bench.sweep_store import SweepNotFoundError, SweepStore
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.library.store import Library
from core.record.journal import RunJournal
from core.record.store import RunStore
from core.worker.executor import Executor
from core.worker.queue import open_queue
from tests.unit.bench.benches import Trainer, made, result_of


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "_WAIT_SECONDS", 0.02)
    monkeypatch.setattr(control, "_RECONCILE_SECONDS", 0.2)


def test_cells_that_have_finished_are_not_trained_again(
    home: Path, small_set: AnnotationSet
) -> None:
    sweep, trainer = made(small_set, home), Trainer()
    assert train_here(sweep, home, experiment=trainer).done
    assert len(trainer.trained) == 4
    wider = made(small_set, home, missing_rates=[0, 0.5, 0.9], name="Wider")
    assert wider.id != sweep.id
    assert train_here(wider, home, experiment=trainer).done
    assert [c.missing_rate for c in trainer.trained[4:]] == [0.9, 0.9]


def test_a_run_that_was_trained_elsewhere_counts(home: Path, small_set: AnnotationSet) -> None:
    sweep, trainer = made(small_set, home), Trainer()
    config = status(sweep, home).cells[0].cell.config
    journal = RunJournal(home)
    run_id = journal.create(small_set.content_hash, "small", config)
    Executor(journal, "host|1|1.0", trainer, load=lambda _: small_set).execute(run_id)
    assert status(sweep, home).count("finished") == 1
    train_here(sweep, home, experiment=trainer)
    assert len(trainer.trained) == 4


def test_runs_of_other_versions_do_not_count(
    home: Path, small_set: AnnotationSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep, trainer = made(small_set, home), Trainer()
    train_here(sweep, home, experiment=trainer)
    monkeypatch.setattr(progress, "numbers_version", lambda _: "newer")
    assert status(sweep, home).count("open") == 4


def test_a_sweep_goes_on_after_an_interruption(home: Path, small_set: AnnotationSet) -> None:
    sweep, trainer = made(small_set, home), Trainer(stop_at=2)
    with pytest.raises(KeyboardInterrupt):
        train_here(sweep, home, experiment=trainer)
    now = status(sweep, home)
    assert (now.count("finished"), now.count("cancelled"), now.count("open")) == (1, 1, 2)
    again = Trainer()
    assert train_here(sweep, home, experiment=again).done
    assert len(again.trained) == 3


def test_a_cell_whose_process_died_is_taken_over(home: Path, small_set: AnnotationSet) -> None:
    sweep, trainer = made(small_set, home), Trainer()
    journal = RunJournal(home)
    config = status(sweep, home).cells[0].cell.config
    run_id = journal.create(small_set.content_hash, "small", config)
    journal.claim(run_id, f"{__import__('socket').gethostname()}|999999|1.00|gone")
    assert train_here(sweep, home, experiment=trainer).done
    assert journal.get(run_id).state == "finished"
    assert len(trainer.trained) == 4


def test_two_processes_share_a_sweep(home: Path, small_set: AnnotationSet) -> None:
    sweep = made(small_set, home, missing_rates=[0, 0.3, 0.5])
    trainer, ends = Trainer(), []
    threads = [
        threading.Thread(
            target=lambda: ends.append(train_here(sweep, home, experiment=trainer).done)
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ends == [True, True]
    assert len(trainer.trained) == len(set(trainer.trained)) == 6
    assert len(RunStore(home).list()) == 6


def test_a_run_is_taken_once(home: Path, small_set: AnnotationSet) -> None:
    journal, taken = RunJournal(home), []
    run_id = journal.create(small_set.content_hash, "small", TrainConfig())
    threads = [
        threading.Thread(target=lambda n=n: taken.append(journal.claim(run_id, f"host|{n}|1.0")))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(one is not None for one in taken) == 1


def test_the_queue_gets_each_missing_cell_once(home: Path, small_set: AnnotationSet) -> None:
    sweep = made(small_set, home)
    assert start(sweep, home) == 4
    assert start(sweep, home) == 0
    assert len(open_queue(home).waiting()) == 4
    assert status(sweep, home).live


def test_a_sensitivity_at_the_main_grids_value_is_queued_once(
    home: Path, small_set: AnnotationSet
) -> None:
    sweep = made(small_set, home, sensitivity={"batch_size": [TrainConfig().batch_size, 64]})
    assert len(status(sweep, home).cells) == 8
    assert start(sweep, home) == 8
    assert len(RunStore(home).list()) == 6
    assert start(sweep, home) == 0


def test_work_of_cells_that_share_a_run_counts_once(home: Path, small_set: AnnotationSet) -> None:
    sweep = made(small_set, home, sensitivity={"batch_size": [TrainConfig().batch_size, 64]})
    cells = status(sweep, home).cells
    shared = next(one.cell for one in cells if one.cell.varied)
    run_id = RunJournal(home).create(small_set.content_hash, "small", shared.config)
    Executor(RunJournal(home), "host|1|1.0", Trainer(), load=lambda _: small_set).execute(run_id)
    now = status(sweep, home)
    assert now.count("finished") == 2
    assert now.fraction == pytest.approx(1 / 6)
    assert progress.estimate(now.cells, [], {}).cells == 5


def test_a_cancelled_sweep_goes_on_with_what_is_missing(
    home: Path, small_set: AnnotationSet
) -> None:
    sweep, trainer = made(small_set, home), Trainer()
    start(sweep, home)
    first = status(sweep, home).cells[0].run
    assert first is not None
    Executor(RunJournal(home), "host|1|1.0", trainer).execute(first.run_id)
    assert cancel(sweep, home) == 3
    now = status(sweep, home)
    assert (now.count("finished"), now.count("cancelled"), now.live) == (1, 3, False)
    assert start(sweep, home) == 3


def test_a_failed_cell_is_tried_again_by_the_next_start_only(
    home: Path, small_set: AnnotationSet
) -> None:
    sweep, trainer = made(small_set, home), Trainer(fail=("naive",))
    now = train_here(sweep, home, experiment=trainer)
    assert (now.count("finished"), now.count("failed")) == (2, 2)
    assert len(trainer.trained) == 4
    assert train_here(sweep, home, experiment=Trainer()).done


def test_cells_that_cannot_be_trained_are_left_out(home: Path, small_set: AnnotationSet) -> None:
    sweep, trainer = made(small_set, home, methods=["pl2d", "complete"]), Trainer()
    now = train_here(sweep, home, experiment=trainer)
    assert now.done
    assert now.count("refused") == 2
    assert "needs every expert's annotation" in now.cells[1].refused
    assert {config.method for config in trainer.trained} == {"pl2d"}


def test_what_has_finished_stays_when_its_data_set_is_deleted(
    home: Path, small_set: AnnotationSet
) -> None:
    sweep = made(small_set, home)
    with pytest.raises(KeyboardInterrupt):
        train_here(sweep, home, experiment=Trainer(stop_at=2))
    Library(home).remove(small_set.content_hash)
    now = status(sweep, home)
    assert (now.count("finished"), now.count("refused")) == (1, 3)
    assert "no longer in the library" in now.cells[2].refused
    assert start(sweep, home) == 0


def test_ways_to_lose_annotations_are_sets_of_their_own(
    home: Path, small_set: AnnotationSet
) -> None:
    sweep = made(small_set, home, sensitivity={"missingness": ["random", "difficult"]})
    assert [one.missingness for one in sweep.sets] == ["", "random", "difficult"]
    assert len({one.content_hash for one in sweep.sets}) == 3
    assert len(status(sweep, home).cells) == 8


def test_progress_is_the_share_of_the_work(home: Path, small_set: AnnotationSet) -> None:
    sweep, seen = made(small_set, home), []
    train_here(sweep, home, experiment=Trainer(), seen=seen.append)
    shares = [one.fraction for one in seen]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert seen[0].seconds_left is None
    # The fixture's runs say that they took 7.2 s each.
    (after_two,) = {one.seconds_left for one in seen if one.count("finished") == 2}
    assert after_two == pytest.approx(2 * 7.2)


def test_other_content_than_the_spec_says_is_refused(home: Path, small_set: AnnotationSet) -> None:
    with pytest.raises(SpecError, match="not the data set"):
        made(small_set, home, content={"sample:small": "0" * 16})


def test_a_sweep_is_kept_and_read_back(home: Path, small_set: AnnotationSet) -> None:
    sweep, store = made(small_set, home), SweepStore(home)
    assert store.get(sweep.id) == sweep
    assert store.list() == [sweep]
    (store.folder / f"{'a' * 16}.json").write_text('{"format": 2}')
    assert store.list() == [sweep]
    store.delete(sweep.id)
    with pytest.raises(SweepNotFoundError):
        store.get(sweep.id)


def test_the_version_of_a_result_is_kept_with_its_run(home: Path, small_set: AnnotationSet) -> None:
    sweep = made(small_set, home)
    train_here(sweep, home, experiment=Trainer())
    run = status(sweep, home).cells[0].run
    assert run is not None
    assert run.numbers
    assert result_of(run.config).versions == RunStore(home).result(run.run_id).versions
