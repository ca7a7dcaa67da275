"""The worklist page: from a finished run's model and new cases to a list with reasons."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from app.worklist import assignment
from app.worklist import reading as page
from core.base.report import Report
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.library import intake as reading
from core.library.store import Library
from core.record.journal import RunJournal
from core.scenarios.reasons import without_agent
from tests.conftest import MakeHome
from tests.pages.conftest import Open, _use, texts
from tests.pages.fixtures import make_result, stored_run
from tests.unit.experiment import untrained
from tests.unit.reading.builders import lines
from tests.unit.reading.test_reading import ODD, asleep, until

AGENTS = ("Ann", "Bob", "AI")


def store_run(dataset: AnnotationSet, home: Path, name: str = "With a model", **how) -> str:
    journal = RunJournal(home)
    finished = untrained.finished(dataset, **how)
    config = TrainConfig.from_dict(finished.result.config)
    run_id = journal.create(dataset.content_hash, dataset.name, config, name)
    journal.claim(run_id, "tests|1|0")
    journal.finish(run_id, finished)
    return run_id


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, make_home: MakeHome) -> tuple[Path, str, str]:
    """A home, a run with a model in it, and one without."""
    home = make_home(tmp_path_factory.mktemp("kept") / "home")
    dataset = untrained.table_set()
    Library(home).add(dataset, Report())
    old = stored_run(make_result(), "Older", home=home)
    return home, store_run(dataset, home, seeds=2), old


@pytest.fixture
def run_id(kept: tuple[Path, str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    _use(kept[0], monkeypatch)
    return kept[1]


def example(open_page: Open, run_id: str, **query: str):
    app = open_page("worklist", run=run_id, **query)
    return app.button(key="worklist_example_button").click().run()


def upload(app, *files: tuple[str, bytes]):
    uploader = app.get("file_uploader")[0]
    for name, content in files:
        uploader.upload(name, content, "text/csv")
    app.run()
    if "worklist_reading" in app.session_state:  # longer than the page waits for
        app.session_state["worklist_reading"].reading.wait(60)
    return app.run()


def listed(app):
    return app.dataframe[0].value


def set_places(app, *numbers: int):
    for k, number in enumerate(numbers):
        app.number_input(key=f"places_{k}").set_value(number)
    return app.run()


def test_without_runs_the_page_says_what_to_do(empty_home: Path, open_page: Open) -> None:
    app = open_page("worklist")
    assert "No finished run yet" in texts(app)
    assert not app.exception


def test_a_run_without_a_model_says_why_and_what_to_do(
    kept: tuple[Path, str, str], run_id: str, open_page: Open
) -> None:
    app = open_page("worklist", run=kept[2])
    assert "has no stored model" in texts(app)
    assert "Train it again" in texts(app)
    assert not app.get("file_uploader")


def test_example_cases_fill_the_page_with_equal_places(run_id: str, open_page: Open) -> None:
    app = example(open_page, run_id)
    assert "20 test cases of the run" in texts(app)
    assert [app.number_input(key=f"places_{k}").value for k in range(3)] == [7, 7, 6]
    table = listed(app)
    assert list(table.columns) == ["Case", "Goes to", "The AI says", "Why"]
    assert Counter(table["Goes to"]) == {"Ann": 7, "Bob": 7, "AI": 6}
    assert table["Why"].str.contains("xpected right in").all()
    assert not app.exception


def test_list_is_the_one_the_core_makes(run_id: str, open_page: Open, kept) -> None:
    from core.record.models import open_run
    from core.record.store import RunStore
    from core.scenarios.routed import in_one_go

    model = open_run(RunStore(kept[0]), run_id)
    scores = model.scores(untrained.own_test_cases(untrained.table_set()), 1)
    counts = np.array([2, 3, 15])
    want = in_one_go(scores, counts, counts, model.agents, model.classes)
    app = set_places(example(open_page, run_id, model_seed="1"), 2, 3, 15)
    assert listed(app)["Goes to"].tolist() == [AGENTS[k] for k in want.chosen]
    goes_to = listed(app)["Goes to"]
    assert listed(app)["Why"].tolist() == list(map(without_agent, want.reasons, goes_to))
    shown = {m.label: m.value for m in app.metric}
    low, high = (100 * end for end in want.expected_interval())
    assert shown["Expected accuracy of the team"] == (
        f"{100 * want.expected_accuracy:.1f}\u202f% ({low:.1f}–{high:.1f})"
    )


def test_places_that_do_not_add_up_are_said_and_mended(run_id: str, open_page: Open) -> None:
    app = set_places(example(open_page, run_id), 5, 0, 5)
    assert "add up to 10, but there are 20 cases: 10 too few" in app.error[0].value
    assert not app.dataframe
    app = app.button(key="worklist_fix").click().run()
    assert [app.number_input(key=f"places_{k}").value for k in range(3)] == [10, 0, 10]
    assert Counter(listed(app)["Goes to"]) == {"Ann": 10, "AI": 10}
    assert not app.error


def test_uploaded_cases_are_read_scored_and_listed(run_id: str, open_page: Open) -> None:
    rows = ["case_id,age,colour,doctor", "=x,30,red,Eve", "y,70,green,Eve", "z,,blue,Eve"]
    app = upload(open_page("worklist", run=run_id), ("new.csv", lines(*rows)))
    assert "**3 cases** from new.csv" in texts(app)
    assert listed(app)["Case"].tolist() == ["=x", "y", "z"]
    told = " ".join(w.value for w in app.warning)
    assert "doctor" in told
    assert "no train case has" in told


def test_cases_that_take_long_are_read_beside_the_page_and_can_be_cancelled(
    run_id: str, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_READER", ODD)
    monkeypatch.setattr(page, "_PATIENCE", 0.0)
    app = open_page("worklist", run=run_id)
    app.get("file_uploader")[0].upload("sleepy.csv", b"x", "text/csv")
    app.run()
    read = app.session_state["worklist_reading"].reading
    process = asleep(read)
    app.run()
    assert f"Sleeping in {process.pid} …" in app.get("progress")[0].proto.text
    assert not app.number_input
    app.button(key="worklist_cancel").click().run()
    read.wait(30)
    app.run()
    assert "Reading was cancelled." in app.info[0].value
    assert not process.is_running()


def test_files_taken_away_are_read_no_longer(
    run_id: str, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_READER", ODD)
    monkeypatch.setattr(page, "_PATIENCE", 0.0)
    app = open_page("worklist", run=run_id)
    app.get("file_uploader")[0].upload("sleepy.csv", b"x", "text/csv")
    process = asleep(app.run().session_state["worklist_reading"].reading)
    app.get("file_uploader")[0].upload("more.csv", b"x", "text/csv")
    app.run()
    assert until(lambda: not process.is_running())
    app.session_state["worklist_reading"].reading.cancel()


def test_bad_cases_are_explained_beside_the_field(run_id: str, open_page: Open) -> None:
    app = upload(open_page("worklist", run=run_id), ("new.csv", b"case_id,age\nx,3\n"))
    assert "lacks features that the model needs" in app.error[0].value
    assert "'colour'" in app.error[0].value
    assert not app.number_input
    app = app.button(key="worklist_clear").click().run()
    assert "No cases yet" in texts(app)


def test_what_was_given_is_kept_while_other_pages_are_looked_at(
    run_id: str, open_page: Open
) -> None:
    app = set_places(example(open_page, run_id), 2, 3, 15)
    before = listed(app)["Goes to"].tolist()
    app.switch_page("../pages/data.py").run()
    app.switch_page("../pages/worklist.py").run()
    assert [app.number_input(key=f"places_{k}").value for k in range(3)] == [2, 3, 15]
    assert listed(app)["Goes to"].tolist() == before


def test_uploaded_cases_are_still_there_after_another_page(run_id: str, open_page: Open) -> None:
    rows = lines("case_id,age,colour", "x,30,red", "y,70,blue")
    app = upload(open_page("worklist", run=run_id), ("new.csv", rows))
    app.switch_page("../pages/data.py").run()
    app.switch_page("../pages/worklist.py").run()
    assert listed(app)["Case"].tolist() == ["x", "y"]
    app.button(key="worklist_clear").click().run()
    assert "No cases yet" in texts(app)


def test_one_at_a_time_shows_the_load_so_far(run_id: str, open_page: Open) -> None:
    app = example(open_page, run_id, way="online")
    assert len(listed(app)) == 20
    all_of_them = Counter(listed(app)["Goes to"])
    off = {a: all_of_them[a] - places for a, places in zip(AGENTS, (7, 7, 6), strict=True)}
    assert any(off.values())
    for agent, by in off.items():
        assert (f"{agent} (by {abs(by)})" in texts(app)) == bool(by)
    app.number_input(key="came").set_value(8).run()
    assert "meets the numbers on average" not in texts(app)
    first = listed(app)
    assert len(first) == 8
    bars, lines_ = (json.loads(c.proto.spec)["data"] for c in app.get("plotly_chart"))
    counts = Counter(first["Goes to"])
    assert bars[1]["x"] == [counts[a] for a in AGENTS]
    given = zip(AGENTS, (7, 7, 6), strict=True)
    assert bars[2]["text"] == [f" {counts[a]} of {places}" for a, places in given]
    assert [line["name"] for line in lines_] == list(AGENTS)
    assert "Dotted: the share" in texts(app)
    rows = lines("case_id,age,colour", *(f"n{i},{20 + i},red" for i in range(30)))
    app = upload(app.button(key="worklist_clear").click().run(), ("new.csv", rows))
    assert app.number_input(key="came").value == 30


def test_a_marked_case_is_shown_with_everybodys_expected_correctness(
    run_id: str, open_page: Open
) -> None:
    app = example(open_page, run_id)
    app.session_state["worklist_rows"] = {"selection": {"rows": [3], "columns": [], "cells": []}}
    app.run()
    case = listed(app).iloc[3]
    assert f"**{case['Case']}** goes to **{case['Goes to']}**" in texts(app)
    features, agents = app.dataframe[1].value, app.dataframe[2].value
    assert "age" in features["Feature"].tolist()
    assert set(agents["Agent"]) == set(AGENTS)
    assert agents["Expected to be right"].is_monotonic_decreasing


def test_a_link_to_a_run_that_is_gone_says_so(run_id: str, open_page: Open) -> None:
    app = open_page("worklist", run="0" * 32)
    assert "in this link is not here" in texts(app)
    assert not app.exception


def test_the_seed_of_the_model_is_not_the_first_seed_of_a_training(
    run_id: str, open_page: Open
) -> None:
    app = open_page("worklist", run=run_id, model_seed="1")
    assert app.selectbox(key="model_seed").value == "1"
    app.switch_page("../pages/train.py").run()
    assert not app.error
    assert app.number_input(key="seed").value == 0


def test_the_content_of_an_upload_is_looked_at_once(
    run_id: str, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    of_content = page._content_id
    monkeypatch.setattr(page, "_content_id", lambda files: looked.append(1) or of_content(files))
    rows = ["case_id,age,colour,doctor", "a,30,red,Eve", "b,50,blue,Eve"]
    app = upload(open_page("worklist", run=run_id), ("new.csv", lines(*rows)))
    app.run()
    assert "**2 cases** from" in texts(app)
    assert len(looked) == 1


def test_rows_are_as_high_as_the_longest_reason() -> None:
    assert assignment._row_height([]) == assignment._row_height(["short"]) == 35
    two = assignment._row_height(["short", "x" * 150])
    assert two >= 64  # Streamlit breaks no line in lower rows
    assert two < assignment._row_height(["x" * 300]) <= assignment._row_height(["x" * 9000]) < 200


FAR = lines(
    "case_id,age,colour",
    *(f"n{i},{20 + 5 * i},red" for i in range(8)),
    *(f"far{i},{3000 + i},red" for i in range(4)),
)


def test_cases_outside_the_range_are_marked_and_go_to_people(run_id: str, open_page: Open) -> None:
    app = upload(open_page("worklist", run=run_id), ("new.csv", FAR))
    assert any("**4 of 12 cases lie outside" in w.value for w in app.warning)
    assert app.segmented_control(key="outside").value == "people"
    table = listed(app)
    far = table["Outside the range of training"] == "age"
    assert far.tolist() == [False] * 8 + [True] * 4
    assert "AI" not in set(table["Goes to"][far])
    assert not table["Why"][far].str.contains("xpected right").any()
    assert "about the 8 cases within the range" in texts(app)
    assert not app.exception


def test_cases_outside_the_range_can_be_listed_alone(run_id: str, open_page: Open) -> None:
    app = upload(open_page("worklist", run=run_id, list="outside"), ("new.csv", FAR))
    assert listed(app)["Case"].tolist() == [f"far{i}" for i in range(4)]
    app.segmented_control(key="list").set_value("all").run()
    assert len(listed(app)) == 12


def test_one_at_a_time_cases_outside_the_range_go_to_people(run_id: str, open_page: Open) -> None:
    app = upload(open_page("worklist", run=run_id, way="online"), ("new.csv", FAR))
    table = listed(app)
    assert "AI" not in set(table["Goes to"][8:])
    app.number_input(key="came").set_value(9).run()
    assert "holds for the other" not in texts(app)
    assert "It does not hold for the other 1." in texts(app)


def test_more_cases_for_the_ai_than_lie_within_the_range_are_refused_with_a_remedy(
    run_id: str, open_page: Open
) -> None:
    app = upload(open_page("worklist", run=run_id), ("new.csv", FAR))
    set_places(app, 1, 1, 10)
    assert any("4 of 12 cases lie outside" in e.value for e in app.error)
    assert not app.dataframe
    app.button(key="worklist_nearest").click().run()
    assert Counter(listed(app)["Goes to"])["AI"] == 8


def test_the_ai_may_be_given_cases_outside_the_range_by_choice(
    run_id: str, open_page: Open
) -> None:
    app = upload(open_page("worklist", run=run_id, outside="ai"), ("new.csv", FAR))
    set_places(app, 0, 0, 12)
    assert set(listed(app)["Goes to"]) == {"AI"}
    assert "about the 8 cases within the range" in texts(app)


def test_where_every_case_is_outside_the_first_numbers_give_the_ai_none(
    run_id: str, open_page: Open
) -> None:
    rows = lines("case_id,age,colour", *(f"f{i},{3000 + i},red" for i in range(6)))
    app = upload(open_page("worklist", run=run_id), ("new.csv", rows))
    assert app.number_input(key="places_2").value == 0
    assert {m.label: m.value for m in app.metric}["Expected accuracy of the team"] == "–"
    assert not app.exception


def test_ordinary_cases_have_no_choice_about_the_range(run_id: str, open_page: Open) -> None:
    rows = lines("case_id,age,colour", "x,30,red", "y,70,blue")
    app = upload(open_page("worklist", run=run_id), ("new.csv", rows))
    assert "Outside the range of training" not in listed(app)
    assert not [s for s in app.segmented_control if s.key in ("outside", "list")]
