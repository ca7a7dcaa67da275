"""The features among the columns of the cases."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Int8, Int32

from core.base.report import Choice, Report, listed
from core.dataset.annotation_set import Split
from core.dataset.group_names import is_group
from core.encoding.encode import encode
from core.encoding.encoder import Encoded
from core.files.table import Table
from core.reading.annotations import Annotations
from core.reading.columns import FILE, feature_columns
from core.reading.options import ReadOptions


def features_of(
    cases: Table,
    known: Sequence[str],
    split: Int8[np.ndarray, " N"],
    truth: Int32[np.ndarray, " N"],
    annotations: Annotations,
    options: ReadOptions,
    report: Report,
) -> Encoded | None:
    """The features of the cases, encoded as fitted on train; None without any.

    Args:
      cases: the table of them.
      known: columns that are something else.
      split: of each case.
      truth: index of each case's class.
      annotations: of the experts.
      options: which columns the user keeps or leaves out.
      report: takes warnings.
    """
    train = split == Split.TRAIN
    names = may_be_features(cases, known)
    used = feature_columns(cases, names, train, truth, annotations, options, report)
    if not used:
        if names:
            _warn_labels_only(cases.name, names, report)
        return None
    encoded = encode(
        cases.frame[used],
        train,
        delimiter=cases.delimiter,
        place=cases.place,
        report=report,
    )
    report.stop()
    if not encoded.names:
        report.warn(
            f"{cases.name} has no feature that differs between cases",
            found=f"the columns {listed(used)}",
            expected="at least one column with different values in train",
            remedy="without one, the data set holds labels only",
        )
        return None
    # New cases may have these columns, too.
    left_out = tuple(n for n in names if n not in encoded.encoder.needed)
    return encoded._replace(encoder=replace(encoded.encoder, left_out=left_out))


def _warn_labels_only(table: str, names: list[str], report: Report) -> None:
    report.warn(
        f"no column of {table} is left as a feature",
        found=listed(names),
        expected="at least one feature",
        remedy="the data set holds labels only; add features, or keep columns that are some",
        count=len(names),
        choices=[
            Choice("leave_out_columns", names, "labels only"),
            Choice("keep_columns", names, "keep all of them as features"),
        ],
    )


def may_be_features(cases: Table, known: Sequence[str]) -> list[str]:
    """The columns that are none of the known ones and no groups."""
    return [str(c) for c in cases.frame.columns if c not in known and not is_group(str(c))]


def warn_features_beside(cases: Table, known: Sequence[str], report: Report) -> None:
    """Warns about columns that are not used because the cases have images."""
    if names := may_be_features(cases, known):
        report.warn(
            f"{cases.name} has features beside images",
            found=listed(names),
            expected="either",
            remedy="only the images are used; leave out the column 'file' to use the features",
            count=len(names),
            choices=[
                Choice("keep_columns", [FILE], "use the images"),
                Choice("leave_out_columns", [FILE], "use the features"),
            ],
        )
