import math

import pytest

from core.evaluation.intervals import BootstrapWeights, wilson
from core.scenarios.answer import Answer, answer
from core.scenarios.caps import cap_days
from core.scenarios.outcomes import ai_alone
from core.scenarios.promise import coming
from core.scenarios.settings import Scenario
from core.scenarios.solution import solve
from tests.unit.scenarios.synthetic import day, scores_of

WEIGHTS = BootstrapWeights(cases=400, resamples=20)


def answered(scenario: Scenario, coming_cases: int | None = None) -> Answer:
    scores = scores_of(100)
    return answer(
        solve(scenario, scores),
        scores,
        WEIGHTS,
        baseline=ai_alone(scores, WEIGHTS),
        class_index=0,
        coming_cases=coming_cases,
    )


def test_nobody_is_named_who_has_no_maximum() -> None:
    assert cap_days(answered(day(4))) == ()
    off = {"on_duty": False, "maximum": 0.3}
    assert cap_days(answered(day(4, A=off, B={"maximum": 0.0}, C={"minimum": 0.2}))) == ()


def test_the_average_is_of_unseen_cases_and_the_range_of_a_days() -> None:
    asked = day(4, cases_per_day=200, unit="cases", C={"maximum": 60})
    found = answered(asked, coming_cases=7)  # the view's number is another matter
    (row,) = cap_days(found)
    c = found.agents[2]
    assert (row.name, row.maximum, row.exactly) == ("expert C", pytest.approx(60), False)
    assert row.mean == c.share * 200 != pytest.approx(60)
    tests = len(found.solution.chosen)
    average = [200 * end for end in wilson(c.share * tests, tests)]
    assert row.mean_interval == pytest.approx(average)
    low, high = 200 * coming(found.solution, scores_of(100), 200)[2]
    # A day's range holds the average's: the two rest on other samples and could contradict.
    assert row.low == math.floor(min(low + 1e-6, average[0]))
    assert row.high == math.ceil(max(high - 1e-6, average[1]))
    assert row.low < 60 < row.high
    assert row.above == pytest.approx(row.high - 60)


def test_those_that_end_highest_above_come_first() -> None:
    rows = cap_days(answered(day(4, B={"maximum": 0.9}, C={"maximum": 0.3}, AI={"maximum": 0.3})))
    assert [row.above for row in rows] == sorted((row.above for row in rows), reverse=True)
    assert {row.name for row in rows} == {"expert B", "expert C", "AI"}
    assert rows[-1].name == "expert B"
    assert rows[-1].above < 0


def test_an_exact_share_is_called_so() -> None:
    (row,) = cap_days(answered(day(4, AI={"minimum": 0.25, "maximum": 0.25})))
    assert row.exactly
    assert row.maximum == 50
