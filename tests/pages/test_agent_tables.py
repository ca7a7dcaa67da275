"""The tables of agents on Workload and Train, the record behind them and the address agree."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.shared import scenario_link, scenario_queries
from core.library.samples import load_sample
from core.scenarios.amount import Amount
from core.scenarios.settings import Scenario
from tests.pages.conftest import Open, texts
from tests.pages.editors import Editor
from tests.pages.on_screen import followed
from tests.pages.workload_page import ai_slider, data_of, key, link, record, usual

SAMPLE = load_sample("digits_trio")[0]


@pytest.fixture
def run(answering: str) -> str:
    return answering


def opened(run: str, open_page: Open, scenario: Scenario | None = None) -> tuple[AppTest, Editor]:
    """Workload with its table; the rows are the AI, then the experts."""
    query = {} if scenario is None else {"scenario": link(run, scenario)}
    app = open_page("workload", run=run, **query)
    return app, Editor(app, key(run, "bounds"), "on_duty")


def linked(app: AppTest, run: str) -> Scenario:
    text = app.query_params["scenario"]
    return scenario_link.read(text if isinstance(text, str) else text[0], data_of(run))


def first(app: AppTest, run: str) -> Any:
    """Terms of the first expert, in the record and in the address alike."""
    assert linked(app, run) == record(app, run)
    return record(app, run).terms[0]


def test_a_cell_that_is_put_back_counts(run: str, open_page: Open) -> None:
    app, editor = opened(run, open_page)
    for on in (False, True, False, True):
        editor.type(1, "on_duty", on)
        assert editor.shown("on_duty")[1] is on
        assert first(app, run).on_duty is on
    assert record(app, run) == usual(run)


def test_a_bound_that_is_put_back_counts(run: str, open_page: Open) -> None:
    app, editor = opened(run, open_page, usual(run).with_terms("Ada", maximum=0.6))
    for typed, maximum in (("70 %", 0.7), ("60 %", 0.6), ("80", 0.8), ("60", 0.6)):
        editor.type(1, "maximum", typed)
        assert editor.shown("maximum")[1] == f"{100 * maximum:g} %"
        assert first(app, run).maximum == Amount(maximum)
    editor.type(1, "maximum", None)
    assert first(app, run).maximum is None


def test_what_is_saved_is_what_the_table_shows(run: str, open_page: Open) -> None:
    app, editor = opened(run, open_page)
    app.session_state["workload_tabs"] = "Scenarios"
    editor.type(1, "on_duty", False)
    editor.type(1, "on_duty", True)
    editor.type(2, "on_duty", False)
    app.text_input(key=key(run, "save_name")).set_value("Bob's leave")
    app.button(key="save_scenario").click().run()
    (saved,) = scenario_queries.saved(data_of(run).content_hash)
    scenario_queries.delete_saved(saved.id)
    assert [t.on_duty for t in saved.scenario.terms] == [True, False, True, True]


def test_a_bound_that_gives_way_shows_in_the_same_editor(run: str, open_page: Open) -> None:
    app, editor = opened(run, open_page)
    editor.type(1, "maximum", "60 %")
    editor.type(2, "maximum", "50 %")
    editor.type(1, "minimum", "70 %")
    terms = first(app, run)
    assert (terms.minimum, terms.maximum) == (Amount(0.7), Amount(0.7))
    assert editor.shown("maximum")[1:3] == ["70 %", "50 %"]
    # Each was an edit of that table: a new editor would lose what is typed next.
    assert key(run, "bounds:version") not in app.session_state
    editor.type(1, "minimum", "0 %")
    assert (first(app, run).minimum.value, first(app, run).maximum) == (0.0, Amount(0.7))


def test_a_change_elsewhere_shows_over_an_edit(run: str, open_page: Open) -> None:
    app, editor = opened(run, open_page)
    editor.type(0, "maximum", "60 %")
    ai_slider(app).set_value(37).run()
    editor.settle()
    assert (editor.shown("minimum")[0], editor.shown("maximum")[0]) == ("37 %", "37 %")
    assert record(app, run).terms[-1].maximum == Amount(0.37)
    editor.type(0, "maximum", "60 %")
    assert record(app, run).terms[-1].maximum == Amount(0.6)
    app.button(key="free_ai").click().run()
    editor.settle()
    assert (editor.shown("minimum")[0], editor.shown("maximum")[0]) == ("0 %", None)
    assert key(run, "bounds:version") not in app.session_state


def test_units_can_be_mixed_and_what_is_no_amount_is_refused(run: str, open_page: Open) -> None:
    app, editor = opened(run, open_page)
    for typed, amount, shown in (
        ("60 cases", Amount(60.0, "cases"), "60 cases"),
        ("12,5 %", Amount(0.125), "12.5 %"),
        ("40%", Amount(0.4), "40 %"),
        ("7", Amount(0.07), "7 %"),
        ("20", Amount(0.2), "20 %"),
    ):
        editor.type(1, "maximum", typed)
        assert first(app, run).maximum == amount
        assert editor.shown("maximum")[1] == shown
        assert not app.warning
    for wrong, why in (
        ("many", "expected a share such as “40 %” or a number of cases"),
        ("150 %", "at most 100 %"),
        ("1,000 cases", "can be read as 1000 and as 1"),
    ):
        editor.type(1, "maximum", wrong)
        assert why in texts(app).replace("\\", "")
        assert first(app, run).maximum == Amount(0.2)
        assert editor.shown("maximum")[1] == "20 %"
    editor.type(1, "maximum", "30 %")
    assert not app.warning


def test_a_share_stays_a_share_when_the_day_grows(run: str, open_page: Open) -> None:
    app, editor = opened(run, open_page)
    ai_slider(app).set_value(40).run()
    assert "held at 40.0\u202f% of the cases: 40 of 100 a day" in texts(app)
    followed(app.segmented_control, key(run, "unit")).set_value("cases").run()
    before = record(app, run)
    assert before.terms[-1].maximum == Amount(0.4)
    assert ai_slider(app).value == 40
    editor.settle()
    editor.type(1, "maximum", "60")
    followed(app.number_input, key(run, "cases")).set_value(200).run()
    assert record(app, run).terms[-1].minimum == Amount(0.4)
    assert record(app, run).terms[0].maximum == Amount(60.0, "cases")
    assert ai_slider(app).value == 80
    assert linked(app, run) == record(app, run)
    said = (
        "200 cases a day instead of 100: the AI's 40.0\u202f% are now 80 cases; Ada's maximum of "
        "60 cases is now 30.0\u202f% of the day."
    )
    assert said in texts(app).replace("\\", "")
    editor.settle()
    assert editor.shown("maximum")[:2] == ["40 %", "60 cases"]
    app.button(key="undo_day").click().run()
    assert record(app, run).cases_per_day == 100
    assert "cases a day instead of" not in texts(app)


def test_what_the_day_did_is_said_until_the_next_change(run: str, open_page: Open) -> None:
    app, editor = opened(run, open_page, usual(run).with_terms("Ada", minimum=0.1, maximum=0.5))
    followed(app.number_input, key(run, "cases")).set_value(50).run()
    app.run()
    assert "Ada's minimum of 10.0\u202f% is now 5 cases" in texts(app).replace("\\", "")
    editor.type(2, "on_duty", False)
    assert "cases a day instead of" not in texts(app)


def test_bounds_that_a_day_brings_to_cross_are_said_with_a_remedy(
    run: str, open_page: Open
) -> None:
    ada = {"minimum": Amount(0.4), "maximum": Amount(60, "cases")}
    app, _ = opened(run, open_page, usual(run).with_terms("Ada", **ada))
    assert not app.error
    followed(app.number_input, key(run, "cases")).set_value(200).run()
    assert "the minimum, 40.0\u202f% (80 of 200 cases a day), is above the maximum" in texts(app)
    app.button(key="use_nearest_scenario").click().run()
    assert not app.error
    assert record(app, run).terms[0].minimum == Amount(0.3)


def test_an_end_of_the_band_that_stays_keeps_its_unit(run: str, open_page: Open) -> None:
    ada = {"minimum": Amount(10, "cases"), "maximum": Amount(60, "cases")}
    app, _ = opened(run, open_page, usual(run).with_terms("Ada", **ada))
    (band,) = [s for s in app.slider if s.label == "From minimum to maximum"]
    assert band.value == (10.0, 60.0)
    band.set_range(10.0, 50.0).run()
    terms = first(app, run)
    assert (terms.minimum, terms.maximum) == (Amount(10.0, "cases"), Amount(0.5))


def test_a_band_that_lags_behind_undoes_no_edit(run: str, open_page: Open) -> None:
    app, editor = opened(run, open_page)
    (late,) = [s for s in app.slider if s.label == "From minimum to maximum"]
    before = late.value
    editor.type(1, "maximum", "60 %")
    (band,) = [s for s in app.slider if s.label == "From minimum to maximum"]
    assert band.value == (0.0, 60.0)
    late.set_range(*before).run()
    assert first(app, run).maximum == Amount(0.6)
    # The one that is drawn now may be moved to the same place.
    band.set_range(*before).run()
    assert first(app, run).maximum == Amount(1.0)


def train_key(part: str) -> str:
    return f"agents:{SAMPLE.content_hash}:{part}"


def test_on_train_a_cell_that_is_put_back_counts(empty_home: Any, open_page: Open) -> None:
    app = open_page("train", by="bounds")
    editor = Editor(app, train_key("bounds"), "on_duty")
    steps: tuple[tuple[str, Any, Callable[[Any], Any]], ...] = (
        ("on_duty", False, lambda a: a.on_duty),
        ("on_duty", True, lambda a: a.on_duty),
        ("maximum", 60.0, lambda a: 100 * a.shares()[1]),
        ("maximum", 100.0, lambda a: 100 * a.shares()[1]),
        ("on_duty", False, lambda a: a.on_duty),
        ("maximum", 70.0, lambda a: 100 * a.maximum.value),
    )
    expert = SAMPLE.experts[0]
    for column, value, says in steps:
        editor.type(1, column, value)
        assert editor.shown(column)[1] == value
        assert says(app.session_state[f"agents:{SAMPLE.content_hash}"][expert]) == pytest.approx(
            value
        )
    assert app.query_params["agents"] == f"{SAMPLE.content_hash[:8]}_0~x~g70"


def test_on_train_bounds_that_cross_give_way_in_the_same_editor(
    empty_home: Any, open_page: Open
) -> None:
    app = open_page("train", by="bounds")
    editor = Editor(app, train_key("bounds"), "on_duty")
    editor.type(0, "maximum", 40.0)
    editor.type(0, "minimum", 50.0)
    assert editor.shown("maximum")[0] == 50.0
    assert followed(app.slider, train_key("band")).value == (50.0, 50.0)
    followed(app.slider, train_key("band")).set_range(10.0, 20.0).run()
    editor.settle()
    assert (editor.shown("minimum")[0], editor.shown("maximum")[0]) == (10.0, 20.0)
    assert train_key("bounds:version") not in app.session_state


def test_on_train_missing_rates_can_be_put_back(empty_home: Any, open_page: Open) -> None:
    app = open_page("train", missing_by="each")
    editor = Editor(app, train_key("away"), "away")
    for value in (25.0, 0.0, 50.0, 0.0):
        editor.type(0, "away", value)
        assert editor.shown("away")[0] == value
        kept = app.session_state[f"agents:{SAMPLE.content_hash}"][SAMPLE.experts[0]]
        assert kept.away == value
