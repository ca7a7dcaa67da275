import numpy as np
import pytest

from core.encoding.fitting import _quantiles, fit_numbers


@pytest.mark.parametrize("cases", [2, 3, 4, 7, 20, 21, 100, 211])
def test_quantiles_and_medians_are_numpys_to_the_last_bit(cases: int) -> None:
    rng = np.random.default_rng(cases)
    values = rng.normal(size=(cases, 40)) * 10.0 ** rng.integers(-6, 6, 40)
    values[:, ::3] = np.round(values[:, ::3])
    missing = rng.random(values.shape) < 0.3
    missing[:2] = False
    at = (0.05, 0.25, 0.5, 0.75, 0.95)
    fitted = fit_numbers(values, missing)
    found = np.array(_quantiles(fitted.ordered, fitted.known, at))
    for j in range(40):
        known = values[~missing[:, j], j]
        assert found[:, j].tolist() == np.quantile(known, at).tolist()
        assert fitted.median[j] == np.median(known)
        assert fitted.known[j] == len(known)


def test_a_column_without_a_number_is_known_as_such() -> None:
    values, missing = np.array([[np.nan, 1.0], [np.nan, 2.0]]), np.array([[True, False]] * 2)
    fitted = fit_numbers(values, missing)
    assert fitted.known.tolist() == [0, 2]
    assert fitted.varies.tolist() == [False, True]
    assert fitted.indicator.tolist() == [True, False]


def test_no_train_case_at_all() -> None:
    fitted = fit_numbers(np.zeros((0, 2)), np.zeros((0, 2), bool))
    assert fitted.known.tolist() == [0, 0]
    assert not fitted.varies.any()
