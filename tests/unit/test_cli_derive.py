"""`python -m core derive`."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main
from core.deriving.derive import derive
from core.deriving.recipe import Recipe
from core.library.samples import load_sample
from core.library.store import Library

SAMPLE = "sample:fna_panel"
PLAIN: dict[str, Any] = {
    "keep_experts": ["Senior"],
    "steps": [{"kind": "team", "size": 3}, {"kind": "remove_random", "rate": 0.5}],
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CASELOAD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    (tmp_path / "recipe.json").write_text(json.dumps(PLAIN), encoding="utf-8")
    return str(tmp_path / "recipe.json")


def test_a_derived_set_is_stored_and_can_be_used(
    recipe: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["derive", SAMPLE, "--recipe", recipe, "--seed", "3", "--name", "Three"]) == 0
    made = json.loads(capsys.readouterr().out)
    parent, _ = load_sample("fna_panel")
    found = derive(parent, Recipe.read(PLAIN), 3)
    (entry,) = Library().entries()
    assert (entry.name, entry.content_hash) == ("Three", found.dataset.content_hash)
    assert entry.simulated
    assert made["derived"]["parent"] == parent.content_hash
    assert made["derived"]["seed"] == 3
    for expert in found.experts:
        shown = made["experts"][expert.name]
        assert shown["expected_accuracy"] == expert.expected
        assert shown["accuracy"] == expert.accuracy
        assert shown["annotations"]["train"] == expert.train
    assert main(["inspect", made["stored"]]) == 0
    inspected = json.loads(capsys.readouterr().out)
    assert inspected["derived"] == made["derived"]
    assert inspected["simulated"]


def test_a_dry_run_stores_nothing(recipe: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", SAMPLE, "--recipe", recipe, "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["stored"] is None
    assert Library().entries() == []


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ({"steps": []}, "steps"),
        ({"steps": [{"kind": "team", "size": 1}]}, "steps.0.size"),
        ({"steps": [{"kind": "strictness", "name": "N", "positive": "z"}]}, "no such class"),
    ],
)
def test_a_recipe_that_cannot_be_used_is_bad_input(
    plain: dict[str, Any], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(plain), encoding="utf-8")
    assert main(["derive", SAMPLE, "--recipe", str(path)]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert said in err


def test_everything_wrong_with_the_arguments_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", SAMPLE, "--seed", "-1"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "--recipe" in lines[0]
    assert "seed" in lines[1]
