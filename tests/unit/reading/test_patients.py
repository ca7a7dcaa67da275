import json
from typing import Any

import numpy as np
import pytest

from core.base.report import DataError, Report
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.splits import LARGE
from core.reading.splits import draw_split, split_named
from tests.unit.reading.builders import bundle, entries, manifests, read_set


def cases(
    patients: list[str], column: str = "patient_id", split: str | None = None, ids: str = "c{}"
) -> dict[str, bytes]:
    """A bundle of one case per entry of `patients`, two classes in turn, and a feature."""
    rows = [f"case_id,label,age,{column}" + (",split" if split else "")]
    said = ["case_id,expert,label"]
    for i, patient in enumerate(patients):
        label, case = ("yes", "no")[i % 2], ids.format(i)
        part = "," + ("train" if i < len(patients) // 2 else "test") if split else ""
        rows.append(f"{case},{label},{20 + i % 7},{patient}{part}")
        said.append(f"{case},Ann,{'no' if i == 0 else label}")  # a truth is no reader's answer
    return bundle(rows, said)


def five_each(patients: int) -> list[str]:
    return [f"p{i % patients}" for i in range(5 * patients)]


def shared(dataset: AnnotationSet) -> set[str]:
    names = dataset.groups["group_patient"]
    return set(names[dataset.index(Split.TRAIN)]) & set(names[dataset.index(Split.TEST)])


@pytest.mark.parametrize(
    "column",
    ["patient", "Patient ID", "patientId", "subject_id", "Patienten-ID", "group_patient",
     "group_subject", "identifiant_patient", "ID paciente", "Pat.-Nr.", "N° patient",
     "ID du patient", "Número de paciente"],
)  # fmt: skip
def test_a_column_called_like_a_patient_is_a_group_and_no_feature(column: str) -> None:
    dataset, report = read_set(cases(five_each(20), column))
    assert dataset.feature_names == ("age",)
    assert list(dataset.groups) == ["group_patient"]
    assert shared(dataset) == set()
    assert len(dataset.index(Split.TEST)) == pytest.approx(30, abs=5)
    share = len(dataset.index(Split.TEST)) / 100
    assert any("by patient" in n.what and f"({share:.0%})" in n.what for n in report.notes)


def test_a_column_without_repeats_names_no_patients_and_is_no_feature() -> None:
    files = cases([f"p{i}" for i in range(60)])
    dataset, _ = read_set(files)
    assert dataset.feature_names == ("age",)
    assert not dataset.groups
    np.testing.assert_array_equal(dataset.split, read_set(cases(["p"] * 60, "z"))[0].split)


def test_a_subject_of_few_values_is_a_feature() -> None:
    dataset, _ = read_set(
        cases([f"{('physics', 'art', 'music')[i % 3]}" for i in range(60)], "subject")
    )
    assert not dataset.groups
    assert len(dataset.feature_names) > 1


def test_words_for_missing_are_no_patient() -> None:
    dataset, _ = read_set(cases([*five_each(20), *["NA"] * 50]))
    assert set(dataset.groups["group_patient"][100:]) == {""}


def test_patients_may_be_chosen_or_ignored() -> None:
    files = cases(five_each(20), "owner")
    assert "group_patient" not in read_set(files)[0].groups
    assert shared(read_set(files, patients="Owner")[0]) == set()
    for column in ("nobody", "label", "case_id"):
        with pytest.raises(DataError, match="whose case it is"):
            read_set(files, patients=column)
    none, _ = read_set(cases(five_each(20)), patients="none")
    assert not none.groups
    assert none.feature_names == ("age",)


def test_the_draw_does_not_depend_on_the_order_of_the_rows() -> None:
    rng = np.random.default_rng(0)
    ids = np.array([f"c{i}" for i in range(300)])
    patients = np.array([f"p{i}" for i in rng.integers(0, 60, 300)], object)
    patients[:20] = ""
    truth = rng.integers(0, 3, 300).astype(np.int32)
    split, order = draw_split(list(ids), truth, patients, Report()), rng.permutation(300)
    again = draw_split(list(ids[order]), truth[order], patients[order], Report())
    np.testing.assert_array_equal(split[order], again)
    for c in range(3):
        assert (split[truth == c] == Split.TEST).mean() == pytest.approx(0.3, abs=0.05)


def test_a_patient_with_many_cases_stays_in_train() -> None:
    patients = np.array(["big"] * 40 + [f"p{i % 30}" for i in range(160)], object)
    truth = (np.arange(200) % 2).astype(np.int32)
    for turn in range(8):
        names = np.array([f"{turn}{p}" for p in patients], object)
        report = Report()
        split = draw_split([f"c{i}" for i in range(200)], truth, names, report)
        assert not report.warnings
        assert (split[:40] == Split.TRAIN).all()
        assert f"1 with more than {LARGE:.0%}" in report.notes[0].what


@pytest.mark.parametrize("patients", [2, 4])
def test_few_patients_cannot_be_drawn_without_a_choice(patients: int) -> None:
    files = cases(five_each(patients))
    with pytest.raises(DataError, match="too few patients") as error:
        read_set(files)
    (choice,) = error.value.report.errors[0].choices
    dataset, _ = read_set(files, **{choice.option: choice.value})
    assert len(dataset.index(Split.TEST))


@pytest.mark.parametrize("patients", [5, 6, 7])
def test_five_patients_of_one_size_can_be_drawn(patients: int) -> None:
    dataset, _ = read_set(cases(five_each(patients)))
    assert 0 < len(dataset.index(Split.TEST)) <= 0.45 * 5 * patients


def test_given_splits_that_share_patients_are_kept_with_a_choice() -> None:
    files = cases(five_each(20), split="given")
    dataset, report = read_set(files)
    assert len(shared(dataset)) == 20
    (warning,) = [p for p in report.warnings if "20 of 20 patients" in p.what]
    assert [(c.option, c.value) for c in warning.choices] == [("split", "given"), ("split", "draw")]
    drawn, report = read_set(files, split="draw")
    assert shared(drawn) == set()
    assert not report.warnings


@pytest.mark.parametrize("chosen", ["ids", "owner"])
def test_patients_of_one_case_each_are_warned_of_where_they_were_chosen(chosen: str) -> None:
    files = cases([f"q{i}" for i in range(60)], "owner")
    report = read_set(files, patients=chosen)[1]
    assert any("no patient has two cases" in p.what for p in report.warnings)


def test_a_small_test_share_and_few_test_patients_are_warned_of() -> None:
    _, report = read_set(cases([f"p{i % 5}" for i in range(150)] + ["q"] * 8))
    assert any("(5%)" in p.what for p in report.warnings)
    (few,) = [p for p in report.warnings if "few patients" in p.what]
    assert few.found.startswith("1 ")


def test_a_draw_leaves_every_class_in_train() -> None:
    truth = np.array([0] * 150 + [1], np.int32)  # the last case is the only one of its class
    patients = [i // 10 for i in range(150)] + [0]
    for turn in range(8):
        names = np.array([f"{turn}p{p}" for p in patients], object)
        split = draw_split([f"c{i}" for i in range(151)], truth, names, Report())
        assert split[-1] == Split.TRAIN
        assert 40 <= (split == Split.TEST).sum() <= 50


def test_validation_cases_of_train_patients_are_warned_of() -> None:
    files = cases([f"p{i // 5}" for i in range(100)], split="given")
    rows = files["cases.csv"].decode().split("\n")
    rows[1:20:5] = [row.replace(",train", ",validation") for row in rows[1:20:5]]
    report = read_set(files | {"cases.csv": "\n".join(rows).encode()})[1]
    (warning,) = report.warnings
    assert "4 of 20 patients have cases in both train and validation" in warning.what
    assert [c.value for c in warning.choices] == ["given", "draw"]


def test_given_splits_by_patient_are_not_warned_of() -> None:
    assert not read_set(cases([f"p{i // 5}" for i in range(100)], split="given"))[1].warnings


@pytest.mark.parametrize("ids", ["p{}_{}", "{}-{}.png", "scans/{}/{}.png"])
def test_ids_that_begin_alike_are_offered_not_assumed(ids: str) -> None:
    rows = ["case_id,split,label,age"]
    said = ["case_id,expert,label"]
    for i in range(40):
        case = ids.format(f"{i // 2:03}", "LR"[i % 2])
        rows.append(f"{case},{'train' if i < 21 else 'test'},{('no', 'yes')[i // 3 % 2]},{i % 5}")
        said.append(f"{case},Ann,no")
    dataset, report = read_set(bundle(rows, said))
    assert not dataset.groups
    (offer,) = [p for p in report.warnings if p.choices]
    assert [(c.option, c.value) for c in offer.choices] == [
        ("patients", "none"),
        ("patients", "ids"),
    ]
    assert not [p for p in read_set(bundle(rows, said), patients="none")[1].warnings if p.choices]
    known, report = read_set(bundle(rows, said), patients="ids")
    assert len(set(known.groups["group_patient"])) == 20
    assert any("1 of 20 patients" in p.what for p in report.warnings)


def test_plain_ids_are_no_offer() -> None:
    for ids in ("case_{}", "c{}", "{}.png"):
        assert not read_set(cases(five_each(20), "owner", "given", ids))[1].warnings


def with_key(key: str) -> dict[str, bytes]:
    def known(start: int, stop: int) -> list[dict[str, Any]]:
        return [e | {key: f"p{i % 10}"} for i, e in enumerate(entries(start, stop), start)]

    return manifests(train=known(0, 12), test=known(12, 20))


@pytest.mark.parametrize("key", ["patient_id", "Patient"])
def test_manifests_name_patients_by_a_key(key: str) -> None:
    dataset, report = read_set(with_key(key))
    assert list(dataset.groups) == ["group_patient"]
    assert any("8 of 10 patients" in p.what for p in report.warnings)
    drawn, report = read_set(with_key(key), split="draw")
    assert shared(drawn) == set()
    assert not any("file of a different split" in p.what for p in report.problems)


def test_manifests_offer_ids_that_begin_alike() -> None:
    def renamed(entry: dict[str, Any]) -> dict[str, Any]:
        number = int(entry["file"].removeprefix("img/").removesuffix(".png"))
        return entry | {"file": f"p{number // 2}_{number % 2}.png"}

    files = {
        name: json.dumps([renamed(e) for e in json.loads(data)]).encode()
        for name, data in manifests().items()
    }
    assert any(p.choices for p in read_set(files)[1].warnings)
    assert len(set(read_set(files, patients="ids")[0].groups["group_patient"])) == 10


@pytest.mark.parametrize(
    ("word", "split"),
    [("Training", Split.TRAIN), ("TESTING", Split.TEST), ("dev", Split.VALIDATION),
     ("holdout", Split.TEST), ("hold-out", Split.TEST), ("exam", None), ("", None),
     ("testset", Split.TEST), ("test data set", Split.TEST), ("Trainingsdatensatz", Split.TRAIN),
     ("Validierungsdaten", Split.VALIDATION), ("jeu d’entraînement", Split.TRAIN),
     ("conjunto de evaluación", Split.TEST), ("dati di test", Split.TEST), ("dataset", None),
     ("trainingsset", Split.TRAIN), ("toets", Split.TEST)],
)  # fmt: skip
def test_words_for_splits(word: str, split: Split | None) -> None:
    assert split_named(word) == split


@pytest.mark.parametrize("words", [("training", "hold_out"), ("trainset", "test_data")])
def test_names_of_manifests_may_say_training_and_testing(words: tuple[str, str]) -> None:
    files = {
        name.replace("train", words[0]).replace("test", words[1]): data
        for name, data in manifests().items()
    }
    dataset, report = read_set(files)
    assert dataset.experts == ("A", "B")
    assert dataset.content_hash == read_set(manifests())[0].content_hash
    assert not report.warnings
