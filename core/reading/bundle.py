"""Form 2: cases.csv and annotations.csv."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.base import limits
from core.base.progress import tell
from core.base.report import Report, refuse
from core.dataset.group_names import is_group
from core.files.archive import check_alike
from core.files.csv_table import parse_table
from core.files.sources import Source, read_text
from core.files.table import Table
from core.reading import ai_predictions
from core.reading.annotations import annotation_matrix, excluded
from core.reading.cases import check_ids, check_splits
from core.reading.columns import FILE, with_files
from core.reading.features import features_of, may_be_features, warn_features_beside
from core.reading.formats import Format, OtherForm, ReadOptions
from core.reading.join_ids import join_ids
from core.reading.labels import find_classes, tidy_labels
from core.reading.parts import Parts
from core.reading.patients import with_patients
from core.reading.rows import Rows
from core.reading.splits import splits_of
from core.reading.texts import text_groups
from core.reading.truth import known_truth
from core.reading.without_truth import vote

CASES, ANNOTATIONS = "cases.csv", "annotations.csv"
_COLUMNS = ("case_id", "split", "label", FILE)
_SAID = ("case_id", "expert", "label")
_MEANINGS = ("case id", "expert's name", "annotation")


def find_file(names: Sequence[str], wanted: str) -> str | None:
    """The file called `wanted` at the top level, in any capitalisation.

    Raises:
      DataError: there are several.
    """
    found = [n for n in names if n.casefold() == wanted]
    check_alike(found, "the folder")
    return found[0] if found else None


def sniff(names: Sequence[str]) -> list[str]:
    """The files of a bundle, complete or not."""
    return [found for wanted in (CASES, ANNOTATIONS) if (found := find_file(names, wanted))]


def read_bundle(source: Source, options: ReadOptions, report: Report) -> Parts:
    """Read cases.csv and annotations.csv.

    Raises:
      DataError: see `core.reading.cases` and `annotations`; also columns or files that are missing.
    """
    if options.rate is not None:
        report.warn("a rate applies to JSON manifests only and is ignored for cases.csv")
    if any(find_file(source.names, wanted) is None for wanted in (CASES, ANNOTATIONS)):
        raise OtherForm
    cases = _read_table(source, CASES, _COLUMNS, report)
    cases = with_files(cases, source, options, report)
    said = _read_table(
        source,
        ANNOTATIONS,
        _SAID,
        report,
        limits.MOST_SIDE_COLUMNS,
    )
    report.stop()
    if not {"case_id", "label"} <= {*cases.frame.columns} or not {
        *("case_id", "expert", "label")
    } <= {*said.frame.columns}:
        raise OtherForm
    ai = find_file(source.names, ai_predictions.FILE) is not None
    return parts_of(cases, said, options, report, scored=ai)


def parts_of(
    cases: Table,
    said: Table,
    options: ReadOptions,
    report: Report,
    *,
    ai: Table | None = None,
    scored: bool = False,
) -> Parts:
    """Checked cases and annotations from two tables.

    Args:
      cases: case_id, label, and what else is known of a case: split, file, groups, features.
      said: case_id, expert, label.
      options: what the user chose.
      report: takes problems.
      ai: an external AI's predictions, if they were in the tables.
      scored: whether they are in a file of their own.

    Raises:
      DataError: see `core.reading.cases` and `annotations`.
    """
    if not len(cases.frame):
        refuse(f"{cases.name} has no rows", expected="one row per case", report=report)
    ids = cases.frame["case_id"].reset_index(drop=True)
    check_ids(ids, cases.place, "case_id", report)
    labels = _labels(cases)
    images = FILE in cases.frame.columns
    scored = scored or ai is not None
    predictable = scored or (not images and bool(may_be_features(cases, _COLUMNS)))
    known = known_truth(labels, ids, cases.place, options, report, predictable=predictable)
    if voting := options.fills and not known.all():
        rows = _rows(said, ids, options, report)
        voted = vote(rows, ids, tidy_labels(labels), known, cases.place, options, report)
        known, classes, truth = voted.kept, voted.classes, voted.truth
    left_out = ids[~known]
    cases, ids = cases.rows(known), ids[known].reset_index(drop=True)
    if not voting:
        classes, truth = find_classes(tidy_labels(cases.frame["label"]), cases.place, report)
    cases = with_patients(cases, ids, options, report)
    split = splits_of(cases, truth, ids, options, report)
    report.stop()
    check_splits(
        split,
        truth,
        classes,
        report,
        "give some cases that split, or leave the column out to have splits drawn",
    )
    annotations = (
        voted.annotations
        if voting
        else annotation_matrix(
            _rows(said, pd.concat([ids, left_out]), options, report),
            ids,
            classes,
            report,
            ignore_unknown_cases=options.ignore_unknown_cases,
            repeats=options.repeats,
            left_out=left_out,
            answers=options.answers,
        )
    )
    files = cases.frame[FILE].tolist() if FILE in cases.frame.columns else None
    if files is not None:
        warn_features_beside(cases, _COLUMNS, report)
    return Parts(
        case_ids=ids,
        split=split,
        truth=truth,
        classes=classes,
        annotations=annotations,
        left_out=left_out,
        excluded=excluded(annotations, split, report),
        groups=_groups(cases, report),
        features=None
        if files is not None
        else features_of(cases, _COLUMNS, split, truth, annotations, options, report),
        files=files,
        images_expected=files is not None,
        ai=ai,
        unknown=voted.unknown if voting else None,
    )


def _labels(cases: Table) -> pd.Series:
    """The ground truth of each case; blank where the table has none."""
    if "label" in cases.frame.columns:
        return cases.frame["label"].reset_index(drop=True)
    return pd.Series("", range(len(cases.frame)), dtype=str)


def _rows(said: Table, cases: pd.Series, options: ReadOptions, report: Report) -> Rows:
    """The annotations, with the ids of their cases spelt as the cases are."""
    frame = said.frame
    return Rows(
        case=join_ids(frame["case_id"], cases, said.place, options, report, who=frame["expert"]),
        expert=frame["expert"],
        label=frame["label"],
        place=said.place,
        more=frame,
    )


def _read_table(
    source: Source,
    wanted: str,
    columns: Sequence[str],
    report: Report,
    most_columns: int | None = None,
) -> Table:
    name = find_file(source.names, wanted)
    assert name is not None
    tell(f"Reading {wanted}")
    data = read_text(source, name, limits.MOST_TABLE_BYTES)
    table = parse_table(data, wanted, report, expect=columns, most_columns=most_columns)
    return table.rename_known(columns)


def _groups(cases: Table, report: Report) -> dict[str, np.ndarray]:
    columns = [c for c in cases.frame.columns if is_group(str(c))]
    return text_groups(
        {str(c): cases.frame[c].to_numpy(object) for c in columns}, cases.place, report
    )


def further_problems(source: Source, options: ReadOptions) -> Report:
    """What is wrong with each file, read on its own as far as it goes."""
    report = Report()
    cases: Table | None = None
    ids, left_out, classes = pd.Series(dtype=str), pd.Series(dtype=str), tuple[str, ...]()
    with report.going_on() as part:
        if find_file(source.names, CASES) is not None:
            cases = _read_table(source, CASES, _COLUMNS, part)
            cases.require(("case_id", "label"), ("case id", "ground truth"), part)
    if cases is not None and not len(cases.frame):
        cases = None
    if cases is not None and "case_id" in cases.frame:
        ids = cases.frame["case_id"].reset_index(drop=True)
        with report.going_on() as part:
            check_ids(ids, cases.place, "case_id", part)
    if cases is not None and "label" in cases.frame:
        labels = cases.frame["label"].reset_index(drop=True)
        known = (labels != "").to_numpy(bool)
        with report.going_on() as part:
            rows = ids if len(ids) else labels
            known = known_truth(labels, rows, cases.place, options, part)
        left_out, ids = ids[~known[: len(ids)]], ids[known[: len(ids)]]
        cases = cases.rows(known)
        classes = tuple(cases.frame["label"].unique())
        with report.going_on() as part:
            classes, truth = find_classes(tidy_labels(cases.frame["label"]), cases.place, part)
            if "split" in cases.frame:
                split = splits_of(cases, truth, ids, options, part)
                check_splits(split, truth, classes, part, "give some cases that split")
    with report.going_on() as part:
        if find_file(source.names, ANNOTATIONS) is not None:
            said = _read_table(source, ANNOTATIONS, _SAID, part, limits.MOST_SIDE_COLUMNS)
            said.require(_SAID, _MEANINGS, part)
            part.stop()
            # Where cases.csv cannot say which cases and classes there are, these are unknown.
            ids = ids[~ids.duplicated()] if len(ids) else said.frame["case_id"].drop_duplicates()
            annotation_matrix(
                _rows(said, pd.concat([ids, left_out]), options, part),
                ids,
                classes or tuple(v for v in said.frame["label"].unique() if v),
                part,
                ignore_unknown_cases=options.ignore_unknown_cases,
                repeats=options.repeats,
                left_out=left_out,
            )
    return report


FORMAT = Format(
    title="cases.csv",
    expected="cases.csv with annotations.csv",
    sniff=sniff,
    read=read_bundle,
    further=further_problems,
)
