from typing import NamedTuple

import numpy as np
import pytest

from core.evaluation.curves import Summary, auc_cac, summarise
from core.evaluation.team import Replicates


def test_a_flat_curve_has_its_height() -> None:
    assert auc_cac([0.3, 0.7], [0.8, 0.8]) == pytest.approx(80.0)


def test_the_curve_is_extended_flat_to_both_ends() -> None:
    # 0.2 at 0.6, a rise over 0.5 to 0.9, then 0.3 at 0.9.
    assert auc_cac([0.7, 0.2], [0.9, 0.6]) == pytest.approx(100 * (0.12 + 0.375 + 0.27))


def test_equal_coverages_are_averaged() -> None:
    expected = auc_cac([0.0, 0.5, 1.0], [0.6, 0.7, 0.9])
    assert auc_cac([0.5, 0.0, 1.0, 0.5], [0.6, 0.6, 0.9, 0.8]) == pytest.approx(expected)


def test_the_order_of_points_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random(9), rng.random(9)
    order = rng.permutation(9)
    assert auc_cac(list(x), list(y)) == pytest.approx(auc_cac(list(x[order]), list(y[order])))


def test_points_without_accuracy_are_left_out() -> None:
    assert auc_cac([0.1, 0.5, 0.9], [0.7, None, 0.7]) == pytest.approx(70.0)


def test_no_measured_point_has_no_area() -> None:
    assert auc_cac([0.1], [None]) is None
    assert auc_cac([], []) is None


class Entry(NamedTuple):
    """A point's place on its curve."""

    rule: str
    seed: int
    coverage: float
    accuracy: float | None


def test_several_seeds_are_summarised_by_student_t() -> None:
    points = [Entry("value", s, c, 0.7 + 0.01 * s) for s in range(3) for c in (0.0, 1.0)]
    found = summarise(points, [0, 1, 2])["value"]
    assert found.per_seed == pytest.approx([70.0, 71.0, 72.0])
    assert found.mean == pytest.approx(71.0)
    # t(2) = 4.303 at 97.5 %, standard error 1/√3.
    assert found.interval == pytest.approx([71 - 4.3027 / 3**0.5, 71 + 4.3027 / 3**0.5], abs=1e-3)


def test_one_seed_has_a_bootstrap_interval() -> None:
    points = [Entry("gate", 0, c, 0.8) for c in (0.0, 0.5, 1.0)]
    rng = np.random.default_rng(0)
    drawn = rng.normal(0.8, 0.01, 1000)
    replicates = [Replicates(np.full(1000, p.coverage), drawn) for p in points]
    found = summarise(points, [0], replicates)["gate"]
    assert found.mean == pytest.approx(80.0)
    expected = 100 * np.quantile(drawn, [0.025, 0.975])
    assert found.interval == pytest.approx(list(expected))


def test_one_seed_without_replicates_has_no_interval() -> None:
    assert summarise([Entry("gate", 0, 0.5, 0.8)], [0])["gate"].interval is None


def test_only_rules_that_were_run_are_reported() -> None:
    assert set(summarise([Entry("value", 0, 0.5, 0.8)], [0])) == {"value"}


def test_an_unmeasured_curve_is_none_and_not_nan() -> None:
    assert summarise([Entry("value", 0, 0.5, None)], [0])["value"] == Summary(None, None, (None,))


def test_an_interval_over_seeds_stays_an_area() -> None:
    points = [Entry("value", s, 0.5, 0.5 + 0.4 * s) for s in range(2)]
    assert summarise(points, [0, 1])["value"].interval == (0.0, 100.0)
