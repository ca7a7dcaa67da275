"""The team against whoever decides alone, in sentences."""

from app.shared import words
from app.shared.operating_point import OperatingPoint
from core.dataset.annotation_set import AI
from core.results.models import RunResult
from core.results.paired import AgainstAlone, against_ai, against_best_expert


def sentences(result: RunResult, rule: str, point: OperatingPoint) -> list[str]:
    """What the team is compared with the AI alone and with the best expert alone."""
    found = []
    if (ai := against_ai(result, rule, point.figures)) is not None:
        if point.coverage > 1 - 1e-9:
            found.append(
                "The AI decides every case here, so the team is the AI alone: "
                f"{words.with_interval(point.accuracy, point.interval)}."
            )
        else:
            found.append(_sentence(ai))
    if result.dataset.consensus is not None:
        found.append(
            "An expert alone is measured against the others' consensus, the team against that of "
            "all, so they are not compared."
        )
    elif (expert := against_best_expert(result, rule, point.figures)) is not None:
        name = words.marked(expert.name, result.dataset.machines)
        found.append(_sentence(expert._replace(name=name)))
    return found


def _sentence(found: AgainstAlone) -> str:
    alone = words.with_interval(*found.alone)
    if found.name == AI:
        who, what = "the AI alone", f", {alone}"
    else:
        chosen = "training and validation cases" if found.paired else "test cases"
        who, what = "the best expert alone", f" ({found.name}, best on {chosen}), {alone}"
    difference, interval = found.difference
    assert difference is not None
    between = ""
    if interval is not None:
        between = f" ({words.signed(100 * interval[0])} to {words.signed(100 * interval[1])})"
    if not found.distinguishable:
        return (
            f"The team is not distinguishable from {who}{what}: "
            f"{words.signed(100 * difference)} points{between}, which chance can explain."
        )
    better = "better" if difference > 0 else "worse"
    amount = f"{100 * abs(difference):.1f} points"
    return f"The team is {amount} {better}{between} than {who}{what}."
