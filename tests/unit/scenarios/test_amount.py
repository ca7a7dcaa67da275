from dataclasses import replace

import numpy as np
import pytest

from core.scenarios.amount import NOTHING, Amount, ScenarioError
from core.scenarios.feasible import shares
from core.scenarios.nearest import obstacle
from core.scenarios.ruled import rule_cases
from core.scenarios.scores import Scores
from core.scenarios.settings import AgentTerms, Scenario
from core.scenarios.sweep import Setting
from tests.unit.scenarios.synthetic import CLASSES, agents_of, cases_of, day, scores_of

MIXED = day(
    4,
    200,
    A={"minimum": Amount(0.1), "maximum": Amount(60, "cases")},
    B={"maximum": Amount(30, "cases")},
    AI={"minimum": 0.4, "maximum": 0.4},
)


@pytest.fixture(scope="module")
def scores() -> Scores:
    return scores_of(400, 400, 4, seed=7)


@pytest.mark.parametrize(
    ("typed", "unit", "amount"),
    [
        ("40 %", "cases", Amount(0.4)),
        ("40%", "cases", Amount(0.4)),
        ("12,5 %", "cases", Amount(0.125)),
        ("12.5\u202f%", "cases", Amount(0.125)),
        (" 60 ", "cases", Amount(60.0, "cases")),
        ("60", "share", Amount(0.6)),
        ("60 cases", "share", Amount(60.0, "cases")),
        ("1 case", "share", Amount(1.0, "cases")),
        ("60 cases a day", "share", Amount(60.0, "cases")),
        ("2,5 cases", "share", Amount(2.5, "cases")),
        (0.4, "share", Amount(0.4)),
        (40, "cases", Amount(40, "cases")),
        ({"share": 0.4}, "cases", Amount(0.4)),
        ({"cases": 60}, "share", Amount(60, "cases")),
    ],
)
def test_amounts_as_people_and_files_give_them(typed, unit, amount: Amount) -> None:
    read = Amount.typed if isinstance(typed, str) else Amount.read
    assert read(typed, unit) == amount


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("many", "expected a share such as"),
        ("", "expected a share such as"),
        ("-5 %", "expected a share such as"),
        ("1e3", "expected a share such as"),
        ("5 % of them", "expected a share such as"),
        ("101 %", "at most 100 %"),
        ("1,000 cases", "read as 1000 and as 1;"),
        ("2000000 cases", "expected 0 to 1,000,000"),
        (
            40,
            "40 is not a valid share of the day's cases; expected 0 to 1, or a text such as '40 %'",
        ),
        (float("nan"), "expected 0 to 1"),
        (True, "expected 0 to 1"),
        ({"share": 0.4, "cases": 3}, "expected a share such as"),
        ({"hours": 3}, "expected a share such as"),
        ({"share": "x"}, "expected 0 to 1"),
    ],
)
def test_what_is_no_amount_is_refused_in_words(typed, said: str) -> None:
    read = Amount.typed if isinstance(typed, str) else Amount.read
    with pytest.raises(ScenarioError) as error:
        read(typed, "share")
    assert said in str(error.value)


@pytest.mark.parametrize("amount", [Amount(0.07), Amount(1 / 3), Amount(12.5, "cases"), NOTHING])
def test_the_text_of_a_cell_is_read_as_the_same(amount: Amount) -> None:
    again = Amount.read(amount.text, "cases")
    assert again.unit == amount.unit
    assert again.value == pytest.approx(amount.value, abs=1e-11)


def test_an_amount_of_a_day() -> None:
    assert (Amount(0.4).share(200), Amount(0.4).cases(200)) == (0.4, 80)
    assert (Amount(60, "cases").share(200), Amount(60, "cases").cases(200)) == (0.3, 60)
    assert Amount(0.4).to("cases", 200) == Amount(80, "cases")
    assert Amount(60, "cases").to("share", 200) == Amount(0.3)
    assert Amount(60, "cases").to("share", 50) == Amount(1.0)
    assert Amount(0.4).of_day(200) == "40.0\u202f% (80 of 200 cases a day)"
    assert Amount(60, "cases").of_day(200) == "60 cases a day (30.0\u202f%)"


def test_plain_numbers_are_in_the_unit_of_the_scenario() -> None:
    for unit, amount in (("share", Amount(0.5)), ("cases", Amount(0.5, "cases"))):
        made = Scenario(agents=(("AI", AgentTerms(maximum=0.5)),), unit=unit)
        assert made.terms[0].maximum == amount
        usual = Scenario.usual(("AI",), unit=unit)
        assert usual.with_terms("AI", maximum=0.5).terms[0].maximum == amount
    with pytest.raises(ScenarioError, match="expected 0 to 1, or a text such as '40 %'"):
        Scenario(agents=(("AI", AgentTerms(maximum=40.0)),))


def test_switching_the_unit_changes_no_bound() -> None:
    other = replace(MIXED, unit="cases")
    assert other.terms == MIXED.terms
    assert np.array_equal(shares(other), shares(MIXED))


def test_each_bound_grows_with_the_day_or_stays() -> None:
    low, up = shares(replace(MIXED, cases_per_day=400))
    assert low.tolist() == [0.1, 0.0, 0.0, 0.4]
    assert up.tolist() == [0.15, 0.075, 1.0, 0.4]


def test_bounds_of_one_unit_must_not_cross() -> None:
    with pytest.raises(ScenarioError, match=r"the minimum, 50.0.%, is above the maximum, 40"):
        AgentTerms(minimum=Amount(0.5), maximum=Amount(0.4))
    assert AgentTerms(minimum=Amount(0.5), maximum=Amount(5, "cases")).units == {"share", "cases"}


def test_the_other_bound_gives_way_across_units() -> None:
    terms = MIXED.terms[0]
    assert terms.moved("minimum", Amount(0.3), 200).maximum == Amount(60, "cases")
    assert terms.moved("minimum", Amount(0.35), 200).maximum == Amount(0.35)
    assert terms.moved("maximum", Amount(10, "cases"), 200).minimum == Amount(10, "cases")


@pytest.mark.parametrize("unit", ["share", "cases"])
def test_files_say_the_unit_where_it_differs(unit) -> None:
    scenario = replace(MIXED, unit=unit)
    plain = scenario.to_dict()
    ann = plain["agents"]["expert A"]
    if unit == "share":
        assert (ann["least"], ann["greatest"]) == (0.1, {"cases": 60})
    else:
        assert (ann["least"], ann["greatest"]) == ({"share": 0.1}, 60)
    assert Scenario.from_dict(plain) == scenario


def test_files_from_before_are_read_as_before() -> None:
    plain = {
        "cases_per_day": 100,
        "unit": "cases",
        "agents": {"Ann": {"least": 20, "greatest": 30.5}, "AI": {"on_duty": False}},
    }
    ann = Scenario.from_dict(plain).terms[0]
    assert (ann.minimum, ann.maximum) == (Amount(20, "cases"), Amount(30.5, "cases"))
    plain["agents"]["Ann"] = {"least": "20 %", "greatest": {"cases": 30}}
    ann = Scenario.from_dict(plain).terms[0]
    assert (ann.minimum, ann.maximum) == (Amount(0.2), Amount(30, "cases"))


@pytest.mark.parametrize(
    ("bound", "said"),
    [
        (True, "agent 'Ann': least is True; expected a number, or a text such as '40 %'"),
        ([1], "agent 'Ann': least is [1]; expected a number, or a text"),
        ("0.4", "agent 'Ann': least: found “0.4”; expected a share"),
        ("lots", "agent 'Ann': least: found “lots”; expected a share"),
        (3, "agent 'Ann': least: 3 is not a valid share"),
    ],
)
def test_a_bound_in_a_file_is_refused_with_its_place(bound, said: str) -> None:
    with pytest.raises(ScenarioError) as error:
        Scenario.from_dict({"agents": {"Ann": {"least": bound}, "AI": {}}})
    assert str(error.value).startswith(said)


def test_a_unit_that_is_none_is_refused() -> None:
    with pytest.raises(ScenarioError, match="unit is 'hours'; expected 'share' or 'cases'"):
        Scenario.from_dict({"unit": "hours", "agents": {"AI": {"least": 0.1}}})


def test_bounds_that_the_day_brings_to_cross_are_an_obstacle(scores: Scores) -> None:
    crossed = day(4, 200, A={"minimum": Amount(0.4), "maximum": Amount(60, "cases")})
    assert obstacle(replace(crossed, cases_per_day=100), scores) is None
    found = obstacle(crossed, scores)
    assert found is not None
    assert found.reason == (
        "of expert A, the minimum, 40.0\u202f% (80 of 200 cases a day), is above the maximum, "
        "60 cases a day (30.0\u202f%)"
    )
    assert found.fix == "lower the minimum of expert A from 40.0\u202f% to 30.0\u202f%"
    assert found.nearest is not None
    assert found.nearest.terms[0].maximum == Amount(60, "cases")
    assert obstacle(found.nearest, scores) is None


def test_the_nearest_keeps_every_bounds_unit(scores: Scores) -> None:
    few = day(
        4,
        200,
        A={"maximum": Amount(0.2)},
        B={"maximum": Amount(30, "cases")},
        C={"on_duty": False},
        AI={"maximum": 0.3},
    )
    found = obstacle(few, scores)
    assert found is not None
    assert (found.placed, found.cases) == (130, 200)
    assert found.nearest is not None
    bounds = [found.nearest.terms[k].maximum for k in (0, 1, 3)]
    assert [bound.unit for bound in bounds if bound] == ["share", "cases", "share"]
    assert sum(bound.cases(200) for bound in bounds if bound) == pytest.approx(200, abs=1)
    assert "expert B from 30 to 54 cases a day" in found.fix
    assert obstacle(found.nearest, scores) is None


def test_new_cases_take_each_bound_in_its_unit() -> None:
    cases = cases_of(50, 4, 3)
    ruled = rule_cases(MIXED, cases, agents_of(4), CLASSES)
    least, most = ruled.bounds()
    assert least.tolist() == [5, 0, 0, 20]
    assert most.tolist() == [50, 30, 50, 20]
    assert ruled.notes == ()
    short = rule_cases(
        day(4, 100, A={"minimum": Amount(0.5), "maximum": Amount(20, "cases")}),
        cases,
        agents_of(4),
        CLASSES,
    )
    assert [bound[0] for bound in short.bounds()] == [20, 20]
    assert short.notes == (
        "of expert A, the minimum, 50.0\u202f% (25 of 50 cases a day), is above the maximum, "
        "20 cases a day (40.0\u202f%) where there are 50 cases; the maximum holds",
    )


def test_a_sweep_of_the_day_leaves_shares_and_cases_what_they_are() -> None:
    swept = Setting("cases_per_day").on(MIXED, 400)
    assert swept.terms == MIXED.terms
    assert Setting("ai_share").on(replace(MIXED, unit="cases"), 0.25).terms[-1].minimum == Amount(
        0.25
    )
    at = Setting("maximum", "expert A").on(replace(MIXED, unit="cases"), 10.0).terms[0]
    assert (at.minimum, at.maximum) == (Amount(10.0, "cases"), Amount(10.0, "cases"))
