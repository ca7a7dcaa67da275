"""Pages are opened through the router, as the browser does, over a home of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from app.shared import state
from core.record.scenario_store import ScenarioStore
from tests.conftest import MakeHome
from tests.pages.fixtures import make_result, stored_run
from tests.pages.many_runs import fill
from tests.pages.told_runs import told_run
from tests.pages.workload_page import grouped

ROUTER = Path(__file__).resolve().parents[2] / "app" / "router.py"
Open = Callable[..., AppTest]


def _use(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CASELOAD_HOME", str(home))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    st.cache_data.clear()
    return home


@pytest.fixture(scope="session", autouse=True)
def _installed() -> Iterator[None]:
    """What is installed is looked through once; Streamlit does so for every page it tests."""
    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


@pytest.fixture(scope="module", autouse=True)
def _readers(forked_readers: None) -> None:
    """Uploads are read by forked readers."""


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A home with runs in every state, and their ids by name; tests only read it."""
    home = tmp_path_factory.mktemp("filled")
    runs = {
        "five": stored_run(make_result(seeds=5), "Five seeds", home=home),
        "one": stored_run(make_result(), "One seed", home=home),
        "many": stored_run(make_result(experts=20), "Twenty experts", home=home),
        "bounds": stored_run(
            make_result(bounds={"AI": (0.2, 0.4), "Reader A": (0.3, 0.5)}), "Own bounds", home=home
        ),
        "failed": stored_run(make_result(), "Broken", state="failed", home=home),
        "running": stored_run(make_result(), "Going on", state="running", home=home),
    }
    return home, runs


@pytest.fixture
def runs(filled: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The ids of the runs in the filled home, which the pages see."""
    _use(filled[0], monkeypatch)
    return filled[1]


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A home with forty runs of three methods, and their ids, the oldest first."""
    home = tmp_path_factory.mktemp("many")
    return home, fill(home, 40)


@pytest.fixture
def forty(many: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of forty runs in a home that the pages see; tests only read it."""
    _use(many[0], monkeypatch)
    return many[1]


@pytest.fixture
def empty_home(tmp_path: Path, make_home: MakeHome, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with nothing in it, which the pages see."""
    return _use(make_home(tmp_path / "home"), monkeypatch)


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with one run of two seeds that answers scenarios, and its id."""
    home = tmp_path_factory.mktemp("answers")
    return home, told_run(home, grouped(), "Answers")


@pytest.fixture
def answering(answers: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The id of the run that answers, in a home the pages see; no scenario outlives a test."""
    home = _use(answers[0], monkeypatch)
    yield answers[1]
    for one in ScenarioStore(home).list():
        ScenarioStore(home).delete(one.id)


@pytest.fixture
def open_page() -> Open:
    """Opens a page by name with query parameters and runs it."""

    def open_(name: str = "home", **query: str) -> AppTest:
        app = AppTest.from_file(ROUTER, default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        if name == "home":
            return app.run()
        return app.switch_page(f"../pages/{name}.py").run()

    return open_


def follow(app: AppTest, **query: str) -> AppTest:
    """Comes to the page that is open from another one, by a link with these parameters."""
    app.session_state["page:name"] = "Another page"
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def go_back(app: AppTest, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]) -> AppTest:
    """Presses Back, or Forward, to where the page's address had these parameters."""
    app.query_params.clear()
    app.query_params.update(query)
    with monkeypatch.context() as pressed:
        pressed.setattr(state, "went_back", lambda: True)
        return app.run()


def texts(app: AppTest) -> str:
    """Everything the page says in text, captions, boxes and headings."""
    kinds = ("title", "header", "markdown", "caption", "info", "warning", "error", "success")
    return "\n".join(element.value for kind in kinds for element in app.get(kind))
