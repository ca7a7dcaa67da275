"""A scenario's guard rules and duties on the worklist page."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.base.report import Report
from core.library.store import Library
from core.record.scenario_store import ScenarioStore
from core.scenarios.settings import AgentTerms, AINever, Guard, ReadByExpert, Scenario
from tests.conftest import MakeHome
from tests.pages.conftest import Open, _use, texts
from tests.pages.test_worklist import AGENTS, example, listed, set_places, store_run, upload
from tests.unit.experiment import untrained
from tests.unit.reading.builders import lines

NORTH = ReadByExpert(column="group_site", value="N")
OFF = {"on_duty": False}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, make_home: MakeHome) -> tuple[Path, str]:
    home = make_home(tmp_path_factory.mktemp("ruled") / "home")
    dataset = untrained.table_set()
    Library(home).add(dataset, Report())
    return home, store_run(dataset, home)


@pytest.fixture
def run_id(kept: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    _use(kept[0], monkeypatch)
    yield kept[1]
    for one in ScenarioStore(kept[0]).list():
        ScenarioStore(kept[0]).delete(one.id)


def saved(kept: tuple[Path, str], *guards: Guard, unit: str = "share", **terms: dict) -> str:
    scenario = Scenario(
        agents=tuple((name, AgentTerms(**terms.get(name, {}))) for name in AGENTS),
        name="safe",
        unit=unit,  # type: ignore[arg-type]
        cases_per_day=20,
        guards=guards,
    )
    return ScenarioStore(kept[0]).save(scenario, kept[1], untrained.table_set().content_hash).id


def north(app) -> set[str]:
    """Who reads the cases from N: every other one."""
    return set(listed(app)["Goes to"].tolist()[::2])


def places(app) -> list[int]:
    return [app.number_input(key=f"places_{k}").value for k in range(3)]


def test_without_a_scenario_it_is_said_that_no_rule_holds(run_id, kept, open_page: Open) -> None:
    saved(kept, NORTH)
    app = example(open_page, run_id)
    assert "No guard rules hold: any agent may get any case. 1 scenario with rules" in texts(app)


@pytest.mark.parametrize("way", ["list", "online"])
def test_a_saved_scenarios_rules_hold_and_are_said(run_id, kept, way, open_page: Open) -> None:
    scenario = saved(kept, NORTH, Bob=OFF)
    app = example(open_page, run_id, under=scenario, way=way)
    told = texts(app)
    assert "Cases with site N are always read by an expert. :gray[Keeps 10 of 20 cases" in told
    assert "Off duty, without cases: Bob." in told
    assert north(app) == {"Ann"}
    assert "Bob" not in set(listed(app)["Goes to"])
    assert app.number_input(key="places_1").disabled
    cost = next(m.value for m in app.metric if m.label == "Cost of the rules")
    assert cost.endswith("right decisions")
    assert "would go to another agent without them" in told


def test_places_are_suggested_within_the_bounds_and_can_be_changed(
    run_id, kept, open_page: Open
) -> None:
    ann = {"minimum": 12, "maximum": 12}
    scenario = saved(kept, NORTH, unit="cases", Ann=ann, AI={"maximum": 3})
    app = example(open_page, run_id, under=scenario)
    assert places(app)[0] == 12
    assert places(app)[2] <= 3
    assert "Suggested for 20 cases from the scenario's bounds and rules" in texts(app)
    app = set_places(app, 10, 4, 6)
    told = " ".join(w.value for w in app.warning)
    assert "Ann has 10, the scenario asks for exactly 12 cases a day" in told
    assert "the AI has 6, the scenario asks for at most 3 cases a day" in told
    assert Counter(listed(app)["Goes to"]) == {"Ann": 10, "Bob": 4, "AI": 6}
    assert north(app) <= {"Ann", "Bob"}
    app = app.button(key="worklist_suggested").click().run()
    assert places(app)[0] == 12


def test_places_that_rules_leave_no_room_for_say_why_and_offer_the_nearest(
    run_id, kept, open_page: Open
) -> None:
    app = set_places(example(open_page, run_id, under=saved(kept, NORTH)), 4, 4, 12)
    told = app.error[0].value
    assert "At most 18 of 20 cases can be placed" in told
    assert "\\(Ann 4, Bob 4, the AI 10\\)" in told or "(Ann 4, Bob 4, the AI 10)" in told
    assert not app.dataframe
    app = app.button(key="worklist_nearest").click().run()
    assert places(app)[2] == 10
    assert sum(places(app)) == 20
    assert not app.error
    assert north(app) <= {"Ann", "Bob"}


def test_bounds_without_room_are_said_and_the_nearest_places_suggested(
    run_id, kept, open_page: Open
) -> None:
    few = {"maximum": 4}
    app = example(open_page, run_id, under=saved(kept, NORTH, unit="cases", Ann=few, Bob=few))
    told = " ".join(w.value for w in app.warning)
    assert "do not fit the scenario's bounds" in told
    assert sum(places(app)) == 20
    assert north(app) <= {"Ann", "Bob"}


def test_cases_nobody_may_take_stop_the_page_and_drop_no_rule(
    run_id, kept, open_page: Open
) -> None:
    app = example(open_page, run_id, under=saved(kept, NORTH, Ann=OFF, Bob=OFF))
    told = app.error[0].value
    assert "This scenario cannot be used for these cases" in told
    assert "At most 10 of 20 cases can be placed" in told
    assert "rules are never dropped automatically" in told
    assert not app.dataframe
    assert not app.number_input


def test_new_cases_without_the_rules_column_are_refused(run_id, kept, open_page: Open) -> None:
    rows = lines("case_id,age,colour", "x,30,red", "y,70,blue")
    app = open_page("worklist", run=run_id, under=saved(kept, NORTH))
    app = upload(app, ("new.csv", rows))
    assert "the cases have no column 'group\\_site'" in app.error[0].value
    assert not app.dataframe
    rows = lines("case_id,age,colour,group_site", "x,30,red,N", "y,70,blue,")
    app = upload(app.button(key="worklist_clear").click().run(), ("new.csv", rows))
    assert "1 of 2 new cases have no group\\_site" in " ".join(w.value for w in app.warning)
    assert listed(app)["Goes to"].tolist()[0] in ("Ann", "Bob")


def test_what_is_on_the_table_at_workload_holds_unasked(run_id, kept, open_page: Open) -> None:
    app = open_page("workload", run=run_id)
    place = f"workload:{untrained.table_set().content_hash}"
    scenario = Scenario.usual(AGENTS, guards=(NORTH, AINever(risk="yes", above=0.0)))
    app.session_state[place] = scenario
    app.switch_page("../pages/worklist.py").run()
    app = app.button(key="worklist_example_button").click().run()
    assert app.selectbox(key="under").value == "table"
    assert north(app) <= {"Ann", "Bob"}
    assert app.query_params["under"] in (["table"], "table")
    link = app.query_params["scenario"]
    # The link alone brings the rules along.
    fresh = example(
        open_page, run_id, under="table", scenario=link[0] if isinstance(link, list) else link
    )
    assert "always read by an expert" in texts(fresh)
    app.selectbox(key="under").set_value("none").run()
    assert "scenario" not in app.query_params


def test_a_link_to_a_scenario_that_is_gone_says_that_nothing_holds(
    run_id, kept, open_page: Open
) -> None:
    app = example(open_page, run_id, under="0" * 16)
    assert "No guard rules hold" in texts(app)
    assert any("None of its rules hold" in w.value for w in app.warning)


def test_a_marked_case_says_what_keeps_everybody_away(run_id, kept, open_page: Open) -> None:
    app = example(open_page, run_id, under=saved(kept, NORTH, Bob=OFF))
    app.session_state["worklist_rows"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app.run()
    agents = app.dataframe[2].value.set_index("Agent")["Excluded by"].to_dict()
    assert agents == {
        "Ann": "",
        "Bob": "off duty",
        "AI": "cases with site N are always read by an expert",
    }
