"""A set while a recipe is carried out, with the accuracy to expect of each expert."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Int32

from core.base.apportion import largest_remainders
from core.base.report import listed, refuse
from core.dataset.annotation_set import AnnotationSet
from core.dataset.simulate import draw_answers


class Chances(NamedTuple):
    """Probabilities, before an answer was drawn, that it is right and that it is no class."""

    right: Float[np.ndarray, " N"]
    extra: Float[np.ndarray, " N"]


@dataclass(frozen=True, kw_only=True)
class Column:
    """The annotations of one expert.

    Attributes:
      answers: index into the set's answers, meaningful where `annotated`.
      annotated: which cases the expert annotated.
      expected: accuracy over the annotated cases in expectation; None without annotations.
      chances: of simulated answers; None for those of the parent.
    """

    answers: Int32[np.ndarray, " N"]
    annotated: Bool[np.ndarray, " N"]
    expected: float | None
    chances: Chances | None = None


Weigh = Callable[[str, Int[np.ndarray, " n"]], Float[np.ndarray, " n"]]


class Draft:
    """The experts of a set that is being made.

    Args:
      parent: the set it is made of.
      kept: those of its experts who stay; the others can still be copied.
    """

    def __init__(self, parent: AnnotationSet, kept: tuple[str, ...]):
        self.parent = parent
        # A row per expert: going down the columns of a large table is many times slower.
        self._answers = np.ascontiguousarray(parent.annotations.T)
        self._annotated = np.ascontiguousarray(parent.annotated.T)
        self.columns = {name: self._given(name) for name in kept}

    def column(self, name: str) -> Column:
        """An expert of the draft or of the parent.

        Raises:
          DataError: there is none of this name.
        """
        return self.columns[name] if name in self.columns else self._given(name)

    def chances(self, column: Column) -> Chances:
        """A column's probabilities; 0 and 1 for answers that are known."""
        if column.chances is not None:
            return column.chances
        right = (column.answers == self.parent.truth).astype(float)
        return Chances(right, (column.answers >= len(self.parent.classes)).astype(float))

    def draw(
        self, name: str, probabilities: Float[np.ndarray, "N C"], rng: np.random.Generator
    ) -> None:
        """Adds an expert who annotates every case, with these probabilities of each class.

        Raises:
          DataError: there is an expert of this name.
        """
        n = len(self.parent.truth)
        right = probabilities[np.arange(n), self.parent.truth]
        answers = draw_answers(probabilities, rng)
        self.add(name, answers, np.ones(n, bool), Chances(right, np.zeros(n)))

    def add(
        self,
        name: str,
        answers: Int32[np.ndarray, " N"],
        annotated: Bool[np.ndarray, " N"],
        chances: Chances,
    ) -> None:
        """Adds a simulated expert; see `Column`.

        Raises:
          DataError: there is an expert of this name.
        """
        if name.casefold() in {other.casefold() for other in self.columns}:
            refuse(
                "two experts would have the same name",
                found=repr(name),
                expected=f"another name than {listed(self.columns)}",
                remedy="choose another name, or do not keep that expert",
            )
        self.columns[name] = Column(
            answers=answers,
            annotated=annotated,
            expected=_mean(chances.right, annotated),
            chances=chances,
        )

    def remove(
        self,
        rates: Mapping[str, float],
        cases: Bool[np.ndarray, " N"],
        weigh: Weigh,
        rng: np.random.Generator,
    ) -> None:
        """Removes a share of each expert's annotations of some cases.

        The number is whole per expert, and to the nearest over all experts together, so that
        `expected` is exact.

        Args:
          rates: share to remove, by expert.
          cases: where annotations are removed.
          weigh: how likely annotations are removed, relative to each other, of an expert and the
            positions of cases that the expert annotated; positive.
          rng: decides which.
        """
        rows = {name: np.flatnonzero(self.columns[name].annotated & cases) for name in rates}
        exact = np.array([rate * len(rows[name]) for name, rate in rates.items()])
        counts = largest_remainders(exact, round(float(exact.sum())))
        for name, k in zip(rates, counts.tolist(), strict=True):
            if not k:
                continue
            column, mine = self.columns[name], rows[name]
            chance = inclusion(weigh(name, mine), k)
            annotated = column.annotated.copy()
            annotated[mine[systematic(chance, rng)]] = False
            left = int(annotated.sum())
            right = self.chances(column).right
            kept = right[column.annotated].sum() - chance @ right[mine]
            self.columns[name] = replace(
                column, annotated=annotated, expected=float(kept) / left if left else None
            )

    def _given(self, name: str) -> Column:
        data = self.parent
        if name not in data.experts:
            refuse(
                "there is no such expert",
                found=repr(name),
                expected=listed(dict.fromkeys([*data.experts, *self.columns])),
            )
        m = data.experts.index(name)
        answers, annotated = self._answers[m], self._annotated[m]
        expected = _mean(answers == data.truth, annotated)
        return Column(answers=answers, annotated=annotated, expected=expected)


def inclusion(weights: Float[np.ndarray, " n"], k: int) -> Float[np.ndarray, " n"]:
    """Probabilities in proportion to the weights, none above 1, that add up to k ≤ n."""
    chance, sure = np.zeros(len(weights)), np.zeros(len(weights), bool)
    while True:
        chance[sure] = 1.0
        left = k - int(sure.sum())
        if left > 0:
            chance[~sure] = left * weights[~sure] / weights[~sure].sum()
        else:
            chance[~sure] = 0.0
        more = ~sure & (chance >= 1)
        if not more.any():
            return chance
        sure |= more


def systematic(chance: Float[np.ndarray, " n"], rng: np.random.Generator) -> Int[np.ndarray, " k"]:
    """Positions drawn with these probabilities, whose sum is how many are drawn.

    Systematic sampling in random order: Madow (1949), https://doi.org/10.1214/aoms/1177729988.
    """
    order = rng.permutation(len(chance))
    passed = np.concatenate([[0.0], chance[order].cumsum()])
    passed[-1] = round(passed[-1])
    return order[np.diff(np.floor(passed + rng.random())) > 0]


def _mean(right: np.ndarray, annotated: Bool[np.ndarray, " N"]) -> float | None:
    return float(right[annotated].mean()) if annotated.any() else None
