import numpy as np
import pytest

from core.allocation import transport
from core.allocation.prices import fit_prices
from core.allocation.problem import whole_cases
from core.allocation.routing import route
from tests.benchmarks.answers import made_up_scores


def scores_of(cases: int, agents: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((cases, agents)).astype(np.float32)


def coverage(share: float, agents: int) -> tuple[np.ndarray, np.ndarray]:
    ends = np.append(np.zeros(agents - 1), share), np.append(np.ones(agents - 1), share)
    return ends


@pytest.mark.parametrize("share", [0.0, 0.1, 0.37, 0.5, 0.9, 1.0])
def test_coverage_is_met_to_within_one_case(share: float) -> None:
    fitted = fit_prices(scores_of(105, 3), *coverage(share, 3))
    assert abs(fitted.workloads[-1] - share) * 105 <= 1.0
    assert fitted.converged


def test_coverage_zero_hands_the_ai_nothing_on_unseen_cases_either() -> None:
    fitted = fit_prices(scores_of(50, 3), *coverage(0.0, 3))
    unseen = scores_of(500, 3, seed=1)
    unseen[:, -1] += 100.0
    assert not (route(unseen, fitted.prices, allowed=fitted.allowed) == 2).any()


def test_coverage_one_hands_the_ai_everything_on_unseen_cases_too() -> None:
    fitted = fit_prices(scores_of(50, 3), *coverage(1.0, 3))
    unseen = scores_of(500, 3, seed=1)
    unseen[:, -1] -= 100.0
    assert (route(unseen, fitted.prices, allowed=fitted.allowed) == 2).all()


def test_a_lone_least_workload_of_everything_masks_the_others() -> None:
    fitted = fit_prices(scores_of(20, 3), np.array([0.0, 1.0, 0.0]), np.ones(3))
    assert fitted.allowed.tolist() == [False, True, False]
    assert fitted.workloads.tolist() == [0.0, 1.0, 0.0]


def test_slack_bounds_have_no_prices() -> None:
    fitted = fit_prices(scores_of(60, 4), np.zeros(4), np.ones(4))
    np.testing.assert_array_equal(fitted.prices, 0.0)
    assert fitted.violation == 0.0


def test_equality_bounds_report_the_ai_at_zero() -> None:
    share = np.array([0.2, 0.3, 0.1, 0.4])
    fitted = fit_prices(scores_of(100, 4), share, share)
    assert fitted.prices[-1] == 0.0
    np.testing.assert_allclose(fitted.workloads, share)


@pytest.mark.parametrize(
    "share",
    [
        # Of 105 cases 10.5 four times: two of these agents go up, two go down.
        (0.2, 0.1, 0.1, 0.1, 0.1, 0.4),
        # 25.2 once and 13.3 six times: nobody is owed half a case, and two go up.
        (*(13.3 / 105,) * 6, 25.2 / 105),
    ],
)
def test_equality_bounds_that_are_no_whole_cases_report_the_ai_at_zero_too(
    share: tuple[float, ...],
) -> None:
    wanted = np.array(share)
    fitted = fit_prices(scores_of(105, len(share)), wanted, wanted)
    assert fitted.prices[-1] == 0.0
    assert np.abs(fitted.prices).max() < 1.0  # scores are shares
    assert fitted.converged


def test_greatest_workloads_that_leave_no_room_have_the_smallest_prices() -> None:
    upper = np.array([0.2, 0.3, 0.1, 0.4])
    fitted = fit_prices(scores_of(100, 4), np.zeros(4), upper)
    assert fitted.prices.min() == pytest.approx(0.0)
    assert fitted.prices.max() < 1.0


def test_free_experts_have_no_price() -> None:
    fitted = fit_prices(scores_of(100, 4), *coverage(0.6, 4))
    np.testing.assert_array_equal(fitted.prices[:-1], 0.0)
    assert fitted.prices[-1] < 0


@pytest.mark.parametrize("cases", [40, 1000])
def test_agents_with_equal_scores_share_the_cases_as_bounded(cases: int) -> None:
    tied = np.full((cases, 4), 0.7, np.float32)
    share = np.array([0.1, 0.2, 0.3, 0.4])
    fitted = fit_prices(tied, share, share)
    np.testing.assert_allclose(fitted.workloads, share, atol=1 / cases)


def test_ties_split_on_unseen_cases_as_they_did_on_those_fitted() -> None:
    share = np.array([0.3, 0.2, 0.5])
    fitted = fit_prices(np.full((1000, 3), 0.7), share, share, seed=0)
    chosen = route(np.full((4000, 3), 0.7), fitted.prices, seed=5)
    # Four standard errors of fitting on 1,000 and measuring on 4,000.
    np.testing.assert_allclose(np.bincount(chosen, minlength=3) / 4000, share, atol=0.07)


def test_constant_scores_per_agent_can_still_be_bounded() -> None:
    constant = np.tile(np.array([0.9, 0.8, 0.6], np.float32), (300, 1))
    share = np.array([0.5, 0.3, 0.2])
    fitted = fit_prices(constant, share, share)
    np.testing.assert_allclose(fitted.workloads, share, atol=1 / 300)


def test_masked_scores_get_nothing() -> None:
    scores = scores_of(80, 4)
    scores[:, 1] = -np.inf
    allowed = np.array([True, False, True, True])
    lower, upper = np.zeros(4), np.array([1.0, 1.0, 0.1, 0.5])
    fitted = fit_prices(scores, lower, upper, allowed=allowed)
    assert fitted.workloads[1] == 0.0
    assert fitted.converged
    assert np.isfinite(fitted.prices).all()


def test_cases_some_agents_cannot_take_go_to_others() -> None:
    scores = scores_of(90, 3).astype(np.float64)
    scores[:30, 0] = -np.inf
    share = np.full(3, 1 / 3)
    fitted = fit_prices(scores, share, share)
    chosen = route(scores, fitted.prices, allowed=fitted.allowed)
    assert fitted.violation == pytest.approx(0.0)
    assert not (chosen[:30] == 0).any()


def test_prices_of_nearby_bounds_are_only_a_start() -> None:
    scores = scores_of(400, 5)
    first, second = np.array([0.2] * 5), np.array([0.1, 0.3, 0.15, 0.25, 0.2])
    cold = fit_prices(scores, second, second)
    warm = fit_prices(scores, second, second, start=fit_prices(scores, first, first).prices)
    far = fit_prices(scores, second, second, start=np.array([5.0, -3.0, 2.0, 0.0, 1.0]))
    np.testing.assert_allclose(warm.prices, cold.prices, atol=1e-9)
    np.testing.assert_allclose(far.prices, cold.prices, atol=1e-9)


def test_a_start_that_is_no_neighbour_leaves_no_more_to_move_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scores = made_up_scores().validation.value
    lower, upper = np.full(9, 0.02), np.full(9, 0.1)
    lower[-1], upper[-1] = 0.0, 1.0
    first = fit_prices(scores, lower, upper)
    lower[-1] = upper[-1] = 0.3
    moved: list[int] = []
    repair = transport.repair

    def counting(*args: np.ndarray, moves: int) -> bool:
        moved.append(int(np.abs(args[2]).sum()))
        return repair(*args, moves=moves)

    monkeypatch.setattr(transport, "repair", counting)
    fit_prices(scores, lower, upper, start=first.prices)
    assert moved
    assert moved[0] <= 9 + 60_000 // len(scores)


def test_the_same_seed_gives_the_same_prices() -> None:
    tied = np.round(scores_of(200, 3), 1)
    share = np.array([0.3, 0.3, 0.4])
    first, second = (fit_prices(tied, share, share, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.prices, second.prices)


def test_hundreds_of_agents_are_priced() -> None:
    agents, cases = 101, 300
    share = np.append(np.full(100, 0.6 / 100), 0.4)
    fitted = fit_prices(scores_of(cases, agents), share, share)
    # 1.8 cases each: one or two are within a case of it.
    assert (np.abs(fitted.workloads - share) * cases <= 1.0 + 1e-9).all()


@pytest.mark.parametrize("cases", [1, 7, 105, 300])
@pytest.mark.parametrize("share", [(1 / 3, 1 / 3, 1 / 3), (0.25, 0.35, 0.4), (0.0, 0.005, 0.995)])
def test_whole_cases_stay_within_one_of_equal_shares_and_can_be_met(
    cases: int, share: tuple[float, ...]
) -> None:
    wanted = np.array(share)
    least, most = whole_cases(wanted, wanted, cases)
    assert least.sum() <= cases <= most.sum()
    assert (np.abs(np.stack([least, most]) - wanted * cases) <= 1.0).all()


def test_no_cases_give_no_workloads() -> None:
    fitted = fit_prices(np.zeros((0, 3)), *coverage(0.5, 3))
    np.testing.assert_array_equal(fitted.prices, 0.0)


def test_prices_meet_the_target_on_unseen_cases_on_average() -> None:
    errors = []
    for seed in range(40):
        fitted = fit_prices(scores_of(200, 3, seed), *coverage(0.4, 3))
        chosen = route(scores_of(400, 3, seed + 1000), fitted.prices, allowed=fitted.allowed)
        errors.append((chosen == 2).mean() - 0.4)
    # Two standard errors of a mean over 40 fits on 200 and measurements on 400 cases.
    assert abs(np.mean(errors)) < 2 * np.sqrt(0.24 * (1 / 200 + 1 / 400) / 40) + 0.005
