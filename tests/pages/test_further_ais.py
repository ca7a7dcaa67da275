"""Experts that are AIs, on the pages about a run."""

import dataclasses
from pathlib import Path

from app.shared.bar_rows import of_answer
from app.workload import scenario_tables
from tests.pages.conftest import Open, texts
from tests.pages.told_runs import panel, told_run
from tests.pages.workload_page import asked, usual


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
