"""Damaged files, each kind with all pages opened: said in words, and everything else works."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st

from core.library.samples import SAMPLES
from core.library.store import Library
from core.record import tracking
from core.record.scenario_store import ScenarioStore
from core.record.store import RunStore
from core.scenarios.settings import Scenario
from tests.pages.conftest import Open, texts

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
DEFECT = "a defect in the program"
EMPTY, GARBAGE, HALF, GONE = "empty", "garbage", "half", "gone"
KINDS = (EMPTY, GARBAGE, HALF, GONE)


def harm(path: Path, kind: str) -> None:
    content = path.read_bytes()
    if kind == GONE:
        path.unlink()
    else:
        path.write_bytes(
            {EMPTY: b"", GARBAGE: b"\x00?" * 400, HALF: content[: len(content) // 2]}[kind]
        )


def of_run(home: Path, run_id: str, name: str) -> Path:
    return RunStore(home).folder(run_id) / name


def of_set(home: Path, run_id: str, name: str) -> Path:
    return Library(home).folder / RunStore(home).get(run_id).dataset_hash / name


def of_home(home: Path, run_id: str, name: str) -> Path:
    return home / name


def of_scenarios(home: Path, run_id: str, name: str) -> Path:
    return next((home / "scenarios").glob("*.json"))


WHERE: list[tuple[Callable[[Path, str, str], Path], str]] = [
    *((of_run, name) for name in ("result.json", "outputs_seed0.npz", "areas.npz", "model.json")),
    *((of_run, name) for name in ("model_seed0.npz", "history.parquet", "manifest.json")),
    *((of_set, name) for name in ("entry.json", "texts.json", "arrays.npz", "report.json")),
    *((of_set, name) for name in ("manifest.json", "encoder.json")),
    *((of_home, name) for name in ("mlflow.db", "queue.db", "worker.json", "server.json")),
    (of_scenarios, "saved scenario"),
]


@pytest.fixture
def home(
    trained: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Path, str]]:
    """A copy of a home with a run that answers and a saved scenario; pages see it."""
    old, run_id = trained
    tracking.forget(old)
    home = tmp_path / "home"
    shutil.copytree(old, home)
    data = RunStore(home).get(run_id).dataset_hash
    agents = Library(home).load(data).agents
    ScenarioStore(home).save(Scenario.usual(agents, name="on leave"), run_id, data)
    (home / "worker.json").write_text('{"process": "elsewhere|1|1.0|x", "beat": 1.0}')
    (home / "server.json").write_text('{"process": "elsewhere|1|1.0|x"}')
    tracking.forget(home)
    monkeypatch.setenv("CASELOAD_HOME", str(home))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    st.cache_data.clear()
    st.cache_resource.clear()
    yield home, run_id
    tracking.forget(home)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("where", "name"), WHERE)
def test_no_page_breaks(
    home: tuple[Path, str],
    open_page: Open,
    where: Callable[[Path, str, str], Path],
    name: str,
    kind: str,
) -> None:
    folder, run_id = home
    path = where(folder, run_id, name)
    if not path.exists():
        pytest.skip(f"this run has no {name}")
    tracking.forget(folder)
    harm(path, kind)
    works = 0
    for page in PAGES:
        app = open_page(page)
        assert not app.exception, page
        said = texts(app)
        assert DEFECT not in said, (page, said)
        assert "are safe" not in said
        works += not app.error
    # The samples need nothing of the store but the record of runs.
    if name not in ("mlflow.db",):
        app = open_page("data", data=next(iter(SAMPLES)))
        assert not app.error
