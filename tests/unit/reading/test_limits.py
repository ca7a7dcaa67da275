"""What is too much is refused in words, with the limit and what was found. Some were bombs."""

import ast
import json
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.base import limits
from core.encoding.column_numbers import many_numbers, numbers
from core.encoding.inputs import blocks
from core.files.sources import UploadSource
from core.reading.image_store import ImageStore
from core.reading.read import read_files
from tests.faults import bombs
from tests.unit.reading.builders import (
    annotation_rows,
    bundle,
    case_rows,
    entries,
    image_bundle,
    manifests,
    png,
    read_set,
    refusal,
    with_case,
    zipped,
)


def with_columns(*columns: str) -> dict[str, bytes]:
    """The bundle with more columns; each text is a header and what all rows hold."""
    rows = case_rows()
    more = [c.split("=", 1) for c in columns]
    head, *body = rows
    return bundle(
        cases=[
            ",".join([head, *(m[0] for m in more)]),
            *(",".join([row, *(m[1] for m in more)]) for row in body),
        ]
    )


def test_every_limit_has_a_name_of_its_own() -> None:
    body = ast.parse(Path(limits.__file__).read_text("utf-8")).body
    names = Counter(n.id for node in body for n in ast.walk(node) if isinstance(n, ast.Name)
                    and isinstance(n.ctx, ast.Store))  # fmt: skip
    assert [name for name, count in names.items() if count > 1] == []


def test_a_column_may_have_a_long_title() -> None:
    read_files(with_columns("a" * 1000 + "=1"))
    assert "found 1,001 characters" in refusal(with_columns("a" * 1001 + "=1"))


@pytest.mark.parametrize(
    ("limit", "value", "files", "said"),
    [
        ("LONGEST_CELL", 20, with_columns("x=" + "a" * 21), "one of 21 characters, expected at"),
        ("LONGEST_TITLE", 10, with_columns("a" * 11 + "=1"), "found 11 characters: 'aaaaaaaaaaa'"),
        ("MOST_COLUMNS", 5, with_columns("x=1"), "too many columns: found 6, expected at most 5"),
        ("MOST_TABLE_CELLS", 124, bundle(), "found 26 rows × 5 columns, 130 cells, expected"),
        ("MOST_SIDE_COLUMNS", 2, bundle(), "annotations.csv has too many columns: found 3"),
        ("MOST_TABLE_BYTES", 99, bundle(), "cases.csv is too large"),
        ("MOST_JSON_BYTES", 99, manifests(), "train.json is too large"),
        ("MOST_JSON_OBJECTS", 12, manifests(), "found 13 objects and lists, expected at most 12"),
        ("LONGEST_GROUP", 3, with_columns("group_a=abcd"), "found one of 4 characters, expected"),
        ("MOST_GROUP_COLUMNS", 1, with_columns("group_a=x", "group_b=y"), "found 2, such as"),
        ("MOST_FIXED_TEXT", 24 * 3 * 4 - 1, bundle(), "24 cases, the longest text of 3 characters"),
        ("MOST_INPUTS", 1, bundle(), "2 inputs × 24 cases as far as 'dose', expected at most 1"),
        ("MOST_INPUT_CELLS", 47, bundle(), "2 inputs × 24 cases as far as 'dose', expected at"),
        ("MOST_ANNOTATIONS", 47, bundle(), "24 cases × 2 experts, expected at most 47 pairs"),
        ("MOST_ACCENTS", 2, with_columns("x=e" + "\u0301\u0316\u0301"), "found 3 accents one"),
        ("MOST_PIXELS_READ", 1, image_bundle(), "found 0 million pixels"),
        ("LONGEST_PATH", 9, {"s.zip": zipped(bundle())}, "a path of 15 characters (at most 9 are"),
    ],
)
def test_a_refusal_says_the_limit_and_what_was_found(
    limit: str, value: int, files: dict[str, bytes], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_files(files)
    if limit == "MOST_PIXELS_READ":
        monkeypatch.setattr(limits, "PIXELS_PER_BYTE", 0)
    monkeypatch.setattr(limits, limit, value)
    assert said in refusal(files)


def test_a_path_may_not_be_too_deep() -> None:
    deep = {"/".join("a" * 66) + ".csv": b"1"}
    assert "a path 65 folders deep (at most 64 are followed)" in refusal({"s.zip": zipped(deep)})
    read_set(image_bundle({"/".join("a" * 60) + f"/c{i}.png": png() for i in range(24)}))


def test_a_cell_of_slashes_names_no_image() -> None:
    files = image_bundle()
    files["cases.csv"] = files["cases.csv"].replace(b"c0.png", b"/" * 90_000)
    assert "images are missing" in refusal(files)


def test_every_image_is_looked_for_by_any_end_of_its_path() -> None:
    files = {"x/y/1.png": b"", "x/z/1.png": b"", "z/2.png": b"", "2.png": b"", "q/3.png": b""}
    store = ImageStore(UploadSource(files, "the upload"))

    def found(file: str) -> str | None:
        place = store.find(file)
        return place and place[1]

    assert found("1.png") is None
    assert found("y/1.png") == "x/y/1.png"
    assert found("2.png") == "2.png"
    assert found("elsewhere/z/2.png") == "z/2.png"
    assert found("elsewhere/3.png") == "q/3.png"
    assert found("elsewhere/1.png") is None
    assert found("/1.png") is None


def test_memory_of_fixed_width_counts_for_all_groups_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = with_columns("group_a=xyz", "group_b=uvw")
    monkeypatch.setattr(limits, "MOST_FIXED_TEXT", 24 * 5 * 4)
    assert "as far as 'group_b', whose longest value has 3" in refusal(files)


@pytest.mark.parametrize("name", ["duplicate_headers", "short_lines", "accents", "deep_paths"])
def test_a_bomb_is_refused(name: str) -> None:
    assert "expected" in refusal(bombs.ALL[name]())


def test_a_progressive_image_of_too_many_scans_is_refused_before_it_is_decoded() -> None:
    many = bombs._jpeg_of_scans(120, side=64)
    names = [f"{i}.jpg" for i in range(6)]
    files = bombs._image_set(dict.fromkeys(names, many), names)
    assert "expected at most 100 scans" in refusal(files)
    few = bombs._jpeg_of_scans(3, side=64)
    dataset, _ = read_set(bombs._image_set(dict.fromkeys(names, few), names))
    assert dataset.kind == "images"


def test_keys_of_json_entries_are_group_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_GROUP_COLUMNS", 1)
    truth = [e | {"site": "a", "device": "b"} for e in entries(0, 12)]
    assert "found 2, such as 'site', 'device'" in refusal(manifests(train=truth))


def test_values_of_json_groups_stay_apart() -> None:
    values = [1, True, 1.0, "1", None, 0.0, -0.0, False, "", "x" * 300]
    truth = [e | {"g": v} for e, v in zip(entries(0, 10), values, strict=True)]
    dataset, _ = read_set(manifests(train=truth + entries(10, 12)))
    told = ["1", "True", "1.0", "1", "", "0.0", "-0.0", "False", "", "x" * 199 + "…", "", ""]
    assert dataset.groups["g"][:12].tolist() == told
    assert json.dumps(dataset.groups["g"].tolist())


def test_a_column_without_a_name_is_said_a_few_times_only() -> None:
    rows = [row + "," + ",".join("ab" * 10) for row in case_rows()[1:]]
    head = case_rows()[0] + "," * 20
    said = refusal(bundle(cases=[head, *rows]))
    assert "(and 5 more problems)" in said


# Wide tables take another way through the reader, and must come out the same.


def test_a_wide_table_is_read_as_a_narrow_one() -> None:
    """The same features, alone and among others; R's quotation marks, blanks, gaps and words."""
    rng = np.random.default_rng(0)
    texts = ["1", "2.5", " 3 ", "", "NaN", '"4"', '="5"', "-6e3", "x"]
    columns = [rng.choice(texts[:-1] if i % 3 else texts, 24) for i in range(90)]
    columns[0] = np.array(["a", "b c", '"d"'] * 8, object)

    def read(which: list[int]) -> dict[str, list[float]]:
        head = ",".join(f'"f{i}"' for i in which)
        body = [
            row.rsplit(",", 2)[0] + "," + ",".join(columns[i][j] for i in which)
            for j, row in enumerate(case_rows()[1:])
        ]
        text = [case_rows()[0].rsplit(",", 2)[0] + "," + head, *body]
        dataset, _ = read_set(bundle(cases=text))
        assert dataset.inputs is not None
        return dict(zip(dataset.feature_names, dataset.inputs.T.tolist(), strict=True))

    good = [i for i in range(90) if i % 3 or not i]
    wide = read(good)
    assert len(good) > 55
    narrow: dict[str, list[float]] = {}
    for start in range(0, len(good), 5):
        narrow |= read(good[start : start + 5])
    assert wide == narrow


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_numbers_of_many_columns_are_those_of_each(delimiter: str) -> None:
    rng = np.random.default_rng(1)
    texts = ["1", "2.5", "", "NaN", "1,5", "1,234", "1.234", "x", "inf", "1e999", "\u22127", "-3"]
    texts += ["9007199254740993", "18446744073709551617", "1_000", "٣", "0x10", "+ 5", "5-"]
    cells = rng.choice(np.array(texts, object), (40, 60))
    cells[:, :20] = rng.choice(np.array(["0.25", "3", "", "17"], object), (40, 20))
    cells[:, 20:25] = rng.choice(np.array(texts[12:14], object), (40, 5))
    read = many_numbers(cells, delimiter)
    for j in range(60):
        commas = read.decimal_commas[j]  # another column may make clear what they are
        alone = numbers(pd.Series(cells[:, j], dtype=str), delimiter, decimal_comma=commas)
        for whole, part in zip(read[:3], alone[:3], strict=True):
            np.testing.assert_array_equal(whole[:, j], part)


def test_blocks_cover_a_table_once() -> None:
    frame = pd.DataFrame(np.arange(12).reshape(2, 6).astype(str).astype(object))
    assert np.concatenate([b for _, b in blocks(frame)], axis=1).tolist() == frame.values.tolist()


def test_a_wide_table_of_short_and_long_rows_is_read() -> None:
    head = ",".join([case_rows()[0], *(f"g{i}" for i in range(100))])
    body = [
        row + "," + ",".join(str(i % 7) for i in range(j, j + 100))
        for j, row in enumerate(case_rows()[1:])
    ]
    plain, _ = read_set(bundle(cases=[head, *body]))
    body[3] += ",,"
    body[5] += '," "'
    longer, _ = read_set(bundle(cases=[head, *body]))
    assert longer.content_hash == plain.content_hash
    body[3] += "x"
    assert "more cells than the header" in refusal(bundle(cases=[head, *body]))


def test_good_files_are_still_good() -> None:
    read_set(with_case(2, "c0,train,no,20,0.5"))
    read_set(bundle(annotations=annotation_rows()))


def test_streamlit_takes_as_much_as_an_upload_may_hold() -> None:
    text = (Path(__file__).resolve().parents[3] / ".streamlit" / "config.toml").read_text("utf-8")
    assert tomllib.loads(text)["server"]["maxUploadSize"] * limits.MIB == limits.MOST_UPLOAD
