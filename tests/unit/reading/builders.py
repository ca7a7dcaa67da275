"""Small data sets as files, to be read whole or made bad in one place."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.base.report import DataError, Report
from core.dataset.annotation_set import AnnotationSet
from core.encoding.fitting import fit_numbers
from core.reading.read import ReadOptions, read_files

SPLITS = ["train"] * 12 + ["validation"] * 4 + ["test"] * 8


def lines(*rows: str, end: str = "\n") -> bytes:
    return "".join(row + end for row in rows).encode()


def case_rows() -> list[str]:
    """24 cases, two classes in turn, an age and a dose."""
    rows = ["case_id,split,label,age,dose"]
    for i, split in enumerate(SPLITS):
        rows.append(f"c{i},{split},{'yes' if i % 2 else 'no'},{20 + (i ^ 1)},{i % 5}.5")
    return rows


def annotation_rows() -> list[str]:
    """Ann annotated everything, rightly but for the last case; Bob two thirds, always "yes"."""
    rows = ["case_id,expert,label"]
    for i in range(len(SPLITS)):
        rows.append(f"c{i},Ann,{'yes' if i % 2 and i < 23 else 'no'}")
        if i % 3:
            rows.append(f"c{i},Bob,yes")
    return rows


def bundle(
    cases: list[str] | None = None, annotations: list[str] | None = None, **more: bytes
) -> dict[str, bytes]:
    """A good bundle, or one with other rows; `more` are files by name with _ for a dot."""
    files = {
        "cases.csv": lines(*(case_rows() if cases is None else cases)),
        "annotations.csv": lines(*(annotation_rows() if annotations is None else annotations)),
    }
    return files | {name.replace("_csv", ".csv"): data for name, data in more.items()}


def with_case(row: int, text: str) -> dict[str, bytes]:
    """The bundle with one row of cases.csv replaced; row 2 is the first case."""
    rows = case_rows()
    rows[row - 1] = text
    return bundle(cases=rows)


def with_annotations(*extra: str) -> dict[str, bytes]:
    """The bundle with more rows at the end of annotations.csv."""
    return bundle(annotations=[*annotation_rows(), *extra])


def entries(start: int, stop: int, label: Any = None, **more: Any) -> list[dict[str, Any]]:
    """JSON entries of cases start … stop − 1, labelled with their number modulo 2 unless set."""
    return [
        {"file": f"img/{i}.png", "label": i % 2 if label is None else label, **more}
        for i in range(start, stop)
    ]


def manifests(**change: Any) -> dict[str, bytes]:
    """12 train and 8 test cases of two numbered classes; A errs in the last case, B often.

    Args:
      change: file name without .json → other content; None takes the file away.
    """
    content: dict[str, Any] = {
        "train": entries(0, 12),
        "test": entries(12, 20),
        "label_A_train": entries(0, 12),
        "label_A_test": [*entries(12, 19), *entries(19, 20, label=0)],
        "label_B_train": entries(0, 12, label=1),
        "label_B_test": entries(12, 20, label=1),
    } | change
    return {f"{k}.json": json.dumps(v).encode() for k, v in content.items() if v is not None}


def png(
    size: tuple[int, int] = (8, 8), colour: Any = (10, 20, 30), mode: str = "RGB", kind: str = "PNG"
) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size, colour).save(stream, kind)
    return stream.getvalue()


def image_of(array: np.ndarray, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, kind)
    return stream.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def image_bundle(
    images: Mapping[str, bytes] | None = None, *, file: str = "c{}.png"
) -> dict[str, bytes]:
    """The bundle with an image for every case in place of features; `file` names them."""
    rows = [r.rsplit(",", 2)[0] for r in case_rows()]
    rows = [rows[0] + ",file"] + [f"{r},{file.format(i)}" for i, r in enumerate(rows[1:])]
    if images is None:
        images = {f"c{i}.png": png(colour=(i, 0, 0)) for i in range(len(SPLITS))}
    return bundle(cases=rows) | {"images.zip": zipped(images)}


def written(files: Mapping[str, bytes], folder: Path) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def read_set(files: Mapping[str, bytes], **options: Any) -> tuple[AnnotationSet, Report]:
    return read_files(files, options=ReadOptions(**options))


def refusal(files: Mapping[str, bytes], **options: Any) -> str:
    """The one line with which the files are refused."""
    try:
        read_files(files, options=ReadOptions(**options))
    except DataError as error:
        line = str(error)
        assert "\n" not in line
        return line
    raise AssertionError("the files were accepted")


def warnings_of(files: Mapping[str, bytes], **options: Any) -> str:
    """All warnings, one after another; notes are not in it."""
    _, report = read_set(files, **options)
    return " | ".join(p.sentence() for p in report.warnings)


def scaled(values: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, bool]:
    """Numbers as a column fitted on `train` maps them, and whether that is by rank."""
    fitted = fit_numbers(train[:, None], np.zeros((len(train), 1), bool))
    column = fitted.column(0, "x")
    assert column is not None
    return column.scale(values), bool(column.counts)
