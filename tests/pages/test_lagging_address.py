"""An address that lags behind what somebody does on the page undoes nothing."""

from types import SimpleNamespace

import pytest

from app import state
from tests.pages.conftest import Open
from tests.pages.fixtures import make_result
from tests.pages.workload_page import ai_slider, record, usual


@pytest.fixture
def run(answering: str) -> str:
    return answering


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time that the page goes by, in seconds."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(state, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


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


def test_an_address_that_stood_for_long_may_lag_too(
    run: str, open_page: Open, clock: SimpleNamespace
) -> None:
    app = open_page("workload", run=run)
    late = app.query_params["scenario"]
    clock.now = 60.0
    ai_slider(app).set_value(60).run()
    clock.now = 61.0
    app.query_params["scenario"] = late
    ai_slider(app).set_value(70).run()
    assert record(app, run).terms[-1].minimum.value == 0.7
    # Much later it is a link that somebody followed.
    clock.now = 120.0
    app.query_params["scenario"] = late
    app.run()
    assert record(app, run) == usual(run)


def test_who_goes_back_again_and_again_is_heard(
    run: str, open_page: Open, clock: SimpleNamespace
) -> None:
    app = open_page("workload", run=run)
    before = app.query_params["scenario"]
    ai_slider(app).set_value(60).run()
    for clock.now in (2.0, 4.0, 6.0):
        app.query_params["scenario"] = before
        app.run()
        heard = record(app, run) == usual(run)
        assert heard == (clock.now > 5.0)
