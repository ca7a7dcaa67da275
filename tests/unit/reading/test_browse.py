import numpy as np
import pytest

from core.dataset.annotation_set import Split
from core.insight.browse import SAID, case_rows, find_cases
from core.library.samples import load_sample
from tests.unit.reading.builders import bundle, read_set, with_annotations


def test_filters_are_what_they_say() -> None:
    data, _ = load_sample("digits_trio")
    for said in SAID:
        for i in find_cases(data, said)[:40]:
            given = data.annotations[i][data.annotated[i]]
            right = given == data.truth[i]
            assert {
                "any": True,
                "disagree": len(set(given)) > 1,
                "agree": len(given) >= 2 and len(set(given)) == 1,
                "wrong": len(given) > 0 and not right.any(),
                "right": len(given) > 0 and right.all(),
                "nobody": len(given) == 0,
            }[said]


def test_every_case_is_wrong_mixed_right_or_seen_by_nobody() -> None:
    data, _ = load_sample("digits_trio")
    right = data.annotated & (data.annotations == data.truth[:, None])
    mixed = right.any(axis=1) & (right.sum(axis=1) < data.annotated.sum(axis=1))
    parts = [len(find_cases(data, s)) for s in ("wrong", "right", "nobody")]
    assert sum(parts) + mixed.sum() == len(data.case_ids)


def test_class_and_split_narrow_the_choice() -> None:
    data, _ = load_sample("fna_panel")
    found = find_cases(data, label=1, split=Split.TEST)
    assert len(found) == ((data.truth == 1) & (data.split == Split.TEST)).sum()


def test_the_most_contested_cases_come_first() -> None:
    data, _ = load_sample("fna_panel")
    first = find_cases(data, "disagree")[0]
    given = data.annotations[first][data.annotated[first]]
    assert np.bincount(given).max() / len(given) == pytest.approx(0.5)


def test_rows_tell_who_said_what_the_right_label_first() -> None:
    data, _ = read_set(bundle())
    rows = case_rows(data, np.array([1, 3, 4]))  # truth yes, yes, no; Bob has not seen case 3
    assert rows["case"].tolist() == ["c1", "c3", "c4"]
    assert rows["said"].tolist() == [
        {"yes": ["Ann", "Bob"]},
        {"yes": ["Ann"]},
        {"no": ["Ann"], "yes": ["Bob"]},
    ]
    assert rows["right"].tolist() == [2, 1, 1]


def test_answers_that_are_no_classes_are_wrong_and_named() -> None:
    data, _ = read_set(with_annotations("c0,Cyd,unsure", "c3,Cyd,yes", "c3,Dan,unsure"))
    rows = case_rows(data, np.array([0, 3]))  # Ann is right about both, Bob has seen neither
    assert rows["said"].tolist() == [
        {"no": ["Ann"], "unsure": ["Cyd"]}, {"yes": ["Ann", "Cyd"], "unsure": ["Dan"]},
    ]  # fmt: skip
    assert rows["right"].tolist() == [1, 2]
    assert {0, 3} <= set(find_cases(data, "disagree"))
