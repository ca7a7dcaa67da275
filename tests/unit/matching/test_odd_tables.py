"""Tables in which what is obvious to people is not: row numbers, totals, confidences, footers."""

import io
import json
import re

import numpy as np
import openpyxl
import pytest

from tests.unit.reading.builders import lines, read_set, refusal

N, READERS = 30, ("w1", "w2", "w3")
RNG = np.random.default_rng(11)
TRUTH = [("y", "x")[i % 2] for i in range(N)]
OTHER = {"x": "y", "y": "x"}
# Every reader but the first leaves some cases out; w1 errs in each tenth case, others more often.
SAID = {
    (i, m): TRUTH[i] if RNG.random() < 0.9 - 0.1 * m else OTHER[TRUTH[i]]
    for i in range(N)
    for m in range(len(READERS))
    if m == 0 or RNG.random() < 0.8
}


def right(m: int) -> float:
    return float(np.mean([a == TRUTH[i] for (i, k), a in SAID.items() if k == m]))


def accuracies(files: dict[str, bytes], **options: object) -> dict[str, float]:
    dataset, _ = read_set(files, **options)
    assert len(dataset.truth) == N
    return {
        name: float((dataset.annotations == dataset.truth[:, None])[on, m].mean())
        for m, name in enumerate(dataset.experts)
        for on in [dataset.annotated[:, m]]
    }


RIGHT = {name: pytest.approx(right(m)) for m, name in enumerate(READERS)}


@pytest.mark.parametrize(
    "header",
    [
        "id,item,annotator,answer,gold",
        "response_no,question,crowd_worker,vote,correct_answer",
        "key,video,rater,verdict,gold_standard",
    ],
)
def test_rows_that_are_numbered_are_no_cases(header: str) -> None:
    rows = [f"{1000 + n},c{i:02d},{READERS[m]},{a},{TRUTH[i]}" for n, ((i, m), a) in
            enumerate(SAID.items())]  # fmt: skip
    assert accuracies({"l.csv": lines(header, *rows)}) == RIGHT


def wide(*more: str) -> list[str]:
    cells = [[f"c{i:02d}", TRUTH[i], *(SAID.get((i, m), "") for m in range(3))] for i in range(N)]
    return ["Case,Truth,Reader 1,Reader 2,Reader 3", *map(",".join, cells), *more]


def by_position(found: dict[str, float]) -> dict[str, float]:
    return dict(zip(READERS, found.values(), strict=True))


@pytest.mark.parametrize(
    "last", ["Total,,20,30,25", "Mean,,0.9,0.8,0.7", "Gesamt,15,12,11,10", "kappa,,0.8,0.7,0.5"]
)
def test_rows_of_sums_below_a_table_are_left_out(last: str) -> None:
    assert by_position(accuracies({"w.csv": lines(*wide(last))})) == RIGHT


def test_a_case_may_be_called_so_where_others_are() -> None:
    rows = [row.replace("c00,", "total,") for row in wide()]
    assert by_position(accuracies({"w.csv": lines(*rows)})) == RIGHT


def test_bars_divide_cells_too() -> None:
    rows = [row.replace(",", "|") for row in wide()]
    assert by_position(accuracies({"w.csv": lines(*rows)})) == RIGHT


def test_how_sure_a_reader_was_is_no_answer() -> None:
    header, *rows = wide()
    more = [f"{row},{1 + i % 4}" for i, row in enumerate(rows)]
    found = accuracies({"w.csv": lines(f"{header},Reader 1 confidence", *more)})
    assert by_position(found) == RIGHT


def test_a_sheet_of_remarks_beside_the_table_is_left_out() -> None:
    book = openpyxl.Workbook()
    notes = book.active
    assert notes is not None
    notes.title = "README"
    notes.append(["Readers were blinded", "", "by biopsy"])
    notes.append(["see", "also", "the protocol"])
    sheet = book.create_sheet("Reads")
    for row in wide():
        sheet.append(row.split(","))
    stream = io.BytesIO()
    book.save(stream)
    assert by_position(accuracies({"t.xlsx": stream.getvalue()})) == RIGHT


def test_a_truth_that_differs_within_a_case_is_named() -> None:
    rows = [f"c{i:02d},{READERS[m]},{a},{TRUTH[i]}" for (i, m), a in SAID.items()]
    rows[1] = rows[1][:-1] + OTHER[rows[1][-1]]
    said = refusal({"l.csv": lines("case,reader,answer,truth", *rows)})
    assert "different values of 'truth' for one case: found 1 such case," in said


@pytest.mark.parametrize(
    ("classes", "positive"), [(("HC", "AD"), "AD"), (("sick", "control"), "sick")]
)
def test_the_positive_class_is_known_by_the_other(classes: tuple[str, str], positive: str) -> None:
    rows = []
    for i in range(N):
        score = 80 if classes[i % 2] == positive else 20
        rows.append(f"c{i:02d},{classes[i % 2]},{score + i % 9}")
    dataset, _ = read_set({"s.csv": lines("Case,Truth,Reader 1 score", *rows)}, cut=50.0)
    assert (dataset.annotations[:, 0] == dataset.truth).all()


def test_a_truth_that_is_pending_is_asked_about() -> None:
    rows = [row.replace(f",{TRUTH[i]}", ",pending", 1) if i < 4 else row
            for i, row in enumerate(wide()[1:])]  # fmt: skip
    assert "'pending' is the ground truth" in refusal({"w.csv": lines(wide()[0], *rows)})


def test_ids_with_other_hyphens_are_joined_on_request() -> None:
    cases = [f"CASE-{i:03d},{TRUTH[i]}" for i in range(N)]
    said = [f"case_{i:03d},{READERS[m]},{a}" for (i, m), a in SAID.items()]
    files = {
        "cases.csv": lines("case_id,label", *cases),
        "annotations.csv": lines("case_id,expert,label", *said),
    }
    assert "capitals and hyphens, underscores and blanks" in refusal(files)
    assert accuracies(files, ids="alike") == RIGHT


def rated(code: str) -> dict[str, bytes]:
    """Scores of 0 to 98, right but for codes, which stand for missing."""
    rows = [f"c{i:02d},{TRUTH[i]},{code if i % 6 == 0 else 90 * (i % 2 == 0) + i % 9}"
            for i in range(N)]  # fmt: skip
    return {"s.csv": lines("Case,Truth,Reader 1 score", *rows)}


@pytest.mark.parametrize("code", ["-1", "999"])
def test_scores_that_stand_for_missing_are_no_answers(code: str) -> None:
    dataset, report = read_set(rated(code), cut=50.0)
    assert dataset.annotated.sum() == N - 5
    said = dataset.annotated[:, 0]
    assert (dataset.annotations[said, 0] == dataset.truth[said]).all()
    (warning,) = [p for p in report.warnings if "stand for missing" in p.what]
    assert f"{code}' 5" in warning.found


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"cut": 500.0}, "all scores on one side.*from 0 to 98"),
        ({"cut": 50.0, "positive": "banana"}, "none of the ground truth: found 'banana'"),
        ({"cut": 50.0, "finding": "Foo"}, "one thing only"),
    ],
)
def test_choices_that_do_nothing_are_refused(options: dict[str, object], said: str) -> None:
    assert re.search(said, refusal(rated("-1"), **options))


def test_a_cut_without_scores_is_refused() -> None:
    assert "no column holds readers' scores" in refusal({"w.csv": lines(*wide())}, cut=3.0)


def test_marks_of_classes_are_the_ground_truth_in_words() -> None:
    marks = [f"c{i:02d},{int(TRUTH[i] == 'x')}.0,{int(TRUTH[i] == 'y')}.0" for i in range(N)]
    said = [f"c{i:02d},{READERS[m]},{a}" for (i, m), a in SAID.items()]
    files = {
        "GroundTruth.csv": lines("image,x,y", *marks),
        "answers.csv": lines("image,rater,label", *said),
    }
    assert accuracies(files) == RIGHT


def test_boxes_beside_marks_of_findings() -> None:
    marks = [f"c{i:02d},{i % 2},{int(i % 3 == 0)}" for i in range(N)]
    boxes = []
    for i in range(N):
        for who, wrong in (("R1", i == 4), ("R2", False)):
            there = [name for name, on in (("Nodule", (i % 2 == 1) != wrong),
                                           ("Effusion", i % 3 == 0)) if on]  # fmt: skip
            boxes += [f"c{i:02d},{name},{who},1,2,3,4" for name in there or ["No finding"]]
    files = {
        "image_labels.csv": lines("image_id,Nodule,Effusion", *marks),
        "train.csv": lines("image_id,class_name,rad_id,x_min,y_min,x_max,y_max", *boxes),
    }
    nodule = accuracies(files, finding="Nodule")
    assert nodule == {"R1": pytest.approx((N - 1) / N), "R2": 1.0}
    assert accuracies(files, finding="Effusion") == {"R1": 1.0, "R2": 1.0}


def test_a_file_of_the_gold_answers_is_no_reader() -> None:
    def doccano(answers: dict[int, str]) -> bytes:
        rows = [{"id": i, "text": f"text {i}", "label": [a]} for i, a in answers.items()]
        return lines(*map(json.dumps, rows))

    files = {f"{name}.jsonl": doccano({i: a for (i, k), a in SAID.items() if k == m})
             for m, name in enumerate(READERS)}  # fmt: skip
    assert accuracies(files | {"gold.jsonl": doccano(dict(enumerate(TRUTH)))}) == RIGHT


def test_minus_one_among_words_is_no_answer() -> None:
    cases = [f"c{i:02d},{TRUTH[i]}" for i in range(N)]
    said = [f"c{i:02d},{READERS[m]},{SAID.get((i, m), -1)}" for i in range(N) for m in range(3)]
    files = {
        "cases.csv": lines("case_id,label", *cases),
        "annotations.csv": lines("case_id,expert,label", *said),
    }
    assert accuracies(files) == RIGHT
    assert "-1" in " ".join(p.sentence() for p in read_set(files)[1].problems)


@pytest.mark.parametrize("header", ["AssignmentStatus", "Status"])
def test_answers_that_were_rejected_are_left_out_and_counted(header: str) -> None:
    rows = [f"HITId,WorkerId,{header},Answer.label,truth"]
    for (i, m), answer in SAID.items():
        rows.append(f"h{i:02d},{READERS[m]},Approved,{answer},{TRUTH[i]}")
    wrong = [f"h{i:02d},w9,Rejected,{OTHER[t]},{t}" for i, t in enumerate(TRUTH[:7])]
    files = {"batch_results.csv": lines(*rows, *wrong)}
    assert accuracies(files) == RIGHT
    _, report = read_set(files)
    (said,) = [p for p in report.warnings if "not accepted" in p.what]
    assert said.count == 7


def test_a_status_that_is_no_readers_work_is_a_finding() -> None:
    rows = ["case_id,truth,status,reader_1,reader_2"]
    rows += [f"c{i},{t},{('approved', 'rejected')[i % 3 > 0]},x,y" for i, t in enumerate(TRUTH)]
    dataset, report = read_set({"loans.csv": lines(*rows)})
    assert len(dataset.truth) == N
    assert not [p for p in report.warnings if "not accepted" in p.what]
