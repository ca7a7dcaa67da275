"""Means over seeds are no surer than the cases and no surer than the seeds."""

import numpy as np
import pytest

from core.evaluation.intervals import fitted_interval, wilson
from core.results.figure import Figure
from core.results.models import Cases
from core.results.over_seeds import ai_alone, mean_workload, over_seeds, wider


def test_each_end_is_the_wider_of_the_two() -> None:
    # t(0.975, 1) = 12.706: over seeds 0.5 ± 0.0635; over cases 0.38 to 0.53.
    mean, ends = wider([0.495, 0.505], [(0.38, 0.53), (0.38, 0.53)])
    assert mean == pytest.approx(0.5)
    assert ends == pytest.approx((0.38, 0.5 + 12.7062 * 0.005), abs=1e-4)


def test_one_seed_has_the_interval_of_its_cases() -> None:
    assert wider([0.4], [(0.3, 0.6)]) == (0.4, (0.3, 0.6))
    assert wider([0.4], [None]) == (0.4, None)


def test_seeds_without_a_figure_are_left_out_and_shares_stay_shares() -> None:
    found = over_seeds([Figure(0.9, (0.8, 1.0)), Figure(None, None), Figure(0.7, (0.6, 0.8))])
    assert found.value == pytest.approx(0.8)
    assert found.interval == (0.0, 1.0)  # two seeds that far apart say nothing
    assert over_seeds([Figure(None, None)]) == (None, None)


def test_seeds_that_agree_are_no_surer_than_their_cases() -> None:
    assert ai_alone([0.75, 0.75], 40).interval == pytest.approx(wilson(30, 40))


def test_a_workload_counts_the_cases_that_prices_were_fitted_to() -> None:
    cases = Cases(train=100, validation=50, test=200)
    assert mean_workload([0.3], cases, "value").interval == fitted_interval(0.3, 50, 200)
    assert mean_workload([0.3], cases, "gate").interval == fitted_interval(0.3, 0, 200)
    spread = mean_workload([0.1, 0.5], cases, "value").interval
    assert spread is not None
    assert np.ptp(spread) > np.ptp(fitted_interval(0.3, 50, 200))


def test_a_workload_of_patients_counts_as_few_cases_of_both_splits() -> None:
    cases = Cases(train=100, validation=50, test=200, patients=40)
    found = mean_workload([0.3], cases, "value", [80.0]).interval
    assert found == pytest.approx(fitted_interval(0.3, 20, 80))
    assert mean_workload([0.3], cases, "value", [None]).interval == fitted_interval(0.3, 50, 200)
