import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, recall_score

from core.evaluation.classes import (
    correct,
    missed,
    resample_alone,
    resample_class,
    sensitivity,
    specificity,
    tally,
)
from core.evaluation.intervals import BootstrapWeights, combined_interval, wilson
from core.evaluation.team import Team, team_of
from tests.unit.results.test_measure import panel

CLASSES = ("a", "b", "c")


def parts(data: dict[str, np.ndarray]) -> tuple[Team, tuple[np.ndarray, ...]]:
    known = data["truth"], data["annotations"], data["annotated"]
    return team_of(data["chosen"], data["ai_decision"], *known), (data["chosen"], *known)


def decided(data: dict[str, np.ndarray]) -> np.ndarray:
    """What the team would be found to decide if everybody had annotated everything."""
    said = np.concatenate([data["full"], data["ai_decision"][:, None]], axis=1)
    return said[np.arange(len(said)), data["chosen"]]


def test_without_holes_it_is_the_plain_confusions() -> None:
    data = panel(rate=0.0)
    team, rest = parts(data)
    counted = tally(team, *rest, 3)
    plain = confusion_matrix(data["truth"], decided(data))
    np.testing.assert_allclose(counted.weight, plain)
    expected = recall_score(data["truth"], decided(data), average=None)
    for c in range(3):
        assert sensitivity(counted, c).share == pytest.approx(expected[c])
        against = recall_score(data["truth"] != c, decided(data) != c)
        assert specificity(counted, c).share == pytest.approx(against)
        own = int((data["truth"] == c).sum())
        assert sensitivity(counted, c).cases == own
        hits = int(plain[c, c])
        assert sensitivity(counted, c).interval == pytest.approx(wilson(hits, own))


@pytest.mark.parametrize("rate", [0.0, 0.4, 0.97])
def test_it_fits_the_teams_accuracy(rate: float) -> None:
    data = panel(rate=rate)  # at 0.97 the rule of five matters
    team, rest = parts(data)
    counted = tally(team, *rest, 3)
    assert counted.weight.sum() == pytest.approx(600)
    assert np.trace(counted.weight) / 600 == pytest.approx(team.accuracy)


def test_right_and_missed_are_shares_of_all_cases() -> None:
    data = panel(rate=0.0)
    team, rest = parts(data)
    counted, truth, said = tally(team, *rest, 3), data["truth"], decided(data)
    wrong = int(((truth == 1) & (said != 1)).sum())
    assert missed(counted, 1).share == pytest.approx(wrong / 600)
    assert missed(counted, 1).interval == pytest.approx(wilson(wrong, 600))
    assert missed(counted, 1).cases == 600
    right = int((truth == said).sum())
    assert correct(counted)[:2] == (pytest.approx(right / 600), pytest.approx(wilson(right, 600)))


def test_missing_at_random_does_not_bias_it() -> None:
    found: dict[str, list[float]] = {"sensitivity": [], "specificity": []}
    for seed in range(300):
        data = panel(cases=300, rate=0.5, seed=seed)
        # The experts are unlike each other and get unlike classes, so that weights matter.
        data["chosen"] = np.where(data["truth"] == 0, data["chosen"], data["chosen"] % 2)
        team, rest = parts(data)
        counted, whole = tally(team, *rest, 3), decided(data)
        own = data["truth"] == 0
        found["sensitivity"].append(sensitivity(counted, 0).share - (whole[own] == 0).mean())
        found["specificity"].append(specificity(counted, 0).share - (whole[~own] != 0).mean())
    for errors in found.values():
        # Four standard errors of the mean error.
        assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(300)


def test_counting_measured_cases_as_they_are_would_be_biased() -> None:
    # The first expert, often right, annotated a tenth of what the second did.
    plain, weighed = [], []
    for seed in range(60):
        data = panel(cases=600, rate=0.0, seed=seed)
        data["chosen"] %= 2
        rng = np.random.default_rng(seed)
        data["annotated"] = rng.random((600, 2)) < [0.08, 0.8]
        team, rest = parts(data)
        own = data["truth"] == 0
        whole = (decided(data)[own] == 0).mean()
        weighed.append(sensitivity(tally(team, *rest, 3), 0).share - whole)
        plain.append(team.correct[own & team.measured].mean() - whole)
    assert abs(np.mean(weighed)) < 0.02
    assert np.mean(plain) < -0.08


def test_an_agent_measured_elsewhere_counts_with_all_it_annotated() -> None:
    data = panel(rate=0.0)
    data["chosen"] = np.full(600, 2)
    data["chosen"][:4] = 0
    data["annotated"][0, 0] = False  # one of its four: three are too few to speak for them
    team, rest = parts(data)
    counted = tally(team, *rest, 3)
    ann = confusion_matrix(data["truth"][1:], data["full"][1:, 0]) * 4 / 599
    ai = confusion_matrix(data["truth"][4:], data["ai_decision"][4:])
    np.testing.assert_allclose(counted.weight, ann + ai)
    assert sensitivity(counted, 1).cases == (data["truth"][1:] == 1).sum()


def test_many_opinions_on_one_case_are_no_more_cases() -> None:
    # Forty experts with one or two cases each, none of which they annotated: all are measured on
    # the other cases.
    rng = np.random.default_rng(0)
    truth = np.arange(60) % 2
    said = np.where(rng.random((60, 40)) < 0.8, truth[:, None], 1 - truth[:, None])
    chosen = np.arange(60) % 40
    annotated = chosen[:, None] != np.arange(40)
    team = team_of(chosen, truth, truth, said, annotated)
    assert team.everywhere[:40].all()
    found = sensitivity(tally(team, chosen, truth, said, annotated, 2), 1)
    assert found.cases == 30
    low, high = found.interval or (0.0, 0.0)
    assert high - low >= np.subtract(*wilson(30 * found.share, 30)[::-1]) - 1e-9


def test_a_class_without_a_measured_case_has_no_figure() -> None:
    data = panel()
    data["truth"] = np.where(data["truth"] == 2, 1, data["truth"])
    team, rest = parts(data)
    counted = tally(team, *rest, 3)
    assert sensitivity(counted, 2) == (None, None, 0)
    assert specificity(counted, 2).share is not None


@pytest.mark.parametrize("rate", [0.3, 0.96])
def test_a_resample_is_measured_like_the_sample(rate: float) -> None:
    data = panel(cases=200, rate=rate)
    team, rest = parts(data)
    weights = BootstrapWeights(200, 30, seed=2)
    drawn = resample_class(team, *rest, 1, weights)
    for r in range(30):
        rows = np.repeat(np.arange(200), weights.counts[r].astype(int))
        again, more = parts({k: v[rows] for k, v in data.items()})
        # Who is measured elsewhere is settled by the sample, not by the resample.
        if (again.everywhere == team.everywhere).all():
            counted = tally(again, *more, 3)
            assert drawn.sensitivity[r] == pytest.approx(sensitivity(counted, 1).share)
            assert drawn.specificity[r] == pytest.approx(specificity(counted, 1).share)
            assert drawn.missed[r] == pytest.approx(missed(counted, 1).share)


def test_alone_is_the_same_as_a_team_of_one() -> None:
    data = panel(rate=0.3)
    data["chosen"] = np.ones(600, int)
    team, rest = parts(data)
    weights = BootstrapWeights(600, 20)
    expected = resample_class(team, *rest, 2, weights)
    drawn = resample_alone(data["annotations"], data["annotated"], data["truth"], 2, weights)
    np.testing.assert_allclose(drawn[1].sensitivity, expected.sensitivity)
    np.testing.assert_allclose(drawn[1].specificity, expected.specificity)


def test_the_interval_covers_as_often_as_it_says() -> None:
    # Two unlike experts, half of the annotations missing: 200 samples, about 190 hold the truth.
    hits = 0
    for seed in range(200):
        data = panel(cases=240, rate=0.5, seed=seed)
        data["chosen"] %= 2
        team, rest = parts(data)
        low, high = sensitivity(tally(team, *rest, 3), 0).interval or (0.0, 0.0)
        # What the two experts, 0.9 and 0.6, expect with the shares they were given.
        expected = float(team.workload[:2] @ [0.9, 0.6])
        hits += low <= expected <= high
    assert 180 <= hits <= 200


def test_the_interval_of_a_weighted_mean_is_its_parts_when_there_is_one() -> None:
    assert combined_interval([(0.8, 0.7, 0.9)], [0.4]) == pytest.approx((0.7, 0.9))
    assert combined_interval([], []) is None
    two = combined_interval([(0.8, 0.7, 0.9)] * 2, [1.0, 1.0])
    assert two == pytest.approx((0.8 - 0.1 / np.sqrt(2), 0.8 + 0.1 / np.sqrt(2)))


@pytest.mark.parametrize("rate", [0.0, 0.4, 0.97])
def test_an_answer_of_no_class_is_wrong_and_no_wrong_call(rate: float) -> None:
    data = panel(rate=rate)
    other = data["annotated"] & (np.random.default_rng(1).random((600, 2)) < 0.3)
    data["annotations"] = np.where(other, 4, data["annotations"])  # one of two such answers
    team, rest = parts(data)
    counted = tally(team, *rest, 3)
    assert counted.weight.shape == (3, 4)
    assert counted.weight.sum() == pytest.approx(600)
    assert np.trace(counted.weight) / 600 == pytest.approx(team.accuracy)
    assert correct(counted).share == pytest.approx(team.accuracy)
    for c in range(3):
        own, others = counted.weight[c], np.delete(counted.weight, c, axis=0)
        assert sensitivity(counted, c).share == pytest.approx(own[c] / own.sum())
        assert specificity(counted, c).share == pytest.approx(1 - others[:, c].sum() / others.sum())
        if rate < 0.9:
            # Ratios of hundreds of cases, with a standard error of about two points.
            drawn = resample_class(team, *rest, c, BootstrapWeights(cases=600, seed=0))
            found, left = sensitivity(counted, c).share, specificity(counted, c).share
            assert np.nanmean(drawn.sensitivity) == pytest.approx(found, abs=0.01)
            assert np.nanmean(drawn.specificity) == pytest.approx(left, abs=0.01)
