"""What a stored model says of the new cases it expects."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.config.train_config import TrainConfig
from core.experiment import artifacts
from core.experiment.kept_models import model_artifacts, open_model
from core.reading.new_cases import CaseForm, NewCases, read_new_files
from tests.unit.experiment import untrained
from tests.unit.reading.builders import SPLITS, image_bundle, image_of, lines, read_set


def picture(low: int, high: int) -> bytes:
    """A ramp of 16 bits."""
    return image_of(np.linspace(low, high, 64).round().astype(np.uint16).reshape(8, 8))


@pytest.fixture
def facts() -> str:
    """The model of a set of images with values from 200 to 800."""
    dataset = read_set(
        image_bundle({f"c{i}.png": picture(200, 800 - i) for i in range(len(SPLITS))})
    )[0]
    models = [untrained.kept(untrained.table_set())]
    made = model_artifacts(dataset, TrainConfig(seeds=1, coverage=(0.5,)), models, ())
    return str(made[artifacts.MODEL])


def opened(text: str, folder: Path) -> CaseForm:
    (folder / artifacts.MODEL).write_text(text, encoding="utf-8")
    return open_model("m", lambda name: folder / name).form


def new_case(data: bytes, form: CaseForm) -> tuple[NewCases, str]:
    cases, report = read_new_files({"new.png": data}, form)
    return cases, " ".join(p.sentence() for p in report.problems)


def test_new_images_get_the_greys_of_training_and_are_compared_with_its_light(
    facts: str, tmp_path: Path
) -> None:
    form = opened(facts, tmp_path)
    cases, _ = new_case(picture(200, 800), form)
    assert (cases.inputs.min(), cases.inputs.max()) == (0, 255)
    assert cases.outside is not None
    assert not cases.outside.cases.any()
    dark, said = new_case(picture(12, 50), form)
    assert dark.outside is not None
    assert set(dark.outside.columns[0]) == {"brightness", "contrast"}
    assert "'brightness' has values outside the range of training" in said


def test_a_model_stored_without_them_says_that_the_range_is_not_known(
    facts: str, tmp_path: Path
) -> None:
    old = {k: v for k, v in json.loads(facts).items() if k not in ("grey_range", "light")}
    form = opened(json.dumps(old), tmp_path)
    cases, said = new_case(picture(200, 800), form)
    assert cases.outside is None
    assert "not known whether these are like them" in said
    assert "records no scale" in said


def test_outside_the_range_every_agent_has_its_mean_of_the_validation_cases(
    tmp_path: Path,
) -> None:
    model = untrained.run_folder(tmp_path)
    files = {"new.csv": lines("case_id,age,colour", "a,30,red", "b,9000,red", "c,-9000,blue")}
    scores = model.scores(read_new_files(files, model.form)[0], 0)
    mean = model.validation(0).value.mean(0)
    assert scores.within.tolist() == [True, False, False]
    assert scores.value[1:] == pytest.approx(np.tile(mean, (2, 1)))
    assert scores.value[0] != pytest.approx(mean)
