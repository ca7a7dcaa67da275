"""Finished runs whose outputs and data set are stored too, made without training."""

from pathlib import Path
from typing import Any

import numpy as np

from core.base.report import Report
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet, Split
from core.dataset.splits import seed_split
from core.experiment.events import Finished
from core.experiment.plan import make_plan
from core.experiment.scored import Scored, assemble
from core.library.store import Library
from core.record.journal import RunJournal

EVIL = "<script>alert(1)</script>"
EXPERTS = ("Ada", "=Ben", EVIL)
TARGETS = (0.0, 0.5, 1.0)
CLASSES = [f"diagnosis number {i + 1}" for i in range(60)]


def panel(
    *,
    mute: bool = False,
    missing: float = 0.3,
    cases: int = 600,
    experts: int = 3,
    classes: int = 2,
) -> AnnotationSet:
    """A third of the cases malignant; the first expert annotates no test case when mute.

    More than two classes are as common as each other.
    """
    rng = np.random.default_rng(5)
    names = (*EXPERTS, *(f"Reader {i}" for i in range(4, experts + 1)))[:experts]
    split = np.repeat([Split.TRAIN, Split.VALIDATION, Split.TEST], cases // 3).astype(np.int8)
    shares = [2 / 3, 1 / 3] if classes == 2 else np.full(classes, 1 / classes)
    truth = rng.choice(classes, cases, p=shares).astype(np.int32)
    wrong = (truth[:, None] + rng.integers(1, classes, (cases, experts))) % classes
    skill = np.linspace(0.9, 0.7, experts)
    right = rng.random((cases, experts)) < skill
    annotated = rng.random((cases, experts)) >= missing
    if mute:
        annotated[split == Split.TEST, 0] = False
    ids = np.array([f"case {i}" for i in range(cases)], object)
    ids[2 * cases // 3] = "=1+1"
    return AnnotationSet(
        name="Panel",
        case_ids=ids,
        split=split,
        inputs=rng.random((cases, 2)).astype(np.float32),
        truth=truth,
        annotations=np.where(annotated, np.where(right, truth[:, None], wrong), 0)
        .astype(np.int32),
        annotated=annotated,
        classes=("benign", "malignant") if classes == 2 else tuple(CLASSES[:classes]),
        experts=names,
        feature_names=("a", "b"),
    )  # fmt: skip


def told_run(
    home: Path,
    dataset: AnnotationSet,
    name: str,
    *,
    collapse: bool = False,
    seeds: int = 2,
    humans: str = "free",
    stored: bool = True,
    predicted: bool = False,
) -> str:
    """Routes, evaluates and stores a run over made-up scores; returns its id.

    Args:
      home: of the store and the library.
      dataset: the set; kept in the library.
      name: of the run.
      collapse: the gating model sends every case to the AI.
      seeds: how many.
      humans: bounds of the experts.
      stored: whether the data set stays in the library.
      predicted: whether predicted annotations are kept, evenly spread but for the last answer.
    """
    if stored:
        Library(home).add(dataset, Report())
    config = TrainConfig(coverage=TARGETS, seeds=seeds, humans=humans, epochs=1)
    plan = make_plan(dataset, config)
    splits = [seed_split(dataset, seed) for seed in config.seed_list]
    scored = Scored(dataset, config, plan, splits, np.stack([dataset.annotated] * seeds))
    artifacts: dict[str, Any] = {}
    for s, split in enumerate(splits):
        rng = np.random.default_rng(100 + s)
        shape = (len(dataset.truth), len(dataset.agents))
        log_gate = np.log(rng.dirichlet(np.ones(shape[1]), (len(TARGETS), shape[0])))
        log_gate = log_gate.astype(np.float32)
        if collapse:
            log_gate[..., -1] = 0.0
        value = (0.7 + 0.2 * rng.random(shape)).astype(np.float32)
        good = rng.random(shape[0]) < 0.85
        many = len(dataset.classes)
        answer = np.where(good, dataset.truth, (dataset.truth + 1) % many).astype(np.int32)
        probabilities = np.eye(many, dtype=np.float32)[answer]
        for t in range(len(TARGETS)):
            for rule, scores in (("gate", log_gate[t]), ("priced", log_gate[t]), ("value", value)):
                scored.add(rule, t, s, scores, answer)
        test, validation = split.test, split.validation
        ensemble = (0.8 * probabilities + 0.2 / many).astype(np.float32)
        artifacts[f"outputs_seed{config.seed_list[s]}"] = {
            "test_index": test,
            "targets": np.asarray(TARGETS),
            "value_test": value[test],
            "ai_answer_test": answer[test],
            "ensemble_test": ensemble[test],
            "validation_index": validation,
            "value_validation": value[validation],
            "ai_answer_validation": answer[validation],
            "ensemble_validation": ensemble[validation],
            "log_gate_test": log_gate[:, test],
            "ai_probabilities_test": np.stack([probabilities[test]] * len(TARGETS)),
        }
        if predicted:
            answers = len(dataset.answers)
            f = np.full((len(TARGETS), len(test), len(dataset.experts), answers), 0.1 / answers)
            f[..., -1] += 0.9
            artifacts[f"outputs_seed{config.seed_list[s]}"]["log_experts_test"] = np.log(f)
    seconds = {"compile": 0.0, "train": 1.0, "correctness": 1.0, "pricing": 0.1, "total": 2.1}
    result = assemble(scored, seconds, "cpu", [f"a warning about {EVIL}"])
    journal = RunJournal(home)
    run_id = journal.create(dataset.content_hash, dataset.name, config, name)
    journal.claim(run_id, "tests|1|0")
    journal.finish(run_id, Finished(result=result, artifacts=artifacts))
    return run_id
