"""ai_predictions.csv: the predictions of an external AI."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float32

from core.base import limits
from core.base.report import Report, clip, listed, refuse
from core.encoding.column_numbers import numbers
from core.files.csv_table import parse_table
from core.files.table import Table
from core.reading.join_ids import join_ids
from core.reading.labels import class_codes, places
from core.reading.options import ReadOptions

FILE = "ai_predictions.csv"
_USUAL = ReadOptions()
_EXACT = 1e-3  # sums this close to one are rounding errors
_CLOSE = 0.05  # sums this close to one are rescaled, with a warning


def read_ai_predictions(
    data: bytes,
    case_ids: pd.Series,
    classes: Sequence[str],
    report: Report,
    options: ReadOptions = _USUAL,
    left_out: pd.Series | None = None,
) -> Float32[np.ndarray, "N C"]:
    """Class probabilities per case from the bytes of a CSV file; see `probabilities_of`."""
    table = parse_table(
        data,
        FILE,
        report,
        expect=("case_id", "prediction"),
        most_columns=limits.MOST_SIDE_COLUMNS,
    )
    return probabilities_of(table, case_ids, classes, report, options, left_out)


def probabilities_of(
    table: Table,
    case_ids: pd.Series,
    classes: Sequence[str],
    report: Report,
    options: ReadOptions = _USUAL,
    left_out: pd.Series | None = None,
) -> Float32[np.ndarray, "N C"]:
    """Class probabilities per case, from `prob_<class>` columns or a `prediction` (one-hot).

    Args:
      table: case_id and the predictions.
      case_ids: of the cases.
      classes: their names.
      report: takes problems.
      options: `ids` says whether ids that differ in spelling are joined.
      left_out: ids of cases that are listed, but not in the set.

    Raises:
      DataError: a case without a row, a prediction that is not a class, no probabilities.
    """
    table = table.rename_known(("case_id", "prediction"))
    table.require(("case_id",), ("case id",), report)
    report.stop()
    given = table.frame["case_id"]
    listed_ids = case_ids if left_out is None else pd.concat([case_ids, left_out])
    if not case_ids.isin(given).all():
        what = f"rows of {table.name}"
        ids = join_ids(given, listed_ids, table.place, options, report, what=what)
        table = Table(table.name, table.frame.assign(case_id=ids), table.delimiter)
    table = _one_row_per_case(table, report)
    rows = pd.Index(table.frame["case_id"].to_numpy(object)).get_indexer(case_ids.to_numpy(object))
    _check_cases(table, case_ids, listed_ids, rows, report)
    prob = {str(c)[5:].strip(): str(c) for c in table.frame.columns if _is_prob(str(c))}
    if prob:
        values = _probabilities(table, prob, classes, rows, report)
    elif "prediction" in table.frame.columns:
        values = _one_hot(table, classes, rows, report)
    else:
        refuse(
            f"{table.name} has neither probabilities nor predictions",
            found=f"the columns {listed(table.frame.columns)}",
            expected=f"prob_<class> for each class ({listed(classes, 4)}), or prediction",
            remedy="rename the columns",
            report=report,
        )
    used = {"case_id", *(prob.values() or ["prediction"])}
    others = [c for c in table.frame.columns if c not in used]
    if others:
        report.warn(
            f"{table.name} has columns that are not used", found=listed(others), count=len(others)
        )
    return values


def is_score(column: str) -> bool:
    """Whether a column of this name holds an AI's prediction."""
    return _is_prob(column) or column.casefold() == "prediction"


def _is_prob(column: str) -> bool:
    return column.casefold().startswith("prob_") and len(column) > 5


def _one_row_per_case(table: Table, report: Report) -> Table:
    repeated = table.frame.duplicated("case_id")
    if not repeated.any():
        return table
    differ = repeated & ~table.frame.duplicated()
    if differ.any():
        rows = np.flatnonzero(differ.to_numpy(bool))
        report.error(
            f"{table.name} has contradictory rows",
            found=f"{len(rows)} cases with two different rows",
            expected="one row per case",
            remedy="keep the right one",
            count=len(rows),
            examples=places(table.place, rows, table.frame["case_id"]),
        )
        report.stop()
    report.warn(f"{table.name} has repeated rows, which are dropped", count=int(repeated.sum()))
    return Table(table.name, table.frame[~repeated], table.delimiter)


def _check_cases(
    table: Table, case_ids: pd.Series, listed_ids: pd.Series, rows: np.ndarray, report: Report
) -> None:
    without = case_ids[rows < 0]
    if len(without):
        report.error(
            f"{table.name} has no row for some cases",
            found=f"{len(rows) - len(without)} of {len(rows)} cases",
            expected="a row for every case",
            remedy="add the missing rows or leave the file out",
            count=len(without),
            examples=[clip(c, 60) for c in without.iloc[:5]],
        )
        report.stop()
    unknown = np.flatnonzero(~table.frame["case_id"].isin(listed_ids).to_numpy(bool))
    if len(unknown):
        report.warn(
            f"{table.name} names cases that are not listed, which are ignored",
            count=len(unknown),
            examples=places(table.place, unknown, table.frame["case_id"]),
        )


def _one_hot(
    table: Table, classes: Sequence[str], rows: np.ndarray, report: Report
) -> Float32[np.ndarray, "N C"]:
    labels = table.frame["prediction"].iloc[rows]
    codes = class_codes(labels, classes)
    wrong = np.flatnonzero(codes < 0)
    if len(wrong):
        report.error(
            f"{table.name} has predictions that are not classes of the data set",
            found=listed(v or "(blank)" for v in labels.iloc[wrong].unique()),
            expected=f"one of {listed(classes)}",
            remedy="correct them",
            count=len(wrong),
            examples=places(table.place, rows[wrong], table.frame["prediction"]),
        )
        report.stop()
    return np.eye(len(classes), dtype=np.float32)[codes]


def _probabilities(
    table: Table, prob: dict[str, str], classes: Sequence[str], rows: np.ndarray, report: Report
) -> Float32[np.ndarray, "N C"]:
    alike = {re.sub(r"\.0*$", "", name.casefold()): column for name, column in prob.items()}
    columns = [prob.get(c) or alike.get(c.casefold()) for c in classes]
    missing = [c for c, column in zip(classes, columns, strict=True) if column is None]
    strange = sorted(set(prob.values()) - set(columns))
    one_of_two = len(classes) == 2 and len(missing) == 1 and not strange
    if (missing or strange) and not one_of_two:
        refuse(
            f"{table.name} does not have exactly the classes of the data set",
            found=f"{listed(prob.values())}",
            expected=f"exactly {listed('prob_' + c for c in classes)}",
            remedy="rename, add or delete columns",
            report=report,
        )
    values = np.empty((len(rows), len(classes)))
    for i, column in enumerate(columns):
        if column is None:  # the other class of two has the rest
            continue
        found = numbers(table.frame[column], table.delimiter)
        cells = found.values
        bad = np.flatnonzero((found.missing | found.no_number | ~(cells >= 0))[rows])
        if len(bad):
            report.error(
                f"{table.name} has cells in {column!r} that are not probabilities",
                expected="numbers from 0 to 1",
                remedy="correct them",
                count=len(bad),
                examples=places(table.place, rows[bad], table.frame[str(column)]),
            )
        values[:, i] = cells[rows]
    report.stop()
    if one_of_two:
        other = classes.index(missing[0])
        report.note(f"{table.name} gives {listed(prob.values())} only; {missing[0]!r} has the rest")
        values[:, other] = np.maximum(1 - values[:, 1 - other], 0)
    total = values.sum(axis=1)
    off = np.abs(total - 1)
    if (off > _CLOSE).any():
        bad = np.flatnonzero(off > _CLOSE)
        refuse(
            f"{table.name} has probabilities that do not add up to one",
            found=f"sums from {total.min():.4g} to {total.max():.4g}",
            expected="1 in every row",
            remedy="divide percentages by 100; give a probability for every class",
            count=len(bad),
            examples=places(table.place, rows[bad]),
            report=report,
        )
    if (off > _EXACT).any():
        report.warn(
            f"{table.name} has probabilities that do not quite add up to one and were rescaled",
            found=f"sums from {total.min():.4g} to {total.max():.4g}",
            count=int((off > _EXACT).sum()),
        )
    return (values / total[:, None]).astype(np.float32)
