"""Real annotations beside the project; skipped where they are not there."""

from pathlib import Path

import pytest

from core.dataset.annotation_set import Split
from core.insight.describe import describe
from core.reading.read import ReadOptions, read

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


def shared(name: str) -> Path:
    if not (SHARED / name).is_dir():
        pytest.skip(f"{SHARED / name} is not there")
    return SHARED / name


def test_broward_has_400_sparse_experts_and_an_external_ai() -> None:
    told = describe(*read(shared("broward")))
    assert told["cases"] == {"train": 700, "validation": 0, "test": 300}
    assert len(told["experts"]) == 400
    assert told["annotations"]["total"] == 20_000
    assert told["external_ai"]["test_accuracy"] == pytest.approx(0.652, abs=0.03)
    assert told["groups"]["group_sex"].keys() == {"female", "male"}


@pytest.mark.parametrize(
    ("seat", "accuracy"),
    [("seat1", 0.647), ("seat2", 0.677), ("seat3", 0.667), ("seat4", 0.653), ("seat5", 0.6)],
)
def test_broward_panel_has_the_accuracies_of_its_readme(seat: str, accuracy: float) -> None:
    from core.insight.describe import expert_accuracy

    dataset, _ = read(shared("broward_panel"))
    told = expert_accuracy(dataset, Split.TEST)[seat]["accuracy"]
    assert told == pytest.approx(accuracy, abs=0.0005)


def test_chaoyang_is_labels_only_and_its_variants_are_left_out() -> None:
    told = describe(*read(shared("chaoyang")))
    assert told["kind"] == "labels"
    assert told["cases"] == {"train": 4103, "validation": 0, "test": 2057}
    assert told["class_counts"]["train"] == {"0": 1206, "1": 778, "2": 1495, "3": 624}
    assert told["missing_rate"] == 0
    assert "9 files" in told["warnings"][0]


@pytest.mark.parametrize(("rate", "kept"), [("0.3", 2872), ("0.5", 2051), ("0.7", 1230)])
def test_chaoyang_with_a_chosen_rate(rate: str, kept: int) -> None:
    dataset, _ = read(shared("chaoyang"), options=ReadOptions(rate=rate))
    train = dataset.index(Split.TRAIN)
    assert dataset.annotated[train].sum(axis=0).tolist() == [kept] * 3


def test_cifar10n_has_images_and_sparse_annotations() -> None:
    told = describe(*read(shared("cifar10n_small")))
    assert told["inputs"] == {"kind": "images", "height": 32, "width": 32, "channels": 3}
    assert told["annotations"]["total"] == 12_650
    assert told["missing_rate"] == pytest.approx(0.895, abs=0.0006)
    assert told["warnings"] == []
