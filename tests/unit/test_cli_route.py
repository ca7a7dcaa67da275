"""`python -m core route`: new cases handed out, and bad input in one line."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.cli.main import main
from core.scenarios.settings import AgentTerms, AINever, Guard, ReadByExpert, Scenario
from tests.unit.experiment import untrained
from tests.unit.reading.builders import lines

AGENTS = ("Ann", "Bob", "AI")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    untrained.run_folder(folder, seeds=2)
    return folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with 20 new cases and capacities for them."""
    monkeypatch.setenv("CASELOAD_HOME", str(tmp_path / "home"))
    (tmp_path / "new.csv").write_bytes(lines(*untrained.new_rows()))
    capacities(tmp_path, {"Ann": 6, "Bob": 4, "AI": 10})
    return tmp_path


def capacities(place: Path, plain: Any) -> None:
    text = plain if isinstance(plain, str) else json.dumps(plain)
    (place / "caps.json").write_text(text, encoding="utf-8")


def routed(model: Path, place: Path, capsys, *more: str) -> dict[str, Any]:
    argv = ["route", str(model), str(place / "new.csv"), "--capacities", str(place / "caps.json")]
    assert main([*argv, *more]) == 0
    return json.loads(capsys.readouterr().out)


def scenario(place: Path, *guards: Guard, **terms: dict[str, Any]) -> str:
    """A scenario's file as Workload exports it; `terms` by agent."""
    made = Scenario(
        agents=tuple((name, AgentTerms(**terms.get(name, {}))) for name in AGENTS),
        name="safe",
        guards=guards,
    )
    exported = {"run": "x", "scenarios": [{"scenario": made.to_dict(), "answer": {}}]}
    (place / "scenario.json").write_text(json.dumps(exported), encoding="utf-8")
    return str(place / "scenario.json")


def with_sites(place: Path) -> None:
    """The same 20 cases with their group."""
    table = [row.split(",") for row in untrained.rows(50)]
    rows = [",".join([row[0], *row[3:]]) for row in table]
    (place / "new.csv").write_bytes(lines(*rows))


def refused(capsys, *argv: str) -> str:
    assert main(["route", *argv]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    return told.err


def test_capacities_are_met_exactly_with_a_reason_for_every_case(model, place, capsys) -> None:
    result = routed(model, place, capsys)
    assert result["loads"] == {"Ann": 6, "Bob": 4, "AI": 10}
    assert result["cases"] == len(result["assignments"]) == 20
    assert result["method"] == "highs"
    told = result["assignments"]
    assert [a["case_id"] for a in told] == [f"c{i}" for i in range(50, 70)]
    assert all("expected right in" in a["reason"] for a in told)
    mean = np.mean([a["expected_correctness"][a["agent"]] for a in told])
    assert result["expected_accuracy"] == pytest.approx(mean)


def test_no_swap_of_two_cases_would_be_better(model, place, capsys) -> None:
    told = routed(model, place, capsys)["assignments"]
    for a in told:
        for b in told:
            v, w = a["expected_correctness"], b["expected_correctness"]
            kept = v[a["agent"]] + w[b["agent"]]
            assert kept >= v[b["agent"]] + w[a["agent"]] - 1e-5


def test_expected_correctness_is_the_models_own(model, place, capsys) -> None:
    with np.load(model / "outputs_seed1.npz") as stored:
        want = stored["value_test"]
    result = routed(model, place, capsys, "--seed", "1")
    found = [[a["expected_correctness"][n] for n in AGENTS] for a in result["assignments"]]
    np.testing.assert_allclose(found, want, atol=1e-5)
    assert result["model"]["seed"] == 1


def test_online_says_prices_and_the_load_so_far(model, place, capsys) -> None:
    result = routed(model, place, capsys, "--online")
    assert result["method"] == "prices"
    last = result["assignments"][-1]["load_so_far"]
    assert sum(result["loads"].values()) == 20
    assert last == pytest.approx({n: load / 20 for n, load in result["loads"].items()})
    assert set(result["prices"]) == set(AGENTS)


def test_one_agent_gets_every_case_online_where_the_others_take_none(model, place, capsys) -> None:
    capacities(place, {"Ann": 0, "Bob": 0, "AI": 20})
    assert routed(model, place, capsys, "--online")["loads"] == {"Ann": 0, "Bob": 0, "AI": 20}


def test_table_is_written_with_formulas_escaped(model, place, capsys) -> None:
    rows = untrained.new_rows()
    rows[1] = "=1+1" + rows[1][rows[1].index(",") :]
    (place / "new.csv").write_bytes(lines(*rows))
    routed(model, place, capsys, "--out", str(place / "list.csv"))
    with open(place / "list.csv", encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 20
    assert table[0]["case_id"] == "'=1+1"
    assert set(table[0]) == {
        *("case_id", "agent", "reason", "ai_answer", "outside_training_range"),
        *("expected Ann", "expected Bob", "expected AI"),
    }


def test_experts_left_out_in_training_get_nothing_unless_named(tmp_path, place, capsys) -> None:
    model = tmp_path / "run"
    untrained.run_folder(model, left_out=("Bob",))
    capacities(place, {"AI": 1})
    assert routed(model, place, capsys)["loads"] == {"Ann": 19, "Bob": 0, "AI": 1}
    capacities(place, {"AI": 1, "Bob": 9})
    result = routed(model, place, capsys)
    assert result["loads"]["Bob"] == 9
    assert any(w.startswith("Bob had no annotation in train") for w in result["warnings"])


def test_what_was_noticed_in_the_cases_is_told(model, place, capsys) -> None:
    (place / "new.csv").write_bytes(lines("case_id,age,colour,doctor", "x,30,green,Ann"))
    capacities(place, {"Ann": 1, "Bob": 0, "AI": 0})
    told = " ".join(routed(model, place, capsys)["warnings"])
    assert "'doctor'" in told
    assert "categories that no train case has" in told


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        ({"Ann": 6, "Bob": 4, "AI": 5}, "at most 15 of 20 cases can be placed"),
        ({"Ann": 6, "Eve": 14}, "Eve"),
        ({"Ann": 2.5}, "2.5"),
        ({"Ann": -1}, "-1"),
        ({"Ann": {"least": 30, "most": 40}}, "30"),
        ("[1, 2]", "expected"),
        ("{", "not JSON"),
    ],
)
def test_bad_capacities_are_refused(plain, words, model, place, capsys) -> None:
    capacities(place, plain)
    line = refused(capsys, str(model), str(place / "new.csv"), "--capacities", f"{place}/caps.json")
    assert words in line


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "nowhere/run"}, "no such folder"),
        ({"model": "."}, "holds no finished run"),
        ({"cases": "nothing.csv"}, "does not exist"),
        ({"caps": "nothing.json"}, "No such file"),
        ({"more": ("--seed", "9")}, "has no seed 9; it has 0, 1"),
        ({"more": ("--out", "nowhere/list.csv")}, "no such folder to write to"),
        ({"more": ("--out", ".")}, "found a folder"),
    ],
)
def test_bad_arguments_are_refused(change, words, model, place, capsys, monkeypatch) -> None:
    monkeypatch.chdir(place)
    given = {"model": str(model), "cases": "new.csv", "caps": "caps.json", "more": ()} | change
    line = refused(
        capsys, given["model"], given["cases"], "--capacities", given["caps"], *given["more"]
    )
    assert words in line


def test_everything_wrong_is_said_at_once(place, capsys, monkeypatch) -> None:
    monkeypatch.chdir(place)
    line = "nowhere/run nothing.csv --out nowhere/list.csv --seed x --scenario-name z --wrong"
    assert main(["route", *line.split()]) == 2
    said = capsys.readouterr().err.splitlines()
    words = ("no such folder; expected a folder that train", "does not exist", "--out nowhere")
    words += ("--seed: found 'x'", "--wrong", "--capacities FILE.json is needed", "which scenario")
    assert len(said) == len(words)
    for found in words:
        assert any(found in one for one in said), found


def test_missing_features_are_named(model, place, capsys) -> None:
    (place / "new.csv").write_bytes(lines("case_id,age", "x,30"))
    line = refused(capsys, str(model), str(place / "new.csv"), "--capacities", f"{place}/caps.json")
    assert "expected 'colour'" in line


def test_capacities_must_be_given(model, place, capsys) -> None:
    assert "--capacities" in refused(capsys, str(model), str(place / "new.csv"))


@pytest.mark.parametrize("way", [(), ("--online",)])
def test_a_scenarios_rules_hold(way, model, place, capsys) -> None:
    with_sites(place)
    file = scenario(place, ReadByExpert(column="group_site", value="N"), Bob={"on_duty": False})
    capacities(place, {"AI": {"least": 4, "most": 8}})
    result = routed(model, place, capsys, "--scenario", file, *way)
    north = [a for i, a in enumerate(result["assignments"]) if i % 2 == 0]
    assert {a["agent"] for a in north} == {"Ann"}
    assert result["loads"]["Bob"] == 0
    told = result["scenario"]
    assert told["name"] == "safe"
    assert told["off_duty"] == ["Bob"]
    assert told["rules"] == [
        {"rule": "cases with site N are always read by an expert", "cases": 10}
    ]
    assert told["rules_cost"] is not None
    assert result["capacities"]["Bob"] == {"least": 0, "most": 0}


def test_a_scenarios_bounds_stand_in_for_capacities(model, place, capsys) -> None:
    file = scenario(place, AI={"minimum": 0.4, "maximum": 0.4}, Ann={"maximum": 0.25})
    argv = ["route", str(model), str(place / "new.csv"), "--scenario", file]
    assert main(argv) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["loads"]["AI"] == 8
    assert result["loads"]["Ann"] <= 5


def test_without_a_scenario_there_are_no_rules(model, place, capsys) -> None:
    assert routed(model, place, capsys)["scenario"] is None


def test_rules_without_room_say_who_can_take_how_many_and_the_nearest(model, place, capsys) -> None:
    with_sites(place)
    file = scenario(place, ReadByExpert(column="group_site", value="N"))
    capacities(place, {"Ann": 4, "Bob": 4, "AI": 12})
    argv = (str(model), str(place / "new.csv"), "--capacities", f"{place}/caps.json")
    line = refused(capsys, *argv, "--scenario", file)
    assert "at most 18 of 20 cases can be placed" in line
    assert "(Ann 4, Bob 4, the AI 10)" in line
    assert "the nearest that can be met: " in line
    assert "the AI 10" in line.split("nearest")[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda place: scenario(place, ReadByExpert(column="group_site", value="N")),
            "have no column 'group_site'",
        ),
        (lambda place: scenario(place, AINever(risk="cancer")), "no class 'cancer'"),
        (
            lambda place: scenario(place, AI={"on_duty": False}),
            "the AI is off duty in the scenario, but has a capacity of 10",
        ),
        (
            lambda place: scenario(
                place, AINever(risk="yes"), Ann={"on_duty": False}, Bob={"on_duty": False}
            ),
            "rules are never dropped automatically",
        ),
        (lambda place: str(place / "caps.json"), "there are no agents"),
        (lambda place: str(place / "new.csv"), "not JSON"),
        (lambda place: str(place / "none.json"), "No such file"),
    ],
)
def test_scenarios_that_cannot_hold_are_refused(change, words, model, place, capsys) -> None:
    argv = (str(model), str(place / "new.csv"), "--capacities", f"{place}/caps.json")
    assert words in refused(capsys, *argv, "--scenario", change(place))


def test_a_scenario_of_other_agents_is_refused(model, place, capsys) -> None:
    made = Scenario.usual(("Eve", "AI")).to_dict()
    (place / "other.json").write_text(json.dumps(made), encoding="utf-8")
    argv = (str(model), str(place / "new.csv"), "--scenario", f"{place}/other.json")
    assert "the scenario is for Eve, AI; the model's agents are Ann, Bob, AI" in refused(
        capsys, *argv
    )


def test_of_several_scenarios_one_is_named(model, place, capsys) -> None:
    plain = [Scenario.usual(AGENTS, name=name).to_dict() for name in ("calm", "busy")]
    several = {"scenarios": [{"scenario": one} for one in plain]}
    (place / "several.json").write_text(json.dumps(several), encoding="utf-8")
    file = f"{place}/several.json"
    argv = (str(model), str(place / "new.csv"), "--capacities", f"{place}/caps.json")
    assert "choose one by name with --scenario-name" in refused(capsys, *argv, "--scenario", file)
    result = routed(model, place, capsys, "--scenario", file, "--scenario-name", "busy")
    assert result["scenario"]["name"] == "busy"
    assert "--scenario-name says which" in refused(capsys, *argv, "--scenario-name", "busy")


def with_ages_in_another_unit(place: Path) -> None:
    """The same 20 cases, ages 100 times as large in the first five."""
    rows = [row.split(",") for row in untrained.new_rows()]
    for row in rows[1:6]:
        row[1] = str(100 * int(row[1]))
    (place / "new.csv").write_bytes(lines(*(",".join(row) for row in rows)))


def test_cases_outside_the_range_go_to_people_unless_the_ai_may_have_them(
    model, place, capsys
) -> None:
    with_ages_in_another_unit(place)
    capacities(place, {"Ann": [0, 10], "Bob": [0, 10], "AI": [10, 20]})
    result = routed(model, place, capsys)
    assert result["outside_training_range"] == {"cases": 5, "go_to": "people"}
    marked = result["assignments"][:5]
    assert [a["outside_training_range"] for a in marked] == [["age"]] * 5
    assert "AI" not in [a["agent"] for a in marked]
    assert {v for a in marked for v in a["expected_correctness"].values()} == {None}
    assert result["assignments"][5]["outside_training_range"] == []
    assert any("5 of 20 cases lie outside" in w for w in result["warnings"])
    assert any("'age' looks like another unit" in w for w in result["warnings"])
    capacities(place, {"AI": 20})
    everything = routed(model, place, capsys, "--outside", "ai", "--out", str(place / "l.csv"))
    assert everything["loads"]["AI"] == 20
    assert everything["outside_training_range"] == {"cases": 5, "go_to": "ai"}
    with open(place / "l.csv", encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["outside_training_range"] for row in table] == ["age"] * 5 + [""] * 15
    assert [row["expected AI"] for row in table[:5]] == [""] * 5


@pytest.mark.parametrize("more", [(), ("--online",)])
def test_no_room_among_people_is_refused_with_the_option(model, place, capsys, more) -> None:
    with_ages_in_another_unit(place)
    capacities(place, {"Ann": [0, 1], "Bob": [0, 1], "AI": [0, 20]})
    argv = (str(model), str(place / "new.csv"), "--capacities", str(place / "caps.json"), *more)
    line = refused(capsys, *argv)
    assert "5 of 20 cases lie outside the range of training" in line
    assert "--outside ai" in line


def test_rules_and_the_range_hold_together(model, place, capsys) -> None:
    with_ages_in_another_unit(place)
    path = scenario(place, Ann={"on_duty": False}, Bob={"on_duty": False})
    line = refused(capsys, str(model), str(place / "new.csv"), "--scenario", path)
    assert "outside the range of training" in line
    path = scenario(place, Ann={"on_duty": False})
    argv = ["route", str(model), str(place / "new.csv"), "--scenario", path]
    assert main(argv) == 0
    result = json.loads(capsys.readouterr().out)
    assert [a["agent"] for a in result["assignments"][:5]] == ["Bob"] * 5
