"""One study in every form people keep it in: the same cases and answers come out of each."""

import numpy as np
import pandas as pd
import pytest

from core.base.report import DataError, Report
from core.files.csv_table import parse_table
from core.files.table import Table
from core.matching.apply import apply
from core.matching.guess import guess
from core.matching.roles import ColumnRole, Role, Roles
from core.matching.summary import summarise

RNG = np.random.default_rng(3)
N = 40
IDS = [f"p{i:03d}" for i in range(N)]
TRUTH = RNG.choice(["benign", "malignant"], N)
SIZE = [f"{v:.2f}" for v in RNG.normal(5, 2, N)]
READERS = ("Dr Ng", "Dr Roy", "Dr Sato")
ANSWERS = {
    r: np.where(RNG.random(N) < 0.3, "", np.where(RNG.random(N) < 0.8, TRUTH, "benign"))
    for r in READERS
}
ROWS = [(i, r, ANSWERS[r][n]) for n, i in enumerate(IDS) for r in READERS if ANSWERS[r][n]]
WANTED = sorted(ROWS)


def csv(frame: pd.DataFrame, name: str) -> Table:
    return parse_table(frame.to_csv(index=False).encode(), name, Report())


def wide(case: str, truth: str, readers: dict[str, str]) -> list[Table]:
    frame = pd.DataFrame({case: IDS, truth: TRUTH, "Size": SIZE})
    for reader in READERS:
        frame[readers[reader]] = ANSWERS[reader]
    return [csv(frame, "reads.csv")]


def long(case: str, reader: str, answer: str, truth: str | None = None) -> Table:
    frame = pd.DataFrame(ROWS, columns=[case, reader, answer])
    if truth:
        frame[truth] = [dict(zip(IDS, TRUTH, strict=True))[c] for c in frame[case]]
    return csv(frame, "long.csv")


def truths(case: str, label: str) -> Table:
    return csv(pd.DataFrame({case: IDS, label: TRUTH, "Size": SIZE}), "truth.csv")


SAME = {r: r for r in READERS}
FORMS = {
    "wide": lambda: wide("Study No.", "Pathology", SAME),
    "wide in German": lambda: wide("Fallnummer", "Histologie", SAME),
    "wide in French": lambda: wide("Numéro de cas", "Vérité", SAME),
    "long with truth table": lambda: [long("item", "Annotator", "answer"), truths("item", "gold")],
    "long, same names twice": lambda: [long("id", "reader", "label"), truths("id", "label")],
    "long with truth": lambda: [long("task", "WorkerId", "response", "ground_truth")],
    "long in Spanish": lambda: [long("Caso", "Médico", "Respuesta", "Diagnóstico final")],
    "a table per reader": lambda: [
        csv(pd.DataFrame({"image": IDS, "dx": TRUTH}), "gold.csv"),
        *(
            csv(
                pd.DataFrame([(c, a) for c, who, a in ROWS if who == r], columns=["image", "dx"]),
                f"reader_{r}.csv",
            )
            for r in READERS
        ),
    ],
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_answers(form: str) -> None:
    tables = FORMS[form]()
    report = Report()
    matched = apply(tables, guess(tables), report)
    answers = matched.answers.frame
    assert (
        sorted(zip(answers["case_id"], answers["expert"], answers["label"], strict=True)) == WANTED
    )
    known = dict(zip(matched.cases.frame["case_id"], matched.cases.frame["label"], strict=True))
    assert {c: known[c] for c in known} == {
        c: t for c, t in zip(IDS, TRUTH, strict=True) if c in known
    }
    assert not report.problems


@pytest.mark.parametrize("form", FORMS)
def test_what_follows_is_counted(form: str) -> None:
    summary = summarise(tables := FORMS[form](), guess(tables))
    assert summary.answers == {r: int((ANSWERS[r] != "").sum()) for r in READERS}
    pairs = summary.cases * 3
    assert summary.missing == pytest.approx(1 - len(ROWS) / pairs)
    assert summary.with_truth == summary.cases
    assert str(len(ROWS)) in summary.sentence()


def test_places_name_file_and_row() -> None:
    tables = FORMS["long with truth table"]()
    matched = apply(tables, guess(tables), Report())
    assert matched.answers.place(0) == "long.csv row 2"
    assert matched.cases.place(3) == "truth.csv row 5"


def test_without_truth_it_is_said() -> None:
    tables = [long("item", "annotator", "answer")]
    summary = summarise(tables, guess(tables))
    assert "no ground truth" in summary.sentence()
    assert summary.with_truth == 0


def test_contradictory_truth_is_an_error() -> None:
    table = long("item", "annotator", "answer", "gold")
    frame = table.frame.copy()
    frame.iloc[0, 3] = "malignant" if frame.iloc[0, 3] == "benign" else "benign"
    roles = guess([table])
    with pytest.raises(DataError, match="different values"):
        apply([Table(table.name, frame, ",")], roles, Report())


def test_a_wrong_guess_is_mended_and_the_roles_survive_json() -> None:
    tables = wide("Study No.", "Pathology", SAME)
    roles = guess(tables).change("reads.csv", "Dr Ng", ColumnRole(role=Role.FEATURE))
    again = Roles.model_validate_json(roles.model_dump_json())
    assert again == roles
    summary = summarise(tables, again)
    assert "Dr Ng" not in summary.answers
    assert summary.features == 2


def test_roles_fit_files_of_the_same_shape_only() -> None:
    roles = guess(wide("Study No.", "Pathology", SAME))
    renamed = [Table("later.csv", t.frame, ",") for t in wide("Study No.", "Pathology", SAME)]
    fitted = roles.fit(renamed)
    assert fitted is not None
    assert list(fitted.tables) == ["later.csv"]
    assert roles.fit(wide("Study", "Pathology", SAME)) is None


def test_scores_need_a_cut() -> None:
    scores = pd.DataFrame({"case": IDS, "truth": np.where(TRUTH == "benign", "0", "1")})
    scores["Reader 1"] = [f"{v:.2f}" for v in RNG.random(N)]
    tables = [csv(scores, "s.csv")]
    roles = guess(tables)
    assert roles.tables["s.csv"].columns["Reader 1"].role is Role.SCORE
    cut = roles.model_copy(update={"cut": 0.6, "positive": "1"})
    answers = apply(tables, cut, Report()).answers.frame
    expected = ["1" if float(s) >= 0.6 else "0" for s in scores["Reader 1"]]
    assert answers["label"].tolist() == expected


def test_rows_are_cases_where_no_ids_are_and_findings_are_read_one_at_a_time() -> None:
    gold = pd.DataFrame({"AF": RNG.choice(["0", "1"], N), "MI": RNG.choice(["0", "1"], N)})
    ann = gold.copy()
    ann["AF"] = np.where(ann["AF"] == "1", "0", "1")
    scores = pd.DataFrame({"AF": RNG.random(N), "MI": RNG.random(N)}).round(3)
    files = {"gold_standard.csv": gold, "ann.csv": ann, "bob.csv": gold, "dnn.csv": scores}
    tables = [csv(frame, name) for name, frame in files.items()]
    roles = guess(tables)
    assert roles.findings == ("AF", "MI")
    for finding, right in (("AF", 0.0), ("MI", 1.0)):
        one = roles.model_copy(update={"finding": finding, "positive": "1"})
        matched = apply(tables, one, Report())
        frame = matched.answers.frame.merge(matched.cases.frame, on="case_id")
        share = (frame["label_x"] == frame["label_y"]).groupby(frame["expert"]).mean()
        assert share.to_dict() == {"ann": right, "bob": 1.0}
        assert matched.ai is not None
        sums = matched.ai.frame[["prob_1", "prob_0"]].astype(float).sum(axis=1)
        assert np.allclose(sums, 1)


def test_tables_without_ids_must_be_of_one_length() -> None:
    labels = pd.DataFrame({"x": ["a", "b"] * 9})
    tables = [csv(labels, f"{name}.csv") for name in ("gold", "ann", "bob")]
    roles = guess(tables)
    short = [Table(t.name, t.frame[:5] if t.name == "bob.csv" else t.frame, ",") for t in tables]
    with pytest.raises(DataError, match="different numbers of rows"):
        apply(short, roles, Report())


def test_spellings_of_a_class_are_merged() -> None:
    table = long("item", "annotator", "answer", "gold")
    frame = table.frame.copy()
    frame.loc[frame.index[:3], "answer"] = "M"
    frame.loc[frame.index[3:5], "answer"] = "BENIGN"
    tables = [Table("t.csv", frame, ",")]
    roles = guess(tables)
    assert roles.classes == {"M": "malignant", "BENIGN": "benign"}
    assert set(apply(tables, roles, Report()).answers.frame["label"]) == {"benign", "malignant"}


def test_a_large_long_table_is_fast_enough_to_touch() -> None:
    cases = np.repeat(np.arange(20_000), 10).astype(str)
    workers = np.tile(np.arange(10), 20_000).astype(str)
    answers = RNG.choice(["a", "b", "c"], 200_000)
    frame = pd.DataFrame({"item": cases, "worker": workers, "answer": answers}, dtype=object)
    tables = [Table("big.csv", frame, ",")]
    assert summarise(tables, guess(tables)).answers == {str(i): 20_000 for i in range(10)}


def test_names_of_rows_are_no_features() -> None:
    long = pd.DataFrame(
        {
            "HITId": [f"h{i // 2}" for i in range(40)],
            "WorkerId": ["A", "B"] * 20,
            "Input.url": [f"https://example.org/{i // 2}.png" for i in range(40)],
            "Ward": [f"w{i // 2 % 3}" for i in range(40)],
            "Answer.label": ["yes", "no", "no", "yes"] * 10,
        }
    )
    roles = guess([csv(long, "batch.csv")]).tables["batch.csv"]
    assert roles.having(Role.CASE) == ["Input.url"]
    assert roles.having(Role.FEATURE) == ["Ward"]


def test_a_reader_who_always_says_the_same_is_a_reader() -> None:
    frame = pd.DataFrame({"case_id": IDS, "truth": TRUTH, "Reader 1": ["benign"] * N})
    assert guess([csv(frame, "reads.csv")]).tables["reads.csv"].having(Role.ANSWER) == ["Reader 1"]


def test_rows_that_nobody_answered_are_cases_where_each_row_is_one() -> None:
    frame = pd.DataFrame({"0": ["1", "", "0", ""] * 5, "1": ["1", "0", "1", ""] * 5})
    tables = [parse_table(frame.to_csv().encode(), "labels.csv", Report())]
    found = summarise(tables, guess(tables))
    assert (found.cases, dict(found.answers)) == (20, {"0": 10, "1": 15})


@pytest.mark.parametrize("highest", [1, 10, 100])
def test_an_ai_class_counts_where_its_scores_are_no_probabilities(highest: int) -> None:
    said = np.where(np.arange(N) % 4 == 0, "malignant", "benign")
    score = RNG.integers(1, 11, N) * highest / 10
    score = [f"{v:g}" for v in score]
    ai = pd.DataFrame({"case_id": IDS, "prediction": said, "score": score})
    tables = [*FORMS["wide"](), csv(ai, "ai_predictions.csv")]
    roles = guess(tables).model_copy(update={"positive": "malignant"})
    report = Report()
    matched = apply(tables, roles, report)
    assert matched.ai is not None
    if highest == 10:
        assert matched.ai.frame["prediction"].tolist() == said.tolist()
        alone = roles.change("ai_predictions.csv", "prediction", ColumnRole(role=Role.IGNORE))
        assert apply(tables, alone, report).ai is None
        assert "not used" in report.warnings[0].what
    else:
        shares = matched.ai.frame["prob_malignant"].astype(float) * highest
        assert np.allclose(shares, np.array(score, float))


def test_a_column_per_finding_and_a_row_per_reader() -> None:
    truth = pd.DataFrame({f: RNG.choice(["0", "1"], N) for f in ("Effusion", "Nodule", "Mass")})
    truth["Mass"] = "0"
    rows = pd.concat([truth.assign(image_id=IDS, rad_id=r) for r in ("R1", "R2")])
    rows["Nodule"] = np.where(
        (rows["rad_id"] == "R2") & (rows["Nodule"] == "1"), "0", rows["Nodule"]
    )
    tables = [csv(rows, "image_labels_train.csv"), csv(truth.assign(image_id=IDS), "labels.csv")]
    roles = guess(tables)
    assert roles.findings == ("Effusion", "Nodule", "Mass")
    for finding, right in (("Effusion", 1.0), ("Nodule", (truth["Nodule"] == "0").mean())):
        matched = apply(tables, roles.model_copy(update={"finding": finding}), Report())
        frame = matched.answers.frame.merge(matched.cases.frame, on="case_id")
        share = (frame["label_x"] == frame["label_y"]).groupby(frame["expert"]).mean()
        assert share.to_dict() == pytest.approx({"R1": 1.0, "R2": right})


def test_the_truth_of_manifests_matched_by_hand_is_no_reader() -> None:
    tables = [
        csv(pd.DataFrame({"file": IDS, "label": TRUTH}), name)
        for name in ("test.csv", "label_A_test.csv", "label_B_test.csv")
    ]
    roles = guess(tables)
    assert roles.tables["test.csv"].having(Role.TRUTH) == ["label"]
    assert roles.tables["label_A_test.csv"].reader == "A_test"


def test_zeros_and_ones_beside_an_answer_are_no_findings() -> None:
    rows = pd.DataFrame({"task": np.repeat(IDS, 2), "worker": ["A", "B"] * N})
    rows["label"] = RNG.choice(["0", "1"], 2 * N)
    rows["gold"] = np.repeat(RNG.choice(["0", "1"], N), 2)
    rows["fast"] = RNG.choice(["0", "1"], 2 * N)
    roles = guess([csv(rows, "crowd.csv")])
    assert not roles.findings
    mine = roles.tables["crowd.csv"]
    assert (mine.having(Role.ANSWER), mine.having(Role.TRUTH)) == (["label"], ["gold"])
