import json
from pathlib import Path

import numpy as np
import pytest

from app import results
from tests.pages.conftest import Open, texts
from tests.pages.fixtures import make_result


def figure(app, part: str) -> dict:
    """The figure whose alternative text contains a part."""
    (chart,) = [c for c in app.get("plotly_chart") if part in c.proto.alt]
    return json.loads(chart.proto.spec)


def test_without_a_finished_run_the_page_says_what_to_do(empty_home: Path, open_page: Open) -> None:
    app = open_page("tradeoffs")
    assert "No finished run yet" in texts(app)
    assert not app.get("plotly_chart")
    assert not app.exception


def test_the_areas_are_those_of_the_result_with_intervals(
    runs: dict[str, str], open_page: Open
) -> None:
    result = make_result(seeds=5)
    table = open_page("tradeoffs", run=runs["five"]).dataframe[0].value
    value = result["auc_cac"]["value"]
    low, high = value["interval"]
    assert table["Area under the curve"][0] == f"{value['mean']:.1f} ({low:.1f}–{high:.1f})"
    assert list(table.iloc[:, 0]) == ["Most likely right", "Gating with prices", "Gating alone"]
    paired = np.subtract(result["auc_cac"]["gate"]["per_seed"], value["per_seed"])
    assert table.iloc[2, 2].startswith(f"{paired.mean():+.1f} (")


def test_the_curve_draws_mean_seeds_and_everyone_alone(
    runs: dict[str, str], open_page: Open
) -> None:
    drawn = figure(open_page("tradeoffs", run=runs["five"]), "Team accuracy against")
    names = {trace["name"]: trace for trace in drawn["data"]}
    assert set(names) == {"95 % interval", "each seed", "team, mean of seeds"}
    labels = [a["text"] for a in drawn["layout"]["annotations"]]
    assert "AI alone 78.1\u202f%" in labels
    assert "Reader C 82.0\u202f%" in labels
    assert len(drawn["layout"]["shapes"]) == 4  # a level line each


def test_the_operating_point_shows_accuracy_with_interval_and_coverage(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=runs["one"], point="0.3")
    point = results.operating_point(make_result(), "value", 0.3)
    accuracy, coverage, measured = app.metric
    assert accuracy.value == f"{100 * point.accuracy:.1f}\u202f%"
    assert point.interval is not None
    assert f"{100 * point.interval[0]:.1f}–{100 * point.interval[1]:.1f}" in accuracy.delta
    assert coverage.value == f"{100 * point.coverage:.1f}\u202f%"
    assert coverage.delta == "asked for 30.0\u202f%"
    assert measured.value == f"{100 * point.measured:.1f}\u202f%"
    assert "missing completely at random" in texts(app)


def test_it_starts_at_the_point_that_was_best_on_validation_cases(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=runs["one"])
    assert app.select_slider(key="point").value == results.best_point(make_result(), "value").target


def test_another_rule_changes_curve_and_point(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=runs["one"], rule="gate", point="0.3")
    point = results.operating_point(make_result(), "gate", 0.3)
    assert app.metric[0].value == f"{100 * point.accuracy:.1f}\u202f%"
    assert "Nothing keeps the workloads on target" in texts(app)
    drawn = figure(app, "Gating alone")
    team = next(t for t in drawn["data"] if t["name"] == "team")
    assert team["line"]["dash"] == "dot"
    assert team["marker"]["symbol"] == "square"


def test_breached_bounds_are_said_in_words(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=runs["bounds"])
    point = results.operating_point(
        make_result(bounds={"AI": (0.2, 0.4), "Reader A": (0.3, 0.5)}), "value", None
    )
    share = float(point.agents.set_index("agent")["share"]["Reader A"])
    assert app.warning[0].value == (
        f"Reader A is {100 * (0.3 - share):.1f} points below its least share."
    )
    assert len(app.warning) == 1


def test_bounds_are_drawn_as_a_band_behind_the_bars(runs: dict[str, str], open_page: Open) -> None:
    drawn = figure(open_page("tradeoffs", run=runs["bounds"]), "with its bounds")
    band, bars = drawn["data"]
    assert band["y"] == ["AI", "Reader A"]
    assert len(bars["y"]) == 4


def test_own_bounds_have_a_point_and_no_area(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=runs["bounds"])
    assert "Area under the curve" not in app.dataframe[0].value.columns
    assert app.metric[1].delta == "own bounds"


def test_many_experts_are_summed_up_in_the_figures_and_listed_in_the_table(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=runs["many"])
    assert len(figure(app, "with its bounds")["data"][-1]["y"]) == 16
    assert len(app.dataframe[1].value) == 21
    labels = [a["text"] for a in figure(app, "Team accuracy against")["layout"]["annotations"]]
    assert "best of 20 experts 82.0\u202f%" in labels


def test_a_single_seed_can_be_looked_at(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=runs["five"], point="0.5", seen="3")
    point = results.operating_point(make_result(seeds=5), "value", 0.5, only_seed=3)
    assert app.metric[0].value == f"{100 * point.accuracy:.1f}\u202f%"


def test_a_link_to_a_run_that_is_gone_opens_the_newest(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run="0" * 32)
    assert app.selectbox(key="run").value == runs["bounds"]
    assert not app.exception


def test_what_is_downloaded_holds_every_point() -> None:
    result = make_result(seeds=2)
    table = results.curve_table(result)
    assert len(table) == 2 * 11 * 3
    assert table["workload_AI"].equals(table["coverage"])


def test_overlapping_intervals_are_called_not_distinguishable() -> None:
    result = make_result()
    point = results.operating_point(result, "gate", 1.0)
    (against_ai, _) = results.against_alone(result, "gate", point)
    assert "not distinguishable from the AI alone" in against_ai


def test_a_clear_difference_is_given_in_points() -> None:
    result = make_result(seeds=5)
    point = results.operating_point(result, "value", 0.5)
    alone = result["ai_accuracy"]["value"]
    assert point.accuracy is not None
    expected = f"The team is {100 * (point.accuracy - alone):.1f} points better than the AI alone"
    assert results.against_alone(result, "value", point)[0].startswith(expected)


def test_a_point_nobody_could_measure_has_no_accuracy() -> None:
    result = make_result(targets=(0.5,))
    for entry in result["points"]:
        entry |= {"accuracy": None, "accuracy_interval": None}
    point = results.operating_point(result, "value", 0.5)
    assert point.accuracy is None
    assert results.against_alone(result, "value", point) == []
    assert results.curve_mean(result, "value").empty


def test_the_mean_of_seeds_has_a_student_interval() -> None:
    result = make_result(seeds=4)
    mean = results.curve_mean(result, "value")
    row = mean[mean["target"] == 0.5].iloc[0]
    values = [
        p["accuracy"] for p in result["points"] if p["rule"] == "value" and p["target"] == 0.5
    ]
    half = 3.182446 * np.std(values, ddof=1) / 2  # t(0.975, 3)
    assert row["accuracy"] == pytest.approx(np.mean(values))
    assert row["high"] - row["accuracy"] == pytest.approx(half, rel=1e-5)
