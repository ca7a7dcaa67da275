"""Accuracy and deferral rate per group of cases, and whether they differ beyond chance."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from core.scenarios.figure import Figure

Verdict = Literal["differ", "not distinguishable", "too few"]


class GroupTest(NamedTuple):
    """Whether a share is the same in all groups of a column (Pearson's chi-square).

    Attributes:
      p: chance of groups this unlike each other if they were alike, adjusted for how many tests
        this answer makes (Holm 1979); None without a test.
      verdict: `differ` (beyond chance, p < 0.05), `not distinguishable`, or `too few` where
        fewer than two groups are large enough to be tested.
      left_out: groups too small to be tested (fewer than five expected on one side).
    """

    p: float | None
    verdict: Verdict
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One group.

    Attributes:
      value: the group's text.
      cases: test cases in it that somebody takes.
      measured_cases: of those, how many decisions could be scored.
      accuracy: of the team on its cases. deferral: share of its cases that experts decide.
    """

    value: str
    cases: int
    measured_cases: int
    accuracy: Figure
    deferral: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupColumn:
    """One way to group the cases.

    Attributes:
      name: of the group column.
      rows: a group each, the largest first.
      unshown: groups beyond the most that get a row; they are in neither test.
      accuracy: whether it differs between the groups. deferral: the same.
    """

    name: str
    rows: tuple[GroupRow, ...]
    unshown: int
    accuracy: GroupTest
    deferral: GroupTest
