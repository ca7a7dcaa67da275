"""What MLflow's own pages are told of a finished run, read with MLflow's own client."""

from pathlib import Path
from typing import Any

import pytest

from core.config.train_config import TrainConfig
from core.experiment.events import Finished
from core.record.figures import figures
from core.record.journal import RunJournal
from core.results.models import RuleArea, RunResult
from tests.pages.fixtures import make_result, with_points

CONFIG = TrainConfig(method="naive", missing_rate=0.25, seeds=2)


def finished(home: Path, result: RunResult, config: TrainConfig = CONFIG) -> tuple[Any, str]:
    """MLflow's client, and the id of a run that has finished with this result."""
    journal = RunJournal(home)
    run_id = journal.create("0123456789abcdef", "Digits trio", config)
    journal.claim(run_id, "host|1|1.0")
    journal.finish(run_id, Finished(result=result, artifacts={}))
    return journal._tracking.client, run_id


@pytest.mark.parametrize("server", [False, True])
def test_mlflow_has_area_accuracy_and_coverage_of_every_rule(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: bool
) -> None:
    if server:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'elsewhere.db'}")
        monkeypatch.chdir(tmp_path)
    result = make_result(seeds=2, method="naive")
    client, run_id = finished(home, result)
    latest = client.get_run(run_id).data.metrics
    for rule in ("gate", "priced", "value"):
        assert latest[f"auc_cac_{rule}"] == pytest.approx(result.auc_cac[rule].mean)
        for name in ("accuracy", "coverage"):
            curve = {m.step: m.value for m in client.get_metric_history(run_id, f"{name}_{rule}")}
            assert list(curve) == list(range(0, 101, 10))
            pair = [getattr(point, name) for point in result.at(rule, 0.3)]
            assert curve[30] == pytest.approx(sum(pair) / 2)


def test_mlflow_has_plain_tags_for_data_method_and_missing_rate(home: Path) -> None:
    client, run_id = finished(home, make_result(seeds=2, method="naive"))
    tags = client.get_run(run_id).data.tags
    assert {
        name: tags[name] for name in ("data_set", "content_hash", "method", "missing_rate")
    } == {
        "data_set": "Digits trio",
        "content_hash": "0123456789abcdef",
        "method": "naive",
        "missing_rate": "0.25",
    }
    found = client.search_runs(
        [client.get_experiment_by_name("caseload").experiment_id],
        filter_string="tags.method = 'naive' and metrics.auc_cac_gate > 0",
    )
    assert [run.info.run_id for run in found] == [run_id]


def test_rates_of_single_experts_are_no_single_rate(home: Path) -> None:
    config = TrainConfig(missing_rates=(("Reader A", 0.5),))
    client, run_id = finished(home, make_result(), config)
    assert client.get_run(run_id).data.tags["missing_rate"] == "per expert"


def test_own_bounds_are_one_point_at_step_zero() -> None:
    found = list(figures(make_result(bounds={"AI": (0.2, 0.4)})))
    assert {step for _, _, step in found} == {0}
    assert {name for name, _, _ in found if name.endswith("gate")} == {
        "auc_cac_gate",
        "accuracy_gate",
        "coverage_gate",
    }


def test_what_one_seed_could_not_measure_is_left_out() -> None:
    made = with_points(
        make_result(seeds=2),
        lambda p: {"accuracy": None} if (p.rule, p.target, p.seed) == ("gate", 0.3, 1) else {},
    )
    unknown = RuleArea(mean=None, interval=None, per_seed=(None, None))
    result = made.model_copy(update={"auc_cac": {**made.auc_cac, "gate": unknown}})
    found = {(name, step) for name, _, step in figures(result)}
    assert ("auc_cac_gate", 0) not in found
    assert ("accuracy_gate", 30) not in found
    assert {("coverage_gate", 30), ("accuracy_gate", 40), ("accuracy_priced", 30)} <= found
