"""Hard prices against HiGHS on random problems and against enumeration on tiny ones."""

import itertools

import numpy as np
import pytest

from core.allocation import exact, transport
from core.allocation.prices import Prices, fit_prices
from core.allocation.problem import Problem, whole_cases
from core.allocation.routing import route

KINDS = ("equal", "coverage", "boxes")


def random_problem(
    seed: int, kind: str, cases: int, agents: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = rng.random((cases, agents)) + 0.5 * rng.random(agents)
    share = rng.multinomial(cases, rng.dirichlet(np.full(agents, 2.0))) / cases
    if kind == "equal":
        return scores, share, share
    if kind == "coverage":
        ai = np.append(np.zeros(agents - 1), share[-1])
        return scores, ai, np.append(np.ones(agents - 1), share[-1])
    lower = np.floor(share * cases * 0.6) / cases
    return scores, lower, np.minimum(np.ceil(share * cases * 1.3) / cases, 1.0)


def value(scores: np.ndarray, fitted: Prices) -> float:
    chosen = route(scores, fitted.prices, allowed=fitted.allowed, seed=0)
    return float(scores[np.arange(len(scores)), chosen].sum())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("cases", "agents"), [(60, 3), (150, 5)])
def test_total_score_is_the_best_highs_finds(cases: int, agents: int, seed: int, kind: str) -> None:
    scores, lower, upper = random_problem(seed, kind, cases, agents)
    fitted = fit_prices(scores, lower, upper)
    least, most = whole_cases(lower, upper, cases)
    best = exact.assign(Problem.single(scores, least, most))
    assert best is not None
    expected = scores[np.arange(cases), best].sum()
    assert fitted.converged
    assert fitted.violation == 0.0
    # 2e-6 per case: the jitter that splits ties may be traded against score.
    assert value(scores, fitted) == pytest.approx(expected, abs=2e-6 * cases)


@pytest.mark.parametrize("seed", range(20))
def test_total_score_is_the_best_of_all_assignments(seed: int) -> None:
    kind = KINDS[seed % 3]
    scores, lower, upper = random_problem(seed, kind, cases=6, agents=3)
    best = -np.inf
    for chosen in itertools.product(range(3), repeat=6):
        load = np.bincount(chosen, minlength=3) / 6
        if (load >= lower - 1e-9).all() and (load <= upper + 1e-9).all():
            best = max(best, scores[np.arange(6), list(chosen)].sum())
    fitted = fit_prices(scores, lower, upper)
    assert value(scores, fitted) == pytest.approx(best, abs=2e-5)
    assert fitted.violation == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_case_by_case_repair_ends_at_the_optimum(seed: int) -> None:
    scores, lower, upper = random_problem(seed, "equal", cases=80, agents=4)
    least, most = whole_cases(lower, upper, 80)
    chosen = scores.argmax(1)  # optimal for its own workloads, far from the bounds
    counts = np.bincount(chosen, minlength=4)
    excess = transport.off_by(np.zeros(4), counts, least, most)
    assert transport.repair(scores, chosen, excess, least, most, moves=80)
    best = exact.assign(Problem.single(scores, least, most))
    rows = np.arange(80)
    assert scores[rows, chosen].sum() == pytest.approx(scores[rows, best].sum(), abs=1e-9)


def test_highs_takes_over_where_annealing_leaves_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, lower, upper = random_problem(0, "equal", cases=60, agents=4)
    monkeypatch.setattr("core.allocation.prices._anneal", lambda *_: np.array([9.0, 0, 0, 0]))
    monkeypatch.setattr("core.allocation.prices._MOVES", 1)
    fitted = fit_prices(scores, lower, upper)
    assert fitted.method == "highs"
    assert fitted.violation == 0.0


def test_prices_satisfy_complementary_slackness() -> None:
    scores, lower, upper = random_problem(4, "boxes", cases=150, agents=5)
    fitted = fit_prices(scores, lower, upper)
    inside = (fitted.workloads > lower + 1e-9) & (fitted.workloads < upper - 1e-9)
    np.testing.assert_allclose(fitted.prices[inside], 0.0, atol=1e-12)
    assert (fitted.workloads[fitted.prices > 1e-9] == upper[fitted.prices > 1e-9]).all()
    assert (fitted.workloads[fitted.prices < -1e-9] == lower[fitted.prices < -1e-9]).all()
