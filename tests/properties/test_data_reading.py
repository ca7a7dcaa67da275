"""What must hold for whatever people write into their files."""

import csv
import io

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.export import csv_text, without_quote
from core.base.report import DataError, Report, clip
from core.dataset.missingness import drop_annotations
from core.files.csv_table import parse_table
from core.reading.read import read_files
from tests.unit.reading.builders import bundle, manifests, scaled

# Text without what a table cannot keep: blanks at the ends, ="…", and an apostrophe
# before a formula, which are undone on purpose.
CELL = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cf")), min_size=1, max_size=8
).filter(lambda t: t == t.strip() and not t.startswith('="') and without_quote(t) == t)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_cells_come_back_as_they_were_written(
    rows: list[tuple[str, str]], delimiter: str, end: str, encoding: str
) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end)
    writer.writerows([("case_id", "label"), *rows])
    table = parse_table(
        stream.getvalue().encode(encoding), "t.csv", Report(), expect=("case_id", "label")
    )
    assert [tuple(r) for r in table.frame.to_numpy(object)] == rows


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.text("'=+-@\"12e.,a ", min_size=1, max_size=6), min_size=1, max_size=5))
def test_what_is_exported_is_read_again_as_it_was(ids: list[str]) -> None:
    ids = [text for text in (t.strip() for t in ids) if text and not text.startswith('="')]
    text = csv_text(pd.DataFrame({"case_id": ["x", *ids], "label": "y"}))
    assert parse_table(text.encode(), "t.csv", Report()).frame["case_id"].tolist() == ["x", *ids]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    name=st.sampled_from(["cases.csv", "annotations.csv", "train.json", "label_A_train.json"]),
    cut=st.integers(0, 400),
    junk=st.binary(max_size=12),
)
def test_damaged_file_is_read_or_refused_in_one_line(name: str, cut: int, junk: bytes) -> None:
    files = bundle() if name.endswith(".csv") else manifests()
    data = files[name]
    files[name] = data[:cut] + junk + data[cut + len(junk) :]
    try:
        read_files(files)
        line = ""
    except DataError as error:
        line = str(error)
    assert line.isprintable()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    train=st.lists(
        st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=20, unique=True
    ),
    other=st.floats(allow_nan=False, allow_infinity=False),
)
def test_scaled_numbers_are_finite_near_zero_to_one_and_in_order(
    train: list[float], other: float
) -> None:
    values = np.sort(np.array([*train, other]))
    found, _ = scaled(values, np.array(train))
    assert np.isfinite(found).all()
    assert -0.25 <= found.min() <= found.max() <= 1.25
    # np.interp may round a number just below a step to the last bit above it; inputs are float32.
    assert (np.diff(found) >= -1e-15).all()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**31 - 1),
    rate=st.floats(0, 1, exclude_max=True),
    mask=st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=12),
)
def test_dropping_only_ever_takes_away(seed: int, rate: float, mask: list[list[bool]]) -> None:
    before = np.array(mask)
    after = drop_annotations(before, rate, seed)
    assert not (after & ~before).any()
    share = rate * before.sum(axis=0)
    lost = before.sum(axis=0) - after.sum(axis=0)
    # A whole number beside each expert's share, and beside everybody's together.
    assert (lost >= np.floor(share - 1e-9)).all()
    assert (lost <= np.ceil(share + 1e-9)).all()
    assert abs(lost.sum() - share.sum()) <= 0.5 + 1e-9


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_quoted_text_is_one_printable_line(text: str) -> None:
    assert clip(text).isprintable()
    assert len(clip(text)) <= 160
