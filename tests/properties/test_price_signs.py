"""No price contradicts the bounds by its sign, and no reason says what the bounds do not."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from core.allocation.prices import fit_prices
from core.allocation.problem import whole_cases
from core.allocation.routing import highest, jittered
from core.scenarios.explain import explain
from core.scenarios.scores import Scores
from core.scenarios.settings import Scenario
from core.scenarios.solution import solve
from tests.unit.scenarios.panels import panel

CASES, AGENTS = 60, 3


@st.composite
def bounds(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Feasible bounds of three agents; many of them bind or fix every workload."""
    share = draw(st.lists(st.integers(0, 10), min_size=AGENTS, max_size=AGENTS))
    share = [1, 0, 0] if not sum(share) else share
    middle = np.array(share) / sum(share)
    slack = draw(
        st.lists(st.sampled_from([0.0, 0.1, 1.0]), min_size=2 * AGENTS, max_size=2 * AGENTS)
    )
    low = np.clip(middle - slack[:AGENTS], 0.0, 1.0)
    return low, np.clip(middle + slack[AGENTS:], 0.0, 1.0)


def best_total(scores: np.ndarray, least: np.ndarray, most: np.ndarray) -> float:
    """The most total score under bounds in whole cases, by HiGHS."""
    n, k = scores.shape
    rows = np.kron(np.eye(n), np.ones(k))
    load = np.kron(np.ones(n), np.eye(k))
    found = linprog(
        -scores.ravel(), A_eq=rows, b_eq=np.ones(n), A_ub=np.vstack([load, -load]),
        b_ub=np.concatenate([most, -least]), bounds=(0, 1), method="highs",
    )  # fmt: skip
    assert found.status == 0
    return float(-found.fun)


@given(limits=bounds(), seed=st.integers(0, 10_000))
def test_signs_follow_the_bounds_and_choices_are_the_best(
    limits: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    low, up = limits
    scores = np.random.default_rng(seed).random((CASES, AGENTS)) + np.array([0.0, 0.1, 0.3])
    found = fit_prices(scores, low, up, seed=seed)
    least, most = whole_cases(low, up, CASES)
    on = found.allowed
    assert found.consistent
    assert (found.prices[on & (least <= 0)] >= -1e-9).all()  # no minimum: never a bonus
    assert (found.prices[on & (most >= CASES)] <= 1e-9).all()  # no maximum: never a burden
    noisy = jittered(scores, allowed=on, seed=seed)
    chosen = highest(noisy, found.prices)
    counts = np.bincount(chosen, minlength=AGENTS)
    assert (counts[on] >= least[on] - 1).all()
    assert (counts <= most + 1).all()
    if (counts >= least).all() and (counts <= most).all():
        total = scores[np.arange(CASES), chosen].sum()
        # Who may get nothing by its share gets nothing, also where rounding leaves a case.
        assert total >= best_total(scores[:, on], least[on], most[on]) - CASES * 1e-5


@given(limits=bounds(), seed=st.integers(0, 10_000))
def test_the_ai_s_price_is_as_near_to_nothing_as_the_signs_let_it_be(
    limits: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    low, up = limits
    scores = np.random.default_rng(seed).random((CASES, AGENTS)) + np.array([0.0, 0.1, 0.3])
    found = fit_prices(scores, low, up, seed=seed)
    if not found.allowed.all() or abs(found.prices[-1]) < 1e-9:
        return
    # Any step towards 0 of all prices together breaks a sign or leaves what the counts allow.
    least, most = whole_cases(low, up, CASES)
    counts = np.rint(found.workloads * CASES).astype(int)
    step = -np.sign(found.prices[-1]) * min(abs(found.prices[-1]), 1e-3)
    moved = found.prices + step
    burdened = (counts < most) | (most >= CASES)
    lifted = (counts > least) | (least <= 0)
    assert (moved[burdened] > 1e-12).any() or (moved[lifted] < -1e-12).any()


def explained(scores: Scores, low: np.ndarray, up: np.ndarray, fatigue: float | None) -> list[str]:
    scenario = Scenario.usual(scores.agents, fatigue=fatigue)
    for name, least, most in zip(scores.agents, low, up, strict=True):
        scenario = scenario.with_terms(name, minimum=float(least), maximum=float(most))
    if fatigue is not None:
        scenario = scenario.with_terms("ann", comfortable=10.0)
    solution = solve(scenario, scores)
    found = explain(solution, scores.test, scores.classes, solution.chosen)
    return found.reasons(range(len(scores.test)))


@given(limits=bounds(), seed=st.integers(0, 50), fatigue=st.sampled_from([None, 5.0]))
def test_no_reason_names_a_bound_that_is_not_there(
    limits: tuple[np.ndarray, np.ndarray], seed: int, fatigue: float | None
) -> None:
    low, up = limits
    scores = panel(CASES, seed=seed)
    for line in explained(scores, low, up, fatigue):
        for name, least, most in zip(("ann", "bob", "the AI"), low, up, strict=True):
            if least <= 0:
                assert f"for {name} to reach its minimum" not in line
            if most >= 1 and fatigue is None:
                whose = "the AI's" if name == "the AI" else f"{name}'s"
                assert f"price of {whose} time" not in line
