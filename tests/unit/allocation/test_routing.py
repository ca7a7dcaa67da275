import numpy as np

from core.allocation.routing import route


def test_the_highest_score_takes_the_case() -> None:
    assert route(np.array([[0.1, 0.7, 0.2], [0.5, 0.1, 0.4]]), None).tolist() == [1, 0]


def test_a_price_is_taken_off_the_score() -> None:
    scores = np.array([[0.5, 0.6]])
    assert route(scores, np.array([0.0, 0.2])).tolist() == [0]


def test_agents_that_are_not_allowed_get_nothing() -> None:
    allowed = np.array([True, False])
    assert route(np.array([[0.0, 9.0]]), None, allowed=allowed).tolist() == [0]


def test_equal_scores_split_evenly() -> None:
    chosen = route(np.zeros((4000, 2)), None, seed=1)
    assert 0.45 < (chosen == 0).mean() < 0.55


def test_ties_split_the_same_way_for_the_same_seed() -> None:
    tied = np.zeros((50, 3), np.float32)
    np.testing.assert_array_equal(route(tied, None, seed=4), route(tied, None, seed=4))


def test_differences_larger_than_rounding_are_never_jittered_away() -> None:
    scores = np.tile([0.5, 0.50001], (1000, 1))
    assert (route(scores, None) == 1).all()


def test_masked_scores_are_never_chosen() -> None:
    scores = np.array([[-np.inf, -200.0], [np.nan, -300.0]])
    assert route(scores, None).tolist() == [1, 1]


def test_cases_without_any_score_go_to_allowed_agents_alone() -> None:
    allowed = np.array([False, True, True])
    chosen = route(np.full((200, 3), np.nan), None, allowed=allowed)
    assert set(chosen.tolist()) == {1, 2}
