"""A new form of data set is one file and one line in the list of forms."""

import numpy as np
import pandas as pd
import pytest

from core.base.report import DataError, Report
from core.files.sources import Source, read_text
from core.reading import read
from core.reading.annotations import annotation_matrix
from core.reading.formats import Format, ReadOptions
from core.reading.parts import Parts
from core.reading.rows import Rows


def _read(source: Source, options: ReadOptions, report: Report) -> Parts:
    """Lines such as `test;case 1;yes;Ann=no`."""
    lines = [
        line.split(";") for line in read_text(source, "set.lines", 10_000).decode().splitlines()
    ]
    ids = pd.Series([line[1] for line in lines])
    said = pd.DataFrame(
        [(line[1], *answer.split("=")) for line in lines for answer in line[3:]],
        columns=["case", "expert", "label"],
    )
    classes = ("no", "yes")
    return Parts(
        case_ids=ids,
        split=np.array([("train", "validation", "test").index(line[0]) for line in lines], np.int8),
        truth=np.array([classes.index(line[2]) for line in lines], np.int32),
        classes=classes,
        annotations=annotation_matrix(
            Rows(
                case=said["case"],
                expert=said["expert"],
                label=said["label"],
                place=lambda i: f"answer {i + 1}",
            ),
            ids,
            classes,
            report,
            ignore_unknown_cases=options.ignore_unknown_cases,
        ),
        excluded=(),
    )


LINES = Format(
    title="set.lines",
    expected="one file of lines",
    sniff=lambda names: [n for n in names if n == "set.lines"],
    read=_read,
)
FILES = {"set.lines": b"train;a;yes;Ann=yes;Bob=no\ntrain;b;no;Ann=no\ntest;c;no;Bob=no\n"}


def test_a_listed_form_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="there is no data set"):
        read.read_files(FILES)
    monkeypatch.setattr(read, "FORMATS", (*read.FORMATS, LINES))
    dataset, _ = read.read_files(FILES)
    assert dataset.experts == ("Ann", "Bob")
    assert dataset.annotated.tolist() == [[True, True], [True, False], [False, True]]


def test_of_several_forms_the_first_is_read_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(read, "FORMATS", (LINES, *read.FORMATS))
    manifest = b'[{"file": "a", "label": 1}]'
    _, report = read.read_files({**FILES, "train.json": manifest})
    assert any("JSON manifests beside set.lines are ignored" in p.what for p in report.problems)
