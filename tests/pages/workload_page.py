"""What tests of the Workload page ask of the run that answers."""

from dataclasses import replace
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from app.shared import data_queries, run_queries, scenario_link, scenario_queries
from app.shared.scenario_queries import Model
from app.workload import scenario_report as report
from core.dataset.annotation_set import AnnotationSet
from core.scenarios.settings import Scenario
from tests.pages.told_runs import panel


def grouped() -> AnnotationSet:
    """The panel with two sites."""
    data = panel()
    site = np.where(np.arange(len(data.truth)) % 3 == 0, "Riverside", "Hillview")
    return replace(data, groups={"site": site})


def data_of(run: str) -> AnnotationSet:
    return data_queries.dataset(run_queries.result(run).dataset.content_hash)


def model_of(run: str, seed: int = 0) -> Model:
    return Model(run, seed, data_of(run).content_hash)


def asked(run: str, scenario: Scenario, baseline: str = "ai_alone", coming: int = 100) -> Any:
    found = scenario_queries.ask(model_of(run), scenario, baseline, 1, coming)
    assert found.answer is not None
    return found.answer


def usual(run: str) -> Scenario:
    return scenario_link.default(data_of(run))


def record(app: AppTest, run: str) -> Scenario:
    scenario = app.session_state[f"workload:{data_of(run).content_hash}"]
    assert isinstance(scenario, Scenario)
    return scenario


def report_of(run: str, answers: dict[str, Any], **more: Any) -> str:
    """The HTML report of some answers."""
    return report.html(
        report.ScenarioContents(
            answers=answers,
            against="The AI alone",
            label="malignant",
            result=run_queries.result(run),
            run_id=run,
            dataset="Panel",
            line="Prices of the run.",
            versions={"numpy": "2"},
            made="today",
            **more,
        )
    )


def key(run: str, part: str) -> str:
    """Key in the session of a part of the page."""
    return f"workload:{data_of(run).content_hash}:{part}"


def link(run: str, scenario: Scenario) -> str:
    """The scenario as the address has it."""
    return scenario_link.write(scenario, data_of(run))


def typed(app: AppTest, run: str, cells: dict[int, dict[str, Any]], table: str = "bounds") -> None:
    """Types into cells of a table, by row and column."""
    place = key(run, f"{table}:version")
    version = app.session_state[place] if place in app.session_state else 0
    edits = {"edited_rows": cells, "added_rows": [], "deleted_rows": []}
    app.session_state[key(run, f"{table}:{version}")] = edits
    app.run()


def ai_slider(app: AppTest) -> Any:
    (slider,) = [s for s in app.slider if s.label == "The AI takes"]
    return slider
