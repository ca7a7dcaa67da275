"""Runs with a model that nobody trained: every shape is right, and making one takes no time."""

from pathlib import Path
from typing import Any

import numpy as np

from core.config.train_config import TrainConfig
from core.correctness.kept import Blend, Centring, KeptModel
from core.dataset.annotation_set import AnnotationSet, Split
from core.experiment import artifacts
from core.experiment.events import Finished
from core.experiment.kept_models import RunModel, model_artifacts, open_folder
from core.models.ensemble import Ensemble
from core.models.mlp import logistic
from core.models.spec import NetworkConfig
from core.reading.new_cases import NewCases
from tests.pages.fixtures import make_result
from tests.unit.reading.builders import bundle, read_set

HIDDEN, MEMBERS = 6, 2
SPLITS = ["train"] * 30 + ["validation"] * 20 + ["test"] * 20


def rows(start: int = 0) -> list[str]:
    """70 cases of two classes with an age, a colour and a site."""
    rng = np.random.default_rng(0)
    made = ["case_id,split,label,age,colour,group_site"]
    for i, split in enumerate(SPLITS):
        age, colour = rng.integers(20, 80), rng.choice(["red", "blue", ""])
        row = f"c{i},{split},{'yes' if age > 50 else 'no'},{age},{colour},{'NS'[i % 2]}"
        if i >= start:
            made.append(row)
    return made


def new_rows(start: int = 50) -> list[str]:
    """The cases from there on as new ones: no split, no label."""
    table = [row.split(",") for row in rows(start)]
    return [",".join([row[0], *row[3:5]]) for row in table]


def table_set() -> AnnotationSet:
    said = ["case_id,expert,label"]
    said += [f"c{i},{who},{'yes' if i % 2 else 'no'}" for i in range(70) for who in ("Ann", "Bob")]
    return read_set(bundle(cases=rows(), annotations=said))[0]


def kept(dataset: AnnotationSet, seed: int = 0, *, external: bool = False) -> KeptModel:
    """A logistic classifier beside an MLP, as training makes them for features."""
    rng = np.random.default_rng(seed)
    assert dataset.inputs is not None
    width, classes, experts = dataset.inputs.shape[1], len(dataset.classes), len(dataset.experts)

    def layer(a: int, b: int) -> dict[str, Any]:
        return {
            "kernel": rng.normal(size=(MEMBERS, a, b)).astype(np.float32),
            "bias": rng.normal(size=(MEMBERS, b)).astype(np.float32),
        }

    config = NetworkConfig(
        kind="mlp", input_shape=(width,), experts=experts, classes=classes, hidden=(HIDDEN,)
    )

    def network(outputs: int) -> Ensemble:
        layers = {"layers": {0: layer(width, HIDDEN)}, "head": layer(HIDDEN, outputs)}
        return Ensemble(config, outputs, layers, {})

    blend = Blend(
        weights=((0.6, 0.5), (0.5, 1.0))[: 1 + external],
        answer_table=np.log(np.full((classes, classes), 0.2) + 0.6 * np.eye(classes))
        if external
        else None,
        temperature=1.5,
        base=rng.normal(size=(experts, classes)) + 1.0,
        skill_scale=0.5,
    )
    families = (
        network(classes),
        Ensemble(logistic(config), classes, {"head": layer(width, classes)}, {}),
    )
    return KeptModel(families, network(experts * classes), Centring.of(dataset.inputs), blend)


def finished(
    dataset: AnnotationSet,
    *,
    seeds: int = 1,
    external: bool = False,
    left_out: tuple[str, ...] = (),
) -> Finished:
    """A run's end with outputs on validation and test cases that fit the model."""
    from core.correctness.kept import apply

    config = TrainConfig(seeds=seeds, coverage=(0.5,), ai="external" if external else "learned")
    models = [kept(dataset, seed, external=external) for seed in config.seed_list]
    made: dict[str, Any] = dict(model_artifacts(dataset, config, models, left_out))
    answers = None
    if external:
        assert dataset.ai_probabilities is not None
        answers = dataset.ai_probabilities.argmax(1)
    assert dataset.inputs is not None
    for seed, model in zip(config.seed_list, models, strict=True):
        judged = apply(model, dataset.inputs, answers)
        arrays = {}
        for split in (Split.VALIDATION, Split.TEST):
            where, name = dataset.index(split), split.name.lower()
            arrays[f"{name}_index"] = where
            arrays[f"value_{name}"] = judged.value[where]
            arrays[f"ensemble_{name}"] = judged.probabilities[where]
            arrays[f"ai_answer_{name}"] = judged.ai_answer[where]
        made[f"outputs_seed{seed}"] = arrays
    result = make_result().model_copy(update={"config": config.to_dict()})
    return Finished(result=result, artifacts=made)


def run_folder(folder: Path, dataset: AnnotationSet | None = None, **changes: Any) -> RunModel:
    """The folder of such a run, opened."""
    artifacts.write(folder, finished(dataset or table_set(), **changes))
    return open_folder(folder)


def own_test_cases(dataset: AnnotationSet) -> NewCases:
    where = dataset.index(Split.TEST)
    assert dataset.inputs is not None
    return NewCases(case_ids=dataset.case_ids[where], inputs=dataset.inputs[where])
