"""What Trade-offs shows of a run is what the run's JSON says, and a run of another version."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.shared import words
from core.base.report import Report
from core.dataset.annotation_set import AI
from core.evaluation.areas import between_rules
from core.library.store import Library
from core.record.store import RunOfUnknownVersionError, RunStore
from core.results.models import RunResult
from tests.pages.conftest import Open, texts
from tests.pages.fixtures import make_result, stored_run
from tests.pages.on_screen import figure, table_with
from tests.pages.told_runs import panel, told_run


def stored_json(home: Path, run_id: str) -> dict[str, Any]:
    return json.loads((RunStore(home).folder(run_id) / "result.json").read_text())


def labels(app: AppTest) -> list[str]:
    """What stands beside the lines of the curve."""
    return [a["text"] for a in figure(app, "Team accuracy against")["layout"]["annotations"]]


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_page_shows_the_intervals_of_the_json(
    empty_home: Path, open_page: Open, seeds: int
) -> None:
    run_id = told_run(empty_home, panel(missing=0.2), "Same", seeds=seeds)
    told = stored_json(empty_home, run_id)
    link = {"run": run_id, "rule": "value", "point": "0.5", "seen": "0"}
    app = open_page("tradeoffs", **link)
    rules = open_page("tradeoffs", **link, part="rules")
    every = open_page("tradeoffs", **link, part="classes")
    alone = {AI: (told["ai_accuracy"]["value"], told["ai_accuracy_interval"]["value"])}
    for name in told["experts"][:2]:
        alone[name] = told["expert_accuracy"][name], told["expert_accuracy_interval"][name]
    beside = " ".join(labels(app))
    for accuracy, interval in alone.values():
        assert words.with_interval(accuracy, interval) in beside
    for rule, area in told["auc_cac"].items():
        table = next(d.value for d in rules.dataframe if "Area under the curve" in d.value.columns)
        shown = table.set_index("How each case finds its agent")["Area under the curve"]
        assert shown[words.rule_name(rule)] == words.area(area["mean"], area["interval"])
        against = told["areas_against"][rule].get("value")
        if against is not None:
            cell = table.set_index("How each case finds its agent").iloc[:, 1]
            ends = " to ".join(words.signed(end) for end in against["interval"])
            said = f"{words.signed(against['difference'])} ({ends})"
            assert cell[words.rule_name(rule)].startswith(said)
    (point,) = (
        p for p in told["points"] if (p["rule"], p["target"], p["seed"]) == ("value", 0.5, 0)
    )
    assert app.metric[0].value == words.percent(point["accuracy"])
    low, high = point["accuracy_interval"]
    assert app.metric[0].delta == f"95 % interval {100 * low:.1f}–{words.percent(high)}"
    agents = table_with(app, "Accuracy on its cases")
    for name, entry in point["agent_accuracy"].items():
        shown = agents.set_index("Agent")["Accuracy on its cases"][name]
        assert shown == words.with_interval(entry["accuracy"], entry["interval"])
    classes = next(d.value for d in every.dataframe if "Test cases" in d.value.columns)
    for measure in ("recall", "specificity"):
        column = {"recall": "Sensitivity", "specificity": "Specificity"}[measure]
        for name, entry in point[measure].items():
            shown = classes.set_index("Class")[column][name]
            assert shown == words.with_interval(entry[measure], entry["interval"])
    paired = point["against"]["AI"]
    ends = " to ".join(words.signed(100 * end) for end in paired["interval"])
    assert f"({ends})" in texts(app)


def unversioned(home: Path, run_id: str, *, without: str) -> None:
    """The result as some unknown version might have written it."""
    path = RunStore(home).folder(run_id) / "result.json"
    told = stored_json(home, run_id)
    del told["version"], told[without]
    path.write_text(json.dumps(told))


@pytest.mark.parametrize("page", ["tradeoffs", "workload", "cases"])
def test_a_run_of_another_version_is_offered_to_be_trained_again(
    empty_home: Path, open_page: Open, page: str
) -> None:
    data = panel(cases=60)
    key = Library(empty_home).add(data, Report())
    run_id = told_run(empty_home, data, "Before")
    unversioned(empty_home, run_id, without="oracle")
    with pytest.raises(RunOfUnknownVersionError, match="another version of Caseload"):
        RunStore(empty_home).result(run_id)
    app = open_page(page, run=run_id)
    assert not app.exception
    assert not app.error
    assert "“Before” was trained by another version of Caseload" in app.warning[-1].value
    assert not app.get("plotly_chart")
    app.button(key="train_again").click().run()
    assert not app.exception
    again = next(r for r in RunStore(empty_home).list() if r.run_id != run_id)
    assert (again.state, again.name, again.dataset_hash) == ("queued", "Before", key)


def test_a_warning_of_a_run_is_a_sentence(empty_home: Path, open_page: Open) -> None:
    warned = make_result().model_copy(update={"warnings": ("the batch size is more than it",)})
    app = open_page("tradeoffs", run=stored_run(warned, "Warned", home=empty_home))
    assert app.warning[0].value == "The batch size is more than it."


def test_a_run_of_another_version_is_left_out_of_a_comparison_and_said(
    empty_home: Path, open_page: Open
) -> None:
    ids = [stored_run(make_result(), name, home=empty_home) for name in ("Now", "Then", "Too")]
    unversioned(empty_home, ids[1], without="random")
    app = open_page("tradeoffs", run=ids[0], runs=",".join(ids[1:]))
    assert not app.exception
    assert "“Then” was trained by another version" in app.warning[0].value
    assert [name[2:] for name in app.dataframe[0].value["Run"]] == ["Now", "Too"]


def test_other_pages_say_so_too(empty_home: Path, open_page: Open) -> None:
    run_id = told_run(empty_home, panel(), "Before")
    unversioned(empty_home, run_id, without="oracle")
    for page in ("workload", "runs", "home", "cases", "worklist"):
        app = open_page(page, run=run_id)
        assert not app.exception
        assert "a defect in the program" not in texts(app)


def test_a_run_of_another_version_is_marked_before_it_is_opened(
    empty_home: Path, open_page: Open
) -> None:
    ids = [stored_run(make_result(), name, home=empty_home) for name in ("Now", "Then")]
    unversioned(empty_home, ids[1], without="random")
    rows = open_page("runs").dataframe[0].value.set_index("Name")["State"]
    assert rows.to_dict() == {"Now": "Finished", "Then": words.OTHER_VERSION}
    assert words.OTHER_VERSION_HELP in texts(open_page("runs", chosen=ids[1]))
    assert texts(open_page("home")).count(words.OTHER_VERSION) == 1


def test_the_made_up_results_are_of_the_form_that_is_stored() -> None:
    made = make_result(seeds=2)
    assert RunResult.model_validate(made.to_dict()) == made
    drawn = between_rules(made.auc_cac, made.seeds, {})
    assert set(drawn) == set(made.areas_against)
    assert np.isfinite([area.mean for area in made.auc_cac.values() if area.mean]).all()
