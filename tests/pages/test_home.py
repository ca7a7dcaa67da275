from pathlib import Path
from urllib.parse import parse_qs

from app.shared import words
from core.record.store import RunStore
from tests.pages.conftest import Open, texts


def test_home_says_what_it_is_and_offers_both_samples(empty_home: Path, open_page: Open) -> None:
    app = open_page()
    said = texts(app)
    assert words.ABOUT in said
    assert "Noisy digits, three experts" in said
    assert "Breast fine-needle aspirates, four experts" in said
    assert not app.exception
    assert not app.error


def test_home_without_runs_says_what_to_do_next(empty_home: Path, open_page: Open) -> None:
    assert "None yet. Train on a sample above" in texts(open_page())


def test_one_click_on_a_sample_queues_a_default_run_of_it(
    empty_home: Path, open_page: Open
) -> None:
    app = open_page()
    app.button(key="start_fna_panel").click().run()
    (record,) = RunStore().list()
    assert record.state == "queued"
    assert record.dataset_name == "fna_panel"
    assert len(record.config.coverage) == 11
    # Workload waits for it, and Train is one click away with a form that says the same.
    assert app.title[0].value == "Workload"
    assert app.query_params["run"] in (record.run_id, [record.run_id])
    assert "Waiting for the worker" in app.get("progress")[0].proto.text
    (way,) = [e.proto for e in app.get("page_link") if "watch" in e.proto.query_string]
    assert parse_qs(way.query_string)["watch"] == [record.run_id]
    form = open_page("train", **{k: v for k, (v,) in parse_qs(way.query_string).items()})
    assert "The form shows this run's settings." in texts(form)


def test_recent_runs_show_state_and_reason(runs: dict[str, str], open_page: Open) -> None:
    said = texts(open_page())
    assert "**Broken**" in said
    assert "Why it failed: The worker ran out of memory; try a smaller batch." in said
    assert "AI takes 0–100\u202f%, 11 points · 60 epochs, 1 seed" in said


def test_a_finished_run_leads_to_its_workload_and_its_curve(
    runs: dict[str, str], open_page: Open
) -> None:
    links = [e.proto for e in open_page().get("page_link")]
    query = f"run={runs['one']}"
    pages = [link.page for link in links if link.query_string == query]
    assert [page.rsplit("/")[-1] for page in pages] == ["workload", "tradeoffs"]


def test_a_run_under_way_is_listed_once(runs: dict[str, str], open_page: Open) -> None:
    said = texts(open_page())
    assert "Running now" in said
    assert said.count("**Going on**") == 1


def test_one_click_on_the_image_sample_trains_fewer_points(
    empty_home: Path, open_page: Open
) -> None:
    open_page().button(key="start_digits_trio").click().run()
    (record,) = RunStore().list()
    assert record.config.coverage == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    assert record.name == "Noisy digits, three experts"
