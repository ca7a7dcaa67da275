import re
from pathlib import Path

import numpy as np
import pytest

from app.shared import against, curve_tables, operating_point, words
from app.tradeoffs import conclusion_words
from core.evaluation.intervals import fitted_interval, wilson
from core.results import paired
from core.results.models import Against, AgentAccuracy, PairedWith, RunResult
from tests.pages.conftest import Open, texts
from tests.pages.fixtures import UNMEASURED, make_result, unmeasured, with_points
from tests.pages.fixtures import paired as difference
from tests.pages.on_screen import bars, figure, table_with


def test_without_a_finished_run_the_page_says_what_to_do(empty_home: Path, open_page: Open) -> None:
    app = open_page("tradeoffs")
    assert "No finished run yet" in texts(app)
    assert not app.get("plotly_chart")
    assert not app.exception


def test_experts_who_are_part_of_the_truth_are_marked_below_the_agents(
    runs: dict[str, str], open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "Part of the truth, so accuracy may be too high"
    assert said not in texts(open_page("tradeoffs", run=runs["five"]))
    monkeypatch.setattr("app.shared.data_queries.part_of_truth", lambda _: ("A", "B"))
    assert f"{said}\\: A and B." in texts(open_page("tradeoffs", run=runs["five"]))


def test_the_areas_are_those_of_the_result_with_intervals(
    runs: dict[str, str], open_page: Open
) -> None:
    result = make_result(seeds=5)
    app = open_page("tradeoffs", run=runs["five"], part="rules")
    table = table_with(app, "Area under the curve")
    value = result.auc_cac["value"]
    low, high = value.interval
    assert f"(AUC-CAC × 100): {value.mean:.1f} ({low:.1f}–{high:.1f}" in texts(app)
    assert table["Area under the curve"][0] == f"{value.mean:.1f} ({low:.1f}–{high:.1f})"
    assert list(table.iloc[:, 0]) == [
        "Most likely right",
        "As trained, within bounds",
        "As trained, bounds not enforced",
    ]
    paired = np.subtract(result.auc_cac["gate"].per_seed, value.per_seed)
    assert table.iloc[2, 2].startswith(f"{words.signed(paired.mean())} (")
    against_first = result.areas_against["gate"]["value"]
    low, high = (words.signed(end) for end in against_first.interval)
    assert f"({low} to {high})" in table.iloc[2, 2]


def test_the_curve_draws_mean_seeds_and_everyone_alone(
    runs: dict[str, str], open_page: Open
) -> None:
    drawn = figure(open_page("tradeoffs", run=runs["five"]), "Team accuracy against")
    names = {trace["name"]: trace for trace in drawn["data"]}
    drawn_beside = {"random deferral", "best any rule could do"}
    team = {"95 % interval", "each seed", "team, mean of seeds", "chosen point"}
    assert set(names) == team | drawn_beside
    labels = [a["text"] for a in drawn["layout"]["annotations"]]
    low, high = wilson(400 * 0.781, 400)  # as sure as the cases allow, though seeds agree
    assert f"AI alone 78.1\u202f% ({100 * low:.1f}–{100 * high:.1f})" in labels
    assert "Reader C 82.0\u202f% (78.0–86.0)" in labels
    assert len(drawn["layout"]["shapes"]) == 4  # a level line each


def test_the_operating_point_shows_accuracy_with_interval_and_coverage(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=runs["one"], point="0.3")
    point = operating_point.operating_point(make_result(), "value", 0.3)
    accuracy, coverage = app.metric
    assert accuracy.value == f"{100 * point.accuracy:.1f}\u202f%"
    assert point.interval is not None
    assert f"{100 * point.interval[0]:.1f}–{100 * point.interval[1]:.1f}" in accuracy.delta
    assert coverage.value == f"{100 * point.coverage:.1f}\u202f%"
    cases = make_result().cases
    low, high = fitted_interval(point.coverage, cases.validation, cases.test)
    between = f"{100 * low:.1f}–{100 * high:.1f}\u202f%"
    assert coverage.delta == f"95 % interval {between}"
    measured = f"{words.percent(point.measured)} of {cases.test:,} test cases"
    assert f"Asked for 30.0\u202f%; {measured}" in texts(app)
    assert "missing completely at random" in texts(app)


def test_it_starts_at_the_point_that_was_best_on_validation_cases(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=runs["one"])
    assert (
        app.select_slider(key="point").value
        == operating_point.best_point(make_result(), "value").target
    )


def test_another_rule_changes_curve_and_point(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=runs["one"], rule="gate", point="0.3")
    point = operating_point.operating_point(make_result(), "gate", 0.3)
    assert app.metric[0].value == f"{100 * point.accuracy:.1f}\u202f%"
    assert "nothing keeps the workloads on target" in texts(app).lower()
    drawn = figure(app, "rule As trained, bounds not enforced")
    team = next(t for t in drawn["data"] if t["name"] == "team")
    assert team["line"]["dash"] == "dot"
    assert team["marker"]["symbol"] == "square"


def test_breached_bounds_are_said_in_words(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=runs["bounds"])
    point = operating_point.operating_point(
        make_result(bounds={"AI": (0.2, 0.4), "Reader A": (0.3, 0.5)}), "value", None
    )
    share = float(point.agents.set_index("agent")["share"]["Reader A"])
    assert app.warning[0].value == (
        f"Reader A is {100 * (0.3 - share):.1f} points below its minimum."
    )
    assert len(app.warning) == 1


def test_bounds_are_drawn_as_a_band_behind_the_bars(runs: dict[str, str], open_page: Open) -> None:
    drawn = bars(open_page("tradeoffs", run=runs["bounds"]))
    assert drawn.count('<i class="band" style') == 2  # of the AI and Reader A
    assert len(re.findall('<i class="bar ', drawn)) == 4
    assert drawn.count("⚠ below its minimum") == 1


def test_own_bounds_have_a_point_and_no_area(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=runs["bounds"], part="rules")
    assert not [d for d in app.dataframe if "Area under the curve" in d.value.columns]
    assert "Own bounds; " in texts(app)


def test_many_experts_are_summed_up_in_the_figures_and_listed_in_the_table(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=runs["many"])
    assert len(re.findall('<i class="bar ', bars(app))) == 14
    assert "The table has 7 more experts" in texts(app)
    assert len(table_with(app, "Within its bounds")) == 21
    labels = [a["text"] for a in figure(app, "Team accuracy against")["layout"]["annotations"]]
    assert "highest: Reader T 82.0\u202f% (78.0–86.0)" in labels
    assert len(labels) == 3  # the AI, and of the experts the two that matter
    named = open_page("tradeoffs", run=runs["many"], named="1-7")
    labels = [a["text"] for a in figure(named, "Team accuracy against")["layout"]["annotations"]]
    assert len(labels) == 5
    assert named.multiselect(key="named").value == list(make_result(experts=20).experts[1:8:6])
    assert not open_page("tradeoffs", run=runs["many"], named="99-x").exception


def test_a_single_seed_can_be_looked_at(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=runs["five"], point="0.5", seen="3")
    point = operating_point.operating_point(make_result(seeds=5), "value", 0.5, only_seed=3)
    assert app.metric[0].value == f"{100 * point.accuracy:.1f}\u202f%"


def test_a_link_to_a_run_that_is_gone_opens_the_newest(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run="0" * 32)
    assert app.selectbox(key="run").value == runs["bounds"]
    assert "The run in this link is not here" in app.warning[0].value
    assert not app.exception


def test_a_link_to_a_run_that_goes_on_leads_to_its_progress(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=runs["running"])
    assert "The run in this link has no curve: it is running." in app.info[0].value


def test_what_is_downloaded_holds_every_point() -> None:
    result = make_result(seeds=2)
    table = curve_tables.curve_table(result)
    assert len(table) == 2 * 11 * 3
    assert table["workload_AI"].equals(table["coverage"])


def test_without_pairs_the_two_intervals_are_put_together() -> None:
    unpaired = Against(AI=None, best_expert=None)
    result = with_points(make_result(), lambda point: {"against": unpaired})
    point = operating_point.operating_point(result, "value", 0.9)
    assert point.accuracy is not None
    assert point.interval is not None
    alone, (low, high) = result.ai_accuracy["value"], result.ai_accuracy_interval["value"]
    below = np.hypot(point.accuracy - point.interval[0], high - alone)
    above = np.hypot(point.interval[1] - point.accuracy, alone - low)
    less = point.accuracy - alone
    ends = (words.signed(100 * end) for end in (less - below, less + above))
    (ai, _) = against.sentences(result, "value", point)
    assert f"{words.signed(100 * less)} points ({' to '.join(ends)})" in ai
    assert "not distinguishable from the AI alone" in ai


def test_a_clear_difference_is_given_in_points() -> None:
    result = make_result(seeds=5)
    point = operating_point.operating_point(result, "value", 0.5)
    alone = result.ai_accuracy["value"]
    assert point.accuracy is not None
    expected = f"The team is {100 * (point.accuracy - alone):.1f} points better (+"
    (said, _) = against.sentences(result, "value", point)
    assert said.startswith(expected)
    assert "than the AI alone," in said


def test_where_the_ai_decides_everything_the_team_is_the_ai() -> None:
    result = make_result()
    point = operating_point.operating_point(result, "value", 1.0)
    assert against.sentences(result, "value", point)[0] == (
        "The AI decides every case here, so the team is the AI alone: "
        f"{words.with_interval(point.accuracy, point.interval)}."
    )


def test_a_point_nobody_could_measure_has_no_accuracy() -> None:
    result = unmeasured(make_result(targets=(0.5,)))
    point = operating_point.operating_point(result, "value", 0.5)
    assert point.accuracy is None
    assert against.sentences(result, "value", point) == []
    assert curve_tables.curve_mean(result, "value").empty


def both_paired(low: float, high: float, *, best: str | None = "Reader B") -> RunResult:
    """A result with the same paired differences in every point."""
    one = difference((low + high) / 2, (high - low) / 2)
    expert = None if best is None else PairedWith(name=best, **dict(one))
    against = Against(AI=one, best_expert=expert)
    return with_points(make_result(), lambda point: {"against": against})


def test_a_paired_interval_around_zero_is_not_distinguishable() -> None:
    result = both_paired(-0.01, 0.03)
    point = operating_point.operating_point(result, "value", 0.5)
    for sentence in against.sentences(result, "value", point):
        assert "not distinguishable" in sentence
        assert "+1.0 points (\u22121.0 to +3.0)" in sentence


def test_a_paired_interval_beyond_zero_is_a_difference_though_intervals_overlap() -> None:
    result = both_paired(0.002, 0.018)
    point = operating_point.operating_point(result, "gate", 0.9)
    ai, expert = against.sentences(result, "gate", point)
    # The AI that it was paired with: that of this target, not the mean of all of them.
    assert point.accuracy is not None
    alone = words.percent(point.accuracy - 0.01)
    assert ai.startswith(
        f"The team is 1.0 points better (+0.2 to +1.8) than the AI alone, {alone} ("
    )
    assert "the best expert alone (Reader B, best on training and validation cases), 74.0" in expert


def test_where_an_expert_could_not_be_paired_intervals_decide() -> None:
    result = both_paired(0.002, 0.018, best=None)
    point = operating_point.operating_point(result, "value", 1.0)
    _, expert = against.sentences(result, "value", point)
    assert "Reader C, best on test cases" in expert
    assert "not distinguishable" in expert


def test_the_mean_of_seeds_has_a_student_interval() -> None:
    result = with_points(
        make_result(seeds=4),
        lambda p: {"accuracy_interval": (p.accuracy - 0.001, p.accuracy + 0.001)},
    )
    mean = curve_tables.curve_mean(result, "value")
    row = mean[mean["target"] == 0.5].iloc[0]
    values = [point.accuracy for point in result.at("value", 0.5)]
    half = 3.182446 * np.std(values, ddof=1) / 2  # t(0.975, 3)
    assert row["accuracy"] == pytest.approx(np.mean(values))
    assert row["high"] - row["accuracy"] == pytest.approx(half, rel=1e-5)


def test_seeds_that_agree_are_no_surer_than_their_cases() -> None:
    six = AgentAccuracy(accuracy=1.0, interval=(0.61, 1.0), cases=6, measured_on="handed")
    result = with_points(
        make_result(seeds=4),
        lambda p: {
            "accuracy": 0.8,
            "accuracy_interval": (0.76, 0.83),
            "agent_accuracy": {**p.agent_accuracy, "AI": six},
        },
    )
    point = operating_point.operating_point(result, "value", 0.5)
    assert point.interval == pytest.approx((0.76, 0.83))
    ai = point.agents.set_index("agent").loc["AI"]
    assert (ai["low"], ai["high"]) == pytest.approx((0.61, 1.0))


def test_accuracy_measured_beyond_the_handed_cases_is_said() -> None:
    shares = {"Reader A": 0.01, "Reader B": 0.0, "Reader C": 0.49, "AI": 0.5}
    all_of_them = {"cases": 240, "measured_on": "all annotated"}  # of 4 handed over
    result = with_points(
        make_result(seeds=2, targets=(0.5,)),
        lambda p: {
            "workload": shares,
            "agent_accuracy": {
                **p.agent_accuracy,
                "Reader A": p.agent_accuracy["Reader A"].model_copy(update=all_of_them),
                "Reader B": UNMEASURED,
            },
        },
    )
    agents = operating_point.operating_point(result, "value", 0.5).agents.set_index("agent")
    assert list(agents.index[agents["elsewhere"]]) == ["Reader A"]


def test_a_share_outside_its_bounds_by_chance_is_told_from_one_inside() -> None:
    made = make_result(targets=(0.5,))
    result = with_points(made, lambda p: {"workload": {**p.workload, "AI": 0.53}})
    ai = operating_point.operating_point(result, "value", 0.5).agents.set_index("agent").loc["AI"]
    assert ai["breach"] == ""
    assert ai["near"] == "3.0 points above its maximum"


def test_nonsense_in_a_link_draws_what_is_usual(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("tradeoffs", run=runs["one"], beside=",,x", rule="?", seen="77", point="nan")
    names = {trace["name"] for trace in figure(app, "Team accuracy against")["data"]}
    assert {"random deferral", "best any rule could do"} <= names
    assert (
        app.select_slider(key="point").value
        == operating_point.best_point(make_result(), "value").target
    )
    assert not app.exception


def test_it_opens_with_the_best_point_against_whoever_decides_alone(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=runs["five"], point="0.0")
    result = make_result(seeds=5)
    best = operating_point.best_point(result, "value")
    lead, compared = conclusion_words.conclusion(result, "value")
    assert f"takes {words.percent(best.coverage)} of the cases" in lead
    assert words.with_interval(best.accuracy, best.interval) in lead
    found = paired.against_ai(result, "value", best.figures)
    assert found is not None
    assert f"{100 * found.difference.value:.1f} points better (+" in compared
    assert "than the AI alone" in compared
    today = result.random["value"][0]
    assert words.with_interval(today.accuracy, today.interval) in compared
    assert compared in texts(app).replace("\\", "")


def test_the_conclusion_stands_once(runs: dict[str, str], open_page: Open) -> None:
    result = make_result(seeds=5)
    best = operating_point.best_point(result, "value").target
    assert best not in (0.0, None)
    app = open_page("tradeoffs", run=runs["five"])
    assert "than the AI alone" in texts(app)
    assert "The team is" not in texts(app)
    # Any other point is compared beside its figures.
    for other in ({"point": "0.0"}, {"seen": "0"}):
        assert "The team is" in texts(open_page("tradeoffs", run=runs["five"], **other))


def test_a_conclusion_without_a_difference_says_so() -> None:
    _, compared = conclusion_words.conclusion(both_paired(-0.01, 0.03), "value")
    assert compared.startswith("That is not distinguishable from the AI alone (")
    assert "the best expert alone, Reader B" in compared
    lead, compared = conclusion_words.conclusion(unmeasured(make_result(targets=(0.5,))), "value")
    assert "cannot be measured" in lead
    assert compared == ""


def test_only_the_open_part_is_drawn_and_stands_in_the_link(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=runs["one"])
    assert "cl-bars" in " ".join(e.proto.body for e in app.get("html"))
    assert not app.get("download_button")
    app.session_state["part_tabs"] = "Downloads"
    app.run()
    assert app.get("download_button")
    assert "cl-bars" not in " ".join(e.proto.body for e in app.get("html"))
    assert app.query_params["part"] in ("downloads", ["downloads"])
    assert not app.exception


def test_labels_beside_the_curve_follow_it_as_a_list_for_narrow_screens(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page("tradeoffs", run=runs["one"])
    labels = figure(app, "Team accuracy against")["layout"]["annotations"]
    (html,) = [e.proto.body for e in app.get("html") if "cl-labels" in e.proto.body]
    listed = re.findall(r"<li[^>]*>(.*?)</li>", html)
    assert sorted(listed) == sorted(a["text"] for a in labels)


def test_what_was_promised_stands_beside_what_happened(answering: str, open_page: Open) -> None:
    app = open_page("tradeoffs", run=answering, part="reliability")
    assert not app.exception
    assert "Promised, as the mean probability that the chosen agent is right" in texts(app)
    (shown,) = [one.value for one in app.dataframe if "ECE, points" in one.value]
    assert len(shown) >= 2
    alts = [chart.proto.alt for chart in app.get("plotly_chart")]
    assert sum("against what happened" in alt for alt in alts) == len(shown)
