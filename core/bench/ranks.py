"""Methods ranked over data sets: Friedman's test and Nemenyi's difference (Demšar 2006)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from jaxtyping import Float

from core.bench.scores import Score

LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Methods over data sets.

    Attributes:
      ranks: method → mean rank, 1 is best; best first.
      sets: how many.
      chi2, p: Friedman's statistic and its p; None with fewer than three methods or two sets.
      critical: difference of mean ranks from which two methods differ; None likewise.
      left_out: methods that were not measured in every set.
    """

    ranks: dict[str, float]
    sets: int
    chi2: float | None
    p: float | None
    critical: float | None
    left_out: tuple[str, ...] = ()

    @property
    def needed(self) -> int:
        """How many sets are needed for the best and the worst in all of them to differ."""
        k = len(self.ranks)
        return _needed(k) if k > 2 else 0

    @property
    def usable(self) -> bool:
        """Whether there are enough sets for any two methods to be distinguished."""
        return self.critical is not None and self.critical < len(self.ranks) - 1

    @property
    def groups(self) -> list[tuple[str, ...]]:
        """The largest groups of neighbours that are not distinguishable, best first."""
        if self.critical is None or not self.usable:
            return []
        names, ranks = list(self.ranks), list(self.ranks.values())
        found: list[tuple[int, int]] = []
        for first, low in enumerate(ranks):
            last = max(i for i, rank in enumerate(ranks) if rank - low < self.critical)
            if last > first and not any(a <= first and last <= b for a, b in found):
                found.append((first, last))
        return [tuple(names[a : b + 1]) for a, b in found]

    def sentence(self) -> str:
        """What the ranking says."""
        k = len(self.ranks)
        if k < 3:
            return (
                "A critical difference cannot be computed: it takes three methods that were "
                f"measured in every data set, and there are {k}."
            )
        if not self.usable:
            sets = f"{self.sets} data set{'s' if self.sets != 1 else ''}"
            return (
                f"A critical difference cannot be computed from {sets}: with {k} methods it takes "
                f"at least {self.needed} sets to tell even one that is always best from one that "
                "is always worst."
            )
        assert self.p is not None
        differ = "differ" if self.p < LEVEL else "are not distinguishable"
        text = (
            f"Over {self.sets} data sets the methods {differ} (Friedman: p = {self.p:.2g}); two "
            f"methods differ from a distance of {self.critical:.2f} mean ranks on (Nemenyi, 95 %)."
        )
        if self.p < LEVEL and self.groups:
            groups = "; ".join(", ".join(group) for group in self.groups)
            text += f" Not distinguishable from one another: {groups}."
        return text


def ranking(found: Sequence[Score]) -> Ranking:
    """Ranks methods over data sets; a method's score in a set is its mean over rates and policies.

    Only methods count that were measured at every place of the grid.
    """
    places = list(dict.fromkeys(one.cell.place for one in found))
    methods = list(dict.fromkeys(one.cell.method for one in found))
    known = {(one.cell.method, one.cell.place): one.mean for one in found if one.mean is not None}
    whole = [m for m in methods if all((m, place) in known for place in places)]
    sets = list(dict.fromkeys(place[0] for place in places))
    table = np.array(
        [
            [np.mean([known[m, place] for place in places if place[0] == name]) for m in whole]
            for name in sets
        ]
    )
    ranks, chi2, p, critical = friedman(table.reshape(len(sets), len(whole)))
    order = np.argsort(ranks, kind="stable")
    return Ranking(
        ranks={whole[i]: float(ranks[i]) for i in order},
        sets=len(sets),
        chi2=chi2,
        p=p,
        critical=critical,
        left_out=tuple(m for m in methods if m not in whole),
    )


def friedman(
    table: Float[np.ndarray, "N k"],
) -> tuple[Float[np.ndarray, " k"], float | None, float | None, float | None]:
    """Mean ranks (1 is the highest value), Friedman's χ² and p, and Nemenyi's difference.

    Args:
      table: a row per data set, a column per method.

    Returns:
      The last three are None with fewer than three methods or two sets; p is 1 where all tie.
    """
    from scipy.stats import friedmanchisquare, rankdata

    n, k = table.shape
    ranks = rankdata(-table, axis=1).mean(axis=0) if n and k else np.zeros(k)
    if n < 2 or k < 3:
        return ranks, None, None, None
    critical = _studentized(k) * sqrt(k * (k + 1) / (6 * n))
    if not np.ptp(table, axis=1).any():  # χ² is 0/0
        return ranks, 0.0, 1.0, critical
    chi2, p = friedmanchisquare(*table.T)
    return ranks, float(chi2), float(p), critical


def _studentized(k: int) -> float:
    """q of Nemenyi's test: the studentized range over √2 (Demšar's Table 5)."""
    from scipy.stats import studentized_range

    return float(studentized_range.ppf(1 - LEVEL, k, np.inf)) / sqrt(2)


def _needed(k: int) -> int:
    exact = _studentized(k) ** 2 * k * (k + 1) / (6 * (k - 1) ** 2)
    return ceil(exact + 1e-9)
