"""Derived sets: what they hold, what they remember, what is refused."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.base.report import DataError, Report
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.consensus import Consensus
from core.dataset.votes import votes
from core.deriving.derive import derive, preview
from core.deriving.difficulty import disagreement, uncertainty
from core.deriving.recipe import Recipe, sentence
from core.deriving.registry import KINDS
from core.deriving.step import Asked
from core.deriving.team import Team
from core.insight.describe import describe
from core.library.store import Library
from tests.unit.deriving.sets import STEPS, made, one, recipe, with_other_test_truth


@pytest.fixture(scope="module")
def data() -> AnnotationSet:
    return made()


def test_there_is_a_recipe_here_for_every_kind() -> None:
    assert list(STEPS) == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_recipe_comes_back_from_json(kind: str, data: AnnotationSet) -> None:
    asked = one(kind)
    assert Recipe.model_validate_json(asked.model_dump_json()) == asked
    assert Recipe.read(asked.plain()) == asked
    assert derive(data, asked, 0).dataset.derived.recipe == asked.plain()
    assert asked.sentence() in sentence(derive(data, asked, 3).dataset.derived, "X")


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_says_what_it_is_called_and_how_it_is_asked_for(kind: str) -> None:
    step = KINDS[kind]
    assert step.label
    assert step.help.endswith(".")
    for name, field in step.model_fields.items():
        if name != "kind":
            assert field.title
            assert field.description
            assert any(isinstance(m, Asked) for m in field.metadata), name


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_decides_what_is_drawn(kind: str, data: AnnotationSet) -> None:
    first, again, other = (derive(data, one(kind), seed).dataset for seed in (0, 0, 1))
    assert first.content_hash == again.content_hash != other.content_hash
    np.testing.assert_array_equal(first.truth, data.truth)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_previewed_is_what_results(kind: str, data: AnnotationSet) -> None:
    found = derive(data, one(kind), 4)
    for shown, one_ in zip(preview(data, one(kind), 4), found.experts, strict=True):
        np.testing.assert_equal(shown._asdict(), one_._asdict())
    described = describe(found.dataset, Report())["expert_accuracy"]
    for expert in found.experts:
        assert described[expert.name]["accuracy"] == pytest.approx(expert.accuracy)
        assert described[expert.name]["annotations"] == expert.annotations
    assert found.dataset.simulated == any(e.simulated for e in found.experts)


def test_a_derived_set_remembers_its_parent(tmp_path: Path, data: AnnotationSet) -> None:
    asked, library = one("noisy_copy"), Library(tmp_path)
    found = derive(data, asked, 7, "Copied").dataset
    back = library.load(library.add(found, Report()))
    assert (back.derived.parent, back.derived.parent_name) == (data.content_hash, "made")
    assert (back.derived.seed, back.name) == (7, "Copied")
    assert Recipe.read(back.derived.recipe) == asked
    assert describe(back, Report())["derived"]["text"].startswith("Derived from made (seed 7): New")
    plain = dataclasses.replace(found, derived=None)
    assert plain.content_hash == found.content_hash
    assert library.load(library.add(data, Report())).derived is None


def test_a_recipe_of_another_version_can_still_be_shown(data: AnnotationSet) -> None:
    derived = derive(data, one("team"), 1).dataset.derived
    later = derived.model_copy(update={"recipe": {"version": 9}})
    assert "another version" in sentence(later, "X")


def test_a_derived_set_can_be_derived_from(data: AnnotationSet) -> None:
    first = derive(data, one("class_skill"), 1).dataset
    second = derive(first, one("remove_random", rates={}), 1).dataset
    assert second.derived.parent == first.content_hash
    assert second.simulated


def test_shares_are_removed_per_expert_from_train_alone(data: AnnotationSet) -> None:
    left = derive(data, one("remove_random", rate=0.4, rates={"Ben": 0.0}), 0).dataset.annotated
    train = data.split == Split.TRAIN
    had = data.annotated[train].sum(axis=0)
    assert np.abs(left[train].sum(axis=0) - had * (0.6, 1.0, 0.6)).max() < 1
    np.testing.assert_array_equal(left[~train], data.annotated[~train])
    everywhere = derive(data, one("remove_random", split="all", rates={}), 0).dataset.annotated
    assert np.abs(everywhere.sum(axis=0) - 0.6 * data.annotated.sum(axis=0)).max() < 1
    assert (everywhere[~train] < data.annotated[~train]).any()


def test_only_the_experts_and_classes_that_are_named_lose_annotations(data: AnnotationSet) -> None:
    step = one("remove_classes", rate=1.0, classes=["b"], experts=["Cleo"])
    left = derive(data, step, 0).dataset.annotated
    gone = data.annotated & ~left
    np.testing.assert_array_equal(left[:, :2], data.annotated[:, :2])
    assert not (left[:, 2] & (data.truth == 1) & (data.split == Split.TRAIN)).any()
    assert set(data.truth[gone[:, 2]]) == {1}
    assert set(data.split[gone[:, 2]]) == {Split.TRAIN}


@pytest.mark.parametrize("by", ["disagreement", "model", "ai"])
def test_difficult_cases_lose_more_annotations(by: str, data: AnnotationSet) -> None:
    unsure = np.linspace(0.3, 0.9, len(data.truth))
    ai = np.column_stack([unsure, *[(1 - unsure) / 3] * 3]).astype(np.float32)
    judged = dataclasses.replace(data, ai_probabilities=ai)
    for removed in ("difficult", "easy"):
        step = one("remove_difficult", by=by, removed=removed, strength=1.0)
        left = derive(judged, step, 0).dataset.annotated[:, 1]
        rows = np.flatnonzero(data.annotated[:, 1] & (data.split == Split.TRAIN))
        hard = (
            disagreement(judged, votes(judged), "Ben", rows)
            if by == "disagreement"
            else uncertainty(judged, by)[rows]  # type: ignore[arg-type]
        )
        kept, gone = hard[left[rows]], hard[~left[rows]]
        assert (gone.mean() > kept.mean()) == (removed == "difficult")
        assert abs(len(gone) - 0.3 * len(rows)) < 1


def test_disagreement_is_that_of_the_others() -> None:
    data = made(4, annotations=np.array([[0, 0, 0], [1, 0, 0], [1, 0, 2], [0, 1, 1]], np.int32))
    data = dataclasses.replace(data, annotated=np.array([[1, 1, 1]] * 3 + [[1, 0, 0]], bool))
    # Of the last case nobody else says anything: the median of the others.
    assert disagreement(data, votes(data), "Ada", np.arange(4)).tolist() == [0, 0, 0.5, 0]
    assert disagreement(data, votes(data), "somebody new", np.arange(3)).tolist() == pytest.approx(
        [0, 1 / 3, 2 / 3]
    )


def test_a_train_case_is_judged_by_a_model_that_has_not_seen_it() -> None:
    noise = np.random.default_rng(1).random((400, 300)).astype(np.float32)
    data = made(400, inputs=noise, feature_names=tuple(f"f{i}" for i in range(300)))
    unsure, train = uncertainty(data, "model"), data.split == Split.TRAIN
    # A model that has seen its 200 cases is nearly sure of all of them.
    assert unsure[train].mean() == pytest.approx(unsure[~train].mean(), abs=0.05)


@pytest.mark.parametrize(
    "step",
    [
        one("remove_random", split="all"),
        one("remove_classes"),
        *(one("remove_difficult", split="all", by=by) for by in ("disagreement", "model")),
    ],
    ids=lambda step: step.steps[0].sentence()[-40:],
)
def test_test_truth_decides_nothing_about_what_is_missing(
    step: Recipe, data: AnnotationSet
) -> None:
    other = derive(with_other_test_truth(data), step, 0).dataset.annotated
    np.testing.assert_array_equal(derive(data, step, 0).dataset.annotated, other)


def test_a_limit_of_a_feature_is_that_of_train_cases(data: AnnotationSet) -> None:
    test = data.split == Split.TEST
    moved = data.inputs.copy()
    moved[test, 0] += 100
    step = one("feature_skill", low=1.0, high=0.0, share=0.5)
    before, after = (
        derive(d, step, 0).dataset.annotations[:, -1] == data.truth
        for d in (data, dataclasses.replace(data, inputs=moved))
    )
    np.testing.assert_array_equal(before[~test], after[~test])
    assert not after[test].any()


def test_skill_may_depend_on_how_bright_an_image_is(data: AnnotationSet) -> None:
    grey = np.arange(200, dtype=np.uint8)[:, None, None, None]
    images = made(200, inputs=np.broadcast_to(grey, (200, 4, 4, 3)).copy(), feature_names=())
    step = one("feature_skill", feature="brightness", low=1.0, high=0.0, share=0.5)
    right = derive(images, step, 0).dataset.annotations[:, -1] == images.truth
    assert right[:90].all()
    assert not right[110:].any()


def test_simulated_experts_can_take_the_place_of_the_set_s_own(data: AnnotationSet) -> None:
    asked = recipe(
        {"kind": "noisy_copy", "name": "Ben", "of": "Ben", "noise": 0.2},
        {"kind": "team", "size": 2},
        keep_experts=["Cleo"],
    )
    found = derive(data, asked, 0).dataset
    assert found.experts == ("Cleo", "Ben", "Reader 1", "Reader 2")
    np.testing.assert_array_equal(found.annotated[:, 1], data.annotated[:, 1])
    same = (found.annotations[:, 1] == data.annotations[:, 1])[data.annotated[:, 1]]
    assert same.mean() == pytest.approx(0.8, abs=0.03)


def test_machines_stay_machines_unless_their_answers_are_simulated(data: AnnotationSet) -> None:
    parent = dataclasses.replace(data, machines=("Ada", "Ben"))
    copied = {"kind": "noisy_copy", "name": "Ben", "of": "Ben"}
    found = derive(parent, recipe(copied, keep_experts=["Ada", "Cleo"]), 0).dataset
    assert found.experts == ("Ada", "Cleo", "Ben")
    assert found.machines == ("Ada",)


def test_an_expert_without_train_annotations_is_excluded(data: AnnotationSet) -> None:
    step = one("remove_random", rates={}, rate=1.0, experts=["Ada"])
    assert derive(data, step, 0).dataset.excluded_experts == ("Ada",)


@pytest.mark.parametrize(
    ("steps", "more"),
    [
        ([{"kind": "remove_random", "rate": 0.0}], {}),
        ([{"kind": "remove_random", "rate": 1.0, "split": "all"}], {}),
        ([{"kind": "remove_random", "rates": {"Zoe": 0.5}}], {}),
        ([{"kind": "remove_random", "experts": ["Zoe"]}], {}),
        ([{"kind": "remove_classes", "classes": ["z"]}], {}),
        ([{"kind": "remove_difficult", "by": "ai"}], {}),
        ([{"kind": "class_skill", "name": "N", "classes": ["z"]}], {}),
        ([{"kind": "class_skill", "name": "ada", "classes": ["a"]}], {}),
        ([{"kind": "class_pairs", "name": "N", "classes": ["a", "b"], "within": "group_site"}], {}),
        ([{"kind": "class_pairs", "name": "N", "classes": ["a", "b"], "within": "group_z"}], {}),
        ([{"kind": "feature_skill", "name": "N", "feature": "z"}], {}),
        ([{"kind": "group_skill", "name": "N", "group": "group_z", "values": ["x"]}], {}),
        ([{"kind": "group_skill", "name": "N", "group": "group_site", "values": ["z"]}], {}),
        ([{"kind": "strictness", "name": "N", "positive": "z"}], {}),
        ([{"kind": "noisy_copy", "name": "N", "of": "Zoe"}], {}),
        ([{"kind": "team"}, {"kind": "team"}], {}),
        ([{"kind": "team"}], {"keep_experts": ["Zoe"]}),
        ([{"kind": "remove_random"}], {"keep_experts": []}),
    ],
    ids=str,
)
def test_what_does_not_fit_the_set_is_refused(
    steps: list[dict[str, Any]], more: dict[str, Any], data: AnnotationSet
) -> None:
    with pytest.raises(DataError):
        derive(data, recipe(*steps, **more), 0)


@pytest.mark.parametrize(
    ("step", "where"),
    [
        ({"kind": "nothing"}, "steps.0"),
        ({"kind": "team", "size": 1}, "steps.0.size"),
        ({"kind": "team", "sise": 3}, "steps.0.sise"),
        ({"kind": "remove_random", "rate": 1.5}, "steps.0.rate"),
        ({"kind": "class_skill", "name": "AI", "classes": ["a"]}, "steps.0.name"),
        ({"kind": "class_skill", "name": " ", "classes": ["a"]}, "steps.0.name"),
        ({"kind": "class_skill", "name": "N\u202e", "classes": ["a"]}, "steps.0.name"),
        ({"kind": "class_pairs", "name": "N", "classes": ["a", "b", "c"]}, "steps.0"),
        ({"kind": "class_pairs", "name": "N", "classes": ["a", "a"]}, "steps.0.classes"),
    ],
    ids=str,
)
def test_a_recipe_that_is_none_is_refused_with_its_place(step: dict[str, Any], where: str) -> None:
    with pytest.raises(ValueError, match=f"^{where}: "):
        recipe(step)


def test_labels_alone_are_enough(data: AnnotationSet) -> None:
    labels = dataclasses.replace(data, inputs=None, feature_names=())
    found = derive(labels, recipe({"kind": "team"}, {"kind": "remove_difficult"}), 0)
    assert len(found.experts) == 13
    for step in (one("feature_skill"), one("remove_difficult", by="model")):
        with pytest.raises(DataError):
            derive(labels, step, 0)


def test_experts_of_a_set_by_consensus_are_scored_as_before(data: AnnotationSet) -> None:
    n, m = data.annotated.shape
    consensus = Consensus(
        method="majority",
        filled=np.ones(n, bool),
        confidence=np.full(n, 0.9, np.float32),
        others=np.tile(np.arange(m, dtype=np.int32) % 2, (n, 1)),
        trust=np.full((n, m), 0.8, np.float32),
    )
    parent = dataclasses.replace(data, consensus=consensus)
    asked = Recipe(steps=(Team(size=2),), keep_experts=parent.experts[1:])
    derived = derive(parent, asked, 0).dataset
    assert derived.consensus is not None
    kept = [derived.experts.index(name) for name in parent.experts[1:]]
    assert (derived.consensus.others[:, kept] == consensus.others[:, 1:]).all()
    added = [i for i in range(len(derived.experts)) if i not in kept]
    assert (derived.consensus.others[:, added] == parent.truth[:, None]).all()
    assert (derived.consensus.trust[:, added] == 1).all()
