"""Reasons name what decided a case, and nothing that was not known when it came."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from core.allocation.prices import Prices
from core.scenarios.explain import Explained, explain
from core.scenarios.guards import permitted
from core.scenarios.scores import CaseScores
from core.scenarios.settings import AgentTerms, AINever, Guard, NoSuspects, ReadByExpert, Scenario
from core.scenarios.solution import Solution, assign_by_prices, solve
from tests.unit.scenarios.synthetic import CLASSES, day, scores_of

AGENTS = ("Reader A", "Reader B", "AI")


def told(
    value: Sequence[Sequence[float]],
    prices: Sequence[float] = (0.0, 0.0, 0.0),
    guards: tuple[Guard, ...] = (),
    off: Sequence[str] = (),
    probability: float = 0.5,
    lower: Sequence[float] | None = None,
    upper: Sequence[float] | None = None,
    fatigue: float | None = None,
) -> Explained:
    """Explained cases of three agents at given prices; all called normal, half cancer."""
    n = len(value)
    rest = (1 - probability) / 2
    cases = CaseScores(
        value=np.asarray(value, np.float32),
        probabilities=np.repeat([[1 - probability - rest, rest, probability]], n, axis=0),
        ai_answer=np.zeros(n, int),
        case_ids=np.array([f"case {i}" for i in range(n)], object),
        groups={"site": np.array(["north"] * n)},
    )
    scenario = Scenario(
        fatigue=fatigue,
        agents=tuple((a, AgentTerms(on_duty=a not in off)) for a in AGENTS),
        guards=guards,
    )
    on = np.array([a not in off for a in AGENTS])
    found = Prices(np.asarray(prices, float), np.zeros(3), 0.0, True, "annealed", on)
    chosen = assign_by_prices(cases, found, permitted(scenario, cases, CLASSES), 0)
    solution = Solution(
        scenario=scenario,
        lower=np.zeros(3) if lower is None else np.array(lower),
        upper=np.where(on, np.where(found.prices > 0, 0.5, 1.0), 0.0)
        if upper is None
        else np.array(upper),
        prices=found,
        chosen=chosen,
        allowed_validation=np.ones((1, 3), bool),
        fatigue_loss=np.zeros(3),
        seed=0,
    )
    return explain(solution, cases, CLASSES, chosen)


def line(*args, **more) -> str:
    return told(*args, **more).reason(0).replace("\u202f", " ")


def test_the_higher_expected_correctness_and_a_price_are_named() -> None:
    said = line([[0.5, 0.91, 0.84]], prices=(0.0, 0.03, 0.0))
    assert said == (
        "Goes to Reader B: expected right in 91.0 % against the AI's 84.0 %, "
        "minus the price of Reader B's time, 3.0 points"
    )


def test_where_somebody_would_be_right_more_often_that_one_and_its_price_are_named() -> None:
    # Reader A comes second after prices; the AI is the one a reader asks about.
    said = line([[0.89, 0.9, 0.95]], prices=(0.0, 0.0, 0.1))
    assert said == (
        "Goes to Reader B: expected right in 90.0 % against the AI's 95.0 %, "
        "minus the price of the AI's time, 10.0 points"
    )


def test_two_prices_stand_in_the_order_of_the_names() -> None:
    said = line([[0.1, 0.9, 0.8]], prices=(0.0, 0.05, 0.02))
    assert said.endswith("minus the prices of their time, 5.0 and 2.0 points")
    same = line([[0.1, 0.9, 0.8]], prices=(0.0, 0.02, 0.02))
    assert same.endswith("80.0 %, both at a price of 2.0 points")


def test_a_least_share_works_for_its_agent() -> None:
    said = line([[0.1, 0.8, 0.82]], prices=(0.0, -0.03, 0.0), lower=(0.0, 0.1, 0.0))
    assert said.endswith("plus 3.0 points for Reader B to reach its minimum")


@pytest.mark.parametrize(("own", "price", "higher"), [(0.8, -0.03, "the AI"), (0.9, 0.03, "B")])
def test_a_price_that_no_bound_explains_is_told_as_a_difference(
    own: float, price: float, higher: str
) -> None:
    """Prices are known up to a constant only: without a bound its sign means nothing."""
    said = line([[0.1, own, 0.82]], prices=(0.0, price, 0.0), upper=(1.0, 1.0, 1.0))
    who = "Reader B" if higher == "B" else higher
    assert said.endswith(f"at a price per case that is 3.0 points higher for {who}")


def test_what_fatigue_costs_is_no_price_of_time() -> None:
    tired = {"prices": (0.0, 0.03, 0.0), "fatigue": 5.0}
    said = line([[0.1, 0.9, 0.82]], upper=(1.0, 1.0, 1.0), **tired)
    assert said.endswith("minus the cost of Reader B's fatigue, 3.0 points")
    said = line([[0.1, 0.9, 0.82]], upper=(1.0, 0.5, 1.0), **tired)
    assert said.endswith("minus the price of Reader B's time, fatigue included, 3.0 points")


def test_figures_that_would_not_add_up_on_screen_say_how_near_it_was() -> None:
    assert line([[0.1, 0.90002, 0.9]]).endswith("the AI's 90.0 %, ahead by less than 0.1 points")


def test_a_guard_rule_is_named_where_it_decides_and_only_there() -> None:
    never = AINever(risk="cancer", calls="normal", above=0.02)
    said = line([[0.7, 0.8, 0.95]], guards=(never,))
    assert said == (
        "A guard rule keeps the AI away (the AI never decides a case it calls normal when the "
        "probability of cancer is above 2.0 %). Goes to Reader B: expected right in 80.0 % "
        "against Reader A's 70.0 %"
    )
    assert "guard" not in line([[0.7, 0.8, 0.5]], guards=(never,))


def test_in_brief_a_reason_says_that_rules_decide_and_not_what_they_say() -> None:
    never = AINever(risk="cancer", calls="normal", above=0.02)
    (said,) = told([[0.7, 0.8, 0.95]], guards=(never,)).reasons([0], brief=True)
    assert said.startswith("A guard rule keeps the AI away. Goes to Reader B: expected right in ")
    every = (ReadByExpert(column="site", value="north"),)
    nobody = told([[0.9, 0.9, 0.9]], guards=every, off=("Reader A", "Reader B"))
    assert nobody.reason(0, brief=True) == "Nobody on duty may take this case"


def test_equal_scores_are_said_to_be_drawn() -> None:
    said = told([[0.5, 0.9, 0.9]] * 60)
    assert {said.reason(i) for i in range(60)} == {
        "Goes to Reader B: equal scores with the AI, drawn at random",
        "Goes to the AI: equal scores with Reader B, drawn at random",
    }
    assert line([[0.9, 0.9, 0.9]]).endswith("equal scores with 2 others, drawn at random")


def test_a_case_nobody_may_take_says_which_rules_keep_whom_away() -> None:
    guards = (
        ReadByExpert(column="site", value="north"),
        NoSuspects(expert="Reader A", suspect="cancer", above=0.1),
    )
    case = told([[0.9, 0.9, 0.9]], guards=guards, off=("Reader B",))
    assert case.chosen.tolist() == [-1]
    assert np.isnan(case.expected).all()
    assert case.reason(0).replace("\u202f", " ") == (
        "Nobody on duty may take this case: Reader A does not read cases whose probability of "
        "cancer is above 10.0 %; cases with site north are always read by an expert"
    )


def test_the_only_one_who_can_get_it_has_no_rival() -> None:
    case = told([[0.9, 0.8, 0.7]], off=("Reader A", "Reader B"))
    assert case.reason(0).startswith("Goes to the AI: nobody else can get it; expected right in 70")
    assert np.isnan(case.margin).all()


def test_agents_of_a_case_add_up_and_say_what_bars_them() -> None:
    never = AINever(risk="cancer", above=0.02)
    case = told(
        [[0.9, 0.8, 0.95]], prices=(0.15, 0.0, 0.0), guards=(never,), off=("Reader A",)
    ).agents(0)
    assert case["expected"].tolist() == pytest.approx([0.9, 0.8, 0.95])
    assert case["net"].tolist() == pytest.approx([np.nan, 0.8, np.nan], nan_ok=True)
    assert case["barred"].tolist()[:2] == ["off duty", ""]
    assert case["barred"][2].startswith("the AI never decides a case")
    assert case["chosen"].tolist() == [False, True, False]


@pytest.mark.parametrize("guarded", [False, True])
def test_margins_are_what_the_choice_is_ahead_by(guarded: bool) -> None:
    scores = scores_of()
    guards = (AINever(risk="cancer"), ReadByExpert(column="site", value="north"))
    scenario = day(AI={"maximum": 0.3}, C={"maximum": 0.1}, guards=guards if guarded else ())
    solution = solve(scenario, scores)
    found = explain(solution, scores.test, scores.classes, solution.chosen)
    may = permitted(scenario, scores.test, scores.classes)
    net = np.where(may, scores.test.value - solution.prices.prices, -np.inf)
    ordered = np.sort(net, axis=1)
    np.testing.assert_allclose(found.margin, ordered[:, -1] - ordered[:, -2], atol=2e-6)
    assert (found.rival != found.chosen).all()
    assert (found.kept_away >= 0).any() == guarded


def test_truth_enters_no_reason() -> None:
    scores = scores_of()
    solution = solve(day(AI={"maximum": 0.3}), scores)
    turned = replace(scores, truth=(scores.truth + 1) % 3)
    first, second = (
        explain(solution, s.test, s.classes, solution.chosen).reasons(range(50))
        for s in (scores, turned)
    )
    assert first == second


def test_no_cases_are_explained_too() -> None:
    scores = scores_of()
    solution = solve(day(), scores)
    test = scores.test
    none = CaseScores(
        value=test.value[:0],
        probabilities=test.probabilities[:0],
        ai_answer=test.ai_answer[:0],
        case_ids=test.case_ids[:0],
    )
    assert explain(solution, none, scores.classes, np.zeros(0, int)).reasons([]) == []
