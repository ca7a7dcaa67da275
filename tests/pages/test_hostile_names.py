"""No name on any page becomes a link, markup, or something that moves what stands beside it."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.runs import actions
from app.shared import run_queries
from core.record.scenario_store import ScenarioStore
from core.scenarios.settings import Scenario, ScenarioError
from tests.pages.conftest import Open
from tests.pages.hostile import HEBREW, LINK, RUN, hostile, hostile_run, shown
from tests.pages.workload_page import asked, report_of, usual

PAGES = ("home", "data", "train", "tradeoffs", "workload", "cases", "worklist", "runs", "compare")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("hostile")
    return folder, hostile_run(folder)


@pytest.fixture
def visited(home: tuple[Path, str], open_page: Open, monkeypatch: pytest.MonkeyPatch) -> Open:
    def open_(name: str, **more: str) -> AppTest:
        query = {"run": home[1]} if name in PAGES[3:7] else {}
        app = open_page(name, data=hostile().content_hash, **({"c_case": "0"} | more), **query)
        assert not app.exception
        return app

    monkeypatch.setenv("CASELOAD_HOME", str(home[0]))
    return open_


@pytest.mark.parametrize("name", PAGES)
def test_names_are_text_on_every_page(visited: Open, name: str) -> None:
    said = [
        (place, text) for place, text in shown(visited(name)) if "evil" in text or HEBREW in text
    ]
    for place, text in said:
        seen = text.replace("\\", "")
        assert not [link for link in LINK.findall(seen) if "evil" in link], place
        assert not re.search(rf"(?<!\u2068){HEBREW}", text), place
        assert "&#8238;" not in text, place
    assert said or name in ("home", "train", "cases", "worklist", "runs", "compare")


@pytest.mark.parametrize("name", ["tradeoffs", "workload"])
def test_figures_isolate_names(visited: Open, name: str) -> None:
    app = visited(name)
    drawn = [chart.proto.spec for chart in app.get("plotly_chart")]
    drawn += [part.proto.body for part in app.get("html")]
    assert any("\u2068" in spec or "\\u2068" in spec for spec in drawn)
    for spec in drawn:
        spec = spec.encode().decode("unicode_escape") if "\\u05d3" in spec else spec
        assert not re.search(rf"(?<!\u2068){HEBREW}", spec)


def test_a_list_of_cases_isolates_names_among_words_and_keeps_ids(visited: Open) -> None:
    table = visited("cases").dataframe[0].value
    assert all("\u2068" in why for why in table["Why"] if HEBREW in why)
    assert any("\u2068" in said for said in table["The experts said"])
    # Without the mark a table writes such a cell from right to left, figures and all.
    kept = f"\u200e\u2068{HEBREW}"
    first = [said for said in table["The AI says"] if said.lstrip("\u200e\u2068")[:3] == HEBREW]
    assert first
    assert all(said.startswith(kept) for said in first)


def test_the_choice_of_runs_to_compare_isolates_names(visited: Open) -> None:
    app = visited("tradeoffs")
    (label,) = app.selectbox(key="run").options
    assert f"\u2068{HEBREW}\u2069" in label


def test_a_list_of_runs_isolates_names(visited: Open) -> None:
    table = visited("runs").dataframe[0].value
    for column in ("Name", "Data set"):
        (name,) = table[column]
        assert f"\u2068{HEBREW}\u2069" in name


def test_a_scenario_is_not_called_so(home: tuple[Path, str]) -> None:
    scenario = hostile().agents
    store = ScenarioStore(home[0])
    with pytest.raises(ScenarioError, match=r"control character \(U\+202E\)"):
        store.save(Scenario.usual(scenario, name="Busy\u202e day"), home[1], "0" * 16)
    saved = store.save(Scenario.usual(scenario, name=HEBREW), home[1], "0" * 16)
    with pytest.raises(ScenarioError, match=r"U\+200F"):
        store.rename(saved.id, "Quiet\u200f")
    store.delete(saved.id)


def test_a_run_is_not_called_so(visited: Open, home: tuple[Path, str]) -> None:
    visited("runs")
    (record,) = run_queries.runs()
    assert "U+202E" in actions.edit(record, "A\u202eB", "")
    assert run_queries.runs()[0].name == RUN


def test_the_report_isolates_names(home: tuple[Path, str], visited: Open) -> None:
    visited("workload")
    text = report_of(home[1], {HEBREW: asked(home[1], usual(home[1]))})
    body = text.split("<main>")[1].split("<script")[0]
    assert HEBREW in body
    assert not re.search(rf"(?<!\u2068){HEBREW}", body)


KEYS = (
    "ai step missing seeds epochs seed learning_rate weight_decay batch_size hidden shares coming "
    "never_above page point came c_case c_page model_seed watch c_sort scenario expert class "
    "class_no agents way runs chosen baseline seen"
).split()


@pytest.mark.parametrize("number", ["9" * 400, "9" * 5000, "1e999", "nan", "-inf"])
@pytest.mark.parametrize("name", PAGES[1:])
def test_a_link_with_any_number_opens_its_page(visited: Open, name: str, number: str) -> None:
    app = visited(name, **dict.fromkeys(KEYS, number))
    assert not [e.value for e in app.error if "defect" in e.value]
