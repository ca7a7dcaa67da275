"""Several AIs in one upload: one that coverage counts, and others that act as experts."""

import numpy as np
import pytest

from tests.unit.reading.builders import lines, read_set, refusal


def table(*more: str) -> bytes:
    """Twenty cases with a truth, a reader, an AI's score in per cent, and further columns."""
    rows = []
    for i in range(40):
        truth = "yes" if i % 2 else "no"
        said = "no" if i % 5 == 0 else truth
        other = "yes" if i % 4 == 1 else "no"
        cells = [f"c{i}", truth, said, str(20 + 60 * (i % 2) + i % 7), other]
        rows.append(",".join(cells[: 4 + len(more)]))
    return lines(",".join(["case_id", "truth", "Reader 1", "AI score", *more]), *rows)


def test_another_ai_acts_as_an_expert() -> None:
    dataset, report = read_set({"t.csv": table("Model B")})
    assert dataset.experts == ("Model B", "Reader 1")
    assert dataset.machines == ("Model B",)
    assert dataset.ai_probabilities is not None
    assert (dataset.ai_probabilities.argmax(1) == dataset.truth).all()
    said = [p for p in report.warnings if p.choices and p.choices[0].option == "primary_ai"]
    assert [c.value for c in said[0].choices] == ["AI score", "Model B"]


def test_the_user_says_which_is_the_ai() -> None:
    dataset, _ = read_set({"t.csv": table("Model B")}, primary_ai="Model B")
    assert dataset.machines == ("AI score",)
    assert dataset.ai_probabilities is not None
    right = dataset.ai_probabilities.argmax(1) == dataset.truth
    assert right.mean() == pytest.approx(0.75)
    # The score's most probable class is its answer.
    mine = dataset.annotations[:, dataset.experts.index("AI score")]
    assert (mine == dataset.truth).all()


def test_columns_of_one_ai_are_one_ai() -> None:
    dataset, report = read_set({"t.csv": table("AI class")})
    assert not dataset.machines
    assert dataset.experts == ("Reader 1",)
    assert dataset.ai_probabilities is not None
    assert len(np.unique(dataset.ai_probabilities[:, 1])) > 2  # the score counts, not the class
    assert not [p for p in report.warnings if p.choices and p.choices[0].option == "primary_ai"]


def test_scores_of_several_ais_are_known_by_their_names() -> None:
    rows = [f"c{i},{'yes' if i % 2 else 'no'},yes,{30 + 40 * (i % 2) + i % 7},{60 - i}"
            for i in range(40)]  # fmt: skip
    files = {"t.csv": lines("case_id,truth,Reader 1,AI1 score,Lunit AI probability", *rows)}
    dataset, report = read_set(files)
    assert dataset.kind == "scores"
    assert dataset.machines == ("Lunit AI",)
    (said,) = [p for p in report.warnings if p.choices and p.choices[0].option == "primary_ai"]
    assert [c.value for c in said.choices] == ["AI1", "Lunit AI"]
    assert "none of those found" in refusal(files, primary_ai="Nobody")


def test_an_ais_score_speaks_for_a_class_of_the_answers_without_a_truth() -> None:
    rows = [f"c{i},{'cancer' if i % 3 else 'benign'},{'cancer' if i % 2 else 'benign'},{i}"
            for i in range(40)]  # fmt: skip
    files = {"t.csv": lines("case_id,Reader 1,Reader 2,CAD score", *rows)}
    dataset, _ = read_set(files, consensus="majority")
    assert dataset.classes == ("benign", "cancer")
    assert dataset.ai_probabilities is not None
    assert dataset.ai_probabilities[39].argmax() == 0  # 39 %
