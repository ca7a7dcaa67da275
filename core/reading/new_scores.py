"""An AI's scores of new cases, where a model reads nothing else of them."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from jaxtyping import Float32

from core.base.report import Report, listed
from core.encoding.column_numbers import numbers
from core.files.table import Table
from core.reading import ai_predictions
from core.reading.labels import places

if TYPE_CHECKING:
    from core.reading.new_cases import CaseForm


def expected(form: "CaseForm") -> str:
    """The columns that hold the scores, in words."""
    if form.score_column is not None:
        return f"{form.score_column.name!r} as in the data set, or prob_<class> for each class"
    return f"{listed([f'prob_{c}' for c in form.classes], 4)}, or prediction"


def of_table(
    table: Table, ids: pd.Series, form: "CaseForm", report: Report
) -> tuple[Float32[np.ndarray, "N C"] | None, set[str]]:
    """The scores in a table of new cases, and the columns that were read.

    Returns:
      class probabilities, None where the table has no columns of scores.

    Raises:
      DataError: cells that are no scores.
    """
    score, columns = form.score_column, {str(c) for c in table.frame.columns}
    if score is not None and score.name in columns:
        found = numbers(table.frame[score.name], table.delimiter)
        share = found.values / score.scale
        bad = np.flatnonzero(found.missing | found.no_number | ~((share >= 0) & (share <= 1)))
        if len(bad):
            report.error(
                f"{table.name} has cells in {score.name!r} that are no scores",
                expected=f"numbers from 0 to {score.scale:g}",
                remedy="correct them, or leave these cases out",
                count=len(bad),
                examples=places(table.place, bad, table.frame[score.name]),
            )
            report.stop()
        positive = np.array([c == score.positive for c in form.classes])
        return np.where(positive, share[:, None], 1 - share[:, None]).astype(np.float32), {
            score.name
        }
    named = {c for c in columns if ai_predictions.is_score(c)}
    if not named:
        return None, set()
    own = Table(table.name, table.frame[["case_id", *named]], table.delimiter)
    return ai_predictions.probabilities_of(own, ids, form.classes, report), named
