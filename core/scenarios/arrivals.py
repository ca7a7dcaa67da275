r"""Simulated days on which cases arrive one at a time and every agent has a maximum.

A case goes to its preferred agent among those with room left; where no agent that may take it has
room, it waits: it is not decided that day and does not come back.

Which agents have room when a case arrives depends only on the cases before it. So the chance that
test case i goes to agent k, were it to arrive at a random moment of a simulated day, is known
exactly for that day (`chances`): the share of the day during which every agent that i prefers to k
is full and k is not. Averaged over days this has the same mean as counting where the drawn cases
went, with less noise, and every test case has a value whether drawn or not (Rao–Blackwell).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

_BLOCK = 2_000_000  # numbers held at once

Draw = Callable[[int], Int[np.ndarray, "D g"]]


class Days(NamedTuple):
    """Simulated days.

    Attributes:
      load: cases per day and agent.
      filled: arrivals of the day before the agent was full: 0 without any room; all of the day's
        for an agent with room to the end.
      waiting: cases that found no agent with room.
      size: cases that arrive in a day.
    """

    load: Int[np.ndarray, "D K"]
    filled: Int[np.ndarray, "D K"]
    waiting: Int[np.ndarray, " D"]
    size: int


def preferences(
    net: Float[np.ndarray, "K n"], capped: Bool[np.ndarray, " K"]
) -> Int[np.ndarray, "n J"]:
    """The agents of each case, the one with the highest score first, then −1.

    No agent is listed after one without a maximum: a case never gets that far.

    Args:
      net: scores less prices, −inf for agents that may not take the case.
      capped: agents whose room is limited.

    Returns:
      Indices of agents; every row ends with at least one −1.
    """
    order = np.argsort(-net, axis=0, kind="stable").T
    able = np.isfinite(np.take_along_axis(net.T, order, axis=1))
    final = ~capped[order]
    able[:, 1:] &= final.cumsum(1)[:, :-1] == 0
    order = np.where(able, order, -1)
    longest = int(able.sum(1).max(initial=0))
    return np.concatenate([order[:, :longest], np.full((len(order), 1), -1)], axis=1)


def simulate(
    order: Int[np.ndarray, "n J"],
    room: Int[np.ndarray, " K"],
    size: int,
    draw: Draw,
    days: int,
) -> Days:
    """Simulates days, all at once.

    No agent can fill up before as many arrivals as the smallest room left, so that many cases are
    assigned in one step; at worst one case per day at a time.

    Args:
      order: each test case's agents, the preferred first (`preferences`).
      room: most cases a day per agent; more than `size` for no limit.
      size: cases that arrive in a day.
      draw: positions of the test cases that arrive next, so many of each day.
      days: how many.
    """
    agents, day = len(room), np.arange(days)[:, None]
    left = np.repeat(np.asarray(room)[None], days, axis=0)
    # The last column is for waiting cases, without a limit; index −1 selects it.
    is_open = np.concatenate([left > 0, np.ones((days, 1), bool)], axis=1)
    filled = np.where(left > 0, size, 0)
    waiting = np.zeros(days, int)
    past = 0
    while past < size:
        minimum = np.where(is_open[:, :-1], left, size).min(initial=size)
        step = int(min(minimum, size - past, max(_BLOCK // days, 1)))
        taker = _takers(order, draw(step), is_open)
        cell = day * (agents + 1) + taker % (agents + 1)
        got = np.bincount(cell.ravel(), minlength=days * (agents + 1)).reshape(days, agents + 1)
        waiting += got[:, -1]
        left -= got[:, :-1]
        past += step
        full = is_open[:, :-1] & (left <= 0)
        filled[full] = past
        is_open[:, :-1] &= ~full
    return Days(np.asarray(room) - left, filled, waiting, size)


def _takers(
    order: Int[np.ndarray, "n J"],
    rows: Int[np.ndarray, "D g"],
    is_open: Bool[np.ndarray, "D K+1"],
) -> Int[np.ndarray, "D g"]:
    """The agent of each arriving case, −1 where it waits."""
    taker = order[rows, 0]
    day, place = np.nonzero(~np.take_along_axis(is_open, taker, axis=1))
    for rank in range(1, order.shape[1]):
        if not len(day):
            break
        next_one = order[rows[day, place], rank]
        taker[day, place] = next_one
        again = ~is_open[day, next_one]
        day, place = day[again], place[again]
    return taker


def chances(
    order: Int[np.ndarray, "n J"], filled: Int[np.ndarray, "D K"], size: int
) -> Float[np.ndarray, "n J"]:
    """The chance that each test case goes to each agent of its row of `order`.

    Args:
      order: each test case's agents; −1 stands for waiting.
      filled: of some days (`Days.filled`).
      size: cases that arrive in a day.

    Returns:
      Mean over the days and over the moments of a day; rows sum to one.
    """
    cases, ranks = order.shape
    total = np.zeros((cases, ranks))
    until = np.concatenate([filled, np.full((len(filled), 1), size)], axis=1)
    block = max(_BLOCK // max(cases, 1), 1)
    for start in range(0, len(until), block):
        part = until[start : start + block]
        past = np.zeros((len(part), cases), until.dtype)
        for rank in range(ranks):
            reached = np.maximum(past, part[:, order[:, rank]])
            total[:, rank] += (reached - past).sum(0)
            past = reached
    return total / (len(until) * size)
