"""What tests of several parts share."""

import gc
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

from tests.readers import forked_readers

__all__ = ["forked_readers"]
MakeHome = Callable[[Path], Path]
_COMPILED = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Has JAX compile fast, and keep compiled programs for all processes of this test session.

    Most of what tests take is compiling: optimising the machine code does not pay for itself.
    A cache with a size limit is locked, so that processes can share it; without a limit JAX writes
    its files in place. By the environment, so that tests without JAX stay without.
    """
    hypothesis.settings.register_profile("patient", deadline=None)  # machines are busy at times
    hypothesis.settings.load_profile("patient")
    if "PYTEST_XDIST_WORKER" not in os.environ:  # workers inherit the environment
        folder = config.stash[_COMPILED] = tempfile.mkdtemp(prefix="caseload-compiled-")
        os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
        os.environ["JAX_COMPILATION_CACHE_MAX_SIZE"] = str(2 << 30)
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.1"
        os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
    if (jax := sys.modules.get("jax")) is not None:  # the hook that checks shapes was first
        jax.config.update("jax_compilation_cache_dir", os.environ["JAX_COMPILATION_CACHE_DIR"])
        jax.config.update("jax_compilation_cache_max_size", 2 << 30)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
        jax.config.update("jax_disable_most_optimizations", True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no process is left with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Keeps modules and tests, which stay to the end, from being looked at as garbage each time."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Takes the compiled programs away."""
    if (folder := config.stash.get(_COMPILED, None)) is not None:
        shutil.rmtree(folder, ignore_errors=True)


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
