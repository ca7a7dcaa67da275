"""One class against the rest as a table: the team beside the AI alone and every expert alone."""

from collections.abc import Sequence

import pandas as pd

from app.shared import words
from app.shared.operating_point import columns
from core.results.against_rest import OneAgainstRest

MEASURES = ("sensitivity", "specificity")


def frame(rows: Sequence[OneAgainstRest], machines: Sequence[str] = ()) -> pd.DataFrame:
    """A row for everybody.

    Args:
      rows: the figures.
      machines: experts that are AIs, too.

    Returns:
      who; per measure of `MEASURES`: itself, `_low`, `_high`, `_cases` (test cases it rests on,
      mean over seeds), and the team's less it, `_team`, `_team_low`, `_team_high`, paired by
      case (NaN for the team itself, and where either could not be measured).
    """
    table = []
    for row in rows:
        cells: dict[str, object] = {"who": words.marked(row.who, machines)}
        for name, one in zip(MEASURES, (row.sensitivity, row.specificity), strict=True):
            cells |= columns(one.figure, name, f"{name}_low", f"{name}_high")
            cells[f"{name}_cases"] = one.cases
            cells |= columns(one.team, f"{name}_team", f"{name}_team_low", f"{name}_team_high")
        table.append(cells)
    return pd.DataFrame(table)


def busiest(compared: pd.DataFrame, shares: pd.Series, most: int) -> pd.DataFrame:
    """The rows of `frame` there is room for: team, AI, and the measured experts with most work.

    Args:
      compared: all rows.
      shares: workload by agent, as it is shown.
      most: rows.
    """
    experts = compared.iloc[2:].dropna(subset=list(MEASURES), how="all")
    order = experts["who"].map(shares).sort_values(ascending=False, kind="stable").index
    return pd.concat([compared.iloc[:2], experts.loc[sorted(order[: most - 2])]])
