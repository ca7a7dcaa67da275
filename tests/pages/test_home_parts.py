"""The picture on Home and the runs that go on."""

import base64
import json
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest

from app.home import spark_chart
from app.shared import operating_point
from core.config.train_config import TrainConfig
from core.evaluation.curves import auc_cac
from core.experiment.make_example import CONFIG, FILE, SAMPLE
from core.library.samples import load_sample
from core.record.journal import RunJournal
from core.results import stored
from core.results.models import RunResult
from tests.pages.conftest import Open, texts
from tests.pages.fixtures import make_result, stored_run


@pytest.fixture(scope="module")
def told() -> RunResult:
    return stored.read(FILE.read_bytes())


def test_example_says_which_run_it_is_from(told: RunResult) -> None:
    assert told.dataset.name == SAMPLE
    assert told.dataset.simulated
    assert told.dataset.content_hash == load_sample(SAMPLE)[0].content_hash
    assert TrainConfig.from_dict(told.config) == CONFIG
    assert FILE.stat().st_size < 200_000


def test_example_holds_every_point_of_every_seed(told: RunResult) -> None:
    found = {(p.target, p.seed) for p in told.points}
    assert found == {(c, s) for c in CONFIG.coverage for s in CONFIG.seed_list}
    for seed, area in zip(CONFIG.seed_list, told.auc_cac["value"].per_seed, strict=True):
        mine = [p for p in told.points if p.seed == seed]
        again = auc_cac([p.coverage for p in mine], [p.accuracy for p in mine])
        assert area == pytest.approx(again, abs=1e-3)


def test_what_the_caption_claims_holds_in_the_example(told: RunResult) -> None:
    by_target: dict[float, list[float]] = {}
    for p in told.points:
        by_target.setdefault(p.target, []).append(p.validation.accuracy)
    best = max(by_target, key=lambda t: np.mean(by_target[t]))
    chosen = [p for p in told.points if p.target == best]
    accuracy = np.mean([p.accuracy for p in chosen])
    for p in chosen:  # better than the AI alone and than the best expert, case by case
        assert p.against.AI.interval[0] > 0
        assert p.against.best_expert.interval[0] > 0
    assert accuracy > max(ends[1] for ends in told.expert_accuracy_interval.values() if ends)


def test_home_shows_the_picture_and_says_what_is_in_it(
    empty_home: Path, open_page: Open, told: RunResult
) -> None:
    app = open_page()
    (chart,) = app.get("plotly_chart")
    figure = json.loads(chart.proto.spec)
    team = next(t for t in figure["data"] if t.get("line", {}).get("width") == 3)
    accuracy = np.frombuffer(base64.b64decode(team["y"]["bdata"]), team["y"]["dtype"])
    means = [np.mean([p.accuracy for p in told.points if p.target == c]) for c in CONFIG.coverage]
    assert sorted(accuracy) == pytest.approx(sorted(means), abs=1e-6)
    point = operating_point.best_point(told, "value")
    said = texts(app)
    assert f"{100 * point.accuracy:.1f}\u202f% ({100 * point.interval[0]:.1f}–" in said
    assert f"{100 * told.ai_accuracy['value']:.1f}\u202f%" in said
    assert "Noisy digits, three experts" in said
    assert "simulated experts" in said
    assert "60 epochs, 5 seeds" in next(c.help for c in app.caption if "A real run" in c.value)
    assert "95 % intervals" in said
    assert "Sharing the cases beats every agent alone" in chart.proto.alt


def test_recent_runs_have_a_sparkline_that_says_its_numbers(
    runs: dict[str, str], open_page: Open
) -> None:
    app = open_page()
    images = app.get("image")
    assert len(images) == 4  # the finished among the newest five; own bounds are a dot
    record = RunJournal().get(runs["one"])
    assert spark_chart.spoken(record.spark) in [image.proto.imgs[0].alt for image in images]
    low, high = record.area_intervals["value"]
    shown = f"Area {record.areas['value']:.1f} ({low:.1f}–{high:.1f})"
    assert shown in texts(app)


def test_running_and_waiting_runs_are_named_in_their_order(
    empty_home: Path, open_page: Open
) -> None:
    stored_run(make_result(), "Ended", home=empty_home)
    first = stored_run(make_result(), "First in line", state="queued", home=empty_home)
    stored_run(make_result(), "Second in line", state="queued", home=empty_home)
    running = stored_run(make_result(), "Going on", state="running", home=empty_home)
    app = open_page()
    assert "Running now" in [s.value for s in app.header]
    (bar,) = app.get("progress")
    assert (bar.proto.value, bar.proto.text) == (42, "Training · about 7 s left")
    said = texts(app)
    assert said.index("**Going on**") < said.index("1\\. **First in line**")
    assert said.index("1\\. **First in line**") < said.index("2\\. **Second in line**")
    watched = [
        parse_qs(link.proto.query_string)["watch"][0]
        for link in app.get("page_link")
        if "watch" in link.proto.query_string
    ]
    assert watched[:2] == [running, first]


def test_nothing_running_draws_nothing_of_it(runs: dict[str, str], open_page: Open) -> None:
    journal = RunJournal()
    assert journal.get(runs["running"]).state == "running"
    app = open_page()
    assert "Waiting" not in texts(app).replace("Waiting for", "")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((), "No curve."),
        ((0.5,), "One point: accuracy 50.0\u202f%."),
        (
            (0.7, 0.9, 0.8),
            "Accuracy along the curve: 70.0\u202f% where the AI takes least, at most "
            "90.0\u202f%, 80.0\u202f% where it takes most.",
        ),
    ],
)
def test_sparkline_is_said_in_words(values: tuple[float, ...], said: str) -> None:
    assert spark_chart.spoken(values) == said


def test_sparkline_marks_the_highest_point() -> None:
    drawn = spark_chart.svg((0.7, 0.9, 0.8), theme="light")
    assert 'points="4.0,32.0 66.0,4.0 128.0,18.0"' in drawn
    assert 'cx="66.0" cy="4.0"' in drawn


def test_flat_curve_is_drawn_flat() -> None:
    drawn = spark_chart.svg((0.9, 0.901), theme="dark")
    assert 'points="4.0,18.7 128.0,17.3"' in drawn


def test_no_values_draw_nothing() -> None:
    assert "polyline" not in spark_chart.svg((), theme="light")
