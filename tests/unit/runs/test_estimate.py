from pathlib import Path

import pytest

from core.runs.config import TrainConfig
from core.runs.estimate import estimate_seconds
from core.runs.journal import RunJournal
from tests.unit.runs import fakes

CONFIG = TrainConfig(epochs=10, coverage=(0.0, 0.5, 1.0))


@pytest.fixture
def journal(home: Path) -> RunJournal:
    """One finished run: compile 1 s, train 2 s, 40 train cases."""
    journal = RunJournal(home)
    run_id = journal.create("abc", "d", CONFIG)
    journal.claim(run_id, "host|1|1.0")
    journal.finish(run_id, fakes.finished(CONFIG))
    return journal


def estimate(journal: RunJournal, cases: int = 40, kind: str = "features", **changes: object):  # type: ignore[no-untyped-def]
    config = TrainConfig.from_dict(CONFIG.to_dict() | changes)
    return estimate_seconds(config, cases, kind, journal.home)


def test_nothing_is_claimed_before_anything_has_finished(home: Path) -> None:
    assert estimate_seconds(CONFIG, 40, "features", home) is None


def test_same_run_takes_as_long(journal: RunJournal) -> None:
    assert estimate(journal) == pytest.approx(3.0)


def test_training_scales_with_epochs_and_compiling_does_not(journal: RunJournal) -> None:
    assert estimate(journal, epochs=30) == pytest.approx(1.0 + 3 * 2.0)


def test_training_scales_with_cases(journal: RunJournal) -> None:
    assert estimate(journal, cases=80) == pytest.approx(1.0 + 2 * 2.0)


@pytest.mark.parametrize("change", [{"method": "naive"}, {"hidden": [512, 512]}])
def test_unlike_runs_say_nothing(journal: RunJournal, change: dict[str, object]) -> None:
    assert estimate(journal, **change) is None


def test_runs_on_images_say_nothing_about_features(journal: RunJournal) -> None:
    assert estimate(journal, kind="images") is None
