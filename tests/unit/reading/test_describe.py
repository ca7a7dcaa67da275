import json

import pytest

from core.dataset.annotation_set import Split
from core.insight.describe import describe, expert_accuracy, wilson
from tests.unit.reading.builders import (
    bundle,
    image_bundle,
    lines,
    manifests,
    read_set,
    with_annotations,
)


def test_counts_per_split_class_and_expert() -> None:
    told = describe(*read_set(bundle()))
    assert told["cases"] == {"train": 12, "validation": 4, "test": 8}
    assert told["class_counts"]["test"] == {"no": 4, "yes": 4}
    assert told["annotations"] == {"train": 20, "validation": 6, "test": 14, "total": 40}
    assert told["missing_rate"] == pytest.approx(1 - 40 / 48)
    assert told["missing_rate_by_split"]["train"] == pytest.approx(1 - 20 / 24)


def test_accuracy_counts_annotated_cases_only() -> None:
    told = describe(*read_set(bundle()))["expert_accuracy"]
    assert told["Ann"]["accuracy"] == 23 / 24
    assert told["Bob"] == {
        "accuracy": 0.5,
        "interval": wilson(8, 16),
        "annotations": 16,
        "share_annotated": pytest.approx(2 / 3),
    }


def test_accuracy_of_one_split() -> None:
    dataset, _ = read_set(bundle())
    assert expert_accuracy(dataset, Split.VALIDATION)["Bob"]["annotations"] == 2


def test_expert_without_annotations_has_no_accuracy() -> None:
    dataset, _ = read_set(manifests(label_B_test=None))
    assert expert_accuracy(dataset, Split.TEST)["B"] == {
        "accuracy": None,
        "interval": None,
        "annotations": 0,
        "share_annotated": 0,
    }


def test_wilson_interval_of_the_textbook() -> None:
    # Newcombe (1998), table I: 81 of 263.
    assert wilson(81, 263) == pytest.approx([0.2553, 0.3662], abs=5e-5)


@pytest.mark.parametrize(("right", "n"), [(0, 10), (10, 10), (1, 1)])
def test_wilson_interval_stays_in_zero_to_one_and_holds_the_share(right: int, n: int) -> None:
    interval = wilson(right, n)
    assert interval is not None
    assert 0 <= interval[0] <= right / n <= interval[1] <= 1


def test_description_is_plain_json() -> None:
    predictions = lines("case_id,prediction", *(f"c{i},yes" for i in range(24)))
    told = describe(*read_set(bundle(ai_predictions_csv=predictions)))
    assert json.loads(json.dumps(told)) == told
    assert told["external_ai"]["test_accuracy"] == 0.5


@pytest.mark.parametrize(
    ("files", "inputs"),
    [
        (bundle(), {"kind": "features", "columns": 2, "names": ["age", "dose"]}),
        (image_bundle(), {"kind": "images", "height": 8, "width": 8, "channels": 3}),
        (manifests(), {"kind": "labels"}),
    ],
)
def test_inputs_are_described(files: dict[str, bytes], inputs: dict[str, object]) -> None:
    assert describe(*read_set(files))["inputs"] == inputs


def test_warnings_are_sentences() -> None:
    told = describe(*read_set(with_annotations("c20,Cyd,yes")))
    assert told["excluded_experts"] == ["Cyd"]
    assert told["warnings"][0].startswith("experts have no annotation in train: found 'Cyd'.")
