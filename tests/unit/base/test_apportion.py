"""Whole numbers for what adds up to a total."""

import numpy as np
import pytest

from core.base.apportion import equal_amount, equal_amounts, in_proportion, largest_remainders


@pytest.mark.parametrize(
    ("exact", "total", "expected"),
    [
        ([1.2, 2.7, 3.1], 7, [1, 3, 3]),
        ([0.5, 0.5, 1.0], 2, [1, 0, 1]),
        ([0.0, 0.0], 0, [0, 0]),
        ([2.0, 1.0], 3, [2, 1]),
    ],
)
def test_the_largest_remainders_are_rounded_up(
    exact: list[float], total: int, expected: list[int]
) -> None:
    assert largest_remainders(np.array(exact), total).tolist() == expected


def test_who_has_no_room_is_passed_over() -> None:
    found = largest_remainders(np.array([0.9, 0.8, 0.3]), 2, np.array([0, 5, 5]))
    assert found.tolist() == [0, 1, 1]


def test_without_room_the_total_is_missed() -> None:
    assert largest_remainders(np.array([0.9, 0.9]), 2, np.array([0, 0])).tolist() == [0, 0]


@pytest.mark.parametrize("seed", range(20))
def test_shares_of_a_total_are_less_than_one_off(seed: int) -> None:
    rng = np.random.default_rng(seed)
    total = int(rng.integers(0, 100))
    exact = rng.dirichlet(np.ones(int(rng.integers(1, 9)))) * total
    found = largest_remainders(exact, total)
    assert found.sum() == total
    assert (np.abs(found - exact) < 1).all()


@pytest.mark.parametrize(
    ("units", "room", "expected"),
    [
        (6, [5, 5, 5], [2, 2, 2]),
        (7, [1, 5, 5], [1, 3, 3]),
        (8, [1, 5, 5], [1, 4, 3]),
        (99, [1, 2], [1, 2]),
        (0, [4], [0]),
    ],
)
def test_amounts_are_equal_as_far_as_there_is_room(
    units: int, room: list[int], expected: list[int]
) -> None:
    assert equal_amounts(units, np.array(room, float)).tolist() == expected


@pytest.mark.parametrize(
    ("counts", "total", "expected"),
    [([1, 1, 2], 8, [2, 2, 4]), ([3, 0, 0], 5, [5, 0, 0]), ([0, 0], 4, [2, 2])],
)
def test_proportions_are_kept_and_nobody_comes_in(
    counts: list[int], total: int, expected: list[int]
) -> None:
    assert in_proportion(counts, total) == expected


@pytest.mark.parametrize("seed", range(20))
def test_an_equal_amount_adds_up_to_the_total_and_whole_ones_are_next_to_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    room = rng.integers(0, 9, 6)
    total = int(rng.integers(0, room.sum() + 1))
    level = equal_amount(total, room.astype(float))
    assert np.minimum(room, level).sum() == pytest.approx(total)
    given = equal_amounts(total, room.astype(float))
    assert given.sum() == total
    assert (np.abs(given - np.minimum(room, level)) < 1 + 1e-9).all()


def test_there_is_no_more_than_all_room() -> None:
    assert equal_amount(9.0, np.array([1.0, 2.0])) == 2.0
    assert equal_amount(1.0, np.zeros(0)) == 0.0
