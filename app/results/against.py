"""The team against whoever decides alone, in sentences."""

from typing import Any, NamedTuple

from app import words
from app.results.curve import Single, singles
from app.results.means import mean_interval, mean_of
from app.results.point import OperatingPoint
from app.results.run import Result, seeds
from core.dataset.annotation_set import AI
from core.evaluation.intervals import SHOWN, distinguishable, student_t, wilson


class Paired(NamedTuple):
    """Team less somebody alone, paired by case (shares)."""

    name: str
    difference: float
    interval: tuple[float, float]


def sentences(result: Result, rule: str, point: OperatingPoint) -> list[str]:
    """What the team is compared with the AI alone and with the best expert alone."""
    if point.accuracy is None:
        return []
    alone = {single.name: single for single in singles(result, rule)}
    found = []
    if AI in alone:
        paired = _paired(result, rule, point, AI)
        here = alone[AI] if paired is None else _ai_here(result, rule, point)
        if point.coverage > 1 - 1e-9:
            found.append(
                "The AI decides every case here, so the team is the AI alone: "
                f"{words.with_interval(point.accuracy, point.interval)}."
            )
        else:
            found.append(_sentence(result, rule, point, here, paired))
    if experts := [single for single in alone.values() if single.name != AI]:
        paired = _paired(result, rule, point, "best_expert")
        if paired is not None and paired.name in alone:
            best = alone[paired.name]
        else:
            paired, best = None, max(experts, key=lambda s: s.accuracy)
        found.append(_sentence(result, rule, point, best, paired))
    return found


def _chosen(result: Result, rule: str, point: OperatingPoint) -> list[dict[str, Any]]:
    return [
        p
        for p in result["points"]
        if p["rule"] == rule and p["target"] == point.target and p["seed"] in point.seeds
    ]


def _paired(result: Result, rule: str, point: OperatingPoint, who: str) -> Paired | None:
    """The paired difference as the run measured it, None for older runs and where unmeasured."""
    entries: list[dict[str, Any]] = []
    for p in _chosen(result, rule, point):
        if p["accuracy"] is None:
            continue
        entry = (p.get("against") or {}).get(who)
        if not entry or not entry.get("interval"):
            return None
        entries.append(entry)
    if not entries:
        return None
    names = {e.get("name", AI) for e in entries}
    if len(names) > 1:
        return None
    difference, interval = mean_interval(
        [e["difference"] for e in entries], [e["interval"] for e in entries]
    )
    assert interval is not None
    return Paired(names.pop(), difference, interval)


def _ai_here(result: Result, rule: str, point: OperatingPoint) -> Single:
    """The AI that the team was paired with: every target trains a classifier of its own."""
    tests = result["cases"].get("test") or 0
    values = [
        p["accuracy"] - p["against"]["AI"]["difference"]
        for p in _chosen(result, rule, point)
        if p["accuracy"] is not None
    ]
    ends = [wilson(min(max(v, 0.0), 1.0) * tests, tests) if tests else None for v in values]
    accuracy, interval = mean_of(values, ends)
    assert accuracy is not None
    return Single(AI, accuracy, interval)


def _sentence(
    result: Result, rule: str, point: OperatingPoint, other: Single, paired: Paired | None
) -> str:
    who = "the AI alone" if other.name == AI else "the best expert alone"
    alone = words.with_interval(other.accuracy, other.interval)
    if other.name == AI:
        what = f", {alone}"
    elif paired is not None:
        what = f" ({other.name}, best on training and validation cases), {alone}"
    else:
        what = f" ({other.name}, best on test cases), {alone}"
    if paired is not None:
        difference, (low, high) = paired.difference, paired.interval
        clear = distinguishable((low, high), SHOWN)
        between = f" ({words.signed(100 * low)} to {words.signed(100 * high)})"
    else:
        assert point.accuracy is not None
        difference, between = point.accuracy - other.accuracy, ""
        clear = _apart(result, rule, point, other)
    if not clear:
        return (
            f"The team is not distinguishable from {who}{what}: "
            f"{words.signed(100 * difference)} points{between}, within what chance can do."
        )
    better = "better" if difference > 0 else "worse"
    amount = f"{100 * abs(difference):.1f} points"
    return f"The team is {amount} {better}{between} than {who}{what}."


def _apart(result: Result, rule: str, point: OperatingPoint, other: Single) -> bool:
    """For runs without paired differences: paired by seed for the AI, else intervals apart."""
    per_seed = (result.get("ai_accuracy_per_seed") or {}).get(rule) or []
    if other.name == AI and len(point.seeds) > 1 and len(per_seed) == len(seeds(result)):
        by_seed = dict(zip(seeds(result), per_seed, strict=True))
        pairs = [
            p["accuracy"] - by_seed[p["seed"]]
            for p in _chosen(result, rule, point)
            if p["accuracy"] is not None
        ]
        if len(pairs) > 1:
            _, low, high = student_t(pairs)
            return low is not None and high is not None and distinguishable((low, high), SHOWN)
    if not point.interval or not other.interval:
        return False
    return not (point.interval[0] <= other.interval[1] and other.interval[0] <= point.interval[1])
