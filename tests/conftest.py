"""What tests of several parts share."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

MakeHome = Callable[[Path], Path]


@pytest.fixture(scope="session")
def make_home(tmp_path_factory: pytest.TempPathFactory) -> MakeHome:
    """Makes a folder a home in which no run has been made.

    A new record of runs takes seconds to make, a copy of one does not.
    """
    from core.runs.store import RunStore

    record = tmp_path_factory.mktemp("record")
    RunStore(record).list()

    def make(home: Path) -> Path:
        home.mkdir(parents=True)
        source, copy = (sqlite3.connect(folder / "mlflow.db") for folder in (record, home))
        with closing(source), closing(copy):
            source.backup(copy)
        return home

    return make
