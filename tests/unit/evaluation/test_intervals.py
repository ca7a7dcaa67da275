import numpy as np
import pytest
from scipy import stats

from core.evaluation.intervals import (
    BootstrapWeights,
    paired_difference,
    percentile_interval,
    student_t,
    wilson,
)


@pytest.mark.parametrize(("right", "cases"), [(0, 10), (3, 10), (10, 10), (731, 1000)])
def test_wilson_is_scipys(right: int, cases: int) -> None:
    expected = stats.binomtest(right, cases).proportion_ci(0.95, method="wilson")
    assert wilson(right, cases) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_of_nothing_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_student_t_is_scipys() -> None:
    values = [0.71, 0.74, 0.69, 0.73, 0.75]
    low, high = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    assert student_t(values) == pytest.approx((np.mean(values), low, high))


def test_one_value_has_no_interval() -> None:
    assert student_t([0.7]) == (0.7, None, None)


def test_every_resample_draws_as_many_cases_as_there_are() -> None:
    weights = BootstrapWeights(cases=37, resamples=50, seed=1)
    np.testing.assert_array_equal(weights.counts.sum(1), 37)


def test_weights_depend_on_the_seed_only() -> None:
    first, same, other = (BootstrapWeights(30, 20, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.counts, same.counts)
    assert (first.counts != other.counts).any()


def test_bootstrap_error_of_a_mean_is_the_textbook_one() -> None:
    rng = np.random.default_rng(0)
    values = rng.random(500)
    weights = BootstrapWeights(500, 2000)
    means = weights.totals(values[:, None])[:, 0] / 500
    # 2,000 resamples know a standard error to about 2 %; 8 % is four times that.
    assert means.std() == pytest.approx(values.std() / np.sqrt(500), rel=0.08)


def test_an_interval_ignores_resamples_that_could_not_be_measured() -> None:
    values = np.append(np.linspace(0, 1, 101), np.nan)
    assert percentile_interval(values) == pytest.approx((0.025, 0.975))


def test_no_measured_resample_gives_no_interval() -> None:
    assert percentile_interval(np.full(10, np.nan)) is None


def test_a_clear_difference_is_distinguishable() -> None:
    rng = np.random.default_rng(0)
    weights = BootstrapWeights(400)
    good, poor = rng.random(400) < 0.9, rng.random(400) < 0.7
    drawn = weights.totals(np.stack([good, poor], axis=1)) / 400
    found = paired_difference(good.mean(), poor.mean(), drawn[:, 0], drawn[:, 1])
    assert found is not None
    assert found.distinguishable
    assert found.interval[0] < found.difference < found.interval[1]


def test_pairing_tells_apart_what_two_intervals_cannot() -> None:
    rng = np.random.default_rng(0)
    weights = BootstrapWeights(400)
    one = rng.random(400) < 0.8
    other = one.copy()
    other[np.flatnonzero(~one)[:12]] = True  # right wherever the first is, and 12 times more
    drawn = weights.totals(np.stack([one, other], axis=1)) / 400
    found = paired_difference(other.mean(), one.mean(), drawn[:, 1], drawn[:, 0])
    assert found is not None
    assert found.distinguishable
    first, second = percentile_interval(drawn[:, 0]), percentile_interval(drawn[:, 1])
    assert first is not None
    assert second is not None
    assert first[1] > second[0]


def test_no_difference_is_not_distinguishable() -> None:
    same = np.random.default_rng(0).random(100)
    found = paired_difference(0.5, 0.5, same, same)
    assert found is not None
    assert not found.distinguishable


def test_a_figure_that_was_not_measured_has_no_difference() -> None:
    assert paired_difference(None, 0.5, np.full(9, np.nan), np.zeros(9)) is None


def test_cells_are_the_totals_of_one_column_each() -> None:
    rng = np.random.default_rng(0)
    weights, cell = BootstrapWeights(300, 20), rng.integers(-1, 7, 300)
    columns = cell[:, None] == np.arange(7)
    np.testing.assert_array_equal(weights.cells(cell, 7), weights.totals(columns))


@pytest.mark.parametrize("count", [1, 40_000])
def test_cells_may_be_empty_or_many(count: int) -> None:
    found = BootstrapWeights(50, 3).cells(np.full(50, count - 1), count)
    assert found.shape == (3, count)
    assert found.sum(1).tolist() == [50, 50, 50]
    assert BootstrapWeights(50, 3).cells(np.full(50, -1), count).sum() == 0


def test_some_cases_keep_their_draws() -> None:
    weights, rows = BootstrapWeights(100, 8), np.array([70, 3, 12])
    part = weights.among(rows)
    np.testing.assert_array_equal(part.totals(np.eye(3)), weights.counts[:, rows])
    np.testing.assert_array_equal(part.cells(np.arange(3), 3), weights.counts[:, rows])
