"""Words for missing that somebody chose in place of the usual ones."""

import pandas as pd
import pytest

from core.base.report import Report
from core.cli.parser import parse
from core.encoding import missing_words
from core.encoding.encoder import Encoder
from tests.unit.reading.builders import annotation_rows, bundle, case_rows, read_set


def with_label(text: str) -> dict[str, bytes]:
    return bundle(annotations=[r.replace("c4,Ann,no", f"c4,Ann,{text}") for r in annotation_rows()])


def test_own_words_replace_the_usual_ones() -> None:
    assert read_set(with_label("Lost"))[0].extra_answers == ("Lost",)
    dataset, _ = read_set(with_label("Lost"), missing_words=("lost",))
    assert not dataset.annotated[4, 0]
    for words in (("lost",), ()):
        assert read_set(with_label("NA"), missing_words=words)[0].extra_answers == ("NA",)


def test_features_and_new_cases_know_them_too() -> None:
    cases = case_rows()
    cases[3] = "c2,train,no,lost,2.5"
    dataset, report = read_set(bundle(cases), missing_words=("lost", "21"))
    # A number is missing among labels only.
    assert dataset.inputs is not None
    column = dataset.feature_names.index("age (missing)")
    assert dataset.inputs[:, column].tolist() == [float(i == 2) for i in range(24)]
    assert "age (missing)" in dataset.feature_names
    assert dataset.encoder is not None
    assert dataset.encoder.missing_words == ("21", "lost")
    kept = Encoder.from_dict(dataset.encoder.to_dict())
    assert kept == dataset.encoder
    frame = pd.DataFrame({"age": ["Lost", "21", "30"], "dose": ["1", "2", "3"]})
    told = Report()
    encoded = kept.apply(frame, delimiter=",", place=str, report=told)
    column = encoded.names.index("age (missing)")
    assert encoded.values[:, column].tolist() == [1, 0, 0]
    assert not told.errors
    assert missing_words.own() is None
    assert any("words for missing" in n.what for n in report.notes)


def test_a_usual_encoder_is_stored_as_before() -> None:
    dataset, _ = read_set(bundle())
    assert dataset.encoder is not None
    assert "missing_words" not in dataset.encoder.to_dict()


@pytest.mark.parametrize(("typed", "words"), [("a, b ,\na", ("a", "b")), ("", ()), ("-9", ("-9",))])
def test_they_are_typed_between_commas(typed: str, words: tuple[str, ...]) -> None:
    options = parse(["inspect", "sample:fna_panel", f"--missing-words={typed}"])
    assert options.missing_words == words
