"""Ground truth that is one reader, or the majority of the readers, is noticed."""

from collections.abc import Sequence

import numpy as np
import pytest

from core.dataset.truth_source import TruthSource, find_truth_source, part_of_truth
from core.insight.describe import describe
from tests.unit.reading.builders import bundle, lines, read_set

RNG = np.random.default_rng(11)


def said_by(accuracies: Sequence[float], n: int, classes: int = 2, seed: int = 0) -> np.ndarray:
    """Answers [n, M] to cases of classes in turn, of readers who err independently."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % classes
    other = (truth[:, None] + rng.integers(1, classes, (n, len(accuracies)))) % classes
    wrong = rng.random((n, len(accuracies))) > np.array(accuracies)
    return np.where(wrong, other, truth[:, None]).astype(np.int32)


def accurate() -> np.ndarray:
    """Three readers of 60 cases, each wrong in one case of their own."""
    said = said_by((1.0, 1.0, 1.0), 60)
    said[[4, 25, 51], [0, 1, 2]] ^= 1
    return said


def majority(said: np.ndarray) -> np.ndarray:
    counts = np.stack([(said == c).sum(axis=1) for c in range(said.max() + 1)], axis=1)
    return counts.argmax(axis=1).astype(np.int32)


def found(truth: np.ndarray, said: np.ndarray, there: np.ndarray | None = None) -> TruthSource:
    there = np.ones(said.shape, bool) if there is None else there
    names = [f"R{i}" for i in range(said.shape[1])]
    return find_truth_source(truth, said, there, names, int(max(truth.max(), said.max())) + 1)


@pytest.mark.parametrize("n", [20, 60, 1000])
def test_a_reader_who_is_the_truth_is_named(n: int) -> None:
    said = said_by((0.8, 0.7, 0.9), n)
    source = found(said[:, 1], said)
    assert source.alike == {"R1": (n, n)}
    assert source.part == ("R1",)


def test_few_cases_errors_and_one_class_say_nothing() -> None:
    truth = (np.arange(60) % 2).astype(np.int32)
    said = said_by((0.8, 0.7), 60)
    said[:, 0] = truth
    there = np.ones(said.shape, bool)
    assert found(truth, said).alike
    assert not found(truth, said, there & (np.arange(60) < 19)[:, None]).alike
    assert not found(truth, said, there & (truth == 0)[:, None]).alike
    said[[3, 4], 0] ^= 1
    assert not found(truth, said).alike


def test_a_reader_who_always_says_the_common_class_is_not_the_truth() -> None:
    truth = np.zeros(2000, np.int32)
    truth[:8] = 1
    assert not found(truth, np.zeros((2000, 2), np.int32)).alike


def test_of_many_experts_some_are_always_right_by_chance() -> None:
    truth = (np.arange(3000) % 2).astype(np.int32)
    said = said_by([0.9] * 150, 3000, seed=3)
    there = np.arange(3000)[:, None] // 20 == np.arange(150)
    assert ((said == truth[:, None]) & there).sum(axis=0).max() == 20
    assert not found(truth, said, there).alike
    # 1,500 cases without an error are no chance.
    said[:, 0], there[:, 0] = truth, np.arange(3000) < 1500
    assert found(truth, said, there).alike == {"R0": (1500, 1500)}


@pytest.mark.parametrize(("classes", "readers"), [(2, 3), (3, 5), (8, 3)])
def test_a_truth_by_majority_is_noticed(classes: int, readers: int) -> None:
    said = said_by([0.75] * readers, 200, classes)
    source = found(majority(said), said)
    assert not source.alike
    assert source.majority is not None
    assert source.majority[0] == source.majority[1] > 100
    assert source.chance < 1e-3
    assert source.part == tuple(f"R{i}" for i in range(readers))


def test_a_truth_of_its_own_is_not_the_majority() -> None:
    for accuracies in ((0.75, 0.75, 0.75), (0.9, 0.6, 0.8), (0.95, 0.95, 0.95)):
        said = said_by(accuracies, 400)
        assert found((np.arange(400) % 2).astype(np.int32), said).part == ()


def test_of_accurate_readers_the_majority_is_right_anyway() -> None:
    said = accurate()
    truth = (np.arange(60) % 2).astype(np.int32)
    source = found(truth, said)
    assert source.majority == (60, 60)
    assert source.chance > 0.05
    assert source.part == ()


def test_the_majority_is_named_beside_a_reader_only_where_it_agrees_better() -> None:
    said = accurate()
    truth = (np.arange(60) % 2).astype(np.int32)
    said[:, 0] = truth
    assert found(truth, said).majority is None
    assert found(truth, said).part == ("R0",)
    often = np.tile(said, (20, 1))
    often[7, 0] ^= 1
    source = found(np.tile(truth, 20), often)
    assert source.alike == {"R0": (1199, 1200)}
    assert source.majority == (1200, 1200)


def test_missing_answers_have_no_vote() -> None:
    said = said_by([0.75] * 3, 300)
    there = RNG.random(said.shape) < 0.7
    truth = majority(np.where(there, said, -1))
    other = np.where(there, said, 1 - said)  # what stands under a missing answer means nothing
    source = found(truth, said, there)
    assert source.part == ("R0", "R1", "R2")
    assert source.majority is not None
    assert source.majority[1] <= 300 - int((there.sum(axis=1) < 2).sum())
    assert found(truth, other, there) == source


def set_of(truth: np.ndarray, said: np.ndarray, simulated: bool = False) -> dict[str, bytes]:
    words = ("no", "yes")
    rows = ["case_id,split,label"]
    answers = ["case_id,expert,label"]
    for i in range(len(truth)):
        rows.append(f"c{i},{'test' if i % 3 == 2 else 'train'},{words[truth[i]]}")
        answers += [f"c{i},R{j},{words[v]}" for j, v in enumerate(said[i])]
    more = {"about.json": lines('{"simulated": true}')} if simulated else {}
    return bundle(rows, answers) | more


def test_reading_warns_and_the_description_marks_the_experts() -> None:
    said = said_by((0.8, 0.7, 0.9), 60)
    dataset, report = read_set(set_of(said[:, 1], said))
    (problem,) = report.warnings
    assert "R1's in 60 of 60 cases" in problem.found
    assert describe(dataset, report)["part_of_truth"] == ["R1"]
    dataset, report = read_set(set_of(majority(said), said))
    (problem,) = report.warnings
    assert "majority" in problem.what
    assert part_of_truth(dataset) == ("R0", "R1", "R2")


def test_where_accuracy_explains_the_majority_a_note_says_so() -> None:
    said = accurate()
    dataset, report = read_set(set_of(np.arange(60) % 2, said))
    assert not report.warnings
    assert any("majority" in p.what for p in report.notes)
    assert part_of_truth(dataset) == ()


def test_simulated_answers_were_drawn_from_the_truth() -> None:
    said = said_by((1.0, 0.7), 60)
    dataset, report = read_set(set_of(np.arange(60) % 2, said, simulated=True))
    assert not report.warnings
    assert part_of_truth(dataset) == ()


def test_answers_that_no_truth_has_are_votes_of_their_own() -> None:
    truth = np.tile([0, 1], 40).astype(np.int32)
    said = np.stack([truth, truth, 1 - truth], axis=1)
    hedged = said.copy()
    hedged[:, 2] = 2  # beyond the two classes
    there, names = np.ones(said.shape, bool), ["R0", "R1", "R2"]
    plain = find_truth_source(truth, said, there, names, 2)
    assert plain.alike == {"R0": (80, 80), "R1": (80, 80)}
    assert find_truth_source(truth, hedged, there, names, 2).alike == plain.alike
    hedged[:, 1] = 2  # now the majority is an answer that no truth has
    assert find_truth_source(truth, hedged, there, names, 2).majority is None
