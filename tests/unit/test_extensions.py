"""A method of another kind and a network with statistics, a file and a line each, in use."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.cli.main import main
from core.config.train_config import ConfigError, TrainConfig
from core.experiment import artifacts
from core.experiment.experiment import run
from core.library.samples import load_sample
from core.methods.registry import METHODS
from core.models.registry import NETWORKS
from core.results.decisions import decided
from core.results.models import RunResult
from tests.toys import normed, one_vs_all
from tests.unit.training.problems import tiny_set

TRAIN = (
    *("train", "sample:fna_panel", "--method", "one_vs_all", "--network", "normed", "--seeds", "2"),
    *("--set", "expert_weight=0.5", "--set", "patience=2", "--coverage", "0:1:0.5", "--quiet"),
)


@pytest.fixture(autouse=True, scope="module")
def registered() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(METHODS, one_vs_all.SPEC.name, one_vs_all.SPEC)
        patch.setitem(NETWORKS, normed.SPEC.name, normed.SPEC)
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, registered: None) -> tuple[RunResult, Path]:
    """The result that the command line prints, and the run's folder."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASELOAD_HOME", str(folder / "home"))
        assert main([*TRAIN, "--epochs", "8", "--out", str(folder / "out")]) == 0
    return artifacts.read_result(folder / "out"), folder / "out"


def test_the_command_line_trains_a_method_it_has_never_heard_of(trained: Any) -> None:
    result, _ = trained
    assert (result.method, result.network) == ("one_vs_all", "normed")
    assert set(result.auc_cac) == {"value", "priced", "gate"}
    assert len(result.points) == 3 * 2 * 3
    # Its own AI, not that of the ensembles, and one that has learnt.
    assert result.ai_accuracy["gate"] != result.ai_accuracy["value"]
    assert result.ai_accuracy["gate"] > 0.8
    assert result.training.constant == 0


def test_its_settings_are_part_of_the_config_and_come_back(trained: Any) -> None:
    result, _ = trained
    assert result.config["expert_weight"] == 0.5
    assert "projection" not in result.config
    again = TrainConfig.from_dict(json.loads(json.dumps(result.config)))
    assert again.settings == (("expert_weight", 0.5), ("patience", 2))


def test_its_metrics_are_in_the_history_and_early_stopping_ends_it(trained: Any) -> None:
    import pandas as pd

    _, folder = trained
    history = pd.read_parquet(folder / artifacts.HISTORY)
    assert {"loss", "accuracy", "validation_loss"} <= set(history)
    assert history["accuracy"].between(0, 1).all()
    # Bounds change nothing for it: one point per seed serves the three targets.
    assert history.groupby(["seed", "epoch"]).size().eq(1).all()
    assert history["target"].isna().all()


def test_its_outputs_give_the_decisions_of_the_run_again(trained: Any) -> None:
    result, folder = trained
    dataset, _ = load_sample("fna_panel")
    arrays = artifacts.read_outputs(folder, 1)
    cases = len(arrays["test_index"])
    assert arrays["scores_test"].shape == (3, cases, len(dataset.agents))
    assert arrays["logits_test"].shape == (3, cases, len(dataset.agents) + 1)
    for point in (p for p in result.points if p.seed == 1):
        assert decided(dataset, arrays, point).team.accuracy == pytest.approx(point.accuracy)


def test_an_extra_output_cannot_take_the_place_of_the_scores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Clashing(one_vs_all._method()):  # type: ignore[misc]
        def predict(self, *given: Any) -> Any:
            found = super().predict(*given)
            return found._replace(extras={"scores": found.extras["logits"]})

    def build(network: Any, settings: Any) -> Any:
        return Clashing(config=network, expert_weight=1.0, patience=None)

    monkeypatch.setitem(METHODS, "clash", replace(one_vs_all.SPEC, name="clash", build=build))
    config = TrainConfig(method="clash", coverage=(0.5,), epochs=1, hidden=(4,))
    with pytest.raises(ValueError, match="extra output 'scores'"):
        list(run(tiny_set(), config))


def test_new_cases_are_routed_by_the_kept_model(
    trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, folder = trained
    dataset, _ = load_sample("fna_panel")
    wanted = np.asarray(dataset.case_ids)[artifacts.read_outputs(folder, 0)["test_index"]]
    rows = csv.DictReader((sample_folder() / "cases.csv").read_text("utf-8").splitlines())
    kept = {row["case_id"]: row for row in rows}
    names = [n for n in next(iter(kept.values())) if n not in ("split", "label")]
    with open(tmp_path / "new.csv", "w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, names, extrasaction="ignore")
        table.writeheader()
        table.writerows(kept[case] for case in wanted)
    (tmp_path / "caps.json").write_text(json.dumps({"AI": len(wanted) // 2}))
    capsys.readouterr()
    argv = ["route", str(folder), str(tmp_path / "new.csv")]
    assert main([*argv, "--capacities", str(tmp_path / "caps.json")]) == 0
    routed = json.loads(capsys.readouterr().out)
    assert routed["loads"]["AI"] == len(wanted) // 2
    found = [list(a["expected_correctness"].values()) for a in routed["assignments"]]
    # Batch statistics and all: what training said of the same cases.
    np.testing.assert_allclose(found, artifacts.read_outputs(folder, 0)["value_test"], atol=1e-4)


def sample_folder() -> Path:
    from core.library.samples import FOLDER

    return FOLDER / "fna_panel"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("expert_weight=99", "expert_weight is '99'; expected a number from 0 up to 10"),
        ("expert_weight=nan", "expected a number from 0 up to 10"),
        ("patience=1.5", "patience is '1.5'; expected a whole number from 0 up to 100"),
        (
            "projection=batch",
            "method one_vs_all has no setting 'projection'; expected expert_",
        ),
        ("patience", "expected NAME=VALUE"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_line(
    given: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*TRAIN, "--set", given]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_settings_of_another_method_are_dropped_and_unknown_ones_refused() -> None:
    config = TrainConfig(method="one_vs_all", settings=(("projection", "running"), ("patience", 3)))
    assert dict(config.settings) == {"expert_weight": 1.0, "patience": 3}
    with pytest.raises(ConfigError, match="unknown settings: colour"):
        TrainConfig(settings=(("colour", "red"),))


def test_a_run_of_a_method_that_is_gone_can_still_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = TrainConfig(method="one_vs_all", settings=(("patience", 3),)).to_dict()
    monkeypatch.delitem(METHODS, "one_vs_all")
    assert dict(TrainConfig.from_dict(plain).settings) == {"expert_weight": 1.0, "patience": 3}


def test_help_lists_what_is_registered(capsys: pytest.CaptureFixture[str]) -> None:
    main(["train", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    for words in (
        "normed: Normalised layer",
        "one_vs_all",
        "expert_weight (Weight of the experts)",
    ):
        assert words in said


@pytest.mark.parametrize("name", list(METHODS))
def test_settings_of_methods_have_names_of_their_own(name: str) -> None:
    fields = set(TrainConfig.__dataclass_fields__)
    assert not fields & {setting.name for setting in METHODS[name].settings}
