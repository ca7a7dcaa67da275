"""What is said about a data set before training, against scikit-learn, textbooks and simulation."""

import dataclasses
from itertools import combinations, permutations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from core.base.clusters import mean_interval, share_interval
from core.base.shares import wilson, wilson_of
from core.dataset.annotation_set import AnnotationSet, Split
from core.insight.calibration import BINS, calibration
from core.insight.drift import drift
from core.insight.how_many import Share, cases_for, half_width, measured, needed, wanted
from core.insight.overall import overall
from core.insight.reads import Marks, in_common


def made(table: np.ndarray, classes: int, truth: np.ndarray | None = None) -> AnnotationSet:
    """A set of cases × experts; −1 is missing."""
    n, m = table.shape
    return AnnotationSet(
        name="made",
        case_ids=np.array([f"c{i}" for i in range(n)]),
        split=np.full(n, Split.TEST, np.int8),
        inputs=None,
        truth=np.zeros(n, np.int32) if truth is None else truth.astype(np.int32),
        annotations=np.maximum(table, 0).astype(np.int32),
        annotated=table >= 0,
        classes=tuple(f"k{c}" for c in range(classes)),
        experts=tuple(f"e{i}" for i in range(m)),
    )


@pytest.mark.parametrize("density", [0.02, 0.9])
def test_common_rows_are_those_of_brute_force(density: float) -> None:
    rng = np.random.default_rng(0)
    one, other = rng.random((2, 300, 40)) < density
    marks = [Marks(*np.nonzero(table)) for table in (one, other)]
    np.testing.assert_array_equal(in_common(*marks, 40), one.T.astype(int) @ other.astype(int))


def test_many_intervals_at_once_are_wilsons() -> None:
    shares, cases = np.array([0.0, 0.3, 1.0, 0.5, np.nan]), np.array([10.0, 7.5, 3.0, 0.0, 4.0])
    low, high = wilson_of(shares, cases)
    for s, n, a, b in zip(shares[:4], cases, low, high, strict=False):
        assert (a, b) == pytest.approx(wilson(s * n, n), abs=1e-15)
    assert np.isnan([low[4], high[4]]).all()


def test_fleiss_kappa_is_that_of_the_textbook() -> None:
    # Ten subjects, fourteen raters, five categories: kappa 0.210 (Fleiss 1971's form).
    counts = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    found = overall(made(np.array([np.repeat(range(5), row) for row in counts]), 5))
    assert found.measure == "fleiss"
    assert found.value == pytest.approx(0.210, abs=5e-4)


def test_krippendorffs_alpha_is_that_of_the_textbook() -> None:
    # Krippendorff (2011), section C: four observers, twelve units, missing data.
    rows = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
    table = np.array([[-1 if c == "." else int(c) - 1 for c in row] for row in rows]).T
    found = overall(made(table, 5))
    assert found.measure == "krippendorff"
    assert found.value == pytest.approx(0.743, abs=5e-4)


def by_pairs(table: np.ndarray) -> float:
    """Alpha by listing every pair of values of a unit, weighted by 1/(m − 1)."""
    together: dict[tuple[int, int], float] = {}
    for row in table:
        given = row[row >= 0]
        for i, j in permutations(range(len(given)), 2):
            pair = int(given[i]), int(given[j])
            together[pair] = together.get(pair, 0.0) + 1 / (len(given) - 1)
    n = sum(together.values())
    of = {c: sum(v for (a, _), v in together.items() if a == c) for c, _ in together}
    observed = sum(v for (a, b), v in together.items() if a != b) / n
    expected = sum(2 * of[a] * of[b] for a, b in combinations(of, 2)) / (n * (n - 1))
    return 1 - observed / expected


def test_alpha_with_many_missing_is_that_of_brute_force() -> None:
    rng = np.random.default_rng(4)
    table = rng.integers(0, 4, (60, 9))
    table[rng.random(table.shape) < 0.7] = -1
    assert overall(made(table, 4)).value == pytest.approx(by_pairs(table), abs=1e-12)


def readers(rng: np.random.Generator, whose: np.ndarray, missing: float) -> np.ndarray:
    """Answers of five readers; those of a patient's cases are all easy or all hard."""
    easy = rng.random(whose.max() + 1) < 0.5
    truth = rng.integers(0, 2, len(whose))
    right = rng.random((len(whose), 5)) < np.where(easy[whose], 0.95, 0.65)[:, None]
    table = np.where(right, truth[:, None], 1 - truth[:, None])
    table[rng.random(table.shape) < missing] = -1
    return table


@pytest.mark.parametrize(("missing", "each"), [(0.0, 1), (0.5, 1), (0.4, 4)])
def test_the_interval_of_alpha_covers_in_95_of_100_draws(missing: float, each: int) -> None:
    rng = np.random.default_rng(1)
    large = overall(made(readers(rng, np.arange(200_000), missing), 2)).value
    whose = np.repeat(np.arange(60), each)
    hits = []
    for _ in range(400):
        data = made(readers(rng, whose, missing), 2)
        patients = np.array([f"p{k}" for k in whose])
        found = overall(dataclasses.replace(data, groups={"group_patient": patients}))
        assert found.low is not None
        assert found.high is not None
        assert large is not None
        hits.append(found.low <= large <= found.high)
    # 400 draws of 95 %: two standard errors are 2.2 points.
    assert 0.925 <= np.mean(hits) <= 0.985


def test_full_agreement_is_not_certain() -> None:
    found = overall(made(np.repeat([[0], [1]] * 10, 3, axis=1), 2))
    assert found.value == 1
    assert found.low is not None
    assert 0.5 < found.low < 0.8


def scored(n: int, seed: int, power: float = 1.0) -> AnnotationSet:
    """A set with an AI; its odds are to the power of what they should be."""
    rng = np.random.default_rng(seed)
    p = rng.beta(1.2, 1.2, n)
    truth = (rng.random(n) < p).astype(int)
    odds = (p / (1 - p)) ** power
    given = np.column_stack([1 / (1 + odds), odds / (1 + odds)]).astype(np.float32)
    data = made(np.zeros((n, 1), int), 2, truth)
    return dataclasses.replace(data, ai_probabilities=given)


def test_the_reliability_curve_and_the_brier_score_are_those_of_scikit_learn() -> None:
    data = scored(1000, 0)
    found = calibration(data, 1)
    assert data.ai_probabilities is not None
    given = data.ai_probabilities[:, 1].astype(float)
    happened, predicted = calibration_curve(data.truth, given, n_bins=BINS, strategy="quantile")
    assert found.bins["predicted"].tolist() == pytest.approx(predicted.tolist())
    assert found.bins["happened"].tolist() == pytest.approx(happened.tolist())
    assert found.brier.value == pytest.approx(brier_score_loss(data.truth, given))
    gaps = np.abs(happened - predicted) * found.bins["cases"]
    assert found.ece == pytest.approx(gaps.sum() / 1000)


def test_a_calibrated_ai_is_seldom_called_anything_else() -> None:
    found = [calibration(scored(300, seed)) for seed in range(200)]
    assert 0.01 <= np.mean([c.ece > c.by_chance for c in found]) <= 0.10
    assert 0.91 <= np.mean([c.excess.low <= 0 <= c.excess.high for c in found]) <= 0.985
    assert calibration(scored(2000, 0, power=3.0)).excess.low > 0.02
    assert calibration(scored(2000, 0, power=0.3)).excess.high < -0.02


def test_means_over_clusters_cover() -> None:
    rng = np.random.default_rng(0)
    whose = np.repeat(np.arange(25), 6)
    hits = []
    for _ in range(600):
        values = rng.normal(size=25)[whose] + rng.normal(size=len(whose))
        hits.append((m := mean_interval(values, whose)).low <= 0 <= m.high)
    assert 0.93 <= np.mean(hits) <= 0.975


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.83, 1.0])
@pytest.mark.parametrize("half", [0.01, 0.05, 0.2, 0.5])
def test_the_number_needed_is_the_smallest_that_is_enough(share: float, half: float) -> None:
    n = cases_for(share, half)
    assert half_width(share, n) <= half + 1e-12
    if n:
        assert half_width(share, n - 1) > half


@pytest.mark.parametrize(("each", "correlation"), [(1, 0.0), (5, 0.4)])
def test_so_many_cases_do_give_the_wanted_width(each: int, correlation: float) -> None:
    rng = np.random.default_rng(2)
    design = 1 + (each - 1) * correlation
    need = needed(Share(0.8, 40, design), 0.06)
    whose = np.repeat(np.arange(-(-need.cases // each)), each)
    widths = []
    for _ in range(200):
        chance = np.full(whose.max() + 1, 0.8)
        if correlation:
            scale = 1 / correlation - 1
            chance = rng.beta(0.8 * scale, 0.2 * scale, len(chance))
        right = rng.random(len(whose)) < chance[whose]
        ends = share_interval(right, np.ones(len(whose), bool), whose if each > 1 else None)
        widths.append((ends[1] - ends[0]) / 2)
    # The observed share and correlation differ from draw to draw; few patients add a little (t).
    assert np.mean(widths) == pytest.approx(0.06, rel=0.06)
    assert need.more == need.cases - 40


def test_positives_are_turned_into_cases_to_read() -> None:
    rng = np.random.default_rng(0)
    truth = (np.arange(1000) < 50).astype(int)
    table = np.where(rng.random((1000, 2)) < 0.8, truth[:, None], 1 - truth[:, None])
    table[truth == 1] = [[1, -1]] * 20 + [[0, -1]] * 10 + [[-1, -1]] * 20
    found = wanted(made(table, 2, truth), 0.1, label=1)
    need = cases_for(2 / 3, 0.1)
    assert found.cases.tolist() == [30, 0]
    assert found.needed[0] == need
    assert found.more[0] == need - 30
    assert found.unread.tolist() == [20, 50]
    assert found.to_read[0] == 20 * (need - 30)  # one case in twenty is positive
    assert np.isnan(found.share[1])


def test_a_team_is_measured_on_test_cases_with_a_design_effect_by_patient() -> None:
    rng = np.random.default_rng(0)
    whose = np.repeat(np.arange(200), 4)
    bad = rng.random(200) < 0.3
    right = ~np.repeat(bad, 4)
    data = made(np.where(right, 0, 1)[:, None], 2)
    assert measured(data).design == 1
    by_patient = dataclasses.replace(data, groups={"group_patient": whose.astype(str)})
    assert measured(by_patient).design == pytest.approx(4, rel=0.05)  # all or none of a patient
    assert measured(data).share == pytest.approx(right.mean())


def dated(n: int, slope: float, seed: int) -> AnnotationSet:
    rng = np.random.default_rng(seed)
    days = rng.integers(0, 4 * 365, n)
    right = rng.random((n, 3)) < 0.7 + slope * (days[:, None] / 365.25 - 2)
    right &= rng.random((n, 1)) < 0.95  # hard cases: the annotations of a case are alike
    data = made(np.where(right, 0, 1), 2)
    dates = (np.datetime64("2020-01-01") + days).astype(str)
    return dataclasses.replace(data, groups={"group_site": np.full(n, "x"), "group_date": dates})


def test_a_trend_is_found_with_an_interval_that_covers() -> None:
    found = [drift(dated(400, 0.03, seed)) for seed in range(200)]
    trends = [d.trend for d in found if d is not None and d.trend is not None]
    assert len(trends) == 200
    true = 0.03 * 0.95
    assert np.mean([t.value for t in trends]) == pytest.approx(true, abs=0.003)
    assert 0.91 <= np.mean([t.low <= true <= t.high for t in trends]) <= 0.985
    assert found[0] is not None
    assert found[0].period == "quarter"
    assert found[0].table["cases"].sum() == 400
    assert found[0].column == "group_date"
