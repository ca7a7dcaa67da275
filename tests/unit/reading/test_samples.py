import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.base.report import DataError
from core.dataset.annotation_set import AnnotationSet, Split
from core.insight.describe import describe, expert_accuracy
from core.library.make_samples import digits_trio, fna_panel, main
from core.library.samples import FOLDER, SAMPLES, load_sample
from core.reading.read import read

NAMES = sorted(SAMPLES)
MISSING = {"digits_trio": 0.4, "fna_panel": 0.3}


@pytest.fixture(scope="module")
def samples() -> dict[str, AnnotationSet]:
    return {name: load_sample(name)[0] for name in NAMES}


def decoded(name: str, data: bytes) -> object:
    """What a file holds; how PNG and zip pack it depends on the version of a library."""
    if not name.endswith(".zip"):
        return data
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {n: np.asarray(Image.open(archive.open(n))).tolist() for n in archive.namelist()}


@pytest.mark.parametrize("make", [digits_trio, fna_panel])
def test_committed_files_are_what_the_script_makes(make: object) -> None:
    sample = make()  # type: ignore[operator]
    folder = FOLDER / sample.name
    assert {p.name for p in folder.iterdir()} == set(sample.files)
    for name, data in sample.files.items():
        stored = (folder / name).read_bytes()
        same = decoded(name, stored) == decoded(name, data)  # not in the assert: it would be shown
        assert same, f"{sample.name}/{name} differs; run python -m core.library.make_samples"


def test_script_writes_below_the_folder_it_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(tmp_path)])
    assert sorted(p.name for p in tmp_path.iterdir()) == NAMES
    assert "digits_trio: 5 files" in capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_sample_is_read_without_a_problem(name: str) -> None:
    dataset, report = load_sample(name)
    assert report.problems == []
    assert dataset.simulated
    assert dataset.name == name


@pytest.mark.parametrize("name", NAMES)
def test_sample_read_by_path_is_the_same_set(name: str, samples: dict[str, AnnotationSet]) -> None:
    dataset, _ = read(FOLDER / name)
    assert dataset.simulated
    assert dataset.content_hash == samples[name].content_hash


@pytest.mark.parametrize("name", NAMES)
def test_annotations_are_missing_in_every_split(
    name: str, samples: dict[str, AnnotationSet]
) -> None:
    told = describe(*load_sample(name))
    assert told["missing_rate"] == pytest.approx(MISSING[name], abs=0.001)
    for rate in told["missing_rate_by_split"].values():
        assert rate == pytest.approx(MISSING[name], abs=0.06)


@pytest.mark.parametrize("name", NAMES)
def test_sample_has_its_own_splits(name: str, samples: dict[str, AnnotationSet]) -> None:
    dataset = samples[name]
    shares = [len(dataset.index(s)) / len(dataset.split) for s in Split]
    assert shares == pytest.approx([0.5, 0.15, 0.35], abs=0.01)


def test_digit_experts_are_good_at_different_digits(samples: dict[str, AnnotationSet]) -> None:
    dataset = samples["digits_trio"]
    low = dataset.truth < 5
    right = dataset.annotations == dataset.truth[:, None]

    def share(expert: int, cases: np.ndarray) -> float:
        return float(right[cases & dataset.annotated[:, expert], expert].mean())

    assert share(0, low) > 0.9 > 0.7 > share(0, ~low)
    assert share(1, ~low) > 0.9 > 0.7 > share(1, low)


def test_fna_experts_differ_in_strictness(samples: dict[str, AnnotationSet]) -> None:
    dataset = samples["fna_panel"]
    says = [
        dataset.annotations[dataset.annotated[:, m], m].mean() for m in range(len(dataset.experts))
    ]
    share = dict(zip(dataset.experts, says, strict=True))
    assert share["Strict"] > dataset.truth.mean() + 0.1
    assert share["Lenient"] < dataset.truth.mean() - 0.05


def test_best_expert_alone_is_far_from_perfect(samples: dict[str, AnnotationSet]) -> None:
    for dataset in samples.values():
        best = max(e["accuracy"] for e in expert_accuracy(dataset, Split.TEST).values())
        assert best < 0.88


def test_samples_are_small() -> None:
    assert sum(p.stat().st_size for p in FOLDER.rglob("*") if p.is_file()) < 2 * 2**20


@pytest.mark.parametrize("name", NAMES)
def test_readme_states_source_licence_and_simulation(name: str) -> None:
    text = (FOLDER / name / "README.md").read_text("utf-8")
    assert "CC BY 4.0" in text
    assert "simulated" in text
    assert "doi.org" in text


def test_unknown_sample_is_refused() -> None:
    with pytest.raises(DataError, match="digits_trio or fna_panel"):
        load_sample("nothing")
