"""What to know of changes over time before training."""

from collections.abc import Iterator

from core.base.clusters import Mean
from core.base.percents import rounded
from core.dataset.annotation_set import AnnotationSet
from core.insight.check import NAMED, FirstCheck, listing, points
from core.insight.drift import drift, expert_trends


def time_checks(dataset: AnnotationSet) -> Iterator[FirstCheck]:
    """Trends of all experts together, of the AI, and of single experts."""
    found = drift(dataset)
    if found is None:
        return
    for who, trend in (("experts'", found.trend), ("external AI's", found.ai_trend)):
        if trend is not None and trend.low * trend.high > 0:
            yield FirstCheck(
                kind="drift",
                text=f"The {who} accuracy {_change(trend)}).",
                remedy="Find out what changed. Older cases may say little about those to come.",
                serious=False,
            )
    if dataset.human.sum() > 1 or dataset.machines:
        yield from _reader_drift(dataset)


def _reader_drift(dataset: AnnotationSet) -> Iterator[FirstCheck]:
    """Single experts whose accuracy changes, beyond what chance does to one of so many."""
    trends = expert_trends(dataset)
    clear = [t for t in trends if t.trend.low * t.trend.high > 0]
    clear.sort(key=lambda t: -abs(t.trend.value))
    named = len(clear) if len(clear) <= NAMED else 2
    looked = f", allowing for {len(trends):,} experts looked at" if len(trends) > 1 else ""
    for one in clear[:named]:
        yield FirstCheck(
            kind="expert_drift",
            text=f"{dataset.experts[one.expert]}: accuracy {_change(one.trend)}{looked}; "
            f"{one.annotations:,} annotations).",
            remedy="Look at this expert under “Over time”. Practice, fatigue or harder cases may "
            "be behind it; skills learnt from old answers may no longer hold.",
            serious=False,
        )
    if len(clear) > named:
        yield FirstCheck(
            kind="expert_drift",
            text=f"The accuracy of {len(clear) - named:,} more experts changes over time: "
            f"{listing([dataset.experts[t.expert] for t in clear[named:]])}.",
            remedy="Look at them under “Over time”.",
            serious=False,
        )


def _change(trend: Mean) -> str:
    """What an accuracy does per year, with the interval in a bracket that is left open."""
    ends = sorted((abs(trend.low), abs(trend.high)))
    return (
        f"{'rises' if trend.value > 0 else 'falls'} by {points(abs(trend.value))} a year "
        f"({rounded(100 * ends[0])} to {rounded(100 * ends[1])}"
    )
