"""Statistics of comparisons, against SciPy and published worked examples."""

import numpy as np
import pytest
from scipy import stats

from core.bench.paired_tests import holm, paired_t
from core.bench.ranks import friedman

# Demšar 2006, Table 6: AUC of C4.5 with and without two kinds of tuning, on 14 data sets. The last
# two figures of the last row but one are both printed as 0.975, and ranked 2 and 3.
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)


def test_ranks_and_critical_difference_are_demsars() -> None:
    ranks, chi2, p, critical = friedman(DEMSAR)
    # Printed with three decimals, and two.
    assert ranks == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    assert critical == pytest.approx(1.25, abs=5e-3)
    # The paper's χ² of 9.28 is not corrected for ties, SciPy's is.
    n, k = DEMSAR.shape
    plain = 12 * n / (k * (k + 1)) * (np.sum(ranks**2) - k * (k + 1) ** 2 / 4)
    assert plain == pytest.approx(9.28, abs=0.02)
    assert chi2 is not None
    assert chi2 >= plain
    assert p == pytest.approx(stats.chi2.sf(chi2, k - 1))


# Demšar 2006, Table 5 (a): q of the two-sided Nemenyi test at 5 %.
@pytest.mark.parametrize(("k", "q"), [(3, 2.343), (4, 2.569), (5, 2.728), (10, 3.164)])
def test_critical_values_are_those_of_the_table(k: int, q: float) -> None:
    rng = np.random.default_rng(k)
    *_, critical = friedman(rng.random((6, k)))
    assert critical is not None
    assert critical / np.sqrt(k * (k + 1) / 36) == pytest.approx(q, abs=1.1e-3)


def test_holm_is_as_in_a_worked_example() -> None:
    # Four p values in mixed order; by hand: 0.01·4, 0.02·3, 0.03·2, 0.04 → 0.04, 0.06, 0.06, 0.06.
    assert holm([0.03, 0.01, 0.04, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_holm_rejects_what_stepping_down_rejects() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        p = rng.random(7) ** 3
        rejected = np.zeros(7, bool)
        for step, i in enumerate(np.argsort(p)):
            if p[i] > 0.05 / (7 - step):
                break
            rejected[i] = True
        assert (np.array(holm(p)) <= 0.05).tolist() == rejected.tolist()


def test_paired_t_is_scipys() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(80, 2, 5), rng.normal(79, 2, 5)
    mean, interval, p = paired_t(list(zip(first, second, strict=True)))
    known = stats.ttest_rel(first, second)
    assert mean == pytest.approx(np.mean(first - second))
    assert p == pytest.approx(known.pvalue)
    assert interval == pytest.approx(tuple(known.confidence_interval(0.95)))


@pytest.mark.parametrize(
    ("pairs", "p"),
    [
        ([], None),
        ([(1.0, 2.0)], None),
        ([(1.0, 1.0), (2.0, 2.0)], 1.0),
        ([(3.0, 1.0), (4.0, 2.0)], 0.0),
    ],
    ids=["none", "one", "equal", "all differ alike"],
)
def test_pairs_without_spread(pairs: list[tuple[float, float]], p: float | None) -> None:
    assert paired_t(pairs)[2] == p


@pytest.mark.parametrize("shape", [(1, 4), (5, 2), (0, 0)])
def test_too_few_sets_or_methods_give_no_critical_difference(shape: tuple[int, int]) -> None:
    ranks, *rest = friedman(np.random.default_rng(0).random(shape))
    assert len(ranks) == shape[1]
    assert rest == [None, None, None]


def test_methods_that_tie_everywhere_are_not_distinguishable() -> None:
    ranks, chi2, p, _ = friedman(np.ones((5, 3)))
    assert ranks.tolist() == [2.0, 2.0, 2.0]
    assert (chi2, p) == (0.0, 1.0)
