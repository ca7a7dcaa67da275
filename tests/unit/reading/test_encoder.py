import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.base.report import Report
from core.encoding.encode import encode
from core.encoding.encoder import Encoded, Encoder
from core.library.store import Library
from tests.unit.reading.builders import bundle, image_bundle, read_set


def fitted(cells: dict[str, list[str]], train: int) -> tuple[Encoded, pd.DataFrame]:
    frame = pd.DataFrame(cells, dtype=str)
    mask = np.arange(len(frame)) < train
    made = encode(frame, mask, delimiter=",", place=lambda i: f"row {i}", report=Report())
    return made, frame


def applied(encoder: Encoder, cells: dict[str, list[str]], report: Report | None = None) -> Encoded:
    frame = pd.DataFrame(cells, dtype=str)
    report = Report() if report is None else report
    return encoder.apply(frame, delimiter=",", place=lambda i: f"row {i}", report=report)


def kept(encoder: Encoder) -> Encoder:
    return Encoder.from_dict(json.loads(json.dumps(encoder.to_dict())))


@pytest.fixture
def mixed() -> tuple[Encoded, pd.DataFrame]:
    rng = np.random.default_rng(0)
    cells = {
        "plain": [f"{v:.6g}" for v in rng.normal(size=200)],
        "heavy": [f"{v:.6g}" for v in np.exp(3 * rng.normal(size=200))],
        "gaps": ["" if i % 7 == 0 else str(i % 5) for i in range(200)],
        "colour": [["red", "blue", "green", ""][i % 4] for i in range(200)],
        "rare": [f"k{i % 70:02d}" for i in range(200)],
    }
    return fitted(cells, 150)


def test_written_and_read_back_it_encodes_the_sets_own_cases_to_the_last_bit(mixed) -> None:
    made, frame = mixed
    again = applied(kept(made.encoder), {c: frame[c].tolist()[150:] for c in frame.columns})
    assert again.names == made.names
    assert again.values.tobytes() == made.values[150:].tobytes()


def test_columns_that_told_nothing_are_not_asked_for_again() -> None:
    made, _ = fitted({"x": ["1", "2", "3"], "same": ["5"] * 3, "word": ["a"] * 3}, 3)
    assert made.encoder.needed == ("x",)
    assert made.encoder.left_out == ("same", "word")


def test_number_beyond_train_and_category_unseen_are_taken_as_in_a_set() -> None:
    made, _ = fitted({"x": ["0", "10"], "c": ["a", "b"]}, 2)
    report = Report()
    new = applied(made.encoder, {"x": ["1000", ""], "c": ["zzz", "a"]}, report)
    assert new.values.tolist() == [[1.25, 0, 0], [0.5, 1, 0]]
    assert [p.what for p in report.warnings] == [
        "features have blank or missing cells",
        "cases have categories that no train case has",
        "'x' has values outside the range of training",
    ]


def test_text_where_numbers_belong_is_an_error_that_names_the_place() -> None:
    made, _ = fitted({"x": ["0", "10"]}, 2)
    report = Report()
    applied(made.encoder, {"x": ["1", "much"]}, report)
    assert report.errors[0].examples == ("row 1: 'much'",)


def test_encoder_is_stored_beside_the_set_and_is_no_part_of_its_content(tmp_path: Path) -> None:
    dataset, report = read_set(bundle())
    assert replace(dataset, encoder=None).content_hash == dataset.content_hash
    library = Library(tmp_path)
    key = library.add(dataset, report)
    assert library.load(key).encoder == dataset.encoder
    assert dataset.encoder is not None
    assert dataset.encoder.needed == ("age", "dose")


def test_set_stored_without_an_encoder_gets_it_by_being_added_again(tmp_path: Path) -> None:
    dataset, report = read_set(bundle())
    library = Library(tmp_path)
    key = library.add(replace(dataset, encoder=None), report)
    assert library.load(key).encoder is None
    assert library.add(dataset, report) == key
    assert library.encoder(key) == dataset.encoder


def test_images_have_no_encoder() -> None:
    assert read_set(image_bundle())[0].encoder is None


STORED = {
    "columns": [
        {
            "kind": "number",
            "name": "x",
            "median": 2.0,
            "steps": [0.0, 0.25],
            "counts": [],
            "indicator": True,
        },
        {
            "kind": "number",
            "name": "heavy",
            "median": 1.0,
            "steps": [0.0, 0.0625, 6.25],
            "counts": [2, 1, 1],
            "indicator": False,
        },
        {
            "kind": "number",
            "name": "same",
            "median": 5.0,
            "steps": None,
            "counts": None,
            "indicator": True,
        },
        {
            "kind": "category",
            "name": "c",
            "levels": ["a", "b"],
            "seen": ["a", "b", "z"],
            "other": True,
            "indicator": False,
        },
    ],
    "left_out": ["note"],
}


def test_what_earlier_versions_stored_is_read_and_written_alike() -> None:
    encoder = Encoder.from_dict(STORED)
    cells = {"x": ["1", ""], "heavy": ["0.5", "50.5"], "same": ["5", ""], "c": ["a", "z"]}
    new = applied(encoder, cells)
    assert new.values.tolist() == [
        [0.25, 0, pytest.approx(0.3), 0, 1, 0, 0],
        [0.5, 1, pytest.approx(0.8), 1, 0, 0, 1],
    ]
    assert json.loads(json.dumps(encoder.to_dict())) == STORED


@pytest.mark.parametrize("damaged", [{}, {"columns": 3}, {"columns": [{"kind": "odd"}]}, ["x"]])
def test_damaged_encoding_is_refused(damaged: object) -> None:
    with pytest.raises(ValueError, match="Encoder"):
        Encoder.from_dict(damaged)  # type: ignore[arg-type]
