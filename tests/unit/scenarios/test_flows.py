from typing import Any

import numpy as np
import pytest

from core.evaluation.intervals import BootstrapWeights
from core.scenarios.answer import Answer, answer
from core.scenarios.flows import flows
from core.scenarios.outcomes import Outcome, ai_alone, as_recorded, equal, measure
from core.scenarios.scores import Scores
from tests.unit.scenarios.panels import panel, solution_of

WEIGHTS = BootstrapWeights(600, 20)
CHOSEN = np.random.default_rng(5).integers(-1, 3, 600)  # of two experts and the AI; some nobody


@pytest.fixture(autouse=True)
def predicted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of an answer that flows do not need."""
    path = "core.scenarios.answer"
    monkeypatch.setattr(f"{path}.coming", lambda solution, scores, n: np.zeros((3, 2)))
    monkeypatch.setattr(f"{path}.capacity_worth", lambda solution, scores: np.zeros(3))


def against(scores: Scores, baseline: Outcome) -> Answer:
    more: dict[str, Any] = {"baseline": baseline, "class_index": 0}
    return answer(solution_of(CHOSEN), scores, WEIGHTS, **more)


def test_cases_of_another_assignment_are_counted() -> None:
    scores = panel()
    before = np.random.default_rng(6).integers(-1, 3, 600)
    found = flows(against(scores, measure("before", before, scores, WEIGHTS)))
    expected = np.zeros((4, 4))
    np.add.at(expected, (before, CHOSEN), 1)  # -1 is the last: nobody
    np.testing.assert_array_equal(found, expected)


def test_all_cases_leave_the_ai_alone() -> None:
    scores = panel()
    found = flows(against(scores, ai_alone(scores, WEIGHTS)))
    assert not found[[0, 1, 3]].any()
    np.testing.assert_array_equal(found[2], np.bincount(CHOSEN % 4, minlength=4))


def test_a_recorded_case_is_shared_by_its_annotators() -> None:
    scores = panel()
    found = flows(against(scores, as_recorded(scores, WEIGHTS)))
    expected = np.zeros((4, 4))
    for case, to in enumerate(CHOSEN):
        made = np.flatnonzero(scores.annotated[case])
        for expert in made:
            expected[expert, to] += 1 / len(made)
        if not len(made):
            expected[-1, to] += 1
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_equal_shares_come_from_everybody_on_duty_alike() -> None:
    scores = panel()
    found = flows(against(scores, equal(scores, WEIGHTS, np.array([True, False]))))
    assert not found[1:].any()
    np.testing.assert_allclose(found.sum(), 600)
