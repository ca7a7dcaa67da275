"""Scores for scenarios: a finished run's stored scores and the data set's annotations."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.base.trouble import StorageError
from core.dataset.annotation_set import AnnotationSet
from core.record.store import RunDamagedError, RunNotFoundError, RunStateError, RunStore
from core.scenarios.scores import CaseScores, Scores

_PARTS = ("validation", "test")
# The arrays that scenarios need; a run's outputs can be many times as large.
NEEDED = tuple(
    f"{name}_{part}" if name != "index" else f"{part}_index"
    for part in _PARTS
    for name in ("value", "ensemble", "ai_answer", "index")
)


class ScoresError(ValueError):
    """A run has no scores for scenarios; the message says why."""


def load_scores(store: RunStore, run_id: str, dataset: AnnotationSet, seed: int) -> Scores:
    """The scores of one seed of a finished run on its validation and test cases.

    Args:
      store: where the run is.
      run_id: of the run.
      dataset: the set it was trained on.
      seed: one of the run's.

    Raises:
      ScoresError: the run has not finished, kept no such outputs, or they are of another set.
    """
    try:
        result = store.result(run_id)
    except (RunNotFoundError, RunStateError, StorageError) as error:
        raise ScoresError(str(error).removesuffix(".")) from None
    if result.dataset.content_hash != dataset.content_hash:
        raise ScoresError(f"the run was trained on another data set than “{dataset.name}”")
    try:
        arrays = store.outputs(run_id, seed, NEEDED)
    except RunDamagedError as error:
        raise ScoresError(str(error).removesuffix(".")) from None
    except FileNotFoundError:
        raise ScoresError(
            f"the outputs of seed {seed} of this run are not stored; train it again"
        ) from None
    if missing := [name for name in NEEDED if name not in arrays]:
        raise ScoresError(
            f"this run did not store {', '.join(missing)}, because it is older than scenarios or "
            "was made by another program; train it again"
        )
    return scores_from(arrays, dataset, seed)


def scores_from(arrays: Mapping[str, np.ndarray], dataset: AnnotationSet, seed: int) -> Scores:
    """Scores of the outputs of one seed, as `outputs_seed{K}.npz` holds them.

    Raises:
      ScoresError: they are of another data set, or of no cases.
    """
    parts: dict[str, Any] = {}
    for part in _PARTS:
        index, value = arrays[f"{part}_index"], arrays[f"value_{part}"]
        ensemble, answer = arrays[f"ensemble_{part}"], arrays[f"ai_answer_{part}"]
        n = len(index)
        shapes = (n, len(dataset.agents)), (n, len(dataset.classes)), (n,)
        inside = not n or (0 <= int(index.min()) and int(index.max()) < len(dataset.truth))
        if (value.shape, ensemble.shape, answer.shape) != shapes or not inside:
            raise ScoresError(
                f"the stored outputs do not match “{dataset.name}”: they are of another data set"
            )
        if not n:
            raise ScoresError(
                f"this run has no {part} cases, so nothing can be "
                f"{'fitted' if part == 'validation' else 'measured'}; train with some"
            )
        parts[part] = CaseScores(
            value=value,
            probabilities=ensemble,
            ai_answer=answer.astype(int),
            case_ids=np.asarray(dataset.case_ids)[index],
            groups={name: np.asarray(texts)[index] for name, texts in dataset.groups.items()},
        )
    test = arrays["test_index"]
    return Scores(
        agents=dataset.agents,
        classes=dataset.classes,
        truth=np.asarray(dataset.truth[test], int),
        annotations=dataset.annotations[test],
        annotated=dataset.annotated[test],
        test_index=test,
        seed=seed,
        extra_answers=dataset.extra_answers,
        machines=dataset.machines,
        **parts,
    )
