"""Bars and rows of Workload lead to the cases that they count."""

from types import SimpleNamespace

import pandas as pd
from streamlit.testing.v1 import AppTest

from app.shared import case_dialog, words
from app.workload import details, scenario_cases
from core.dataset.annotation_set import Split
from tests.pages.conftest import Open
from tests.pages.on_screen import table_with
from tests.pages.workload_page import asked, data_of, link, model_of, usual


def listed(app: AppTest) -> pd.DataFrame:
    """The cases in the dialog."""
    return table_with(app, "Assigned to")


def test_rows_of_agents_and_groups_lead_to_exactly_the_cases_they_count(
    answering: str, open_page: Open
) -> None:
    run = answering
    scenario = usual(run).with_terms("Ada", on_duty=False)
    app = open_page("workload", run=run, scenario=link(run, scenario))
    answer = asked(run, scenario, "as_recorded")
    (column,) = answer.groups
    total = len(answer.solution.chosen)
    counted = [
        (details._agent_of(answer, row), total * answer.agents[agent].share)
        for row, agent in enumerate((-1, 0, 1, 2))
    ] + [(details._group_of(column, row), group.cases) for row, group in enumerate(column.rows)]
    assert {count for _, count in counted} > {0.0}
    for which, count in counted:
        app.session_state[case_dialog._ASKED] = which
        app.run()
        assert not app.exception
        title, ending = (which.title, f"**{words.count(round(count), 'case')}**")
        assert ending in [m.value for m in app.markdown], title
        if count:
            assert len(listed(app)) == min(round(count), 200)
    assert counted[0][0].title == "Cases assigned to the AI"
    assert column.rows[0].value in counted[-2][0].title
    found = scenario_cases.table_of(
        SimpleNamespace(model=model_of(run)), answer, "as_recorded", counted[-1][0].wanted
    )
    site = data_of(run).groups["site"][data_of(run).split == Split.TEST]
    assert set(site[found["place"]]) == {column.rows[1].value}
