"""Power cuts: whatever is said to be finished or saved is there after the next start.

A file system of its own lies in one file. Copying that file shows what a power cut at that moment
would have left: what was only in memory is not in the copy. Needs root and a loop device.
"""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.base.files import check_manifest
from core.base.report import Report
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.experiment import artifacts
from core.library.store import Library
from core.record.journal import RunJournal
from core.record.scenario_store import ScenarioStore
from core.scenarios.settings import Scenario
from core.worker.process import ProcessId
from tests.faults.disks import mounted
from tests.unit.record.fakes import finished

DELAYS = (0.0, 0.5, 2.0, 6.0)  # seconds between the promise and the cut


def small_set(seed: int) -> AnnotationSet:
    rng = np.random.default_rng(seed)
    return AnnotationSet(
        name=f"set {seed}",
        case_ids=np.array([f"case{i}" for i in range(60)]),
        split=np.repeat(np.array([0, 2], np.int8), [40, 20]),
        inputs=rng.random((60, 3)).astype(np.float32),
        truth=rng.integers(0, 2, 60).astype(np.int32),
        annotations=rng.integers(0, 2, (60, 2)).astype(np.int32),
        annotated=np.ones((60, 2), bool),
        classes=("no", "yes"),
        experts=("Ann", "Bob"),
        feature_names=("a", "b", "c"),
    )


def finish_a_run(home: Path) -> Callable[[Path], None]:
    journal = RunJournal(home)
    run_id = journal.create("abc", "d", TrainConfig())
    journal.claim(run_id, str(ProcessId.own()))
    journal.finish(run_id, finished(TrainConfig()))

    def check(copy: Path) -> None:
        found = RunJournal(copy)
        assert found.get(run_id).state == "finished"
        folder = copy / "artifacts" / run_id / "artifacts"
        assert check_manifest(folder, deep=True) == []
        assert artifacts.read_result(folder).points

    return check


def add_a_set(home: Path) -> Callable[[Path], None]:
    key = Library(home).add(small_set(int(time.monotonic() * 1e6)), Report())

    def check(copy: Path) -> None:
        assert len(Library(copy).load(key).case_ids) == 60

    return check


def save_a_scenario(home: Path) -> Callable[[Path], None]:
    scenario = Scenario.usual(("Ann", "Bob", "AI"), name="on leave")
    saved = ScenarioStore(home).save(scenario, "run", "abc")
    return lambda copy: _same(ScenarioStore(copy).get(saved.id).name, "on leave")


def _same(found: object, expected: object) -> None:
    assert found == expected


@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("promise", [finish_a_run, add_a_set, save_a_scenario])
def test_what_was_promised_is_there_after_a_power_cut(
    image: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    promise: Callable[[Path], Callable[[Path], None]],
    delay: float,
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    copy = tmp_path / "copy.img"
    with mounted(image, tmp_path / "disk") as disk:
        home = disk / "store"
        promise(home)  # makes the record, so that the cut meets a store in use
        os.sync()
        check = promise(home)
        time.sleep(delay)
        shutil.copyfile(image, copy)
        _let_go(home)
    with mounted(copy, tmp_path / "after") as after:
        check(after / "store")
        _let_go(after / "store")


def _let_go(home: Path) -> None:
    """Closes what keeps a file system busy: the record is opened once per process."""
    from core.record import tracking

    with tracking._opening:
        opened = tracking._opened.pop(("", home.resolve()), None)
    if opened is not None:
        if opened.changes is not None:
            opened.changes._connection.close()
        opened.client._tracking_client.store._dispose_engine()
