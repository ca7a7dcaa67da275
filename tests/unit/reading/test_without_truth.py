import json
from pathlib import Path

import numpy as np
import pytest

from core.base.report import DataError, Report
from core.dataset.annotation_set import AnnotationSet
from core.reading.options import ReadOptions
from core.reading.read import read, read_files

CASES, EXPERTS, WORDS = 90, ("Ann", "Bob", "Cy"), ("benign", "malignant", "Benign")


def files(*, label: float | None, features: bool = True, unsure: bool = False) -> dict[str, bytes]:
    """A bundle whose ground truth is known for a share of the cases; None without the column."""
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, CASES)
    known = rng.random(CASES) < (label or 0.0)
    head = ["case_id", *(["f1", "f2"] if features else []), *([] if label is None else ["label"])]
    rows, said = [",".join(head)], ["case_id,expert,label"]
    for i in range(CASES):
        cells = [f"c{i:03d}"]
        cells += [f"{truth[i] + rng.normal():.3f}", f"{rng.normal():.3f}"] if features else []
        cells += [] if label is None else [WORDS[truth[i]] if known[i] else ""]
        rows.append(",".join(cells))
        for m, name in enumerate(EXPERTS):
            if m == 0 or rng.random() < 0.8:
                t = truth[i] if rng.random() < 0.85 else 1 - truth[i]
                word = "unsure" if unsure and i % 30 == m else WORDS[t]
                # Bob writes one class with a capital.
                said.append(f"c{i:03d},{name},{word.capitalize() if m == 1 and i < 20 else word}")
    return {"cases.csv": "\n".join(rows).encode(), "annotations.csv": "\n".join(said).encode()}


def made(given: dict[str, bytes], **options: object) -> tuple[AnnotationSet, Report]:
    return read_files(given, options=ReadOptions.model_validate(options))


@pytest.mark.parametrize("label", [None, 0.0, 0.3])
def test_without_a_truth_every_possible_consensus_is_offered(label: float | None) -> None:
    for features in (True, False):
        with pytest.raises(DataError) as error:
            made(files(label=label, features=features))
        offered = [c for p in error.value.report.errors for c in p.choices]
        names = ["dawid-skene", "crowdlab", "majority"]
        values = list(dict.fromkeys(c.value for c in offered))
        assert values == [n for n in names if features or n != "crowdlab"]
        found, _ = made(files(label=label, features=features), consensus=offered[0].value)
        assert found.consensus is not None


@pytest.mark.parametrize("method", ["majority", "dawid-skene", "crowdlab"])
def test_classes_are_the_answers_in_one_spelling(method: str) -> None:
    found, report = made(files(label=None), consensus=method)
    assert found.classes == ("benign", "malignant")
    assert found.consensus is not None
    assert found.consensus.summary()["cases"] == CASES
    assert any("consensus of the experts" in p.what for p in report.warnings)
    assert not any("majority of the experts' answers" in p.what for p in report.problems)


def test_a_truth_for_some_stays_and_the_rest_leaves_unless_chosen() -> None:
    given = files(label=0.8)
    without, report = made(given)
    assert without.consensus is None
    assert len(without.case_ids) < CASES
    [asked] = [p for p in report.warnings if p.what == "cases have no ground truth"]
    assert [c.value for c in asked.choices] == ["none", "dawid-skene", "crowdlab", "majority"]
    found, report = made(given, consensus="dawid-skene")
    assert len(found.case_ids) == CASES
    assert found.consensus is not None
    assert found.consensus.filled.sum() == CASES - len(without.case_ids)
    truths = dict(zip(found.case_ids, found.truth, strict=True))
    assert all(truths[i] == t for i, t in zip(without.case_ids, without.truth, strict=True))


def test_few_cases_without_a_truth_are_not_asked_about() -> None:
    given = files(label=1.0)
    given["cases.csv"] = given["cases.csv"].rpartition(b",")[0] + b","
    _, report = made(given)
    [told] = [p for p in report.warnings if p.what == "cases have no ground truth"]
    assert not told.choices


def test_a_rare_answer_may_be_no_class() -> None:
    given = files(label=None, unsure=True)
    found, report = made(given, consensus="majority")
    assert "unsure" in found.classes
    [asked] = [p for p in report.warnings if "'unsure' is rare" in p.what]
    options = ReadOptions(consensus="majority")
    own = options.choose(asked.choices[1].option, asked.choices[1].value)
    assert options.choose(asked.choices[0].option, asked.choices[0].value) == options
    found, _ = read_files(given, options=own)
    assert found.classes == ("benign", "malignant")
    assert found.extra_answers == ("unsure",)


def test_cases_that_nobody_answered_are_left_out() -> None:
    given = files(label=None)
    lines = given["annotations.csv"].splitlines()
    given["annotations.csv"] = b"\n".join(x for x in lines if not x.startswith(b"c005"))
    rows = given["cases.csv"]
    assert b"c005" in rows
    found, report = made(given, consensus="dawid-skene")
    assert len(found.case_ids) == CASES - 1
    assert any("neither a ground truth nor an answer" in p.what for p in report.warnings)


def test_manifests_without_a_truth(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for split, n in (("train", 60), ("test", 30)):
        truth = rng.integers(0, 2, n)
        for expert in "ABC":
            said = np.where(rng.random(n) < 0.85, truth, 1 - truth)
            entries = [{"file": f"{split}{i}", "label": int(s)} for i, s in enumerate(said)]
            (tmp_path / f"label_{expert}_{split}.json").write_text(json.dumps(entries))
    with pytest.raises(DataError) as error:
        read(tmp_path)
    assert "consensus" in {c.option for p in error.value.report.errors for c in p.choices}
    found, _ = read(tmp_path, options=ReadOptions(consensus="dawid-skene"))
    assert found.consensus is not None
    assert found.classes == ("0", "1")
    assert (found.split == 0).sum() == 60


def test_one_class_only_is_refused() -> None:
    given = files(label=None)
    for name, content in given.items():
        given[name] = content.lower().replace(b"malignant", b"benign")
    with pytest.raises(DataError, match="all the same"):
        made(given, consensus="majority")
