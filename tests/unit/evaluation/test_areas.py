from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.areas import Area, between_rules, cases_key, compare
from core.evaluation.curves import areas, resampled_areas, summarise
from core.evaluation.intervals import BootstrapWeights, student_t
from core.evaluation.team import Replicates
from tests.unit.evaluation.test_curves import Entry
from tests.unit.training.problems import tiny_set


def slow_area(x: np.ndarray, y: np.ndarray) -> float:
    """The area of one curve, tie by tie."""
    at = sorted({float(c) for c, a in zip(x, y, strict=True) if np.isfinite(c + a)})
    if not at:
        return float("nan")
    mean = [float(np.mean([a for c, a in zip(x, y, strict=True) if c == v])) for v in at]
    xs, ys = [0.0, *at, 1.0], [mean[0], *mean, mean[-1]]
    return 100 * sum((xs[i + 1] - xs[i]) * (ys[i + 1] + ys[i]) / 2 for i in range(len(xs) - 1))


def test_many_areas_at_once_are_those_of_one_after_another() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 6, (40, 9)) / 5  # many ties
    y = rng.random((40, 9))
    y[rng.random((40, 9)) < 0.2] = np.nan
    y[7] = np.nan
    expected = [slow_area(a[np.isfinite(b)], b[np.isfinite(b)]) for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(areas(x, y), expected)


def drawn(seed: int, *, shift: float = 0.0, seeds: int = 1, cases: str = "c") -> Area:
    """An area whose replicates share the cases' luck with every other of the same seed."""
    luck = np.random.default_rng(0).normal(0, 1.0, 1000)
    noise = np.random.default_rng(seed)
    own = [float(noise.normal(80 + shift, 0.2)) for _ in range(seeds)]
    replicates = np.stack([a + luck + noise.normal(0, 0.1, 1000) for a in own])
    _, low, high = student_t(own)
    interval = (low, high) if low is not None and high is not None else (own[0] - 2, own[0] + 2)
    return Area(tuple(own), tuple(range(seeds)), interval, replicates, cases)


@pytest.mark.parametrize("seeds", [1, 3])
def test_a_run_against_itself_is_exactly_nothing(seeds: int) -> None:
    area = drawn(1, seeds=seeds)
    found = compare(area, area)
    assert found is not None
    assert (found.difference, found.interval) == (0.0, (0.0, 0.0))
    assert not found.distinguishable


def test_pairing_finds_a_shift_that_the_two_intervals_hide() -> None:
    first, second = drawn(1, shift=1.0), drawn(2)
    found = compare(first, second)
    assert found is not None
    assert found.distinguishable
    assert found.by_cases
    alone = compare(first, replace(second, test_cases="others"))
    assert alone is not None
    assert not alone.distinguishable
    assert not alone.by_cases
    assert alone.difference == found.difference


def test_the_order_only_changes_the_sign() -> None:
    there, back = compare(drawn(1, seeds=3), drawn(2)), compare(drawn(2), drawn(1, seeds=3))
    assert there is not None
    assert back is not None
    assert there.interval is not None
    assert back.interval == pytest.approx((-there.interval[1], -there.interval[0]))
    assert back.difference == -there.difference


def test_the_interval_spans_cases_and_seeds() -> None:
    first, second = drawn(1, seeds=4), drawn(2, seeds=4)
    found = compare(first, second)
    assert found is not None
    assert found.interval is not None
    assert found.by_cases
    assert found.by_seeds
    _, low, high = student_t(np.subtract(first.known, second.known))
    assert first.replicates is not None
    assert second.replicates is not None
    over_cases = np.quantile(first.replicates.mean(0) - second.replicates.mean(0), [0.025, 0.975])
    assert found.interval == pytest.approx((min(low, over_cases[0]), max(high, over_cases[1])))


def test_other_seeds_are_not_paired_but_cases_still_are() -> None:
    second = replace(drawn(2, seeds=3), seeds=(7, 8, 9))
    found = compare(drawn(1, seeds=3), second)
    assert found is not None
    assert (found.by_cases, found.by_seeds) == (True, False)


def test_without_replicates_several_seeds_still_pair() -> None:
    first, second = (replace(drawn(s, seeds=3), replicates=None) for s in (1, 2))
    found = compare(first, second)
    assert found is not None
    assert (found.by_cases, found.by_seeds) == (False, True)


def test_an_area_without_a_measure_is_compared_with_nothing() -> None:
    assert compare(Area((None,), (0,)), drawn(1)) is None


def test_the_interval_holds_what_is_true_nineteen_times_in_twenty() -> None:
    """300 small studies of two ways to decide whose true areas differ by 4 points."""
    rng, cases, hits = np.random.default_rng(3), 200, 0
    weights = BootstrapWeights(cases, resamples=300)
    for _ in range(300):
        common = rng.random(cases)  # cases that are hard for one are hard for the other
        right = np.stack([common < 0.80, common + rng.normal(0, 0.02, cases) < 0.76], axis=1)
        totals = 100 * weights.totals(right) / cases
        own = 100 * right.mean(0)
        first, second = (
            Area((float(own[k]),), (0,), None, totals[None, :, k], "c") for k in (0, 1)
        )
        found = compare(first, second)
        assert found is not None
        assert found.interval is not None
        hits += found.interval[0] <= 4.0 <= found.interval[1]
    assert 0.90 <= hits / 300 <= 0.99


def test_rules_of_a_run_are_compared_both_ways() -> None:
    rng = np.random.default_rng(0)
    points, replicates = [], []
    for rule, height in (("gate", 0.7), ("value", 0.8)):
        for seed in (0, 1):
            for c in (0.0, 0.5, 1.0):
                points.append(Entry(rule, seed, c, height))
                replicates.append(Replicates(np.full(50, c), height + rng.normal(0, 0.01, 50)))
    summary = summarise(points, [0, 1], replicates)
    found = between_rules(summary, [0, 1], resampled_areas(points, [0, 1], replicates))
    assert found["value"]["gate"].difference == pytest.approx(10.0)
    assert found["value"]["gate"].distinguishable
    assert found["gate"]["value"].difference == pytest.approx(-10.0)


def test_test_cases_are_known_again_whatever_happened_in_train() -> None:
    data = tiny_set(cases=60)
    train = np.flatnonzero(data.split == 0)
    annotated = data.annotated.copy()
    annotated[train[:5]] = False
    assert cases_key(replace(data, annotated=annotated)) == cases_key(data)
    truth = data.truth.copy()
    truth[np.flatnonzero(data.split == 2)[0]] ^= 1
    assert cases_key(replace(data, truth=truth)) != cases_key(data)
