import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from app.tradeoffs import point_tables
from core.base.export import csv_text
from core.config.train_config import TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.experiment.events import Finished
from core.experiment.experiment import run
from core.results.decisions import DecisionsError, decided
from tests.unit.training.problems import tiny_set

# The shapes of the experiment's own test: compiled once for both.
CONFIG = TrainConfig(coverage=(0.0, 0.5, 1.0), epochs=4, hidden=(8,), seeds=2, batch_size=32)


@pytest.fixture(scope="module")
def dataset() -> AnnotationSet:
    return tiny_set(cases=240)


@pytest.fixture(scope="module")
def finished(dataset: AnnotationSet) -> Finished:
    event = list(run(dataset, CONFIG))[-1]
    assert isinstance(event, Finished)
    return event


def test_decisions_are_those_the_run_was_measured_by(
    dataset: AnnotationSet, finished: Finished
) -> None:
    for point in finished.result.points:
        found = decided(dataset, finished.artifacts[f"outputs_seed{point.seed}"], point)
        team = found.team
        assert team.accuracy == pytest.approx(point.accuracy)
        counts = np.zeros((2, 2), int)
        np.add.at(counts, (found.truth[team.measured], team.decision[team.measured]), 1)
        assert counts.tolist() == [list(row) for row in point.confusion]


def test_the_result_pairs_every_rule_with_the_first(finished: Finished) -> None:
    by_key = {(p.rule, p.target, p.seed): p for p in finished.result.points}
    for (rule, target, seed), point in by_key.items():
        against = point.against.rule
        if rule == "value":
            assert against is None
            continue
        first = by_key["value", target, seed].accuracy
        assert against.name == "value"
        assert against.difference == pytest.approx(point.accuracy - first)
        low, high = against.interval
        assert against.distinguishable == (not low <= 0 <= high)


def test_the_result_says_how_common_classes_are_and_with_what_it_was_made(
    dataset: AnnotationSet, finished: Finished
) -> None:
    test = dataset.truth[dataset.split == 2]
    assert finished.result.test_cases_per_class == {
        "no": int((test == 0).sum()),
        "yes": int((test == 1).sum()),
    }
    assert set(finished.result.versions) >= {"python", "jax", "numpy"}


def test_a_row_per_case_with_holes_left_empty(dataset: AnnotationSet, finished: Finished) -> None:
    point = next(p for p in finished.result.points if p.rule == "value")
    found = decided(dataset, finished.artifacts["outputs_seed0"], point)
    table = found.table(dataset.classes, dataset.agents)
    assert len(table) == 80
    holes = table["decision"] == ""
    assert holes.mean() == pytest.approx(1 - point.measured_share)
    assert (table["right"] == "")[holes].all()
    known = table[~holes]
    assert ((known["decision"] == known["truth"]) == (known["right"] == "yes")).all()
    shares = table["goes_to"].value_counts() / 80
    assert shares.get("AI", 0.0) == pytest.approx(point.coverage)


def test_cells_that_look_like_formulas_are_escaped(
    dataset: AnnotationSet, finished: Finished
) -> None:
    ids = dataset.case_ids.astype(object)
    ids[-1] = "=HYPERLINK(1)"
    evil = replace(dataset, case_ids=ids, experts=("@me", "e1"))
    entry = next(p for p in finished.result.points if p.rule == "value")
    names = {"e0": "@me"}
    point = entry.model_copy(
        update={
            name: {names.get(a, a): v for a, v in getattr(entry, name).items()}
            for name in ("workload", "prices", "bounds")
        }
    )
    found = decided(evil, finished.artifacts["outputs_seed0"], point)
    table = point_tables.decisions([found], evil.classes, evil.agents)
    rows = list(csv.DictReader(io.StringIO(csv_text(table))))
    assert rows[-1]["case_id"] == "'=HYPERLINK(1)"
    assert {r["goes_to"] for r in rows} <= {"'@me", "e1", "AI"}


def test_outputs_of_another_set_are_refused(dataset: AnnotationSet, finished: Finished) -> None:
    entry = next(p for p in finished.result.points if p.rule == "value")
    outputs = finished.artifacts["outputs_seed0"]
    with pytest.raises(DecisionsError, match="another data set"):
        decided(tiny_set(cases=30), outputs, entry)
    wrong = entry.model_copy(update={"workload": dict.fromkeys(entry.workload, 0.5)})
    with pytest.raises(DecisionsError, match="workloads"):
        decided(dataset, outputs, wrong)
    gate = next(p for p in finished.result.points if p.rule == "gate")
    with pytest.raises(DecisionsError, match="no outputs for the rule gate"):
        decided(dataset, {k: v for k, v in outputs.items() if k != "scores_test"}, gate)
    with pytest.raises(DecisionsError, match="this target"):
        decided(dataset, outputs, gate.model_copy(update={"target": 0.77}))
