"""Form 2: cases.csv and annotations.csv."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Int8, Int32

from core.base import limits
from core.base.progress import tell
from core.base.report import Report, clip, listed, refuse
from core.dataset.annotation_set import Split
from core.dataset.group_names import is_group
from core.encoding.encode import encode
from core.encoding.encoder import Encoded
from core.reading.annotations import Rows, annotation_matrix, excluded
from core.reading.archive import check_alike
from core.reading.cases import check_ids, check_splits
from core.reading.formats import Format, ReadOptions
from core.reading.labels import find_classes, places, tidy_labels
from core.reading.manifest_names import SPLIT_NAMES
from core.reading.parts import Parts
from core.reading.sources import Source, read_text
from core.reading.tables import Table, parse_table
from core.reading.texts import text_groups
from core.reading.truth import known_truth

CASES, ANNOTATIONS = "cases.csv", "annotations.csv"
_COLUMNS = ("case_id", "split", "label", "file")
_TEST_SHARE = 0.3  # of a data set without splits


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
    for wanted, holds in ((CASES, "the cases"), (ANNOTATIONS, "the experts' annotations")):
        if find_file(source.names, wanted) is None:
            report.error(
                f"{wanted} is missing",
                found=listed([n for n in source.names if "/" not in n]),
                expected=f"{CASES} and {ANNOTATIONS}",
                remedy=f"add {wanted} with {holds}",
            )
    report.stop()
    cases = _read_table(source, CASES, _COLUMNS, report)
    said = _read_table(
        source,
        ANNOTATIONS,
        ("case_id", "expert", "label"),
        report,
        limits.MOST_SIDE_COLUMNS,
    )
    cases.require(("case_id", "label"), ("case id", "ground truth"), report)
    said.require(("case_id", "expert", "label"), ("case id", "expert's name", "annotation"), report)
    report.stop()
    if not len(cases.frame):
        refuse(f"{CASES} has no rows", expected="one row per case", report=report)
    ids = cases.frame["case_id"].reset_index(drop=True)
    check_ids(ids, cases.place, "case_id", report)
    known = known_truth(
        cases.frame["label"].reset_index(drop=True), ids, cases.place, options, report
    )
    left_out = ids[~known]
    cases, ids = cases.rows(known), ids[known].reset_index(drop=True)
    labels = tidy_labels(cases.frame["label"])
    classes, truth = find_classes(labels, cases.place, report)
    split = _splits(cases, truth, ids, report)
    report.stop()
    check_splits(
        split,
        truth,
        classes,
        report,
        "give some cases that split, or leave the column out to have splits drawn",
    )
    annotations = annotation_matrix(
        Rows(
            case=said.frame["case_id"],
            expert=said.frame["expert"],
            label=said.frame["label"],
            place=said.place,
        ),
        ids,
        classes,
        report,
        ignore_unknown_cases=options.ignore_unknown_cases,
        left_out=left_out,
        answers=options.answers,
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


def _splits(
    cases: Table, truth: Int32[np.ndarray, " N"], ids: pd.Series, report: Report
) -> Int8[np.ndarray, " N"]:
    if "split" not in cases.frame.columns:
        report.warn(
            f"{CASES} has no column 'split'",
            remedy=f"{_TEST_SHARE:.0%} of the cases of every class were drawn as test cases; "
            "add the column to choose them yourself",
        )
        return draw_split(ids.tolist(), truth)
    text = cases.frame["split"].str.casefold()
    split = text.map(SPLIT_NAMES)
    wrong = np.flatnonzero(split.isna().to_numpy(bool))
    if len(wrong):
        report.error(
            f"{CASES} has splits that are not train, validation or test",
            found=listed(v or "(blank)" for v in cases.frame["split"].iloc[wrong].unique()),
            expected="train, validation or test",
            remedy="correct them",
            count=len(wrong),
            examples=places(cases.place, wrong, cases.frame["split"]),
        )
        report.stop()
    return split.to_numpy(np.int8)


def draw_split(ids: Sequence[str], truth: Int32[np.ndarray, " N"]) -> Int8[np.ndarray, " N"]:
    """Train and test, 70 to 30 in every class, drawn by a hash of the case id.

    So the draw does not depend on the order of the rows.
    """
    keys = np.array([hashlib.sha256(i.encode()).hexdigest()[:16] for i in ids])
    split = np.full(len(keys), Split.TRAIN, np.int8)
    for c in np.unique(truth):
        members = np.flatnonzero(truth == c)
        drawn = members[np.argsort(keys[members], kind="stable")]
        split[drawn[: round(_TEST_SHARE * len(members))]] = Split.TEST
    return split


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
