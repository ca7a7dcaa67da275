import re

import numpy as np
import pytest

from tests.unit.reading.builders import bundle, lines, read_set, refusal, warnings_of

N = 24


def predicted(*rows: str, header: str = "case_id,prob_no,prob_yes") -> dict[str, bytes]:
    return bundle(ai_predictions_csv=lines(header, *rows))


def probabilities(files: dict[str, bytes]) -> np.ndarray:
    result = read_set(files)[0].ai_probabilities
    assert result is not None
    return result


def rows(no: object = 0.25, yes: object = 0.75) -> list[str]:
    return [f"c{i},{no},{yes}" for i in range(N)]


def test_probabilities_stand_at_their_case_and_class() -> None:
    given = [f"c{i},{i / 100},{1 - i / 100}" for i in reversed(range(N))]
    values = probabilities(predicted(*given))
    assert values.dtype == np.float32
    np.testing.assert_allclose(values[:, 0], np.arange(N) / 100, atol=1e-7)


def test_order_of_the_columns_does_not_matter() -> None:
    files = predicted(*rows(0.75, 0.25), header="case_id,prob_yes,prob_no")
    np.testing.assert_allclose(probabilities(files)[0], [0.25, 0.75])


def test_prediction_becomes_one_hot() -> None:
    files = predicted(
        *(f"c{i},{'yes' if i % 2 else 'no'}" for i in range(N)), header="case_id,prediction"
    )
    assert probabilities(files)[:2].tolist() == [[1, 0], [0, 1]]


def test_other_columns_are_ignored_with_a_warning() -> None:
    files = predicted(
        *(f"{r},9,no" for r in rows()), header="case_id,prob_no,prob_yes,score,prediction"
    )
    assert "not used: found 'score', 'prediction'" in warnings_of(files)
    assert probabilities(files)[0].tolist() == [0.25, 0.75]


def test_rounded_sums_are_mended_silently() -> None:
    files = predicted(*rows(0.3333, 0.6666))
    assert warnings_of(files) == ""
    np.testing.assert_allclose(probabilities(files).sum(axis=1), 1, atol=1e-6)


def test_sums_near_one_are_mended_with_a_warning() -> None:
    files = predicted(*rows(0.25, 0.77))
    assert "rescaled" in warnings_of(files)
    np.testing.assert_allclose(probabilities(files).sum(axis=1), 1, atol=1e-6)


def test_unknown_cases_are_ignored_with_a_warning() -> None:
    files = predicted(*rows(), "x1,0.5,0.5")
    assert "not listed" in warnings_of(files)
    assert len(probabilities(files)) == N


def test_equal_repeated_rows_are_dropped_with_a_warning() -> None:
    assert "repeated rows" in warnings_of(predicted(*rows(), rows()[3]))


def test_set_without_the_file_has_no_external_ai() -> None:
    assert read_set(bundle())[0].ai_probabilities is None


BAD = {
    "percent": (rows(25, 75), None, "add up to one: found sums from 100 to 100.*row 2"),
    "no sum": (rows(0.5, 0.9), None, "add up to one"),
    "zeros": (rows(0, 0), None, "add up to one"),
    "negative": (rows(-0.5, 1.5), None, "'prob_no' that are not probabilities.*row 2 '-0.5'"),
    "text": (rows("low", 0.7), None, "not probabilities.*'low'"),
    "blank": (rows("", 1), None, "not probabilities"),
    "missing case": (rows()[1:], None, "no row for some cases: found 23 of 24.*Where: c0"),
    "two rows": ([*rows(), "c3,0.5,0.5"], None, "has contradictory rows.*row 26 'c3'"),
    "other class": (
        rows(),
        "case_id,prob_no,prob_maybe",
        "the classes of the data set.*prob_maybe",
    ),
    "no column": (rows(), "case_id,a,b", "neither probabilities nor predictions"),
    "no case id": (rows(), "id,prob_no,prob_yes", "no column 'case_id'"),
    "no class": (
        [r.replace("0.25", "maybe") for r in rows()],
        "case_id,prediction,x",
        "not classes",
    ),
    "no prediction": ([r.replace("0.25", "") for r in rows()], "case_id,prediction,x", "blank"),
}


@pytest.mark.parametrize("what", BAD)
def test_predictions_that_cannot_be_used(what: str) -> None:
    given, header, says = BAD[what]
    line = refusal(predicted(*given, header=header or "case_id,prob_no,prob_yes"))
    assert re.search(says, line), line
