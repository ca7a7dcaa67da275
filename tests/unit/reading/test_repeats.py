"""Several annotations of one case by one expert."""

import numpy as np
import pandas as pd
import pytest

from core.base.report import DataError, Problem
from core.reading import dates
from core.reading.options import ReadOptions
from core.reading.read import read_files
from tests.unit.reading.builders import (
    annotation_rows,
    bundle,
    entries,
    manifests,
    read_set,
    refusal,
    with_annotations,
)

# Ann said "no" of c0 once, the other readings are these.
AGAIN = ("c0,Ann,yes", "c0,Ann,yes", "c0,Ann,no")


def timed(*readings: str, title: str = "read_at", first: str = "2024-03-01") -> dict[str, bytes]:
    """The bundle with a column of dates; `readings` are c0's further ones by Ann."""
    rows = [f"{r},{first}" for r in annotation_rows()[1:]]
    return bundle(annotations=[f"{annotation_rows()[0]},{title}", *rows, *readings])


def error_of(files: dict[str, bytes]) -> Problem:
    with pytest.raises(DataError) as refused:
        read_files(files)
    (error,) = refused.value.report.errors
    return error


def said(files: dict[str, bytes], which: str) -> str:
    """What counts as Ann's answer about c0."""
    dataset, report = read_set(files, repeats=which)
    assert any("different labels" in w.what and not w.choices for w in report.warnings)
    row = dataset.case_ids.tolist().index("c0")
    column = dataset.experts.index("Ann")
    assert dataset.annotated[row, column]
    return dataset.classes[dataset.annotations[row, column]]


def test_three_choices_say_what_each_leaves_out() -> None:
    error = error_of(with_annotations(*AGAIN, "c0,Ann,yes", "c1,Bob,no"))
    assert error.found == "4 contradictions in 2 pairs of a case and an expert"
    assert [(c.option, c.value) for c in error.choices] == [
        ("repeats", which) for which in ("first", "last", "majority")
    ]
    # c0: no yes yes no yes; c1: yes no.
    left_out = [int(c.words.split("; ")[1].split()[0]) for c in error.choices]
    assert left_out == [3 + 1, 2 + 1, 2 + 1]
    assert all("in the order of the rows" in c.words for c in error.choices)


def test_by_the_order_of_the_rows() -> None:
    files = with_annotations(*AGAIN[:2])
    assert said(files, "first") == "no"
    assert said(files, "last") == "yes"
    assert said(files, "majority") == "yes"
    # Of equally frequent ones, the last.
    assert said(with_annotations(*AGAIN), "majority") == "no"
    assert said(with_annotations("c0,Ann,yes"), "majority") == "yes"


@pytest.mark.parametrize(
    ("title", "first", "later", "earlier"),
    [
        ("read_at", "2024-03-01", "2024-03-02", "2024-02-28"),
        ("Reading Date", "1.3.2024", "2.3.2024", "28.2.2024"),
        ("timestamp", "2024-03-01T10:00:00Z", "2024-03-01T10:00:00.5Z", "2024-03-01T10:30+01:00"),
        ("createdAt", "1700000000", "1700000001", "1699999999"),
        ("datum", "13/12/2024", "01/01/2025", "12/12/2024"),
        ("date", "01.03.24 09:30", "01.03.24 10:00", "01.03.24 09:00"),
    ],
)
def test_a_column_of_times_says_which_was_first(
    title: str, first: str, later: str, earlier: str
) -> None:
    files = timed(f"c0,Ann,yes,{earlier}", title=title, first=first)
    assert f"by '{title}'" in error_of(files).choices[0].words
    assert said(files, "first") == "yes"
    assert said(files, "last") == "no"
    files = timed(f"c0,Ann,yes,{later}", title=title, first=first)
    assert said(files, "last") == "yes"


def test_a_day_and_a_time_in_two_columns_are_put_together() -> None:
    rows = [f"{r},2024-03-01,10:30" for r in annotation_rows()[1:]]
    head = f"{annotation_rows()[0]},date,time"
    files = bundle(annotations=[head, *rows, "c0,Ann,yes,2024-03-01,09:15"])
    assert "by 'date' and 'time'" in error_of(files).choices[0].words
    assert said(files, "first") == "yes"


@pytest.mark.parametrize(
    ("title", "first", "again"),
    [
        ("read_at", "2024-03-01", ""),  # one is not known
        ("read_at", "2024-03-01", "yesterday"),
        ("read_at", "2/3/2024", "1/3/2024"),  # in either order
        ("read_at", "2024-03-01", "2024-03-01"),  # tells nothing
        ("time", "12.5", "3.5"),  # seconds that it took
        ("comment", "2024-03-01", "2024-02-01"),
    ],
)
def test_without_clear_times_the_rows_say_it(title: str, first: str, again: str) -> None:
    files = timed(f"c0,Ann,yes,{again}", title=title, first=first)
    assert "in the order of the rows" in error_of(files).choices[0].words
    assert said(files, "last") == "yes"


def test_repetitions_are_dropped_whatever_was_chosen() -> None:
    files = with_annotations("c0,Ann,no")
    for which in ("refuse", "first", "last", "majority"):
        dataset, report = read_set(files, repeats=which)
        assert dataset.content_hash == read_set(bundle())[0].content_hash
        assert [w.what for w in report.warnings] == ["annotations are repeated"]


def test_findings_in_a_column_of_their_own_are_a_set_each() -> None:
    rows = [f"{r},nodule" for r in annotation_rows()[1:]]
    head = f"{annotation_rows()[0]},finding"
    error = error_of(bundle(annotations=[head, *rows, "c0,Ann,yes,effusion"]))
    assert "a data set per value of 'finding'" in error.remedy
    assert "name per reading" not in error.remedy
    assert "per finding" in refusal(with_annotations("c0,Ann,yes"))


def test_manifests_say_when_too() -> None:
    first = [e | {"read_at": "2024-03-01"} for e in entries(0, 12)]
    again = {"file": "img/0.png", "label": 1, "read_at": "2024-02-01"}
    files = manifests(label_A_train=[*first, again])
    error = error_of(files)
    assert "by 'read_at'" in error.choices[0].words
    options = ReadOptions().choose("repeats", "first")
    dataset, _ = read_files(files, options=options)
    assert dataset.annotations[0, 0] == 1


def test_majority_agrees_with_counting() -> None:
    rng = np.random.default_rng(0)
    rows = [
        f"c{case},{who},{rng.choice(['yes', 'no'])}"
        for case in range(24)
        for who in ("Ann", "Bob", "Cy")
        for _ in range(int(rng.integers(1, 7)))
    ]
    rng.shuffle(rows)
    dataset, _ = read_set(bundle(annotations=["case_id,expert,label", *rows]), repeats="majority")
    frame = pd.DataFrame([r.split(",") for r in rows], columns=["case", "expert", "label"])
    for (case, expert), given in frame.groupby(["case", "expert"])["label"]:
        labels = given.tolist()
        most = max(labels.count(x) for x in labels)
        expected = [x for x in labels if labels.count(x) == most][-1]
        i, j = dataset.case_ids.tolist().index(case), dataset.experts.index(expert)
        assert dataset.classes[dataset.annotations[i, j]] == expected


def test_times_are_read_strictly() -> None:
    assert dates.seconds(pd.Series(["2024-01-01", "soon"])) is None
    assert dates.seconds(pd.Series(["", ""])) is None
    found = dates.seconds(pd.Series(["1970-01-02", ""]))
    assert found is not None
    assert found[0] == 86400
    assert np.isnan(found[1])
