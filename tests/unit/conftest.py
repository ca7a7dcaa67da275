"""What the tests of several rooms share."""

from pathlib import Path

import numpy as np
import pytest

from core.dataset.annotation_set import AnnotationSet
from tests.conftest import MakeHome


@pytest.fixture
def bare_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own in which there is nothing yet."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("CASELOAD_REDIS_URL", raising=False)
    monkeypatch.setenv("CASELOAD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def home(bare_home: Path, make_home: MakeHome) -> Path:
    """A home of its own in which no run has been made."""
    return make_home(bare_home)


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
