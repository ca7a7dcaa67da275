"""A store with a run that was really trained."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.config.train_config import TrainConfig
from core.library.samples import load_sample
from core.library.store import Library
from core.record.journal import RunJournal
from core.worker.executor import Executor
from core.worker.process import ProcessId
from core.worker.queue import submit
from tests.faults.disks import image
from tests.pages.conftest import open_page

__all__ = ["image", "open_page", "trained"]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with a run that was really trained, so that it left every kind of file."""
    home = tmp_path_factory.mktemp("trained") / "home"
    data, remarks = load_sample("fna_panel")
    key = Library(home).add(replace(data, name="Panel"), remarks)
    run_id = submit(key, TrainConfig(coverage=(0.0, 0.5, 1.0), epochs=3, seeds=1), home=home)
    assert Executor(RunJournal(home), str(ProcessId.own())).execute(run_id) == "finished"
    return home, run_id
