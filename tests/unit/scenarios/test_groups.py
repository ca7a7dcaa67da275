import numpy as np
import pytest
from scipy.stats import chi2_contingency

from core.evaluation.classes import correct, tally
from core.evaluation.intervals import BootstrapWeights, wilson
from core.evaluation.team import team_of
from core.scenarios.groups import GroupTest, alike, group_columns, holm
from core.scenarios.outcomes import measure
from tests.unit.scenarios.panels import panel

WEIGHTS = BootstrapWeights(600, 4)


def test_the_test_is_pearsons() -> None:
    part, of = np.array([30, 50, 45]), np.array([100, 90, 110])
    expected = chi2_contingency([part, of - part], correction=False)
    assert alike(part, of).p == pytest.approx(expected.pvalue)


def test_small_groups_are_left_out() -> None:
    part, of = np.array([30, 3, 50, 45]), np.array([100, 5, 90, 110])
    whole, rest = alike(part, of), alike(np.delete(part, 1), np.delete(of, 1))
    assert whole == rest._replace(left_out=1)


@pytest.mark.parametrize(
    ("part", "of"), [([3, 1], [6, 4]), ([0, 0], [90, 90]), ([4], [20]), ([], []), ([0, 0], [0, 0])]
)
def test_where_five_are_not_expected_nothing_is_said(part: list[int], of: list[int]) -> None:
    assert alike(np.array(part, int), np.array(of, int)) == GroupTest(None, "too few", len(of))


def test_one_group_alone_is_not_tested() -> None:
    assert alike(np.array([9]), np.array([20])) == GroupTest(None, "too few", 0)


def test_holm_multiplies_the_smallest_most() -> None:
    assert holm([0.01, None, 0.04, 0.03]) == [pytest.approx(0.03), None, *[pytest.approx(0.06)] * 2]
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([None]) == [None]


def test_a_group_is_measured_like_the_whole() -> None:
    sites = np.where(np.arange(600) < 400, "north", "south")
    scores = panel(groups={"site": sites})
    chosen = np.random.default_rng(0).integers(0, 3, 600)
    (column,) = group_columns(scores, measure("so", chosen, scores, WEIGHTS))
    assert [row.value for row in column.rows] == ["north", "south"]
    assert [row.cases for row in column.rows] == [400, 200]
    for row in column.rows:
        rows = sites == row.value
        known = scores.truth[rows], scores.annotations[rows], scores.annotated[rows]
        team = team_of(chosen[rows], scores.test.ai_answer[rows], *known)
        assert row.accuracy.value == pytest.approx(team.accuracy)
        assert row.accuracy.interval == correct(tally(team, chosen[rows], *known, 3)).interval
        assert row.measured_cases == team.measured.sum()
        human = int((chosen[rows] < 2).sum())
        assert row.deferral == (human / row.cases, wilson(human, row.cases))


def test_what_differs_is_told_and_what_does_not_is_not() -> None:
    rng = np.random.default_rng(4)
    scores = panel(groups={"site": rng.choice(["a", "b"], 600), "kind": np.repeat(["x", "y"], 300)})
    chosen = np.where(np.arange(600) < 300, 2, 0)  # kind x to the AI, y to the best expert
    columns = {c.name: c for c in group_columns(scores, measure("so", chosen, scores, WEIGHTS))}
    assert columns["kind"].deferral.verdict == "differ"
    assert columns["kind"].accuracy.verdict == "differ"
    assert columns["site"].deferral.verdict == "not distinguishable"
    assert columns["site"].accuracy.verdict == "not distinguishable"


def test_groups_alike_are_called_different_at_most_one_time_in_twenty() -> None:
    wrong = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        groups = {name: rng.choice(["a", "b", "c"], 300) for name in ("one", "two")}
        scores = panel(cases=300, rate=0.2, seed=seed, groups=groups)
        chosen = rng.integers(0, 3, 300)
        found = group_columns(scores, measure("so", chosen, scores, BootstrapWeights(300, 1)))
        wrong += any("differ" in (c.accuracy.verdict, c.deferral.verdict) for c in found)
    # 5 are expected at most; 11 have a chance below 1 in 100.
    assert wrong <= 11


def test_cases_nobody_takes_are_in_no_group() -> None:
    scores = panel(groups={"site": np.repeat(["a", "b"], 300)})
    chosen = np.r_[np.full(300, -1), np.full(300, 2)]
    (column,) = group_columns(scores, measure("so", chosen, scores, WEIGHTS))
    assert [row.cases for row in column.rows] == [0, 300]
    assert column.rows[0].accuracy == (None, None)
    assert column.rows[0].deferral == (None, None)


def test_fifty_groups_are_shown() -> None:
    scores = panel(groups={"reader": np.array([f"r{i % 60:02d}" for i in range(600)])})
    (column,) = group_columns(scores, measure("so", np.full(600, 2), scores, WEIGHTS))
    assert len(column.rows) == 50
    assert column.unshown == 10
