import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from core.data.annotation_set import AnnotationSet
from core.runs.store import RunStore


@pytest.fixture
def bare_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own in which there is nothing yet."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("CASELOAD_REDIS_URL", raising=False)
    monkeypatch.setenv("CASELOAD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of runs without runs; making one takes seconds, copying it does not."""
    home = tmp_path_factory.mktemp("record")
    RunStore(home).list()
    return home / "mlflow.db"


@pytest.fixture
def home(bare_home: Path, empty_record: Path) -> Path:
    """A home of its own in which no run has been made."""
    bare_home.mkdir()
    source, copy = sqlite3.connect(empty_record), sqlite3.connect(bare_home / "mlflow.db")
    with closing(source), closing(copy):
        source.backup(copy)
    return bare_home


@pytest.fixture(scope="session")
def small_set() -> AnnotationSet:
    """60 cases, 3 features, 2 experts, 2 classes; a third of the annotations missing."""
    rng = np.random.default_rng(0)
    n = 60
    truth = rng.integers(0, 2, n).astype(np.int32)
    inputs = (rng.random((n, 3)) + truth[:, None] * 0.5).astype(np.float32)
    annotations = np.where(rng.random((n, 2)) < 0.8, truth[:, None], 1 - truth[:, None])
    return AnnotationSet(
        name="small",
        case_ids=np.array([f"case{i}" for i in range(n)]),
        split=np.repeat(np.array([0, 2], np.int8), [40, 20]),
        inputs=inputs,
        truth=truth,
        annotations=annotations.astype(np.int32),
        annotated=rng.random((n, 2)) < 0.66,
        classes=("no", "yes"),
        experts=("Ann", "Bob"),
        feature_names=("a", "b", "c"),
    )
