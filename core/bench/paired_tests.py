"""Every method against a chosen one: paired t tests over shared seeds, corrected by Holm.

Paired t and not Wilcoxon: with five pairs the smallest two-sided p of Wilcoxon's test is 1/16, so
with the three to five seeds of a usual comparison it could never find anything. Seeds differ in
splits, starts and removed annotations, and share the test cases: the tests are about training
again, not about other test cases.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from core.bench.scores import Score, place_words
from core.evaluation.intervals import SHOWN_AREA

LEVEL = 0.05


class Compared(NamedTuple):
    """A method less the chosen one, at one place of the grid.

    Attributes:
      place: set, missing rate, policy. method, against: of the difference.
      seeds: how many they share. difference: mean over these, × 100.
      interval: 95 % of that, not corrected; None with fewer than two seeds.
      p: of the paired t test; None where it cannot be computed. corrected: by Holm.
    """

    place: tuple[str, float, str]
    method: str
    against: str
    seeds: int
    difference: float | None
    interval: tuple[float, float] | None
    p: float | None
    corrected: float | None

    @property
    def distinguishable(self) -> bool:
        """Whether the corrected p is below 5 % and the difference is no zero as displayed."""
        if self.corrected is None or self.difference is None:
            return False
        return self.corrected < LEVEL and abs(self.difference) >= 0.5 * SHOWN_AREA

    @property
    def verdict(self) -> str:
        """In one or two words."""
        if self.p is None or self.difference is None:
            return "cannot be tested"
        if not self.distinguishable:
            return "not distinguishable"
        return "better" if self.difference > 0 else "worse"


def against_all(found: Sequence[Score], against: str) -> list[Compared]:
    """Tests every method against the chosen one wherever both were measured.

    Holm's correction is over all tests returned: the whole table is looked at together.
    """
    known = {(one.cell.place, one.cell.method): one for one in found}
    made = []
    for (place, method), one in known.items():
        if method == against or (other := known.get((place, against))) is None:
            continue
        shared = sorted(one.per_seed.keys() & other.per_seed.keys())
        pairs = [(one.per_seed[seed], other.per_seed[seed]) for seed in shared]
        made.append((place, method, *paired_t(pairs), len(shared)))
    family = [p for *_, p, _ in made if p is not None]
    corrected = iter(holm(family))
    return [
        Compared(
            place=place,
            method=method,
            against=against,
            seeds=seeds,
            difference=difference,
            interval=interval,
            p=p,
            corrected=None if p is None else next(corrected),
        )
        for place, method, difference, interval, p, seeds in made
    ]


def paired_t(
    pairs: Sequence[tuple[float, float]],
) -> tuple[float | None, tuple[float, float] | None, float | None]:
    """Mean difference of pairs, its 95 % interval, and p of the paired t test.

    Returns:
      p is None with fewer than two pairs, 1 where all pairs are equal.
    """
    if not pairs:
        return None, None, None
    differences = np.subtract(*np.asarray(pairs, np.float64).T)
    mean = float(differences.mean())
    if len(pairs) < 2:
        return mean, None, None
    if np.ptp(differences) < 1e-12 * max(abs(mean), 1.0):  # no spread: t is 0/0, or infinite
        return mean, (mean, mean), 1.0 if abs(mean) < 1e-12 else 0.0
    from scipy.stats import ttest_1samp

    found = ttest_1samp(differences, 0.0)
    low, high = found.confidence_interval(0.95)
    return mean, (float(low), float(high)), float(found.pvalue)


def holm(p: Sequence[float]) -> list[float]:
    """p values corrected for their number (Holm 1979), in the given order.

    The i-th smallest of n is multiplied by n − i + 1, and is no smaller than those before it.
    """
    values = np.asarray(p, np.float64)
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(len(values), 0, -1)
    corrected = np.empty(len(values))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(one) for one in corrected]


def compared_table(found: Sequence[Compared]) -> pd.DataFrame:
    """A row per test."""
    return pd.DataFrame(
        [
            {
                "data_set": one.place[0],
                "missing_rate": one.place[1],
                "humans": one.place[2],
                "method": one.method,
                "against": one.against,
                "seeds": one.seeds,
                "difference": one.difference,
                "low": one.interval[0] if one.interval else None,
                "high": one.interval[1] if one.interval else None,
                "p": one.p,
                "p_holm": one.corrected,
                "verdict": one.verdict,
            }
            for one in found
        ]
    )


def sentences(found: Sequence[Compared]) -> list[str]:
    """What the tests say, a sentence per method."""
    return [f"{method}: {said}." for method, said in verdicts(found).items()]


def verdicts(found: Sequence[Compared], called: Callable[[str], str] = str) -> dict[str, str]:
    """What the tests say of each method, without a full stop.

    Args:
      found: the tests.
      called: what the method is called that others are tested against.
    """
    said = {}
    several = len({one.place[2] for one in found}) > 1
    for method in dict.fromkeys(one.method for one in found):
        own = [one for one in found if one.method == method]
        parts = []
        for verdict, words in (
            ("better", "better than {}"),
            ("worse", "worse than {}"),
            ("not distinguishable", "not distinguishable from {}"),
            ("cannot be tested", "cannot be tested against {} with fewer than two shared seeds"),
        ):
            places = [place_words(one.place, several) for one in own if one.verdict == verdict]
            if not places:
                continue
            where = f"in {', '.join(places)}" if len(places) <= 3 else f"in {len(places)} places"
            everywhere = len(places) == len(own) > 1
            against = words.format(called(own[0].against))
            parts.append(f"{against} {'everywhere' if everywhere else where}")
        said[method] = "; ".join(parts)
    return said
