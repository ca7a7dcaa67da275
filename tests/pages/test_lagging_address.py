"""An address that lags behind what somebody does on the page undoes nothing."""

import pytest
from streamlit.runtime.state.query_params_proxy import QueryParamsProxy

from tests.pages.conftest import Open, go_back
from tests.pages.fixtures import make_result
from tests.pages.workload_page import ai_slider, record, usual


@pytest.fixture
def run(answering: str) -> str:
    return answering


def test_a_dragged_point_stays(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=runs["five"])
    points = [round(t, 6) for t in make_result().targets if t is not None][:3]
    app.select_slider(key="point").set_value(points[0]).run()
    late = app.query_params["point"]
    app.select_slider(key="point").set_value(points[1]).run()
    app.query_params["point"] = late
    app.select_slider(key="point").set_value(points[2]).run()
    assert app.select_slider(key="point").value == points[2]


def test_a_dragged_share_stays(run: str, open_page: Open) -> None:
    app = open_page("workload", run=run)
    ai_slider(app).set_value(60).run()
    late = app.query_params["scenario"]
    ai_slider(app).set_value(70).run()
    # What a browser sends while a slider is dragged: the next value with the address before.
    app.query_params["scenario"] = late
    ai_slider(app).set_value(75).run()
    assert record(app, run).terms[-1].minimum.value == 0.75
    assert ai_slider(app).value == 75


def test_back_and_forward_are_heard_at_once(
    run: str, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("workload", run=run)
    arrived = {"run": run}
    ai_slider(app).set_value(60).run()
    sixty = dict(app.query_params)
    ai_slider(app).set_value(70).run()
    seventy = dict(app.query_params)
    assert sixty["scenario"] != seventy["scenario"]
    go_back(app, monkeypatch, sixty)
    assert ai_slider(app).value == 60
    go_back(app, monkeypatch, arrived)
    assert record(app, run) == usual(run)
    go_back(app, monkeypatch, sixty)
    go_back(app, monkeypatch, seventy)
    assert record(app, run).terms[-1].minimum.value == 0.7


def test_back_takes_what_the_address_leaves_out_to_its_default(
    runs: dict[str, str], open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("tradeoffs", run=runs["five"])
    arrived, start = {"run": runs["five"]}, app.select_slider(key="point").value
    other = next(t for t in make_result().targets if t is not None and round(t, 6) != start)
    app.select_slider(key="point").set_value(round(other, 6)).run()
    app.selectbox(key="seen").set_value("1").run()
    assert app.query_params["seen"] in ("1", ["1"])
    go_back(app, monkeypatch, arrived)
    assert (app.select_slider(key="point").value, app.selectbox(key="seen").value) == (
        start,
        "mean",
    )


def test_an_untouched_page_takes_one_press_to_leave(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs")
    assert not app.query_params
    app.selectbox(key="run").set_value(runs["one"]).run()
    assert app.query_params["run"] in (runs["one"], [runs["one"]])


def test_a_change_is_one_entry_of_the_history(
    run: str, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("workload", run=run)
    written: list[dict[str, str]] = []
    monkeypatch.setattr(QueryParamsProxy, "from_dict", lambda _, told: written.append(dict(told)))
    ai_slider(app).set_value(60).run()
    assert len(written) == 1
    app.run()
    assert len(written) == 1


def test_what_the_session_remembers_survives_a_reload(run: str, open_page: Open) -> None:
    app = open_page("workload", run=run)
    ai_slider(app).set_value(60).run()
    app.switch_page("../pages/home.py").run()
    app.query_params.clear()  # as the menu leads
    app.switch_page("../pages/workload.py").run()
    assert ai_slider(app).value == 60
    again = open_page("workload", **app.query_params)
    assert ai_slider(again).value == 60
