"""Carries out a recipe."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from core.base.limits import LONGEST_SET_NAME, MOST_ANNOTATIONS
from core.base.names import refusal
from core.base.report import clip, listed, refuse
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.consensus import Consensus
from core.dataset.derived import Derived
from core.deriving.draft import Column, Draft
from core.deriving.recipe import Recipe

_DRAW = 0xDE21  # keeps these draws apart from other draws with the same seed


class DerivedExpert(NamedTuple):
    """An expert of a derived set.

    Attributes:
      name: of the expert. simulated: whether this recipe drew the answers.
      before: annotations in the parent; 0 for new experts.
      annotations: in the derived set. train: of train cases.
      expected: accuracy in expectation: over all draws of answers and over what the last removal
        draws, given the earlier removals. None without annotations.
      accuracy: as drawn.
      per_class: accuracy per class in expectation, on the cases that are annotated; NaN where no
        case is. drawn_per_class: as drawn.
    """

    name: str
    simulated: bool
    before: int
    annotations: int
    train: int
    expected: float | None
    accuracy: float | None
    per_class: Float[np.ndarray, " C"]
    drawn_per_class: Float[np.ndarray, " C"]


class Outcome(NamedTuple):
    """A derived set, and its experts in order."""

    dataset: AnnotationSet
    experts: tuple[DerivedExpert, ...]


def derive(parent: AnnotationSet, recipe: Recipe, seed: int, name: str = "") -> Outcome:
    """Makes a set of another one.

    Args:
      parent: the set.
      recipe: what is done.
      seed: of everything that is drawn, 0 or more.
      name: of the new set; made of the parent's unless given.

    Raises:
      DataError: the recipe names what the set lacks, changes nothing, or leaves no annotation.
    """
    if why := refusal(name, "the name"):
        refuse(why)
    columns = _carry_out(parent, recipe, seed)
    train = parent.split == Split.TRAIN
    simulated = any(column.chances is not None for column in columns.values())
    dataset = replace(
        parent,
        name=clip(name or f"{parent.name}, derived (seed {seed})", LONGEST_SET_NAME),
        annotations=np.array([c.answers for c in columns.values()]).T.copy(),
        annotated=np.array([c.annotated for c in columns.values()]).T.copy(),
        experts=tuple(columns),
        simulated=simulated or parent.simulated,
        excluded_experts=tuple(n for n, c in columns.items() if not c.annotated[train].any()),
        consensus=_consensus(parent, columns),
        machines=tuple(m for m in parent.machines if m in columns and columns[m].chances is None),
        derived=Derived(
            parent=parent.content_hash, parent_name=parent.name, seed=seed, recipe=recipe.plain()
        ),
    )
    return Outcome(dataset, _experts(parent, columns))


def _consensus(parent: AnnotationSet, columns: dict[str, Column]) -> Consensus | None:
    """The parent's; simulated experts answer to the set's ground truth, and are scored by it."""
    if (found := parent.consensus) is None:
        return None
    place = {name: i for i, name in enumerate(parent.experts)}
    own = [place.get(name) if c.chances is None else None for name, c in columns.items()]
    whole = np.ones(len(parent.truth), np.float32)
    return replace(
        found,
        others=np.stack([parent.truth if i is None else found.others[:, i] for i in own], axis=1),
        trust=np.stack([whole if i is None else found.trust[:, i] for i in own], axis=1),
    )


def preview(parent: AnnotationSet, recipe: Recipe, seed: int) -> tuple[DerivedExpert, ...]:
    """The experts that `derive` would make, without the set.

    Raises:
      DataError: as `derive`.
    """
    return _experts(parent, _carry_out(parent, recipe, seed))


def _carry_out(parent: AnnotationSet, recipe: Recipe, seed: int) -> dict[str, Column]:
    kept = parent.experts if recipe.keep_experts is None else recipe.keep_experts
    if unknown := [expert for expert in kept if expert not in parent.experts]:
        refuse("there is no such expert", found=listed(unknown), expected=listed(parent.experts))
    draft = Draft(parent, tuple(expert for expert in parent.experts if expert in kept))
    for i, step in enumerate(recipe.steps):
        step.apply(draft, np.random.default_rng([seed, _DRAW, i]))
    _check(parent, draft.columns)
    return draft.columns


def _check(parent: AnnotationSet, columns: dict[str, Column]) -> None:
    n, m = len(parent.truth), len(columns)
    if n * m > MOST_ANNOTATIONS:
        refuse(
            "the set would be too large",
            found=f"{n:,} cases × {m:,} experts",
            expected=f"at most {MOST_ANNOTATIONS:,}",
            remedy="add fewer experts",
        )
    if not any(column.annotated.any() for column in columns.values()):
        refuse("no annotation would be left", remedy="remove less, or add an expert")
    same = tuple(columns) == parent.experts and all(
        column.chances is None and column.annotated.sum() == before
        for column, before in zip(columns.values(), parent.annotated.sum(axis=0), strict=True)
    )
    if same:
        refuse("the recipe changes nothing", remedy="remove some annotations, or add an expert")


def _experts(parent: AnnotationSet, columns: dict[str, Column]) -> tuple[DerivedExpert, ...]:
    train, had = parent.split == Split.TRAIN, parent.annotated.sum(axis=0)
    before = dict(zip(parent.experts, had.tolist(), strict=True))
    c = len(parent.classes)
    found = []
    for name, column in columns.items():
        made = column.annotated
        truth, known = parent.truth[made], column.chances is None
        right = column.answers[made] == truth
        chance = right if column.chances is None else column.chances.right[made]
        cases = np.bincount(truth, minlength=c)
        expected, drawn = (
            np.divide(
                np.bincount(truth, weights=part, minlength=c),
                cases,
                out=np.full(c, np.nan),
                where=cases > 0,
            )
            for part in (chance, right)
        )
        one = DerivedExpert(
            name=name,
            simulated=not known,
            before=before[name] if known else 0,
            annotations=len(truth),
            train=int((made & train).sum()),
            expected=column.expected,
            accuracy=float(right.mean()) if len(truth) else None,
            per_class=expected,
            drawn_per_class=drawn,
        )
        found.append(one)
    return tuple(found)
