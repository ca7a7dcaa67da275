"""The scores of one trained model: all that is needed to answer a scenario."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from core.dataset.patients import clusters


class Grouping(NamedTuple):
    """The cases by the values of a group column.

    Attributes:
      values: its values, the most frequent first. code: index of each case's value in them.
    """

    values: tuple[str, ...]
    code: Int[np.ndarray, " n"]


@dataclass(frozen=True, eq=False, kw_only=True)
class CaseScores:
    """Scores of some cases; nothing here depends on their ground truth.

    Attributes:
      value: v_n(x), expected correctness per agent, the AI last, shares in [0, 1].
      probabilities: the AI's calibrated p(c | x).
      ai_answer: class the AI decides.
      case_ids: text ids.
      groups: text per case for each group column.
      outside: names of the columns by which each case lies outside the range of training, none for
        cases within it; None where that is not known.
      people_only: whether cases outside the range go to people only.
      ais: positions of the agents that are no people.
    """

    value: Float[np.ndarray, "n K"]
    probabilities: Float[np.ndarray, "n C"]
    ai_answer: Int[np.ndarray, " n"]
    case_ids: np.ndarray
    groups: Mapping[str, np.ndarray] = field(default_factory=dict)
    outside: tuple[tuple[str, ...], ...] | None = None
    people_only: bool = False
    ais: tuple[int, ...] = (-1,)

    def __len__(self) -> int:
        return len(self.value)

    @cached_property
    def within(self) -> Bool[np.ndarray, " n"]:
        """Which cases are not known to lie outside the range of training."""
        if self.outside is None:
            return np.ones(len(self), bool)
        return np.array([not columns for columns in self.outside], bool)

    @cached_property
    def may(self) -> Bool[np.ndarray, "n K"]:
        """Which agents may take which case, before any scenario."""
        may = np.ones(np.shape(self.value), bool)
        if self.people_only:
            may[np.ix_(~self.within, np.array(self.ais))] = False
        return may

    @property
    def kept_words(self) -> str:
        """Why the AI may not take some cases, for a refusal; empty where it may take all."""
        count = int((~self.within).sum()) if self.people_only else 0
        if not count:
            return ""
        return (
            f"{count:,} of {len(self):,} cases lie outside the range of training and go to people "
            "only: check their cells, put more people on duty, or let the AI take them"
        )

    @cached_property
    def groupings(self) -> Mapping[str, Grouping]:
        """`groups` as codes, cached: sorting text takes longer than answering a scenario."""
        found = {}
        for column, texts in self.groups.items():
            values, code, cases = np.unique(
                np.asarray(texts, str), return_inverse=True, return_counts=True
            )
            order = np.argsort(-cases, kind="stable")
            rank = np.argsort(order).astype(np.min_scalar_type(-len(order)))
            found[column] = Grouping(tuple(map(str, values[order])), rank[code])
        return found


@dataclass(frozen=True, eq=False, kw_only=True)
class Scores:
    """A trained model of one seed on its validation cases (prices) and test cases (figures).

    Attributes:
      agents: names, the AI last. classes: names.
      validation: cases that prices are fitted on.
      test: cases that figures are measured on.
      truth: class per test case.
      annotations: answer per test case and expert, meaningful where `annotated`.
      annotated: whether the expert annotated the test case.
      test_index: indices of the test cases in the data set.
      seed: of the model, and of the jitter that splits ties.
      extra_answers: of experts, no classes and so always wrong.
      machines: experts that are AIs.
    """

    agents: tuple[str, ...]
    classes: tuple[str, ...]
    validation: CaseScores
    test: CaseScores
    truth: Int[np.ndarray, " n"]
    annotations: Shaped[np.ndarray, "n M"]
    annotated: Bool[np.ndarray, "n M"]
    test_index: Int[np.ndarray, " n"]
    seed: int
    extra_answers: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()

    @property
    def by_people(self) -> Bool[np.ndarray, "n M"]:
        """`annotated`, without the answers of AIs."""
        return self.annotated & np.array([a not in self.machines for a in self.agents[:-1]], bool)

    @property
    def answers(self) -> tuple[str, ...]:
        """What an expert may answer: the classes, then the answers that no truth has."""
        return self.classes + self.extra_answers

    @cached_property
    def patients(self) -> Int[np.ndarray, " n"] | None:
        """Number of the patient of each test case; None where none are known."""
        return clusters(self.test.groups)

    @cached_property
    def fresh(self) -> Float[np.ndarray, " K"]:
        """Each agent's accuracy when rested: mean expected correctness on the validation cases."""
        value = np.nan_to_num(np.asarray(self.validation.value, float))
        return value.mean(0) if len(value) else np.zeros(len(self.agents))
