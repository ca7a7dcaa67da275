import numpy as np
import pytest

from core.dataset.annotation_set import AnnotationSet, Split
from core.insight.pattern import ORDERS, find_pattern, picture
from core.library.samples import load_sample


def made(
    mask: np.ndarray, truth: np.ndarray | None = None, split: np.ndarray | None = None
) -> AnnotationSet:
    """A set annotated where `mask` says; every other annotation is right."""
    n, m = mask.shape
    truth = np.arange(n) % 2 if truth is None else truth
    said = (truth[:, None] + np.arange(n)[:, None] // 2 + np.arange(m)) % 2
    return AnnotationSet(
        name="made",
        case_ids=np.array([f"c{i}" for i in range(n)]),
        split=(np.full(n, Split.TRAIN) if split is None else split).astype(np.int8),
        inputs=None,
        truth=truth.astype(np.int32),
        annotations=np.where(mask, said, 0).astype(np.int32),
        annotated=mask,
        classes=("no", "yes"),
        experts=tuple(f"e{i}" for i in range(m)),
    )


def blocked(blocks: int = 4, cases: int = 30, experts: int = 5) -> np.ndarray:
    """Blocks of experts who annotated their own cases only, shuffled."""
    rng = np.random.default_rng(0)
    whole = np.kron(np.eye(blocks, dtype=bool), np.ones((cases, experts), bool))
    return whole[rng.permutation(len(whole))][:, rng.permutation(whole.shape[1])]


def test_a_full_table_is_complete() -> None:
    told = find_pattern(made(np.ones((20, 3), bool)))
    assert told.kind == "complete"
    assert told.per_case == (3, 3.0, 3)


def test_an_empty_table_is_empty() -> None:
    told = find_pattern(made(np.zeros((20, 3), bool)))
    assert told.kind == "empty"
    assert told.unseen == 20


def test_groups_of_experts_without_shared_cases_are_blocks() -> None:
    told = find_pattern(made(blocked()))
    assert told.kind == "blocks"
    assert told.blocks == 4
    assert told.missing == pytest.approx(0.75)
    assert told.per_case == (5, 5.0, 5)


def test_an_expert_without_annotations_is_in_no_block() -> None:
    mask = np.random.default_rng(0).random((200, 3)) < 0.5
    mask[:, 1] = False
    told = find_pattern(made(mask))
    assert told.blocks == 1
    assert told.block_of.tolist() == [0, -1, 0]


@pytest.mark.parametrize("seed", range(20))
def test_independent_choices_look_random(seed: int) -> None:
    rng = np.random.default_rng(seed)
    told = find_pattern(made(rng.random((400, 6)) < rng.uniform(0.2, 0.9, 6)))
    assert told.kind == "random"
    assert not told.by_class


def test_a_split_that_everybody_annotated_is_no_structure() -> None:
    rng = np.random.default_rng(0)
    split = np.repeat([Split.TRAIN, Split.TEST], [300, 100])
    mask = (rng.random((400, 4)) < 0.3) | (split == Split.TEST)[:, None]
    assert find_pattern(made(mask, split=split)).kind == "random"


def test_experts_who_share_their_cases_hang_together() -> None:
    rng = np.random.default_rng(0)
    first = rng.random(400) < 0.5
    mask = np.stack([first ^ (rng.random(400) < 0.1) for _ in range(4)], axis=1)
    told = find_pattern(made(mask))
    assert told.kind == "together"
    assert told.together > 0.5


def test_missing_that_depends_on_the_class_is_told() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 500)
    mask = rng.random((500, 3)) < np.where(truth == 1, 0.9, 0.5)[:, None]
    told = find_pattern(made(mask, truth))
    assert told.by_class
    assert told.class_spread == pytest.approx(0.4, abs=0.1)


@pytest.mark.parametrize("order", ORDERS)
def test_the_picture_counts_every_annotation_once(order: str) -> None:
    data, _ = load_sample("digits_trio")
    drawn = picture(data, find_pattern(data), order)  # type: ignore[arg-type]
    right = data.annotated & (data.annotations == data.truth[:, None])
    assert drawn.cells.sum() == data.annotated.size
    assert drawn.annotated.sum() == data.annotated.sum()
    assert drawn.right.sum() == right.sum()
    assert sorted(drawn.cases) == list(range(len(data.case_ids)))
    assert sorted(drawn.experts) == list(range(len(data.experts)))


def test_the_picture_of_a_small_set_is_the_table_in_its_order() -> None:
    rng = np.random.default_rng(0)
    data = made(rng.random((50, 4)) < 0.6)
    drawn = picture(data, find_pattern(data))
    assert drawn.per_row == drawn.per_column == 1
    np.testing.assert_array_equal(drawn.annotated, data.annotated[drawn.cases][:, drawn.experts].T)


def test_large_sets_are_put_together_within_the_limits() -> None:
    rng = np.random.default_rng(0)
    data = made(rng.random((1005, 130)) < 0.3)
    drawn = picture(data, find_pattern(data), columns=100, rows=50)
    assert drawn.annotated.shape == (44, 92)
    assert (drawn.per_row, drawn.per_column) == (3, 11)
    # The last row and column hold the rest.
    assert drawn.cells[0, 0] == 33
    assert drawn.cells[-1, -1] == (130 - 43 * 3) * (1005 - 91 * 11)


def test_blocks_are_drawn_as_blocks() -> None:
    data = made(blocked())
    drawn = picture(data, find_pattern(data), columns=4, rows=4)
    assert (drawn.annotated > 0).sum() == 4
    np.testing.assert_array_equal(drawn.annotated[drawn.annotated > 0], 150)


@pytest.mark.parametrize(("order", "of"), [("class", "truth"), ("split", "split")])
def test_cases_are_sorted_by_class_or_split_first(order: str, of: str) -> None:
    data, _ = load_sample("fna_panel")
    drawn = picture(data, find_pattern(data), order)  # type: ignore[arg-type]
    assert (np.diff(getattr(data, of)[drawn.cases]) >= 0).all()
