"""Changes over time, where a column of the set holds dates."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int, Shaped

from core.base.clusters import Mean, together
from core.dataset.annotation_set import AnnotationSet
from core.dataset.consensus import scoring
from core.dataset.group_names import group_name, names_patients
from core.dataset.patients import clusters
from core.insight.accuracy import clustered
from core.reading.dates import seconds

MOST_PERIODS = 24
FEWEST = 10  # right and wrong answers each, from which an expert's trend is looked for
_YEAR = 365.25 * 86400
# From short to long; the first that gives few enough periods is used.
PERIODS = {"D": "day", "W": "week", "M": "month", "Q": "quarter", "Y": "year"}


class Drift(NamedTuple):
    """How accuracy changed over time.

    Attributes:
      column: the group column with the dates. period: `day` to `year`.
      table: a row per period with cases: start, cases, annotations, accuracy, low, high; with an
        external AI also ai, ai_low, ai_high.
      trend: change of the accuracy per year on a straight line, a share; None with fewer than
        three dates.
      ai_trend: the same of the external AI.
      undated: cases without a date.
    """

    column: str
    period: str
    table: pd.DataFrame
    trend: Mean | None
    ai_trend: Mean | None
    undated: int


def date_column(groups: Mapping[str, np.ndarray]) -> str | None:
    """The first group column that holds dates; None without one."""
    return next((name for name in groups if _dates(name, groups[name]) is not None), None)


def _dates(name: str, values: Shaped[np.ndarray, " N"]) -> Float[np.ndarray, " N"] | None:
    """Dates in seconds, NaN where blank; None where the column holds other things."""
    if names_patients(name):
        return None
    texts = pd.Series(np.asarray(values, str)).str.strip()
    different = texts.unique()
    parsed = seconds(pd.Series(_whole_dates(different, name)))
    if parsed is None:
        return None
    return texts.map(dict(zip(different, parsed, strict=True))).to_numpy(np.float64)


def _whole_dates(texts: Shaped[np.ndarray, " n"], name: str) -> Shaped[np.ndarray, " n"]:
    """Years (in a column called so) and months as the date on which they begin."""
    column = pd.Series(texts, dtype=object)
    filled = column[column != ""]
    if filled.str.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])").all():
        column[filled.index] = filled + "-01"
    elif "year" in group_name(name).casefold() and filled.str.fullmatch(r"(19|20)\d\d").all():
        column[filled.index] = filled + "-01-01"
    return column.to_numpy(object)


def drift(dataset: AnnotationSet, expert: int | None = None) -> Drift | None:
    """Accuracy per period and its trend; None in a set without dates.

    Args:
      dataset: the set.
      expert: count this expert's annotations only; None for those of all people together.
    """
    found = _dated(dataset)
    if found is None:
        return None
    column, rows, times = found
    patients = clusters(dataset.groups, rows)
    scored = scoring(dataset, rows)
    if expert is not None:
        scored = scored.only([expert])
    elif dataset.machines:
        scored = scored.only(np.flatnonzero(dataset.human))
    annotated, right = scored.made, scored.right
    made, good = annotated.sum(axis=1), right.sum(axis=1)
    period, starts = _periods(times)
    code = np.unique(starts, return_inverse=True)[1]
    table = _per_period(code, made, good, patients)
    table.insert(0, "start", np.unique(starts))
    table.insert(1, "cases", np.bincount(code))
    ai_trend = None
    if dataset.ai_probabilities is not None:
        hit = (dataset.ai_probabilities[rows].argmax(axis=1) == dataset.truth[rows]).astype(int)
        every = np.ones(len(rows), int)
        ai = _per_period(code, every, hit, patients)
        table[["ai", "ai_low", "ai_high"]] = ai[["accuracy", "low", "high"]]
        ai_trend = _trend(times, every, hit, patients)
    return Drift(
        column=column,
        period=period,
        table=table,
        trend=_trend(times, made, good, patients),
        ai_trend=ai_trend,
        undated=len(dataset.truth) - len(rows),
    )


class ExpertTrend(NamedTuple):
    """How one expert's accuracy changed over time.

    Attributes:
      expert: position. annotations: of cases with a date.
      trend: as of `Drift`; its interval holds for all experts looked at together.
    """

    expert: int
    annotations: int
    trend: Mean


def expert_trends(dataset: AnnotationSet) -> list[ExpertTrend]:
    """The trends of all experts with enough dated answers; none without dates.

    With fewer than `FEWEST` right or wrong ones the interval of a slope is too narrow. Of k
    experts, each interval is one of 1 − 5 %/k (Bonferroni): where nobody's accuracy changes, one
    of them excludes 0 in at most 5 of 100 sets.
    """
    found = _dated(dataset)
    if found is None:
        return []
    _, rows, times = found
    patients = clusters(dataset.groups, rows)
    scored = scoring(dataset, rows)
    expert, case = np.nonzero(scored.made.T)
    right = scored.right[case, expert].astype(int)
    number = np.bincount(expert, minlength=len(dataset.experts))
    hits, ends = np.bincount(expert, right, len(number)), np.cumsum(number)
    enough = np.flatnonzero(np.minimum(hits, number - hits) >= FEWEST)
    trends = []
    for m in enough:
        mine = slice(ends[m] - number[m], ends[m])
        cases = case[mine]
        whose = None if patients is None else patients[cases]
        made = np.ones(len(cases), int)
        trend = _trend(times[cases], made, right[mine], whose, 0.05 / len(enough))
        if trend is not None:
            trends.append(ExpertTrend(int(m), int(number[m]), trend))
    return trends


def _dated(
    dataset: AnnotationSet,
) -> tuple[str, Int[np.ndarray, " n"], Float[np.ndarray, " n"]] | None:
    """The column with dates, the cases that have one, and these in seconds."""
    column = date_column(dataset.groups)
    if column is None:
        return None
    times = _dates(column, dataset.groups[column])
    assert times is not None
    rows = np.flatnonzero(np.isfinite(times))
    return column, rows, times[rows]


def _periods(times: Float[np.ndarray, " n"]) -> tuple[str, Shaped[np.ndarray, " n"]]:
    """The shortest usual period that gives few enough, and when each case's period begins."""
    days = pd.Series(pd.to_datetime(times, unit="s"))
    for code in PERIODS:
        starts = days.dt.to_period(code).dt.start_time
        if starts.nunique() <= MOST_PERIODS:
            break
    return PERIODS[code], starts.to_numpy()


def _per_period(
    code: Int[np.ndarray, " n"],
    made: Int[np.ndarray, " n"],
    right: Int[np.ndarray, " n"],
    patients: Int[np.ndarray, " n"] | None,
) -> pd.DataFrame:
    """Annotations, accuracy, low and high of each period."""
    rows = []
    for k in range(int(code.max()) + 1):
        inside = code == k
        m, r = made[inside], right[inside]
        annotations = int(m.sum())
        if patients is not None:
            whose = np.unique(patients[inside], return_inverse=True)[1]
            m, r = together(m, whose), together(r, whose)
        rows.append({"annotations": annotations} | clustered(r, m)._asdict())
    return pd.DataFrame(rows).rename(columns={"share": "accuracy"}).astype({"accuracy": float})


def _trend(
    times: Float[np.ndarray, " n"],
    made: Int[np.ndarray, " n"],
    right: Int[np.ndarray, " n"],
    patients: Int[np.ndarray, " n"] | None,
    error: float = 0.05,
) -> Mean | None:
    """Slope per year of the least-squares line through the annotations, right 1 and wrong 0.

    Its variance is the sandwich estimate over cases, or over patients where these are known; its
    interval misses the slope with probability `error`.
    """
    known = made > 0
    times, made, right = times[known] / _YEAR, made[known], right[known]
    whose = np.arange(len(times))
    if patients is not None:
        whose = np.unique(patients[known], return_inverse=True)[1]
    groups = int(whose.max(initial=-1)) + 1
    if len(np.unique(times)) < 3 or groups < 3:
        return None
    from scipy.special import stdtrit  # not needed by the first page

    total = made.sum()
    away = times - (made * times).sum() / total
    spread = float((made * away**2).sum())
    slope = float((away * right).sum()) / spread
    rest = right - made * (right.sum() / total + slope * away)
    meat = float((together(away * rest, whose) ** 2).sum())
    half = (
        float(stdtrit(groups - 2, 1 - error / 2)) * math.sqrt(groups / (groups - 2) * meat) / spread
    )
    return Mean(slope, slope - half, slope + half)
