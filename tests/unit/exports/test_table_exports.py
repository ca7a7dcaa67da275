"""Exports that are tables: OpenL2D's alerts and decisions, boxes as in VinDr-CXR."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from core.base.report import DataError
from core.reading.options import ReadOptions
from core.reading.read import read_files
from tests.unit.reading.builders import refusal

RNG = np.random.default_rng(5)
N = 200
PEOPLE = ["standard#0", "standard#1", "model_agreeing#0", "unfair#3"]
FRAUD = RNG.random(N) < 0.3
ALERTS = pd.DataFrame(
    {"fraud_bool": FRAUD.astype(int), "income": RNG.random(N).round(2),
     "payment_type": pd.Categorical(RNG.choice(["AA", "AB"], N)),
     "month": np.sort(RNG.integers(3, 8, N)), "model_score": RNG.random(N).round(4)},
    index=pd.Index(RNG.permutation(10**6)[:N], name="case_id"),
)  # fmt: skip
DECISIONS = pd.DataFrame(
    {who: np.where(RNG.random(N) < 0.8, FRAUD, ~FRAUD).astype(int) for who in PEOPLE},
    index=ALERTS.index,
)


def parquet(frames: Mapping[str, pd.DataFrame]) -> dict[str, bytes]:
    return {f"{name}.parquet": frame.to_parquet(None) for name, frame in frames.items()}


@pytest.mark.parametrize("named", [True, False])
def test_alerts_and_all_decisions(named: bool) -> None:
    name = "case_id" if named else None
    capacity = pd.DataFrame(25, columns=PEOPLE, index=pd.RangeIndex(1, 9, name="batch_id"))
    parameters = pd.DataFrame({"alpha": RNG.random(4)}, index=pd.Index(PEOPLE, name="expert"))
    dataset, report = read_files(
        parquet(
            {
                "alerts": ALERTS.rename_axis(name),
                "expert_predictions": DECISIONS.rename_axis(name),
                "capacity": capacity.astype(float),
                "expert_parameters": parameters,
            }
        )
    )
    assert dataset.experts == tuple(sorted(PEOPLE))
    assert dataset.classes == ("0", "1")
    assert (dataset.truth == FRAUD).all()
    for m, who in enumerate(dataset.experts):
        assert (dataset.annotations[:, m] == DECISIONS[who]).all()
    assert (dataset.split == np.where(ALERTS["month"] == 7, 2, 0)).all()
    assert dataset.ai_probabilities is not None
    assert np.allclose(dataset.ai_probabilities[:, 1], ALERTS["model_score"], atol=1e-6)
    assert set(dataset.feature_names) == {"income", "payment_type = AA", "payment_type = AB"}
    assert any("capacity.parquet" in p.what for p in report.notes)
    assert any("OpenL2D" in p.found for p in report.warnings)


def test_a_testbed_with_one_decision_for_each_train_case() -> None:
    early = (ALERTS["month"] < 7).to_numpy()
    alerts = ALERTS.rename(columns={"fraud_bool": "fraud_label"})
    who = RNG.choice([*PEOPLE, "model#0"], N)
    every = DECISIONS.assign(**{"model#0": ALERTS["model_score"]})
    said = [float(every.loc[case, w]) for case, w in zip(ALERTS.index, who, strict=True)]
    assigned = alerts.assign(batch=np.arange(N) // 50, assignment=who, decision=said)
    dataset, _ = read_files(
        parquet({"train": assigned[early], "test": alerts[~early],
                 "test_expert_pred": every[~early]})
    )  # fmt: skip
    assert np.bincount(dataset.split).tolist() == [early.sum(), 0, (~early).sum()]
    order = ALERTS.index.get_indexer(pd.Index(dataset.case_ids.astype(int)))
    assert (dataset.truth == FRAUD[order]).all()
    for m, name in enumerate(dataset.experts):
        given = np.where(early, who == name, True)[order]
        assert (dataset.annotated[:, m] == given).all()
        right = DECISIONS[name].to_numpy()[order]
        assert (dataset.annotations[:, m] == right)[given].all()
    assert set(dataset.experts) == set(PEOPLE)
    assert dataset.ai_probabilities is not None


def test_decisions_alone_lack_the_truth() -> None:
    said = refusal(parquet({"expert_predictions": DECISIONS}))
    assert "OpenL2D" in said
    assert f"{N} cases, 4 readers, {4 * N} answers" in said
    assert "no ground truth" in said


def boxes(several: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Boxes of three readers, and of their consensus."""
    rows, truth = [], []
    names = ["Nodule", "Effusion"]
    for i in range(60):
        there = [f for f in names if RNG.random() < 0.4][: None if several else 1]
        truth += [(f"i{i}", f, 1, 2, 3, 4) for f in there] or [(f"i{i}", "No finding", *[""] * 4)]
        for reader in ("R8", "R9", "R10"):
            seen = there if RNG.random() < 0.8 else []
            rows += [(f"i{i}", f, reader, 1, 2, 3, 4) for f in seen for _ in range(2)]
            rows += [] if seen else [(f"i{i}", "No finding", reader, *[""] * 4)]
    corners = ["x_min", "y_min", "x_max", "y_max"]
    return (
        pd.DataFrame(rows, columns=["image_id", "class_name", "rad_id", *corners]),
        pd.DataFrame(truth, columns=["image_id", "class_name", *corners]),
    )


def csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def test_several_classes_in_an_image_are_findings() -> None:
    said, truth = boxes(several=True)
    files = {"train.csv": csv(said), "consensus.csv": csv(truth)}
    message = refusal(files)
    assert "several findings" in message
    assert "boxes" in message
    for finding in ("Nodule", "Effusion"):
        dataset, _ = read_files(files, options=ReadOptions(finding=finding))
        assert dataset.classes == ("no", "yes")
        assert dataset.inputs is None
        marked = set(truth.loc[truth["class_name"] == finding, "image_id"])
        assert {c for c, t in zip(dataset.case_ids, dataset.truth, strict=True) if t} == marked
        for m, reader in enumerate(dataset.experts):
            mine = said[said["rad_id"] == reader]
            right = set(mine.loc[mine["class_name"] == finding, "image_id"])
            yes = dataset.annotated[:, m] & (dataset.annotations[:, m] == 1)
            assert set(dataset.case_ids[yes]) == right
            assert dataset.annotated[:, m].sum() == mine["image_id"].nunique()


def test_one_class_per_image_and_reader_is_the_answer() -> None:
    said, truth = boxes(several=False)
    dataset, _ = read_files({"train.csv": csv(said), "consensus.csv": csv(truth)})
    assert dataset.classes == ("Effusion", "No finding", "Nodule")
    assert dataset.annotated.all()


def test_boxes_without_a_truth_say_so_beside_the_findings() -> None:
    with pytest.raises(DataError) as refused:
        read_files({"train.csv": csv(boxes(several=True)[0])})
    findings, truth = refused.value.report.errors
    assert [c.value for c in findings.choices] == ["Nodule", "Effusion"]
    assert "no ground truth" in truth.what
    assert "'rad_id'" in truth.found
