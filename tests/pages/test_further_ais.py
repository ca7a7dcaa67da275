"""Experts that are AIs, on the pages about a run."""

import dataclasses
import json
import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

from app.shared.bar_rows import of_answer
from app.workload import scenario_tables
from core.base.report import Report
from core.library.store import Library
from tests.pages.conftest import Open, texts
from tests.pages.test_worklist import example, store_run
from tests.pages.told_runs import panel, told_run
from tests.pages.workload_page import asked, usual
from tests.unit.experiment import untrained


def test_they_are_marked_and_have_no_part_in_todays_practice(
    empty_home: Path, open_page: Open
) -> None:
    data = panel()
    machine = data.experts[-1]
    run = told_run(empty_home, dataclasses.replace(data, machines=(machine,)), "With two AIs")
    for baseline in ("as_recorded", "equal"):
        found = asked(run, usual(run), baseline)
        assert found.baseline.workload[-2:].tolist() == [0, 0]
    marked = f"{machine} (AI)"
    assert marked in scenario_tables.agents(found)["Agent"].tolist()
    assert marked in [bar.agent for bar in of_answer(found, "share")]
    app = open_page("workload", run=run)
    assert "is an AI, too" in texts(app)
    assert f"from {len(data.experts) - 1} experts'" in texts(app).replace("simulated ", "")
    assert app.checkbox[len(data.experts) - 1].label.endswith("(AI)")


def _shown(app: AppTest) -> str:
    """All that is on screen: texts, tables, figures, options and labels."""
    said = [texts(app), *(e.proto.body for e in app.get("html"))]
    for table in app.dataframe:
        said += [*map(str, table.value.columns), *map(str, table.value.to_numpy().ravel())]
    said += [json.dumps(json.loads(c.proto.spec)) + c.proto.alt for c in app.get("plotly_chart")]
    said += [
        option for kind in (app.selectbox, app.multiselect) for w in kind for option in w.options
    ]
    said += [w.label for w in (*app.number_input, *app.checkbox)]
    return "\n".join(said)


def _marked_only(app: AppTest, name: str) -> None:
    assert not app.exception
    shown = re.sub("[\u2066-\u2069]", "", _shown(app))  # isolation of names
    # A reason, a sentence of the model that files hold, too, calls agents by their names.
    shown = re.sub("(?i).*(expected right in|outside the range).*", "", shown)
    assert f"{name} (AI)" in shown
    bare = rf"{re.escape(name)}(?! \(AI\)| (is an AI|are AIs), too)"
    assert [m.string[m.start() - 60 : m.end() + 30] for m in re.finditer(bare, shown)] == []


def test_they_are_marked_on_every_page_about_a_run(empty_home: Path, open_page: Open) -> None:
    data = panel(experts=5)
    machine = data.experts[-1]
    run = told_run(empty_home, dataclasses.replace(data, machines=(machine,)), "With two AIs")
    for part in ("workloads", "rules", "one"):
        _marked_only(open_page("tradeoffs", run=run, part=part), machine)
    app = open_page("cases", run=run)
    _marked_only(app, machine)
    _marked_only(open_page("cases", run=run, c_case="3"), machine)


def test_they_are_marked_in_a_worklist_and_are_no_people(empty_home: Path, open_page: Open) -> None:
    data = dataclasses.replace(untrained.table_set(), machines=("Bob",))
    Library(empty_home).add(data, Report())
    app = example(open_page, store_run(data, empty_home))
    assert "Bob is an AI, too" in texts(app)
    _marked_only(app, "Bob")
