import dataclasses

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from core.base.report import Report
from core.base.shares import wilson
from core.consensus.fill import with_consensus
from core.dataset.annotation_set import Split
from core.insight.accuracy import by_class, by_group, class_table, clustered, confusion
from core.insight.agreement import agreement
from core.insight.ais import all_ais
from core.insight.describe import expert_accuracy
from core.insight.drift import drift
from core.insight.how_many import measured
from core.insight.overall import overall
from core.library.samples import load_sample
from tests.unit.reading.builders import bundle, read_set, with_annotations


def test_confusion_is_that_of_scikit_learn() -> None:
    data, _ = load_sample("digits_trio")
    made = data.annotated[:, 1]
    expected = confusion_matrix(data.truth[made], data.annotations[made, 1], labels=range(10))
    np.testing.assert_array_equal(confusion(data, 1), expected)


def test_accuracy_per_class_has_wilson_intervals() -> None:
    data, _ = read_set(bundle())
    table = by_class(data, data.experts.index("Bob")).set_index("label")  # always says "yes"
    assert table.loc["no", ["cases", "annotations", "right"]].tolist() == [12, 8, 0]
    assert table.loc["yes", ["cases", "annotations", "right"]].tolist() == [12, 8, 8]
    assert table.loc["yes", "accuracy"] == 1
    assert table.loc["yes", ["low", "high"]].tolist() == pytest.approx(list(wilson(8, 8)))


def test_a_class_nobody_annotated_has_no_accuracy() -> None:
    data, _ = read_set(bundle())
    blind = dataclasses.replace(
        data, annotated=data.annotated & (data.truth == data.classes.index("yes"))[:, None]
    )
    row = by_class(blind, 0).set_index("label").loc["no"]
    assert row["annotations"] == 0
    assert np.isnan(row["accuracy"])


def grouped(values: list[str]):
    data, _ = read_set(bundle())
    return dataclasses.replace(data, groups={"site": np.array(values)})


def test_groups_are_counted_most_frequent_first() -> None:
    data = grouped(["A"] * 6 + ["B"] * 18)
    table = by_group(data, "site")
    assert table["group"].tolist() == ["B", "A"]
    assert table["cases"].tolist() == [18, 6]
    inside = np.arange(24) < 6
    assert table["annotations"].tolist() == [
        data.annotated[~inside].sum(),
        data.annotated[inside].sum(),
    ]
    right = data.annotated & (data.annotations == data.truth[:, None])
    assert table["accuracy"][1] == right[inside].sum() / data.annotated[inside].sum()


def test_one_experts_group_accuracy_has_a_wilson_interval() -> None:
    data = grouped(["A"] * 6 + ["B"] * 18)
    row = by_group(data, "site", data.experts.index("Bob")).set_index("group").loc["B"]
    right, made = row["accuracy"] * row["annotations"], row["annotations"]
    assert [row["low"], row["high"]] == pytest.approx(list(wilson(right, made)))


def test_a_group_without_annotations_has_no_accuracy() -> None:
    data = grouped(["A"] * 23 + ["B"])
    bare = dataclasses.replace(data, annotated=data.annotated & (np.arange(24) < 23)[:, None])
    row = by_group(bare, "site").set_index("group").loc["B"]
    assert row["annotations"] == 0
    assert np.isnan(row["accuracy"])


def test_the_interval_over_cases_holds_the_truth_when_annotations_hang_together() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(1000):
        # Twenty annotations of each of 40 cases, half of the cases hard: truth is 0.6.
        chance = np.where(rng.random(40) < 0.5, 0.2, 1.0)
        found = clustered(rng.binomial(20, chance), np.full(40, 20))
        held += found.low <= 0.6 <= found.high
    # Wilson's over 800 annotations would hold it in about 40 % only.
    assert 930 <= held <= 980


def test_one_case_says_next_to_nothing_of_its_group() -> None:
    found = clustered(np.array([20]), np.array([20]))
    assert (found.low, found.high) == pytest.approx(wilson(1, 1))


def test_answers_that_are_no_classes_have_a_column_of_their_own() -> None:
    rows = ["c0,Cyd,unsure", "c1,Cyd,no", "c3,Cyd,yes", "c5,Cyd,HEDGE", "c7,Cyd,unsure"]
    data, _ = read_set(with_annotations(*rows))
    assert data.answers == ("no", "yes", "HEDGE", "unsure")
    cyd = data.experts.index("Cyd")
    assert confusion(data, cyd).tolist() == [[0, 0, 0, 1], [1, 1, 1, 1]]
    table = by_class(data, cyd).set_index("label")
    assert table.loc["no", ["annotations", "right"]].tolist() == [1, 0]
    assert table.loc["yes", ["annotations", "right"]].tolist() == [4, 1]
    assert expert_accuracy(data)["Cyd"]["accuracy"] == 1 / 5


def test_ais_count_neither_among_all_experts_nor_in_their_agreement() -> None:
    data, _ = load_sample("fna_panel")
    known = np.arange(len(data.truth)) % 2 == 0
    groups = {"group_half": np.where(known, "a", "b"), "group_date": _days(len(known))}
    data = dataclasses.replace(data, groups=groups)
    said = np.column_stack([data.annotations, np.where(known, data.truth, 1 - data.truth)])
    wide = dataclasses.replace(
        data,
        annotations=said.astype(np.int32),
        annotated=np.column_stack([data.annotated, np.ones(len(known), bool)]),
        experts=(*data.experts, "CAD"),
        machines=("CAD",),
    )
    assert overall(wide) == overall(data)
    pairs = agreement(wide)
    assert pairs.kappa.tolist() == agreement(data).kappa.tolist()
    assert 4 not in pairs.second
    assert by_group(wide, "group_half").equals(by_group(data, "group_half"))
    assert by_group(wide, "group_half", 4)["accuracy"].tolist() == [1, 0]
    apart, alone = drift(wide), drift(data)
    assert apart is not None
    assert alone is not None
    assert apart.trend == alone.trend
    assert measured(wide) == measured(data)


def _days(n: int) -> np.ndarray:
    return (np.datetime64("2023-01-01") + np.arange(n)).astype(str)


def test_all_ais_are_measured_alike() -> None:
    data, _ = load_sample("fna_panel")
    given = np.eye(2, dtype=np.float32)[data.truth]
    given[::2] = given[::2, ::-1]
    data = dataclasses.replace(data, ai_probabilities=given, machines=data.experts[:1])
    found = all_ais(data)
    assert [one.name for one in found.ais] == ["AI", data.experts[0]]
    test = data.index(Split.TEST)
    assert found.ais[0].accuracy.share == (test % 2).mean()
    assert found.ais[0].answered == len(test)
    made = data.annotated[test, 0]
    right = made & (data.annotations[test, 0] == data.truth[test])
    assert found.ais[1].accuracy.share == pytest.approx(right.sum() / made.sum())
    ones = made & (data.truth[test] == 1)
    assert found.ais[1].by_class[1].share == pytest.approx(right[ones].mean())
    assert found.ais[1].answered == made.sum()


@pytest.mark.parametrize("consensus", [False, True])
@pytest.mark.parametrize("patients", [False, True])
def test_all_experts_classes_at_once_are_those_of_one_expert(
    patients: bool, consensus: bool
) -> None:
    data, _ = load_sample("fna_panel")
    if consensus:
        some = data.annotated.any(axis=1) & (np.arange(len(data.truth)) % 5 > 0)
        data = with_consensus(data, "dawid-skene", some, Report())
    if patients:
        whose = np.array([f"p{i // 3}" for i in range(len(data.truth))])
        data = dataclasses.replace(data, groups={"group_patient": whose})
    table = class_table(data)
    for expert in range(len(data.experts)):
        own = by_class(data, expert)
        assert table.made[expert].tolist() == own["annotations"].tolist()
        assert table.accuracy[expert].tolist() == pytest.approx(own["accuracy"].tolist())
        assert table.low[expert].tolist() == pytest.approx(own["low"].tolist())
        assert table.high[expert].tolist() == pytest.approx(own["high"].tolist())
