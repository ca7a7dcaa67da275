from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import betabinom

from core.scenarios.promise import coming
from core.scenarios.scores import CaseScores, Scores
from core.scenarios.settings import ReadByExpert, Scenario
from core.scenarios.solution import solve
from tests.unit.scenarios.synthetic import cases_of, day, scores_of

NORTH = ReadByExpert(column="site", value="north")


def test_ends_are_beta_binomial_quantiles_of_the_validation_loads() -> None:
    scores = scores_of(100)
    found = solve(day(4, AI={"minimum": 0.3, "maximum": 0.3}), scores)
    low, high = coming(found, scores, 60)[-1]
    assert low == betabinom(60, 30, 71).ppf(0.025) / 60
    assert high == betabinom(60, 31, 70).ppf(0.975) / 60


def test_many_coming_cases_join_on_without_a_step() -> None:
    scores = scores_of(200)
    found = solve(day(4, AI={"minimum": 0.3, "maximum": 0.3}), scores)
    np.testing.assert_allclose(
        coming(found, scores, 5000), coming(found, scores, 5001), atol=1.5 / 5000
    )


def test_off_duty_is_exactly_nothing_and_alone_exactly_everything() -> None:
    scores = scores_of()
    off = {"on_duty": False}
    found = solve(day(4, A=off, B=off, C=off), scores)
    assert coming(found, scores, 50).tolist() == [[0, 0], [0, 0], [0, 0], [1, 1]]


def test_an_agent_that_got_nothing_may_get_something() -> None:
    scores = scores_of(100)
    scores.validation.value[:, 0] = 0.0
    low, high = coming(solve(day(4), scores), scores, 100)[0]
    assert low == 0.0
    assert 0.02 < high < 0.06


def test_more_validation_cases_promise_more() -> None:
    bound = {"minimum": 0.3, "maximum": 0.3}
    few, many = (
        np.ptp(coming(solve(day(4, AI=bound), scores), scores, 200)[-1])
        for scores in (scores_of(60), scores_of(600))
    )
    assert many < few


def test_no_coming_cases_promise_nothing() -> None:
    scores = scores_of()
    assert coming(solve(day(4), scores), scores, 0)[1].tolist() == [0.0, 1.0]


def part(cases: CaseScores, rows: np.ndarray) -> CaseScores:
    return CaseScores(
        value=cases.value[rows],
        probabilities=cases.probabilities[rows],
        ai_answer=cases.ai_answer[rows],
        case_ids=cases.case_ids[rows],
        groups={name: column[rows] for name, column in cases.groups.items()},
    )


def kept(scenario: Scenario, validation: int, n: int, splits: int) -> np.ndarray:
    """How often each agent's share of n unseen cases was where it was promised."""
    agents = len(scenario.agents)
    pool, scores = cases_of(10_000, agents, 1), scores_of(20, 20, agents)
    inside = np.zeros(agents)
    for seed in range(splits):
        rows = np.random.default_rng(seed).integers(0, len(pool), validation + n)
        split: Scores = replace(
            scores,
            validation=part(pool, rows[:validation]),
            test=part(pool, rows[validation:]),
            seed=seed,
        )
        found = solve(scenario, split)
        share = np.bincount(found.chosen, minlength=agents) / n
        ends = coming(found, split, n)
        inside += (share >= ends[:, 0] - 1e-9) & (share <= ends[:, 1] + 1e-9)
    return inside / splits


@pytest.mark.parametrize(
    ("scenario", "validation", "n", "splits"),
    [
        (day(3, AI={"minimum": 0.4, "maximum": 0.4}), 100, 80, 300),
        (
            day(
                4,
                A={"maximum": 0.3},
                B={"minimum": 0.2, "maximum": 0.3},
                C={"maximum": 0.4},
                guards=(NORTH,),
            ),
            100,
            80,
            100,
        ),
        (
            day(
                9, **{key: {"minimum": 0.1, "maximum": 0.1} for key in "ABCD"}, AI={"maximum": 0.2}
            ),
            60,
            200,
            100,
        ),
    ],
    ids=["AI bounded", "jointly with a rule", "nine agents"],
)
def test_the_promise_is_kept_in_repeated_splits(
    scenario: Scenario, validation: int, n: int, splits: int
) -> None:
    share = kept(scenario, validation, n, splits)
    # Two standard errors; 1,500 splits of the first two left 0.95 to 1.00 of them inside.
    assert (share >= 0.95 - 2 * np.sqrt(0.95 * 0.05 / splits)).all(), share


def test_the_promise_is_not_idle() -> None:
    scores = scores_of(100)
    found = solve(day(3, AI={"minimum": 0.4, "maximum": 0.4}), scores_of(100, 10, 3))
    low, high = coming(found, replace(scores, validation=cases_of(100, 3, 0)), 80)[-1]
    # Two normal standard errors both ways, and a case or two at the ends.
    assert high - low < 4 * np.sqrt(0.24 * (1 / 100 + 1 / 80)) + 2 / 80
