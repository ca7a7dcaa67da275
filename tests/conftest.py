"""What tests of several parts share."""

import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import hypothesis
import pytest

MakeHome = Callable[[Path], Path]
_COMPILED = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Keeps compiled programs for the process: many tests compile the same ones anew.

    A folder for each process, since JAX writes its files in place. By the environment, so that
    tests without JAX stay without.
    """
    hypothesis.settings.register_profile("patient", deadline=None)  # machines are busy at times
    hypothesis.settings.load_profile("patient")
    folder = config.stash[_COMPILED] = tempfile.mkdtemp(prefix="caseload-compiled-")
    os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.1"
    if (jax := sys.modules.get("jax")) is not None:  # the hook that checks shapes was first
        jax.config.update("jax_compilation_cache_dir", folder)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Takes the compiled programs away."""
    shutil.rmtree(config.stash[_COMPILED], ignore_errors=True)


@pytest.fixture(scope="session")
def make_home(tmp_path_factory: pytest.TempPathFactory) -> MakeHome:
    """Makes a folder a home in which no run has been made.

    A new record of runs takes seconds to make, a copy of one does not.
    """
    from core.record.store import RunStore

    record = tmp_path_factory.mktemp("record")
    RunStore(record).list()

    def make(home: Path) -> Path:
        home.mkdir(parents=True)
        source, copy = (sqlite3.connect(folder / "mlflow.db") for folder in (record, home))
        with closing(source), closing(copy):
            source.backup(copy)
        return home

    return make
