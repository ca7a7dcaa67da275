"""Runs told apart: what differs, how each is repeated, and training that fell apart."""

import io
import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from app.runs import export, live
from app.runs.table import AREAS
from app.shared import run_queries, setting_words
from core.config.train_config import TrainConfig
from core.experiment.differences import differing, effective
from core.experiment.plan import network_for
from core.library.samples import load_sample
from core.library.store import Library
from core.record.store import RunStore
from core.results.models import RunResult, Training
from tests.pages.conftest import Open, texts
from tests.pages.fixtures import make_result, on, stored_run, with_config
from tests.pages.runs_page import links, row

FELL = Training(points=11, infinite=3, exploded=0, constant=0, learning_rate=5.0, weight_decay=None)


def settings(**changes: Any) -> RunResult:
    """A result trained with other settings."""
    return with_config(make_result(), **changes)


def changed(changes: dict[str, Any]) -> TrainConfig:
    """The default settings with some changed."""
    return TrainConfig.from_dict({**TrainConfig().to_dict(), **changes})


def diverged(**changes: Any) -> RunResult:
    """A result whose training fell apart at three points."""
    return settings(**changes).model_copy(update={"training": FELL})


def headings(app: Any) -> dict[str, str]:
    """Column → heading, where the table has another one than the column's name."""
    config = json.loads(app.dataframe[0].proto.columns)
    return {name: look["label"] for name, look in config.items() if look.get("label")}


def test_settings_that_differ_are_marked_and_listed(empty_home: Path, open_page: Open) -> None:
    stored_run(settings(), "A", home=empty_home)
    mine = stored_run(
        settings(method="naive", missing_rate=0.5, weight_decay=0.1), "B", home=empty_home
    )
    app = open_page("runs", chosen=mine)
    marked = {name for name, label in headings(app).items() if label.endswith(" ≠")}
    assert marked == {"Method", "Missing rate"}
    assert "≠ in a heading: the runs shown differ in this setting." in texts(app)
    assert row(app, "B")["Other settings that differ"] == "weight decay 0.1"
    assert row(app, "A")["Other settings that differ"] == "weight decay 0.005"
    said = (
        "The runs shown differ in: method (naive, pl2d), missing rate (0\u202f%, 50\u202f%), "
        "weight decay (0.005, 0.1)."
    )
    assert said in texts(app)


def test_only_runs_that_are_shown_count(empty_home: Path, open_page: Open) -> None:
    stored_run(settings(), "A", home=empty_home)
    stored_run(settings(method="naive"), "B", home=empty_home)
    app = open_page("runs", only_method="naive")
    assert not [label for label in headings(app).values() if label.endswith("≠")]
    assert "The runs shown differ in" not in texts(app)


@pytest.mark.parametrize(
    "changes",
    [{"learning_rate": 0.01}, {"weight_decay": 0.005}, {"network": "mlp"}],
)
def test_a_default_that_was_typed_in_is_no_difference(changes: dict[str, Any]) -> None:
    assert differing([effective(TrainConfig(), "mlp"), effective(changed(changes), "mlp")]) == {}


def test_bounds_that_bind_nobody_still_replace_the_targets() -> None:
    found = differing(
        [effective(TrainConfig(), "mlp"), effective(changed({"lower": {"AI": 0.0}}), "mlp")]
    )
    assert setting_words.short_values("coverage", found["coverage"]) == [
        "0, 10, …, 100\u202f% (11 points)",
        "own bounds",
    ]


def test_every_setting_alone_tells_two_runs_apart() -> None:
    changes: dict[str, Any] = {
        "method": "naive",
        "coverage": [0.0, 1.0],
        "humans": "balanced",
        "lower": {"AI": 0.1},
        "upper": {"AI": 0.9},
        "off_duty": ["Reader A"],
        "missing_rate": 0.1,
        "missing_rates": {"Reader A": 0.1},
        "network": "cnn",
        "epochs": 7,
        "batch_size": 7,
        "learning_rate": 0.7,
        "weight_decay": 0.7,
        "hidden": [7],
        "expert_networks": "shared",
        "curve": "each",
        "projection": "running",
        "alpha": 0.01,
        "seeds": 2,
        "seed": 7,
        "ai": "external",
    }
    assert set(changes) == set(TrainConfig().to_dict())
    for name, value in changes.items():
        other = changed({name: value})
        runs = [effective(c, network_for("features", c).name) for c in (TrainConfig(), other)]
        found = differing(runs)
        assert name in found, name
        texts = setting_words.short_values(name, found[name])
        assert len(set(texts)) == 2, name


def test_data_sets_of_one_name_are_told_apart(empty_home: Path, open_page: Open) -> None:
    stored_run(settings(), "A", home=empty_home)
    stored_run(on(settings(), "Digits trio", "f" * 16), "B", home=empty_home)
    app = open_page("runs")
    assert row(app, "A")["Data set"] == "Digits trio (012345)"
    assert row(app, "B")["Data set"] == "Digits trio (ffffff)"


@pytest.mark.parametrize("stored", [False, True])
def test_the_panel_has_the_id_and_the_command_to_copy(
    empty_home: Path, open_page: Open, stored: bool
) -> None:
    data, report = load_sample("fna_panel")
    if stored:
        data = replace(data, truth=1 - data.truth, name="Mine")
        Library(empty_home).add(data, report)
    result = settings(method="naive", seeds=3, learning_rate=0.05, off_duty=["O'Neil"])
    run_id = stored_run(on(result, data.name, data.content_hash), "Mine", home=empty_home)
    app = open_page("runs", chosen=run_id)
    assert app.code[0].value == run_id
    words = shlex.split(app.code[1].value)
    if stored:
        assert words.pop(0) == f"CASELOAD_HOME={empty_home}"
    path = f"stored:{data.content_hash}" if stored else "sample:fna_panel"
    assert words == [
        *("python", "-m", "core", "train", path),
        *("--method=naive", "--off-duty=O'Neil", "--lr=0.05", "--seeds=3"),
    ]
    (told,) = pd.read_csv(io.StringIO(export.export(RunStore().list()))).to_dict("records")
    assert told["command"] == app.code[1].value


def test_own_bounds_come_as_a_file_to_save(runs: dict[str, str], open_page: Open) -> None:
    app = open_page("runs", chosen=runs["bounds"])
    assert app.code[1].value == "python -m core train PATH --bounds=bounds.json"
    assert app.code[2].value == (
        '{"lower": {"AI": 0.2, "Reader A": 0.3}, "upper": {"AI": 0.4, "Reader A": 0.5}}'
    )


def test_a_run_that_fell_apart_says_so_on_every_card(empty_home: Path, open_page: Open) -> None:
    run_id = stored_run(diverged(), "Too fast", home=empty_home)
    said = (
        "Training diverged at 3 of 11 points (the loss became infinite); try a learning rate "
        "below 5."
    )
    app = open_page("runs", chosen=run_id)
    assert said in app.error[0].value
    told = row(app, "Too fast")
    assert told["State"] == "Diverged"
    assert (told[AREAS["gate"]], told[AREAS["priced"]]) == ("diverged", "diverged")
    assert told[AREAS["value"]] not in ("diverged", None)

    trade = open_page("tradeoffs", run=run_id, part="rules")
    assert said in trade.error[0].value
    (areas,) = [d.value for d in trade.dataframe if "Area under the curve" in d.value.columns]
    marks = [text.endswith(", training diverged") for text in areas["Area under the curve"]]
    assert marks == [False, True, True]
    void = "Training diverged, so this area says nothing about the method."
    assert void not in texts(trade)  # the rule “value” has networks of its own
    assert void in texts(open_page("tradeoffs", run=run_id, rule="gate"))

    home = open_page("home")
    assert said in texts(home)
    assert "AUC-CAC" not in texts(home)
    watched = open_page("train", watch=run_id)
    assert said in watched.error[0].value


def test_training_too_fast_is_refused_beside_its_field(empty_home: Path, open_page: Open) -> None:
    app = open_page("train", data="fna_panel", learning_rate="1000")
    said = [error.value for error in app.error]
    assert "Learning rate is 1000; expected a number above 0 and at most 10." in said[0]
    assert "Leave it out" in said[0]
    assert app.button(key="train").disabled
    app.number_input(key="learning_rate").set_value(0.1).run()
    assert not app.error
    assert not app.button(key="train").disabled


def test_every_action_keeps_its_place_whatever_is_selected(
    runs: dict[str, str], open_page: Open
) -> None:
    drawn = []
    for chosen in ("", runs["five"], runs["running"], f"{runs['five']},{runs['one']}"):
        app = open_page("runs", chosen=chosen)
        drawn.append((len(links(app)), len([b for b in app.button if "_chosen" in b.key])))
    assert len(set(drawn)) == 1
    assert all("disabled" in link for link in links(open_page("runs")).values())


def test_the_file_holds_runs_beyond_those_shown(
    empty_home: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("A", "B", "C"):
        stored_run(settings(), name, state="queued", home=empty_home)
    monkeypatch.setattr(live, "MOST", 2)
    app = open_page("runs")
    assert list(app.dataframe[0].value["Name"]) == ["C", "B"]
    told = pd.read_csv(io.StringIO(export.export(run_queries.runs(limit=live.ALL))))
    assert set(told["name"]) == {"A", "B", "C"}
