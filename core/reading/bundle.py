"""Form 2: cases.csv and annotations.csv."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int8

from core.base import limits
from core.base.progress import tell
from core.base.report import Report, clip, listed, refuse
from core.dataset.annotation_set import Split
from core.dataset.group_names import is_group
from core.encoding.encode import encode
from core.encoding.encoder import Encoded
from core.files.archive import check_alike
from core.files.csv_table import parse_table
from core.files.sources import Source, read_text
from core.files.table import Table
from core.reading.annotations import annotation_matrix, excluded
from core.reading.cases import check_ids, check_splits
from core.reading.formats import Format, OtherForm, ReadOptions
from core.reading.join_ids import join_ids
from core.reading.labels import find_classes, tidy_labels
from core.reading.parts import Parts
from core.reading.patients import with_patients
from core.reading.rows import Rows
from core.reading.splits import splits_of
from core.reading.texts import text_groups
from core.reading.truth import known_truth

CASES, ANNOTATIONS = "cases.csv", "annotations.csv"
_COLUMNS = ("case_id", "split", "label", "file")


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
    said = _read_table(
        source,
        ANNOTATIONS,
        ("case_id", "expert", "label"),
        report,
        limits.MOST_SIDE_COLUMNS,
    )
    report.stop()
    if not {"case_id", "label"} <= {*cases.frame.columns} or not {
        *("case_id", "expert", "label")
    } <= {*said.frame.columns}:
        raise OtherForm
    return parts_of(cases, said, options, report)


def parts_of(
    cases: Table,
    said: Table,
    options: ReadOptions,
    report: Report,
    *,
    ai: Table | None = None,
) -> Parts:
    """Checked cases and annotations from two tables.

    Args:
      cases: case_id, label, and what else is known of a case: split, file, groups, features.
      said: case_id, expert, label.
      options: what the user chose.
      report: takes problems.
      ai: an external AI's predictions, if they were in the tables.

    Raises:
      DataError: see `core.reading.cases` and `annotations`.
    """
    if not len(cases.frame):
        refuse(f"{cases.name} has no rows", expected="one row per case", report=report)
    ids = cases.frame["case_id"].reset_index(drop=True)
    check_ids(ids, cases.place, "case_id", report)
    known = known_truth(
        cases.frame["label"].reset_index(drop=True), ids, cases.place, options, report
    )
    left_out = ids[~known]
    cases, ids = cases.rows(known), ids[known].reset_index(drop=True)
    labels = tidy_labels(cases.frame["label"])
    classes, truth = find_classes(labels, cases.place, report)
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
    annotations = annotation_matrix(
        _rows(said, [*ids, *left_out], options, report),
        ids,
        classes,
        report,
        ignore_unknown_cases=options.ignore_unknown_cases,
        repeats=options.repeats,
        left_out=left_out,
    )
    files = cases.frame["file"].tolist() if "file" in cases.frame.columns else None
    return Parts(
        case_ids=ids,
        split=split,
        truth=truth,
        classes=classes,
        annotations=annotations,
        excluded=excluded(annotations, split, report),
        groups=_groups(cases, report),
        features=_features(cases, split, report, images=files is not None),
        files=files,
        images_expected=files is not None,
        ai=ai,
    )


def _rows(said: Table, cases: Sequence[str], options: ReadOptions, report: Report) -> Rows:
    """The annotations, with the ids of their cases spelt as the cases are."""
    frame = said.frame
    return Rows(
        case=join_ids(frame["case_id"], cases, said.place, options, report, who=frame["expert"]),
        expert=frame["expert"],
        label=frame["label"],
        place=said.place,
        more=frame.drop(columns=["case_id", "expert", "label"]),
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


def _features(
    cases: Table, split: Int8[np.ndarray, " N"], report: Report, *, images: bool
) -> Encoded | None:
    names = [c for c in cases.frame.columns if c not in _COLUMNS and not is_group(str(c))]
    if not names:
        return None
    if images:
        report.warn(
            f"{CASES} has features beside images",
            found=listed(names),
            expected="either",
            remedy="only the images are used; leave out the column 'file' to use the features",
            count=len(names),
        )
        return None
    encoded = encode(
        cases.frame[names],
        split == Split.TRAIN,
        delimiter=cases.delimiter,
        place=cases.place,
        report=report,
    )
    report.stop()
    if not encoded.names:
        refuse(
            f"{CASES} has no feature that differs between cases",
            found=f"the columns {listed(clip(n) for n in names)}",
            expected="at least one column with different values in train",
            remedy="add features, or leave these columns out",
            report=report,
        )
    return encoded


FORMAT = Format(
    title="cases.csv",
    expected="cases.csv with annotations.csv",
    sniff=sniff,
    read=read_bundle,
)
