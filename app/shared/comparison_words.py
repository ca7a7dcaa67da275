"""Areas compared, within a run and between runs, in words."""

from collections.abc import Sequence

import pandas as pd

from app.shared import words
from core.evaluation.areas import AreaDifference
from core.evaluation.intervals import SHOWN_AREA, distinguishable
from core.results.models import RunResult

NOT_CLEAR = "not distinguishable"
AREA = (
    "Area under the coverage–accuracy curve (AUC-CAC) × 100: accuracy averaged over all shares of "
    "the AI, with a 95 % interval "
)
OVER_SEEDS = (
    "over seeds (Student t). It says what other seeds would give, not what other test cases would; "
    "the paired differences count both."
)
OVER_CASES = "over test cases (bootstrap)."
ONE_BY_ONE = (
    "Every interval stands for itself: of twenty comparisons without any true difference, about "
    "one would look clear by chance."
)


def difference_text(difference: float, interval: Sequence[float] | None) -> str:
    """A difference of areas with its interval: `+1.2 (+0.3 to +2.1)`, or that none shows."""
    if interval is None:
        return f"{words.signed(difference)}, no interval"
    low, high = interval
    text = f"{words.signed(difference)} ({words.signed(low)} to {words.signed(high)})"
    return text if distinguishable(interval, SHOWN_AREA) else f"{text}, {NOT_CLEAR}"


def area_difference_text(found: AreaDifference | None) -> str:
    """The same of a comparison that may have failed."""
    return words.UNKNOWN if found is None else difference_text(found.difference, found.interval)


def pairing_text(found: AreaDifference | None) -> str:
    """What a difference was paired by: `test cases and seeds`, or `nothing`."""
    if found is None:
        return words.UNKNOWN
    parts = ["test cases"] * found.by_cases + ["seeds"] * found.by_seeds
    return " and ".join(parts) or "nothing"


def comparison_table(
    runs: Sequence[RunResult],
    wanted: str,
    differences: Sequence[AreaDifference | None],
) -> pd.DataFrame:
    """A row per run: its area, the difference to the first run and what that was paired by.

    Args:
      runs: the first is what the others are compared with.
      wanted: the rule, see `RunResult.rule_of`.
      differences: of each run less the first; the first's own is not read.
    """
    chosen = [run.rule_of(wanted) for run in runs]
    rows = []
    for place, (run, rule, found) in enumerate(zip(runs, chosen, differences, strict=True)):
        area = run.auc_cac[rule]
        named = f", “{words.rule_name(rule)}”" if len(set(chosen)) > 1 else ""
        rows.append(
            {
                "method": words.method_name(run.method) + named,
                "area": "one point, no curve"
                if run.is_bounded
                else words.area(area.mean, area.interval),
                "against": words.UNKNOWN if not place else area_difference_text(found),
                "paired": words.UNKNOWN if not place else pairing_text(found),
            }
        )
    return pd.DataFrame(rows)


def on_one_another(runs: Sequence[RunResult], wanted: str, names: Sequence[str]) -> list[str]:
    """Says which runs have the very same curve, so that it hides all but one of them.

    Args:
      runs: as drawn.
      wanted: the rule, see `RunResult.rule_of`.
      names: of the runs.
    """
    groups: dict[tuple[str, tuple[tuple[float, float, int], ...]], list[int]] = {}
    for place, run in enumerate(runs):
        rule = run.rule_of(wanted)
        found = sorted(
            (p.coverage, -1.0 if p.accuracy is None else p.accuracy, p.seed)
            for p in run.of_rule(rule)
        )
        groups.setdefault((rule, tuple(found)), []).append(place)
    sentences = []
    for (rule, _), places in groups.items():
        if len(places) < 2:
            continue
        text = f"{words.listing([names[i] for i in places])} coincide: the same numbers."
        if rule == "value" and len({runs[i].method for i in places}) > 1:
            text += (
                f" “{words.rule_name('value')}” is learned in the same way for every method; "
                "the other rules show what the method changes."
            )
        sentences.append(text)
    return sentences
