"""The report: what it says, and that it opens without the program and asks nobody for anything."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st

from app.shared import (
    curve_tables,
    operating_point,
    point_queries,
    report_frame,
    report_settings,
    run_queries,
    words,
)
from app.shared.templates import macros
from app.tradeoffs import class_words, point_tables, run_report
from core.base.export import csv_text
from core.results.against_rest import per_thousand
from core.results.figure import Figure
from tests.pages.conftest import Open
from tests.pages.fixtures import make_result, unmeasured
from tests.pages.told_runs import EVIL, panel, told_run

# Attributes by which a browser fetches something.
FETCHES = {"src", "href", "srcset", "data", "action", "formaction", "poster", "background"}
FETCHES |= {"xlink:href", "ping", "cite", "manifest"}


PARTS = macros("shared/report_parts.html.jinja")


class Page(HTMLParser):
    """What a browser would see: elements, texts outside scripts, and embedded figures."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self.figures: list[dict[str, Any]] = []
        self.rows: list[list[str]] = []
        self._in: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br", "img", "input", "base"):
            self._in.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag: str) -> None:
        assert self._in.pop() == tag  # well formed

    def handle_data(self, data: str) -> None:
        within = self._in[-1] if self._in else ""
        if within == "script":
            if self.tags[-1][1].get("type") == "application/json":
                self.figures.append(json.loads(data))
            else:
                self.scripts.append(data)
        elif within == "style":
            assert not re.search(r"url\(|@import|@font-face", data)
        else:
            self.text.append(data)
            if within in ("td", "th"):
                self.rows[-1].append(data)

    @property
    def said(self) -> str:
        return re.sub(r"[ \n]+", " ", " ".join(self.text))


def contents(run_id: str, label: str = "malignant", **more: Any) -> run_report.Contents:
    result = run_queries.result(run_id)
    point = operating_point.operating_point(result, "value", 0.5)
    compared = point_queries.one_against_rest(run_id, "value", 0.5, point.seeds, label)
    found, left = class_words.focus(point, label)
    values: dict[str, Any] = {
        "result": result,
        "run_id": run_id,
        "run_name": "Night shift <b>",
        "dataset": "Panel & more",
        "rule": "value",
        "point": point,
        "label": label,
        "found": found,
        "left": left,
        "rates": per_thousand(result.share_of(label), found, left),
        "compared": compared,
        "versions": {"python": "3.11", "plotly": "7.1"},
        "made": "2026-01-02 03:04 UTC",
    }
    return run_report.Contents(**{**values, **more})


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    home = tmp_path_factory.mktemp("report")
    return home, told_run(home, panel(), "Night shift")


def _use(home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("CASELOAD_HOME", str(home))
    patch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture
def run_id(told: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> str:
    _use(told[0], monkeypatch)
    return told[1]


@pytest.fixture(scope="module")
def html(told: tuple[Path, str]) -> str:
    with pytest.MonkeyPatch.context() as patch:
        _use(told[0], patch)
        st.cache_data.clear()
        return run_report.html(contents(told[1]))


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_it_is_one_file_that_fetches_nothing(page: Page) -> None:
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "img", "object", "embed", "base", "video", "audio")
        assert FETCHES.isdisjoint(attributes), (tag, attributes)
        assert not any(name.startswith("on") for name in attributes)
    policy = next(
        a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert "default-src 'none'" in policy
    assert not re.search(r"https?:|\*", policy)
    library, own = page.scripts
    assert "plotly.js v" in library[:2000]
    assert not re.search(r"fetch\(|XMLHttpRequest|https?:|import\(", own)


def test_names_cannot_become_markup(html: str, page: Page) -> None:
    assert EVIL in page.said  # told as text
    assert "Night shift <b>" in page.said
    assert EVIL not in html
    assert sum(tag == "script" for tag, _ in page.tags) == 2 + len(page.figures)
    assert not any(tag == "b" and a for tag, a in page.tags)
    for title in re.findall(r'"title":\{"text":"([^"]*)"', html):
        assert "<script" not in title


def test_it_says_what_was_trained_on_what_and_how(page: Page, run_id: str) -> None:
    said, result = page.said, run_queries.result(run_id)
    for part in (
        "Panel & more",
        result.dataset.content_hash,
        "200 training, 200 validation, 200 test",
        report_settings.moment(result.created),
        run_id,
        f"a warning about {EVIL}",
        f"jax {result.versions['jax']}",
        "plotly 7.1",
        "missing completely at random",
        "Learning rate the default",
    ):
        assert part in said, part


def test_results_come_before_settings_and_every_line_is_explained(page: Page) -> None:
    said = page.said
    assert said.index("The chosen point") < said.index("Batch size, at most")
    assert "Random deferral: " in said
    assert "It says what other seeds would give, not what other test cases would" in said
    assert "about one would look clear by chance" in said


def test_it_holds_the_numbers_of_curve_point_classes_and_rules(page: Page, run_id: str) -> None:
    result = run_queries.result(run_id)
    point = operating_point.operating_point(result, "value", 0.5)
    rows = {tuple(row) for row in page.rows}
    assert words.percent(point.accuracy) in page.said
    area = result.auc_cac["value"]
    assert any(words.area(area.mean, area.interval) in row for row in rows)
    for agent in result.agents:
        share = point.agents.set_index("agent")["share"][agent]
        assert any(row[0] == agent and words.percent(share) in row[1] for row in rows)
    recall = point.recall.set_index("class").loc["malignant"]
    text = words.with_interval(recall["recall"], (recall["low"], recall["high"]))
    assert any(row[0] == "malignant" and text in row for row in rows)
    assert any(row[0] == "As trained, bounds not enforced" for row in rows)
    assert "Of 100 cases of “malignant”" in page.said
    mean = curve_tables.curve_mean(result, "value")
    for row in mean.itertuples():
        assert any(words.percent(row.coverage) == r[0] for r in rows)


def test_every_figure_is_there_in_both_themes_with_words_for_it(html: str, page: Page) -> None:
    themes = [a.get("data-theme") for tag, a in page.tags if a.get("type") == "application/json"]
    assert themes == ["light", "dark"] * 4
    alts = [a["aria-label"] for _, a in page.tags if a.get("role") == "img"]
    assert len(alts) == 4
    assert all(alts)
    for light, dark in zip(page.figures[::2], page.figures[1::2], strict=True):
        assert light["layout"]["font"]["color"] != dark["layout"]["font"]["color"]
    (bars,) = [a["aria-label"] for _, a in page.tags if a.get("role") == "figure"]
    assert str(bars).startswith("Share of the cases per agent. AI: ")
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html


def test_an_unmeasured_team_is_said_to_be(run_id: str) -> None:
    result = unmeasured(make_result(targets=(0.0, 0.5)))
    unknown = Figure(None, None)
    made = contents(
        run_id,
        result=result,
        point=operating_point.operating_point(result, "value", 0.5),
        compared=None,
        found=unknown,
        left=unknown,
        rates=per_thousand(0.5, unknown, unknown),
    )
    said = Page(run_report.html(made)).said
    assert "The team's accuracy cannot be measured at this point: Reader A" in said
    assert "No decision on a case of “malignant” could be scored." in said
    assert "experts of this data set are simulated" in said


def test_text_in_a_figure_cannot_end_its_element() -> None:
    import plotly.graph_objects as go

    fig = go.Figure(layout={"title": {"text": "</script><script>alert(1)</script>"}})
    page = Page(f"<div>{PARTS.figure(report_frame.plot(lambda theme: fig), 'a <figure>')}</div>")
    assert page.figures[0]["layout"]["title"]["text"].startswith("</script>")
    assert [tag for tag, _ in page.tags] == ["div", "figure", "div", "script", "script"]


def test_long_tables_are_folded_and_whole() -> None:
    long = pd.DataFrame({"Agent": [f"Reader {i}" for i in range(400)], "Share": ["1 %"] * 400})
    page = Page(f"<div>{PARTS.table(long, 'Agents')}</div>")
    assert [tag for tag, _ in page.tags].count("details") == 1
    assert "Agents: all 400 rows" in page.said
    assert len(page.rows) == 401
    short = Page(f"<div>{PARTS.table(long.head(40), 'Agents')}</div>")
    assert "details" not in [tag for tag, _ in short.tags]


def test_the_buttons_are_there_and_off_where_there_is_nothing(
    run_id: str, runs: dict[str, str], open_page: Open, monkeypatch: pytest.MonkeyPatch,
    told: tuple[Path, str],
) -> None:  # fmt: skip
    made_up = open_page("tradeoffs", run=runs["one"], point="0.3", part="downloads")
    keys = {b.proto.id.rsplit("-", 1)[-1]: b.proto for b in made_up.get("download_button")}
    assert set(keys) >= {"report_html", "curve_csv", "agents_csv", "classes_csv", "result_json"}
    assert keys["decisions_csv"].disabled
    assert "no longer here" in keys["decisions_csv"].help
    monkeypatch.setenv("CASELOAD_HOME", str(told[0]))
    app = open_page("tradeoffs", run=run_id, point="0.5", part="downloads")
    keys = {b.proto.id.rsplit("-", 1)[-1]: b.proto for b in app.get("download_button")}
    assert not keys["decisions_csv"].disabled


def test_the_tables_for_download_hold_the_points_numbers(run_id: str) -> None:
    result = run_queries.result(run_id)
    point = operating_point.operating_point(result, "value", 0.5)
    agents = list(csv.DictReader(io.StringIO(csv_text(point_tables.agents("value", point)))))
    assert [a["agent"] for a in agents] == ["Ada", "'=Ben", EVIL, "AI"]
    assert float(agents[3]["share"]) == pytest.approx(point.coverage)
    assert {a["seeds"] for a in agents} == {"0 1"}
    classes = point_tables.classes(result, "value", point).set_index("class")
    row, tests = classes.loc["malignant"], result.test_cases_per_class
    share = tests["malignant"] / sum(tests.values())
    assert row["missed_per_1000"] == pytest.approx(1000 * share * (1 - row["sensitivity"]))
    assert row["wrong_calls_per_1000"] == pytest.approx(
        1000 * (1 - share) * (1 - row["specificity"])
    )
    told = point_queries.decisions(run_id, "value", 0.5, point.seeds)
    decisions = point_tables.decisions(told.decisions, result.classes, result.agents)
    assert list(decisions["seed"].unique()) == [0, 1]
    assert (decisions["goes_to"] == "AI").mean() == pytest.approx(point.coverage)
    assert csv_text(decisions).splitlines()[1].startswith("'=1+1,")


def test_settings_are_told_by_their_names() -> None:
    told = dict(report_settings.asked(make_result().config))
    assert told["Targets: the AI takes"].startswith("0.0\u202f%, 10.0")
    assert told["Hidden layers"] == "128, 128"
    assert "Minimum workloads" not in told
    bounded = dict(report_settings.asked(make_result(bounds={"AI": (0.2, 0.4)}).config))
    assert bounded["Minimum workloads"] == "AI 20.0\u202f%"
    assert "Targets: the AI takes" not in bounded
