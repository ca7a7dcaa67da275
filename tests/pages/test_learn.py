import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
import scipy.stats
from streamlit.testing.v1 import AppTest

from app.learn import board, choices, deciding, fields, lesson_queries, summary
from core.lesson.world import CASES, Box, Setting
from tests.pages.conftest import Open, follow, go_back, texts
from tests.pages.on_screen import figure, followed, misleading

pytestmark = pytest.mark.usefixtures("empty_home")


def title(app: AppTest) -> str:
    assert not app.exception
    assert not [error.value for error in app.error]
    return str(app.title[0].value)


def table_with(app: AppTest, column: str) -> Any:
    return next(t.value for t in app.table if column in t.value.columns)


def address(app: AppTest) -> Mapping[str, str]:
    return {k: v[0] if isinstance(v, list) else v for k, v in app.query_params.items()}


@pytest.mark.parametrize("classes", ["2", "3"])
@pytest.mark.parametrize("step", range(1, 9))
def test_every_step_opens_by_its_link(open_page: Open, step: int, classes: str) -> None:
    app = open_page("learn", step=str(step), l_classes=classes)
    assert title(app) == f"{step}. {board.STEPS[step - 1].title}"
    for chart in app.get("plotly_chart"):
        assert len(chart.proto.alt) > 20
    assert {"Teacher's note", "Link to this step as it is set now"} <= {
        e.label for e in app.expander
    }


def test_next_and_back_walk_through_the_steps_and_the_link_follows(open_page: Open) -> None:
    app = open_page("learn")
    assert app.button(key="learn_back").disabled
    app.button(key="learn_next").click().run()
    assert title(app).startswith("2.")
    assert address(app)["step"] == "2"
    followed(app.segmented_control, "learn_steps").set_value(8).run()
    assert title(app).startswith("8.")
    assert app.button(key="learn_next").disabled
    app.button(key="learn_back").click().run()
    assert title(app).startswith("7.")


def test_back_leads_to_the_step_before_and_trains_step_is_another(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("learn")
    app.button(key="learn_next").click().run()
    app.button(key="learn_next").click().run()
    assert title(go_back(app, monkeypatch, {"step": "2"})).startswith("2.")
    assert title(go_back(app, monkeypatch, {})).startswith("1.")
    assert title(go_back(app, monkeypatch, {"step": "5"})).startswith("5.")
    app.query_params.clear()
    app.switch_page("../pages/train.py").run()
    assert app.session_state["step"] == 10


def test_a_link_reopens_everything_that_was_set(open_page: Open) -> None:
    link = {
        "step": "5",
        "l_seed": "7",
        "l_classes": "3",
        "l_a": "drawn",
        "l_a_box": "5-60-40-95",
        "l_b": "lower left",
        "l_c": "nowhere",
        "l_reach": "90",
        "l_missing": "30",
        "l_case": "12",
        "l_after": "20",
        "l_on_a": "10-60",
        "l_on_b": "0-40",
        "l_on_ai": "5-50",
        "l_batch": "60",
        "l_bounded": "1",
        "l_coverage": "35",
    }
    app = open_page("learn", **link)
    assert title(app).startswith("5.")
    assert app.slider(key="l_on_a").value == (10, 60)
    app.slider(key="l_on_a").set_range(20, 50).run()
    assert address(app) == {**link, "l_on_a": "20-50"}
    app.button(key="learn_next").click().run()
    # Another browser has nothing but the link.
    other = open_page("learn", **address(app))
    assert title(other).startswith("6.")
    assert other.segmented_control(key="l_batch").value == 60
    assert address(other) == address(app)


def test_a_broken_link_opens_the_lesson_all_the_same(open_page: Open) -> None:
    app = open_page("learn", step="99", l_classes="5", l_on_a="80-20", l_a="<b>")
    assert title(app).startswith("1.")
    assert "Part of this link could not be read" in app.toast[0].value


def test_the_table_of_the_e_step_is_that_of_core(open_page: Open) -> None:
    app = open_page("learn", step="4", l_case="12")
    table = table_with(app, "q exact")
    seen = lesson_queries.inside(Setting(), 8)
    np.testing.assert_allclose(table["q exact"].astype(float), seen.exact[11], atol=5e-4)
    product = table["g (before)"].astype(float) * table["× ℓ (fits the truth)"].astype(float)
    np.testing.assert_allclose(table["= g · ℓ"].astype(float), product, atol=2e-3)
    followed(app.number_input, "l_case_field").set_value(13).run()
    assert address(app)["l_case"] == "13"
    again = table_with(app, "q exact")["q exact"].astype(float)
    np.testing.assert_allclose(again, seen.exact[12], atol=5e-4)


def test_missing_annotations_push_the_naive_method_to_the_ai(open_page: Open) -> None:
    def naive(app: AppTest) -> float:
        alt = next(c.proto.alt for c in app.get("plotly_chart") if "naive" in c.proto.alt)
        return float(re.search(r"AI (0\.\d+)", alt)[1])

    app = open_page("learn", step="3", l_missing="0")
    before = naive(app)
    app.slider(key="l_missing").set_value(90).run()
    assert naive(app) > before + 0.2
    assert address(app)["l_missing"] == "90"


def test_impossible_bounds_say_why_and_offer_the_nearest(open_page: Open) -> None:
    app = open_page("learn", step="5", l_on_a="60-80", l_on_b="60-90")
    assert "the minimum workloads add up to 120.0" in app.error[0].value
    app.button(key="learn_nearest").click().run()
    assert title(app).startswith("5.")
    low = [app.slider(key=f"l_on_{a}").value[0] for a in ("a", "b", "ai")]
    assert sum(low) <= 100
    assert "Prices:" in figure_alt(app, "A triangle")


def figure_alt(app: AppTest, part: str) -> str:
    (alt,) = [c.proto.alt for c in app.get("plotly_chart") if part in c.proto.alt]
    return str(alt)


def test_the_triangle_moves_the_points_in_the_browser(open_page: Open) -> None:
    drawn: dict[str, Any] = figure(open_page("learn", step="5"), "A triangle")
    assert [frame["name"] for frame in drawn["frames"]] == ["before", "after"]
    assert drawn["layout"]["updatemenus"][0]["buttons"][0]["method"] == "animate"


def test_the_loop_says_what_is_promised_and_what_was_measured(open_page: Open) -> None:
    app = open_page("learn", step="6")
    assert "fell in **0 of 60 rounds**" in app.success[0].value
    app.segmented_control(key="l_batch").set_value(12).run()
    assert not app.success
    (broken,) = [w.value for w in app.warning if "Not promised" in w.value]
    assert int(re.search(r"fell in \*\*(\d+) of", broken)[1]) > 5
    app = open_page("learn", step="6", l_bounded="1")
    assert "free energy.** Promised" in app.success[0].value


def test_hindsight_is_marked_and_meets_its_target(open_page: Open) -> None:
    app = open_page("learn", step="7", l_coverage="30")
    rows = table_with(app, "AI's share").set_index("Rule")
    assert rows.loc["With hindsight (looks at the test set)", "Points off"] == "0.0"
    assert "sorts the very cases it is measured on" in app.warning[0].value


def submit(app: AppTest, place: int) -> AppTest:
    return [b for b in app.button if b.label == "Check"][place].click().run()


def test_task_1_is_solved_by_the_empty_corner(open_page: Open) -> None:
    app = open_page("learn", step="8")
    app.selectbox(key="learn_useful_place").set_value("upper left")
    assert "Not yet" in submit(app, 0).warning[0].value
    app.selectbox(key="learn_useful_place").set_value("lower left")
    assert "Right" in submit(app, 0).success[0].value


def test_task_2_wants_bounds_that_cost_something_and_are_possible(open_page: Open) -> None:
    app = open_page("learn", step="8")
    assert "Not yet" in submit(app, 1).warning[0].value
    app.slider(key="learn_costly_C").set_range(80, 100)
    assert "Right" in submit(app, 1).success[0].value
    app.slider(key="learn_costly_A").set_range(80, 100)
    assert "Not possible" in submit(app, 1).info[0].value


def test_task_3_compares_with_the_models_choice(open_page: Open) -> None:
    app = open_page("learn", step="8")
    _, value = lesson_queries.telling_cases(Setting())
    best = [("A", "B", "C", "AI")[n] for n in value.argmax(1)]
    for number, agent in enumerate(best, 1):
        app.segmented_control(key=f"learn_whose_{number}").set_value(agent)
    assert "Right" in submit(app, 2).success[0].value
    wrong = "A" if best[0] != "A" else "B"
    app.segmented_control(key="learn_whose_1").set_value(wrong)
    assert f"the model says {best[0]}" in submit(app, 2).warning[0].value


def test_task_4_wants_the_price_that_halves_the_ais_share(open_page: Open) -> None:
    app = open_page("learn", step="8")
    assert "raise the price" in submit(app, 3).warning[0].value
    free = lesson_queries.share_at(Setting(), 0.0)
    price = min(
        range(51), key=lambda p: abs(lesson_queries.share_at(Setting(), p / 100) - free / 2)
    )
    app.slider(key="learn_price_set").set_value(price)
    assert "Right" in submit(app, 3).success[0].value


def test_the_page_to_print_holds_the_price_and_escapes_the_link(open_page: Open) -> None:
    open_page("learn")
    lesson = choices.Lesson(
        step=8,
        setting=Setting(),
        case=1,
        after=8,
        bounds=((0.0, 1.0),) * 3,
        bounded=False,
        batch=CASES,
        coverage=0.5,
    )
    page = summary.page(lesson, "http://x/learn?a=<script>")
    assert "<script" not in page
    assert "It is not money" in page
    assert "(looks at the test set)" in page
    assert all(name in page for _, _, name in summary.SYMBOLS)


@pytest.mark.parametrize("page", ["tradeoffs", "workload", "cases", "worklist", "runs"])
def test_empty_pages_lead_to_the_lesson_and_to_the_sample(open_page: Open, page: str) -> None:
    app = open_page(page)
    ways = {e.proto.label: e.proto.page for e in app.get("page_link")}
    assert ways["See how it works, in eight steps"].endswith("learn")
    assert "Start with a sample" in ways
    assert "yet" in texts(app)


def test_coming_back_shows_what_was_set(open_page: Open) -> None:
    app = open_page("learn", step="3", l_missing="20")
    app = follow(app)
    assert title(app).startswith("3.")
    assert app.slider(key="l_missing").value == 20
    assert parse_qs("&".join(f"{k}={v}" for k, v in address(app).items()))["step"] == ["3"]


@pytest.mark.parametrize("step", range(1, 9))
def test_what_somebody_is_moving_is_not_set_again(open_page: Open, step: int) -> None:
    app = open_page("learn", step=str(step), l_c="drawn", l_seed="4", l_missing="20", l_after="9")
    app.run()
    assert title(app).startswith(f"{step}.")
    assert misleading(app) == []
    moved = [*app.slider, *app.selectbox, *app.number_input, *app.segmented_control]
    assert not [w.label for w in moved if w.proto.set_value]


def test_a_region_is_drawn_by_its_edges(open_page: Open) -> None:
    app = open_page("learn", l_c="drawn")
    assert "30 to 70" in figure_alt(app, "cases in a square")
    followed(app.slider, "learn_edges_0_C").set_range(0, 40).run()
    followed(app.slider, "learn_edges_2_C").set_range(5, 45).run()
    assert address(app)["l_c_box"] == "0-40-5-45"
    setting = Setting(places=("upper left", "lower right", Box(0, 40, 5, 45)))
    right = lesson_queries.world(setting).right[:CASES].mean(0)
    assert f"C {100 * right[2]:.0f}" in figure_alt(app, "Cases that each agent")
    shapes = figure(app, "cases in a square")["layout"]["shapes"]
    (drawn,) = [s for s in shapes if s["type"] == "rect"]
    np.testing.assert_allclose([drawn[k] for k in ("x0", "x1", "y0", "y1")], [-1, -0.2, -0.9, -0.1])
    # A box of no area is refused.
    followed(app.slider, "learn_edges_0_C").set_range(10, 10).run()
    assert address(app)["l_c_box"] == "0-40-5-45"


def test_a_box_in_the_picture_is_cut_to_the_square() -> None:
    assert fields.box_of((0.2, -1.3), (-0.5, 0.5)) == Box(0, 60, 25, 75)
    assert fields.box_of((0.0, 0.01), (-0.5, 0.5)) is None


def test_two_experts_can_be_drawn_one_after_the_other(open_page: Open) -> None:
    app = open_page("learn", l_a="drawn", l_c="drawn", l_a_box="0-50-0-50")
    app.segmented_control(key="learn_draws").set_value("C").run()
    followed(app.slider, "learn_edges_0_C").set_range(60, 90).run()
    assert (address(app)["l_a_box"], address(app)["l_c_box"]) == ("0-50-0-50", "60-90-30-70")


def test_accuracies_have_intervals_and_close_ones_say_so(open_page: Open) -> None:
    app = open_page("learn", step="7")
    found = lesson_queries.decided(Setting(), 0.5)
    shown = table_with(app, "AI's share")["Team accuracy"]
    for cell, one in zip(shown, found.values(), strict=True):
        low, high = proportion_confint(one)
        assert f"({100 * low:.1f}–\u2060{100 * high:.1f})" in cell
    (text,) = [m.value for m in app.markdown if "is right most often here" in m.value]
    best = max(found.values(), key=lambda one: one.accuracy)
    for rule, one in found.items():
        gap = best.correct.astype(float) - one.correct
        if not gap.any():
            continue
        half = scipy.stats.t.ppf(0.975, len(gap) - 1) * scipy.stats.sem(gap)
        ahead, _, same = text.partition("Not distinguishable")
        part = same if gap.mean() - half < 0.0005 else ahead
        assert deciding.NAMES[rule] in part


def proportion_confint(one: Any) -> tuple[float, float]:
    found = scipy.stats.binomtest(int(one.correct.sum()), len(one.correct))
    interval = found.proportion_ci(method="wilson")
    return interval.low, interval.high


def test_the_posterior_of_a_missing_annotation_is_explained_in_numbers(open_page: Open) -> None:
    app = open_page("learn", step="3")
    (text,) = [m.value for m in app.markdown if "missing annotation.**" in m.value]
    q, rest, before, after = map(
        float, re.search(r"(0\.\d+) × 1 \+ (0\.\d+) × (0\.\d+) ≈ \*\*(0\.\d+)", text).groups()
    )
    assert q + (1 - q) * before == pytest.approx(after, abs=2e-3)
    assert q + rest == pytest.approx(1, abs=2e-3)
