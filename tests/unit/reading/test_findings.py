"""Findings of one upload: read as data sets that belong together, and compared."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from core.base.files import write_json
from core.base.report import DataError
from core.base.shares import wilson
from core.cli.main import main
from core.insight.findings import compare
from core.library.findings import of_one_upload
from core.library.store import Library
from core.reading.findings import FindingSet, asked_for, read_findings
from core.reading.read import ReadOptions, read_files

RNG = np.random.default_rng(5)
N = 90
FINDINGS = {"AF": 0.2, "MI": 0.5, "ST": 0.35}
EXPERTS = ("Ann", "Bob", "Cy")
GOLD = pd.DataFrame({f: (RNG.random(N) < share).astype(int) for f, share in FINDINGS.items()})
SAID = {
    name: pd.DataFrame({f: np.where(RNG.random(N) < 0.85, GOLD[f], 1 - GOLD[f]) for f in FINDINGS})
    for name in EXPERTS
}
FILES = {"gold.csv": GOLD, **{f"{name}.csv": frame for name, frame in SAID.items()}}


def content(files: dict[str, pd.DataFrame] = FILES) -> dict[str, bytes]:
    return {name: frame.to_csv(index=False).encode() for name, frame in files.items()}


def sets(files: dict[str, pd.DataFrame] = FILES, name: str = "ECG") -> list[FindingSet]:
    given = content(files)
    return read_findings(
        lambda chosen: read_files(given, name=name, options=chosen), list(FINDINGS), ReadOptions()
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in content().items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_every_figure_is_recomputed() -> None:
    for one in sets():
        row = compare(one.finding, one.dataset)
        truth = GOLD[one.finding]
        assert one.dataset.name == f"ECG · {one.finding}"
        assert (row["cases"], row["positive"], row["missing_rate"]) == (N, "1", 0.0)
        assert row["prevalence"] == truth.mean()
        assert row["prevalence_interval"] == list(wilson(int(truth.sum()), N))
        for name in EXPERTS:
            said, own = SAID[name][one.finding], row["experts"][name]
            for measure, of in {"sensitivity": truth == 1, "specificity": truth == 0}.items():
                right = int((said == truth)[of].sum())
                assert own[measure] == pytest.approx(right / of.sum())
                assert own[f"{measure}_interval"] == pytest.approx(wilson(right, int(of.sum())))
            assert own["accuracy"] == pytest.approx((said == truth).mean())
        kappas = [
            cohen_kappa_score(SAID[a][one.finding], SAID[b][one.finding])
            for a, b in combinations(EXPERTS, 2)
        ]
        assert row["kappa"]["median"] == pytest.approx(np.median(kappas))
        assert row["kappa"]["minimum"] == pytest.approx(min(kappas))
        assert row["kappa"]["pairs"] == 3


def test_grades_are_compared_by_accuracy() -> None:
    graded = {name: frame + frame["MI"].to_numpy()[:, None] for name, frame in FILES.items()}
    one = next(one for one in sets(graded) if one.finding == "AF")
    row = compare("AF", one.dataset)
    assert (row["positive"], row["prevalence"]) == (None, None)
    assert sum(row["classes"].values()) == pytest.approx(1)
    assert list(row["classes"]) == ["0", "1", "2"]
    assert "sensitivity" not in row["experts"]["Ann"]


def test_findings_that_cannot_be_used_are_said_on_the_others() -> None:
    flat = {name: frame.assign(ST=0) for name, frame in FILES.items()}
    found = sets(flat)
    assert [one.finding for one in found] == ["AF", "MI"]
    assert all("ST" in str(one.report.warnings[-1].examples) for one in found)
    with pytest.raises(DataError):
        sets({name: frame * 0 for name, frame in FILES.items()})


def test_reading_asks_for_a_finding_and_for_nothing_else() -> None:
    with pytest.raises(DataError) as several:
        read_files(content())
    assert asked_for(several.value) == list(FINDINGS)
    with pytest.raises(DataError) as other:
        read_files({"gold.csv": content()["gold.csv"]})
    assert asked_for(other.value) == []


def test_inspect_compares_all_findings_of_a_folder(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", str(folder)]) == 0
    said = capsys.readouterr()
    described = json.loads(said.out)
    assert [row["finding"] for row in described["findings"]] == list(FINDINGS)
    head, *lines = said.err.splitlines()
    assert head.split()[:2] == ["finding", "cases"]
    assert [line.split()[0] for line in lines] == list(FINDINGS)
    row = described["findings"][0]
    assert f"{100 * row['experts']['Ann']['sensitivity']:.1f} / " in lines[0]
    assert main(["inspect", str(folder), "--finding", "MI"]) == 0
    assert (
        json.loads(capsys.readouterr().out)["content_hash"]
        == (described["findings"][1]["content_hash"])
    )
    assert main(["train", str(folder)]) == 2
    assert main(["inspect", str(folder), "--finding", "Nodule"]) == 2


def test_sets_of_one_upload_know_each_other(tmp_path: Path) -> None:
    library = Library(tmp_path)
    keys = library.add_findings(sets())
    for key in keys:
        found = of_one_upload(library.entries(), key)
        assert {finding: e.content_hash for finding, e in found.items()} == dict(
            zip(FINDINGS, keys, strict=True)
        )
    library.rename(keys[0], "Flutter")
    assert list(of_one_upload(library.entries(), keys[1])) == list(FINDINGS)
    # Those of other files are apart, also if they are called the same.
    others = library.add_findings(sets({n: f.iloc[:-3] for n, f in FILES.items()}))
    assert set(of_one_upload(library.entries(), others[0])) == set(FINDINGS)
    assert len(of_one_upload(library.entries(), keys[0])) == 3
    library.remove(keys[1])
    library.remove(keys[2])
    assert of_one_upload(library.entries(), keys[0]) == {}


def test_sets_stored_before_are_known_by_their_names(tmp_path: Path) -> None:
    library = Library(tmp_path)
    keys = library.add_findings(sets())
    alone = library.add(*read_files(content(), name="Alone", options=ReadOptions(finding="AF")))
    assert alone == keys[0]  # the same content
    for key in keys:
        path = library.folder / key / "entry.json"
        old = json.loads(path.read_text("utf-8"))
        name = f"ECG · {old['finding']}"
        write_json(
            path, {k: v for k, v in old.items() if k not in ("upload", "finding")} | {"name": name}
        )
    assert set(of_one_upload(library.entries(), keys[0])) == set(FINDINGS)
    library.rename(keys[0], "Flutter")
    assert of_one_upload(library.entries(), keys[0]) == {}
    assert set(of_one_upload(library.entries(), keys[1])) == {"MI", "ST"}
