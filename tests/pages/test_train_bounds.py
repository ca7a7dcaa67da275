"""Own bounds on the Train page: table, band, buttons and link show one record."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.library.samples import load_sample
from core.record.store import RunStore
from tests.pages.conftest import Open, texts
from tests.pages.on_screen import followed
from tests.pages.sets import stored_set

SAMPLE = load_sample("digits_trio")[0]
FIRST, SECOND, THIRD = SAMPLE.experts


def key(part: str, content_hash: str = SAMPLE.content_hash) -> str:
    return f"agents:{content_hash}:{part}"


def focus(app: AppTest, agent: str, content_hash: str = SAMPLE.content_hash) -> AppTest:
    return app.selectbox(key=key("focus", content_hash)).select(agent).run()


def band(app: AppTest, content_hash: str = SAMPLE.content_hash) -> Any:
    return followed(app.slider, key("band", content_hash))


def number(app: AppTest, part: str, content_hash: str = SAMPLE.content_hash) -> Any:
    return followed(app.number_input, key(part, content_hash))


def edit(
    app: AppTest, cells: dict[int, dict[str, Any]], content_hash: str, table: str = "bounds"
) -> AppTest:
    """Types into the editor that is on screen."""
    place = key(f"{table}:version", content_hash)
    version = app.session_state[place] if place in app.session_state else 0
    app.session_state[key(f"{table}:{version}", content_hash)] = {
        "edited_rows": cells,
        "added_rows": [],
        "deleted_rows": [],
    }
    return app.run()


def rows(app: AppTest, at: int = 0) -> Any:
    """The frame of an editor as it is drawn."""
    return app.dataframe[at].value


def trained(app: AppTest) -> Any:
    app.button(key="train").click().run()
    return RunStore().list()[0].config


def test_own_bounds_reach_the_run(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", by="bounds")
    number(app, "minimum").set_value(20.0).run()
    number(app, "maximum").set_value(40.0).run()
    assert band(app).value == (20.0, 40.0)
    assert "Workload bounds: AI 20.0–40.0\u202f%." in texts(app)
    assert "the minimums add up to 20.0\u202f%, the maximums to 340.0\u202f%" in texts(app)
    config = trained(app)
    assert dict(config.bounds.lower) == {"AI": 0.2}
    assert dict(config.bounds.upper) == {"AI": 0.4}
    assert config.targets == (None,)


def test_nobody_bound_is_still_one_point(empty_home: Path, open_page: Open) -> None:
    config = trained(open_page("train", by="bounds"))
    assert config.targets == (None,)


def test_the_band_and_the_numbers_move_together(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", by="bounds")
    band(app).set_range(10.0, 30.0).run()
    assert number(app, "minimum").value == 10.0
    assert number(app, "maximum").value == 30.0
    # A minimum share above the maximum takes the maximum along instead of crossing it.
    number(app, "minimum").set_value(50.0).run()
    assert band(app).value == (50.0, 50.0)


def test_the_band_shows_the_agent_in_focus_and_keeps_the_others(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", by="bounds")
    band(app).set_range(10.0, 30.0).run()
    focus(app, SECOND)
    assert band(app).value == (0.0, 100.0)
    band(app).set_range(5.0, 25.0).run()
    focus(app, "AI")
    assert band(app).value == (10.0, 30.0)
    config = trained(app)
    assert dict(config.bounds.lower) == {"AI": 0.1, SECOND: 0.05}
    assert dict(config.bounds.upper) == {"AI": 0.3, SECOND: 0.25}


def test_an_edit_in_the_table_reaches_band_link_and_run(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", by="bounds")
    h = SAMPLE.content_hash
    edit(
        app, {0: {"minimum": 15.0}, 2: {"maximum": 12.5, "on_duty": True}, 3: {"on_duty": False}}, h
    )
    assert band(app).value == (15.0, 100.0)
    assert app.query_params["agents"] == f"{h[:8]}_1~g12.5_2~x_3~l15"
    config = trained(app)
    assert dict(config.bounds.lower) == {"AI": 0.15}
    assert dict(config.bounds.upper) == {"AI": 1.0, SECOND: 0.125}
    assert config.off_duty == (THIRD,)


def test_a_change_elsewhere_keeps_what_was_typed_into_the_table(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", by="bounds")
    edit(app, {2: {"maximum": 12.5}}, SAMPLE.content_hash)
    band(app).set_range(10.0, 30.0).run()
    # The same editor: a new one would lose what is being typed.
    assert key("bounds:version") not in app.session_state
    assert rows(app)["minimum"].iloc[0] == 10.0
    assert dict(trained(app).bounds.upper) == {"AI": 0.3, SECOND: 0.125}


def test_the_last_to_change_a_share_wins(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", by="bounds")
    edit(app, {0: {"maximum": 50.0}}, SAMPLE.content_hash)
    band(app).set_range(0.0, 30.0).run()
    app.run()
    assert band(app).value == (0.0, 30.0)
    edit(app, {0: {"maximum": 60.0}}, SAMPLE.content_hash)
    assert band(app).value == (0.0, 60.0)


def test_an_emptied_cell_is_free_and_numbers_stay_within_limits(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", by="bounds")
    edit(app, {0: {"minimum": None, "maximum": 900.0}, 1: {"maximum": None}}, SAMPLE.content_hash)
    assert "No bounds are set yet." in texts(app)


def test_bounds_are_kept_when_another_page_was_visited(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", by="bounds")
    edit(app, {0: {"minimum": 15.0}}, SAMPLE.content_hash)
    app.switch_page("../pages/data.py").run()
    app.switch_page("../pages/train.py").run()
    assert band(app).value == (15.0, 100.0)


def test_each_data_set_keeps_its_own_bounds(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", by="bounds")
    band(app).set_range(10.0, 30.0).run()
    app.selectbox(key="data").select("fna_panel").run()
    other = load_sample("fna_panel")[0].content_hash
    assert band(app, other).value == (0.0, 100.0)
    app.selectbox(key="data").select("digits_trio").run()
    assert band(app).value == (10.0, 30.0)


def test_bounds_nobody_can_meet_are_refused_with_a_remedy(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", by="bounds")
    number(app, "minimum").set_value(80.0).run()
    focus(app, FIRST)
    number(app, "minimum").set_value(60.0).run()
    assert "the minimum workloads add up to 140.0\u202f%" in app.error[0].value
    assert app.button(key="train").disabled
    assert f"Nearest: {FIRST} 40.0–100.0\u202f% and AI 60.0–100.0\u202f%." in texts(app)
    app.button(key="use_nearest").click().run()
    assert not app.error
    assert not app.button(key="train").disabled
    assert number(app, "minimum").value == pytest.approx(40.0)
    assert dict(trained(app).bounds.lower) == pytest.approx({"AI": 0.6, FIRST: 0.4})


def test_the_remedy_leaves_agents_off_duty_at_home(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", by="bounds")
    edit(
        app,
        {0: {"maximum": 30.0}, 1: {"maximum": 20.0}, 2: {"on_duty": False}, 3: {"on_duty": False}},
        SAMPLE.content_hash,
    )
    assert "the maximum workloads add up to 50.0\u202f%" in app.error[0].value
    assert "2 agents on duty" in app.error[0].value
    app.button(key="use_nearest").click().run()
    config = trained(app)
    assert config.off_duty == (SECOND, THIRD)
    assert dict(config.bounds.upper) == pytest.approx({"AI": 0.55, FIRST: 0.45})


def test_with_nobody_on_duty_the_way_out_is_offered(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", by="bounds")
    edit(app, {row: {"on_duty": False} for row in range(4)}, SAMPLE.content_hash)
    assert "Nobody is on duty" in app.error[0].value
    assert app.button(key="train").disabled
    app.button(key="all_on").click().run()
    assert not app.error
    assert not app.button(key="train").disabled


def test_balanced_gives_experts_on_duty_equal_shares_of_what_the_ai_leaves(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", by="bounds")
    band(app).set_range(40.0, 40.0).run()
    edit(app, {3: {"on_duty": False}}, SAMPLE.content_hash)
    app.button(key="set_balanced").click().run()
    assert not app.error
    config = trained(app)
    assert dict(config.bounds.lower) == {"AI": 0.4, FIRST: 0.3, SECOND: 0.3}
    assert dict(config.bounds.upper) == {"AI": 0.4, FIRST: 0.3, SECOND: 0.3}
    app.button(key="set_free").click().run()
    assert "No bounds are set yet." in texts(app)
    assert trained(app).off_duty == (THIRD,)


def test_many_experts_get_a_table_that_can_be_searched_and_set_in_bulk(
    empty_home: Path, open_page: Open
) -> None:
    stored = stored_set(400)
    app = open_page("train", data=stored, by="bounds")
    assert not app.exception
    assert len(rows(app)) == 401
    edit(app, {1: {"maximum": 5.0}}, stored)
    app.text_input(key=key("find", stored)).set_value("reader 39").run()
    assert list(rows(app)["agent"]) == [f"Reader {n}" for n in [39, *range(390, 400)]]
    app.number_input(key=key("bulk_maximum", stored)).set_value(2.0).run()
    app.button(key="bulk_set").click().run()
    edit(app, {0: {"on_duty": False}}, stored)  # Reader 39, the first of those found
    app.text_input(key=key("find", stored)).set_value("").run()
    config = trained(app)
    found = {name: 0.02 for name in [f"Reader {n}" for n in range(390, 400)]}
    assert dict(config.bounds.upper) == {"AI": 1.0, "Reader 00": 0.05, **found}
    assert config.off_duty == ("Reader 39",)


def test_a_search_without_a_match_says_so(empty_home: Path, open_page: Open) -> None:
    stored = stored_set(14)
    app = open_page("train", data=stored, by="bounds")
    app.text_input(key=key("find", stored)).set_value("nobody").run()
    assert "No agent's name contains this." in texts(app)
    assert not app.exception


def test_balanced_bounds_of_hundreds_of_experts_can_be_met(
    empty_home: Path, open_page: Open
) -> None:
    stored = stored_set(397)
    app = open_page("train", data=stored, by="bounds")
    band(app, stored).set_range(40.0, 40.0).run()
    app.button(key="set_balanced").click().run()
    assert not app.error
    assert not app.button(key="train").disabled


def test_one_expert_can_be_bound(empty_home: Path, open_page: Open) -> None:
    stored = stored_set(1)
    app = open_page("train", data=stored, by="bounds")
    band(app, stored).set_range(40.0, 40.0).run()
    app.button(key="set_balanced").click().run()
    assert dict(trained(app).bounds.upper) == {"AI": 0.4, "Reader 00": 0.6}


def test_an_expert_off_duty_is_left_out_of_the_targets_too(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train")
    app.multiselect(key=key("off")).set_value([SECOND]).run()
    assert f"Off duty: {SECOND}." in texts(app)
    assert app.query_params["agents"] == f"{SAMPLE.content_hash[:8]}_1~x"
    config = trained(app)
    assert config.off_duty == (SECOND,)
    assert len(config.targets) == 11


def test_all_experts_off_duty_is_refused_with_a_remedy(empty_home: Path, open_page: Open) -> None:
    app = open_page("train")
    app.multiselect(key=key("off")).set_value(list(SAMPLE.experts)).run()
    assert "Every expert is off duty" in app.error[0].value
    assert app.button(key="train").disabled
    app.button(key="all_on").click().run()
    assert not app.button(key="train").disabled


def test_missing_rates_per_expert_reach_the_run_with_their_counts(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page("train", missing="50")
    app.segmented_control(key="missing_by").set_value("each").run()
    table = rows(app)
    assert list(table["away"]) == [50.0, 50.0, 50.0]
    edit(app, {0: {"away": 0.0}, 2: {"away": 25.0}}, SAMPLE.content_hash, "away")
    table = rows(app)
    assert table["left"][0] == table["present"][0]
    assert table["left"][1] == pytest.approx(table["present"][1] / 2, abs=1)
    assert table["left"][2] == pytest.approx(table["present"][2] * 0.75, abs=1)
    left, present = int(table["left"].sum()), int(table["present"].sum())
    assert f"Leaves **{left:,}** of {present:,} training annotations" in texts(app)
    config = trained(app)
    assert dict(config.missing_rates) == {SECOND: 0.5, THIRD: 0.25}
    assert config.missing_rate == 0.0


def test_one_click_sets_the_missing_rate_of_all(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", missing_by="each")
    app.button(key="away_75").click().run()
    config = trained(app)
    assert config.rates(SAMPLE.experts) == (0.75, 0.75, 0.75)
