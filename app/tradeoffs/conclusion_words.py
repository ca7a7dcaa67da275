"""What a run comes to, in a sentence: its best point against whoever decides alone."""

from app.shared import words
from app.shared.operating_point import OperatingPoint, best_point
from app.tradeoffs import reference_words
from core.dataset.annotation_set import AI
from core.results.models import RunResult
from core.results.paired import AgainstAlone, against_ai, against_best_expert

CHOICES = (
    "The best expert is the one most accurate on training and validation cases; where nobody could "
    "be compared case by case, the one most accurate on test cases."
)
_ALL = 1 - 1e-9  # of the cases


def conclusion(result: RunResult, rule: str) -> tuple[str, str]:
    """The point that was best on validation cases, as measured on test cases.

    Returns:
      The sentence with the team's accuracy, and one about what it is compared with; the second is
      empty where there is nothing to compare.
    """
    point = best_point(result, rule)
    if point.accuracy is None:
        return (
            f"{_where(point)}, the team's accuracy cannot be measured: {point.known_seeds} of "
            f"{words.count(len(point.seeds), 'seed')} could be scored.",
            "",
        )
    accuracy = words.with_interval(point.accuracy, point.interval)
    return f"{_where(point)}, team accuracy is {accuracy}.", _compared(result, rule, point)


def _where(point: OperatingPoint) -> str:
    if point.target is None:
        return f"Within its bounds (the AI takes {words.percent(point.coverage)})"
    if point.coverage > _ALL:
        return "At the best point (chosen on validation cases), where the AI decides every case"
    return (
        "At the best point (chosen on validation cases), where the AI takes "
        f"{words.percent(point.coverage)} of the cases"
    )


def _compared(result: RunResult, rule: str, point: OperatingPoint) -> str:
    by_consensus = result.dataset.consensus is not None
    # An expert alone is measured against the others' consensus, the team against that of all.
    alone = [] if by_consensus else [against_best_expert(result, rule, point.figures)]
    if point.coverage <= _ALL:
        alone.insert(0, against_ai(result, rule, point.figures))
    machines = result.dataset.machines
    found = [one._replace(name=words.marked(one.name, machines)) for one in alone if one]
    clear = [_clause(one) for one in found if one.distinguishable]
    same = [_who(one) for one in found if not one.distinguishable]
    parts = [words.listing(clear)] if clear else []
    if same:
        parts.append(f"not distinguishable from {words.listing(same)}")
    said = f"That is {', and '.join(parts)}." if parts else ""
    if by_consensus:
        said += (
            " It is measured against the consensus, to which the experts contributed, so it is not "
            "compared with an expert alone."
        )
    line = reference_words.random_line(result, rule)
    line = line[line["coverage"] < 1e-9]
    if len(line):
        row = line.iloc[0]
        interval = None if row["low"] != row["low"] else (row["low"], row["high"])
        said += (
            " Experts without the AI, one picked at random for each case: "
            f"{words.with_interval(row['accuracy'], interval)}."
        )
    return said.strip()


def _clause(found: AgainstAlone) -> str:
    difference, interval = found.difference
    assert difference is not None
    assert interval is not None
    better = "better" if difference > 0 else "worse"
    low, high = (words.signed(100 * end) for end in interval)
    return f"{100 * abs(difference):.1f} points {better} ({low} to {high}) than {_who(found)}"


def _who(found: AgainstAlone) -> str:
    if found.name == AI:
        return f"the AI alone ({_figure(*found.alone)})"
    return f"the best expert alone, {found.name} ({_figure(*found.alone)})"


def _figure(share: float | None, interval: tuple[float, float] | None) -> str:
    """`81.2 %, 78.0–84.1`: to stand within brackets, where others would be one too many."""
    if interval is None:
        return words.percent(share)
    return f"{words.percent(share)}, {100 * interval[0]:.1f}–{100 * interval[1]:.1f}"
