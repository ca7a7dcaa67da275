from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.classes import sensitivity, tally
from core.evaluation.intervals import BootstrapWeights, percentile_interval
from core.evaluation.random_deferral import random_line
from core.evaluation.team import resample, team_of
from core.scenarios.outcomes import (
    BASELINES,
    Outcome,
    ai_alone,
    as_recorded,
    equal,
    measure,
    outcome_of,
)
from core.scenarios.scores import Scores
from tests.unit.scenarios.panels import panel, solution_of, some

WEIGHTS = BootstrapWeights(600, 40, seed=3)
ON = np.ones(2, bool)


def handed(scores: Scores, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 3, len(scores.truth))


def test_a_solution_is_measured_by_the_houses_estimator() -> None:
    scores = panel()
    chosen = handed(scores)
    known = scores.truth, scores.annotations, scores.annotated
    team = team_of(chosen, scores.test.ai_answer, *known)
    found = outcome_of(solution_of(chosen), scores, WEIGHTS, 2)
    drawn = resample(team, chosen, *known, WEIGHTS).accuracy
    assert found.accuracy.value == team.accuracy
    np.testing.assert_allclose(found.replicates, drawn)
    assert found.accuracy.interval == percentile_interval(drawn)
    assert found.of_class(2).sensitivity == sensitivity(tally(team, chosen, *known, 3), 2)
    assert found.measured == pytest.approx(team.measured.mean())
    assert found.unplaced == 0


def test_a_class_asked_for_later_is_the_same_as_one_asked_for_at_once() -> None:
    scores = panel()
    solution = solution_of(handed(scores))
    at_once = outcome_of(solution, scores, WEIGHTS, 1).of_class(1)
    later = outcome_of(solution, scores, WEIGHTS).of_class(1)
    assert at_once[:3] == later[:3]
    for first, second in zip(at_once.replicates, later.replicates, strict=True):
        np.testing.assert_allclose(first, second)


def test_misses_and_what_is_found_make_up_the_class() -> None:
    scores = panel(rate=0.0)
    found = outcome_of(solution_of(handed(scores)), scores, WEIGHTS, 2).of_class(2)
    common = float((scores.truth == 2).mean())
    assert found.missed.share == pytest.approx(common * (1 - (found.sensitivity.share or 0)))
    low, high = found.missed.interval or (0.0, 0.0)
    assert low < (found.missed.share or 0) < high


@pytest.mark.parametrize("rate", [0.0, 0.4])
def test_cases_nobody_may_take_are_left_out_of_every_figure_but_one(rate: float) -> None:
    scores = panel(rate=rate)
    chosen = handed(scores)
    chosen[:60] = -1
    found = measure("so", chosen, scores, WEIGHTS, 1)
    rest = some(scores, np.arange(60, 600))
    part = measure("rest", chosen[60:], rest, BootstrapWeights(540, 5), 1)
    assert found.accuracy.value == part.accuracy.value
    assert found.of_class(1).missed == part.of_class(1).missed
    assert found.unplaced == pytest.approx(0.1)
    assert found.workload.sum() == pytest.approx(0.9)
    assert found.measured == pytest.approx(0.9 * part.measured)


@pytest.mark.parametrize("name", ["as_recorded", "equal", "ai_alone", "handed", "some"])
def test_replicates_are_the_figures_of_the_resampled_cases(name: str) -> None:
    scores = panel(cases=300, rate=0.5)
    weights = BootstrapWeights(300, 6, seed=1)

    def made(of: Scores, rows: np.ndarray, by: BootstrapWeights) -> Outcome:
        chosen = handed(scores)
        if name == "some":
            chosen[:50] = -1
        if name in ("handed", "some"):
            return measure(name, chosen[rows], of, by)
        if name == "equal":
            return equal(of, by, ON)
        return {"as_recorded": as_recorded, "ai_alone": ai_alone}[name](of, by)

    whole = made(scores, np.arange(300), weights)
    for r in range(6):
        rows = np.repeat(np.arange(300), weights.counts[r].astype(int))
        again = made(some(scores, rows), rows, BootstrapWeights(300, 2))
        assert whole.replicates[r] == pytest.approx(again.accuracy.value)
        drawn, told = whole.of_class(1).replicates, again.of_class(1)
        assert drawn.sensitivity[r] == pytest.approx(told.sensitivity.share, abs=1e-6)
        assert drawn.specificity[r] == pytest.approx(told.specificity.share, abs=1e-6)
        assert drawn.missed[r] == pytest.approx(told.missed.share, abs=1e-6)


def test_as_recorded_is_the_mean_over_who_annotated_each_case() -> None:
    scores = panel()
    right = scores.annotated & (scores.annotations == scores.truth[:, None])
    made = scores.annotated.sum(1)
    some_did = made > 0
    found = as_recorded(scores, WEIGHTS)
    expected = (right.sum(1)[some_did] / made[some_did]).mean()
    assert found.accuracy.value == pytest.approx(expected)
    assert found.measured == pytest.approx(some_did.mean())
    assert found.chosen is None
    assert found.workload.sum() == pytest.approx(1)
    assert found.workload[-1] == 0


def test_as_recorded_without_choice_is_that_hand_out() -> None:
    scores = panel(rate=0.0)
    only = np.random.default_rng(1).integers(0, 2, 600)
    scores = replace(scores, annotated=only[:, None] == np.arange(2))
    found, plain = as_recorded(scores, WEIGHTS), measure("so", only, scores, WEIGHTS)
    assert found.accuracy.value == pytest.approx(plain.accuracy.value)
    np.testing.assert_allclose(found.replicates, plain.replicates, atol=1e-6)
    np.testing.assert_allclose(found.workload, plain.workload)
    for c in range(3):
        for mine, theirs in zip(found.of_class(c)[:3], plain.of_class(c)[:3], strict=True):
            assert mine.share == pytest.approx(theirs.share)
            assert mine.interval == pytest.approx(theirs.interval)


def test_equal_is_random_deferral_to_experts_only() -> None:
    scores = panel(rate=0.7)
    found = equal(scores, WEIGHTS, ON)
    known = scores.truth, scores.annotations, scores.annotated
    line = random_line(np.ones(600), *known, ON, WEIGHTS)
    assert line is not None
    assert found.accuracy.value == pytest.approx(line[0].accuracy)
    assert found.accuracy.interval == pytest.approx(line[0].interval, abs=1e-6)
    np.testing.assert_allclose(found.workload, [0.5, 0.5, 0])


def test_equal_gives_experts_off_duty_nothing() -> None:
    scores = panel()
    found = equal(scores, WEIGHTS, np.array([False, True]))
    bob = measure("bob", np.ones(600, int), scores, WEIGHTS)
    assert found.accuracy.value == pytest.approx(bob.accuracy.value)
    assert found.of_class(0).specificity.share == pytest.approx(bob.of_class(0).specificity.share)
    np.testing.assert_allclose(found.workload, [0, 1, 0])


def test_missing_at_random_does_not_bias_the_baselines() -> None:
    errors = []
    for seed in range(60):
        scores = panel(cases=200, rate=0.5, seed=seed)
        whole = replace(scores, annotated=np.ones((200, 2), bool))
        weights = BootstrapWeights(200, 2)
        pair = [equal(one, weights, ON) for one in (scores, whole)]
        errors.append(
            [
                (pair[0].accuracy.value or 0) - (pair[1].accuracy.value or 0),
                (pair[0].of_class(0).sensitivity.share or 0)
                - (pair[1].of_class(0).sensitivity.share or 0),
            ]
        )
    # Four standard errors of the mean error.
    assert (np.abs(np.mean(errors, 0)) < 4 * np.std(errors, 0) / np.sqrt(60)).all()


def test_what_cannot_be_measured_has_no_figure() -> None:
    scores = panel()
    silent = replace(scores, annotated=scores.annotated & [True, False])
    assert equal(silent, WEIGHTS, ON).accuracy == (None, None)
    assert equal(scores, WEIGHTS, np.zeros(2, bool)).accuracy == (None, None)
    nobody = replace(scores, annotated=np.zeros((600, 2), bool))
    assert as_recorded(nobody, WEIGHTS).accuracy == (None, None)
    assert as_recorded(nobody, WEIGHTS).of_class(0).sensitivity.share is None
    none = measure("so", np.full(600, -1), scores, WEIGHTS, 0)
    assert none.accuracy == (None, None)
    assert none.unplaced == 1


def test_every_baseline_has_a_title() -> None:
    scores = panel()
    made = {as_recorded(scores, WEIGHTS).name, ai_alone(scores, WEIGHTS).name}
    assert made | {equal(scores, WEIGHTS, ON).name} == set(BASELINES)


def test_an_answer_of_no_class_counts_as_a_wrong_one_in_random_practice() -> None:
    plain = panel()
    wrong = plain.annotations != plain.truth[:, None]
    annotations = np.where(wrong & (np.arange(600) % 2 == 0)[:, None], 3, plain.annotations)
    scores = replace(plain, annotations=annotations, extra_answers=("hedge",))
    for baseline in (as_recorded, lambda *a: equal(*a, ON)):
        found, before = baseline(scores, WEIGHTS), baseline(plain, WEIGHTS)
        assert found.accuracy.value == pytest.approx(before.accuracy.value)
        assert found.accuracy.interval == pytest.approx(before.accuracy.interval)
        for c in range(3):
            one, other = found.of_class(c), before.of_class(c)
            assert one.sensitivity.share == pytest.approx(other.sensitivity.share)
            # It names no class, so it is no false alarm for any.
            assert one.specificity.share > other.specificity.share


def test_practice_is_what_people_did() -> None:
    """An AI that annotated every case, always rightly, changes neither baseline of people."""
    scores = panel(rate=0.4)
    n = len(scores.truth)
    wide = replace(
        scores,
        agents=(*scores.agents[:-1], "CAD", scores.agents[-1]),
        annotations=np.column_stack([scores.annotations, scores.truth]),
        annotated=np.column_stack([scores.annotated, np.ones(n, bool)]),
        machines=("CAD",),
    )
    for alone, beside in (
        (as_recorded(scores, WEIGHTS), as_recorded(wide, WEIGHTS)),
        (equal(scores, WEIGHTS, ON), equal(wide, WEIGHTS, np.ones(3, bool))),
    ):
        assert beside.accuracy.value == pytest.approx(alone.accuracy.value)
        assert beside.measured == pytest.approx(alone.measured)
        assert beside.workload[2:].tolist() == [0, 0]
    assert not replace(wide, machines=wide.agents[:-1]).by_people.any()
