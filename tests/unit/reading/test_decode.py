import numpy as np
import pandas as pd

from core.base.report import Report
from core.encoding.decode import as_written
from core.encoding.encode import encode
from core.encoding.encoder import Encoder


def read_back(columns: dict[str, list[str]]) -> list[dict[str, str]]:
    """Per case what each input was, through the file that keeps the encoder."""
    frame = pd.DataFrame(columns, dtype=str)
    mask = np.ones(len(frame), bool)
    made = encode(frame, mask, delimiter=",", place=str, report=Report())
    encoder = Encoder.from_dict(made.encoder.to_dict())
    return [
        dict(zip(made.names, as_written(encoder, made.names, row), strict=True))
        for row in made.values
    ]


def test_numbers_are_those_of_the_file() -> None:
    ages = ["34", "71.5", "18", "-3"]
    assert [case["age"] for case in read_back({"age": ages})] == ages


def test_numbers_scaled_by_rank_are_those_of_the_file() -> None:
    counts = [str(n) for n in range(60)] + ["100000"]
    shown = [float(case["x"]) for case in read_back({"x": counts})]
    assert shown == [float(n) for n in counts]


def test_categories_say_yes_or_no_and_blanks_are_missing() -> None:
    cases = read_back({"colour": ["red", "blue", "red", "blue"], "x": ["1", "2", "", "4"]})
    assert [case["colour = red"] for case in cases] == ["yes", "no", "yes", "no"]
    assert [case["x"] for case in cases] == ["1", "2", "missing", "4"]
    assert [case["x (missing)"] for case in cases] == ["no", "no", "yes", "no"]


def test_without_an_encoder_inputs_stay_as_the_networks_see_them() -> None:
    assert as_written(None, ["a", "b"], np.array([0.25, 1.0])) == ["0.250", "1.000"]
