"""A clinical lead's morning in a real browser: what if, the cases behind it, today's worklist."""

import csv
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.shared import data_queries, scenario_link, scenario_queries, words
from app.shared.bar_rows import of_answer
from app.shared.scenario_queries import Model
from app.workload import scenario_words as wording
from core.dataset.annotation_set import AI, AnnotationSet
from core.library.samples import FOLDER
from core.scenarios.answer import Answer
from core.scenarios.case_list import Wanted
from core.scenarios.settings import Scenario
from tests.browser.conftest import Studied, Visit
from tests.browser.steps import (
    cell,
    choose,
    enter,
    figure,
    fill,
    more_settings,
    settled,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AGENTS = "On duty, minimum and maximum"  # the table that says who may do how much
LEAVE = "Strict on leave"
PLACES = {"Junior": 5, "Lenient": 9, "Senior": 0, AI: 16}  # of 30 cases; Strict is on leave


class Core:
    """What the program's core says, asked without a browser."""

    def __init__(self, studied: Studied):
        self.data: AnnotationSet = data_queries.dataset("fna_panel")
        self.model = Model(studied.run_id, 0, "fna_panel")
        counts = [int((self._scores().truth == c).sum()) for c in range(2)]
        self.looked_at = counts.index(min(counts))

    def _scores(self) -> Any:
        found, why = scenario_queries.scores(self.model)
        assert found is not None, why
        return found

    def usual(self) -> Scenario:
        return scenario_link.default(self.data)

    def answer(self, scenario: Scenario, baseline: str = "as_recorded") -> Answer:
        asked = scenario_queries.ask(
            self.model, scenario, baseline, self.looked_at, scenario.cases_per_day
        )
        assert asked.answer is not None
        return asked.answer

    def nearest(self, scenario: Scenario) -> Scenario:
        asked = scenario_queries.ask(self.model, scenario, "ai_alone", self.looked_at, 100)
        assert asked.obstacle is not None
        assert asked.obstacle.nearest is not None
        return asked.obstacle.nearest

    def cards(self, answer: Answer) -> list[list[str]]:
        shown = wording.cards(answer, self.data.classes[self.looked_at])
        return [[c.value, c.interval, c.change] for c in shown]

    def shares(self, answer: Answer) -> list[str]:
        return [f"{bar.said}." for bar in of_answer(answer, "share")]


@pytest.fixture
def core(studied: Studied, monkeypatch: pytest.MonkeyPatch) -> Core:
    monkeypatch.setenv("CASELOAD_HOME", str(studied.home))
    return Core(studied)


def cards(page: "Page") -> list[list[str]]:
    """Value, interval and change of the four figures on screen."""
    settled(page)
    boxes = page.locator(".cl-cards > div")
    return [
        [box.locator(part).inner_text().lstrip("▲▼ ") for part in (".v", ".i", ".c")]
        for box in boxes.all()
    ]


def shows(page: "Page", core: Core, answer: Answer) -> None:
    """That figures and bars on screen are those of the core."""
    from playwright.sync_api import expect

    first = core.cards(answer)[0]
    expect(page.locator(".cl-cards .v").first).to_have_text(first[0])
    # Another baseline changes neither the figure nor the bars: only this says that it was drawn.
    expect(page.locator(".cl-cards .c").first).to_contain_text(first[2])
    bars = figure(page, "Share of the cases per agent")
    for said in core.shares(answer):
        expect(bars).to_have_attribute("aria-label", re.compile(re.escape(said)))
    assert cards(page) == core.cards(answer)


def report_figures(page: "Page") -> list[list[str]]:
    """Value, interval and change of the four figures in a report."""
    found = []
    for box in page.locator("section").first.locator(".key > div").all():
        interval, change = box.locator("span").inner_text().split("\n")
        found.append([box.locator("b").inner_text(), interval, change])
    return found


def test_what_if_the_cases_behind_it_and_a_worklist(
    studied: Studied, visit: Visit, core: Core, tmp_path: Path
) -> None:
    page = visit(f"{studied.url}/workload?run={studied.run_id}")
    shows(page, core, core.answer(core.usual()))
    leave = ask_and_save(page, core)
    nearest = impossible_and_back(page, core, leave)
    answer = compare_with_saved(page, core, nearest)
    theirs = visit(page.url)
    shows(theirs, core, answer)
    assert cards(theirs) == cards(page)
    read_offline(page, visit, core, answer, tmp_path)
    look_at_a_case(page, core, nearest)
    hand_out(page, tmp_path)


def ask_and_save(page: "Page", core: Core) -> Scenario:
    """The AI takes 40 %, one expert is on leave; kept under a name."""
    from playwright.sync_api import expect

    slider = page.get_by_role("slider", name="The AI takes")
    slider.press("Home")
    for _ in range(4):
        slider.press("PageUp")
    scenario = core.usual().with_terms(AI, minimum=0.4, maximum=0.4)
    answer = core.answer(scenario)
    takes = words.percent(answer.agents[-1].share)
    held = f"is held at {words.percent(0.4)} of the cases: 40 of 100 a day; on the test cases it"
    expect(page.get_by_text(f"The AI {held} takes {takes}.")).to_be_visible()
    shows(page, core, answer)
    before = cards(page)

    page.locator("label", has=page.get_by_role("checkbox", name="Strict")).click()
    expect(figure(page, "Share")).to_have_attribute("aria-label", re.compile("Strict: off duty"))
    scenario = scenario.with_terms("Strict", on_duty=False)
    shows(page, core, core.answer(scenario))
    assert cards(page) != before

    page.get_by_role("tab", name="Scenarios").click()
    page.get_by_role("textbox", name="Save this scenario as").fill(LEAVE)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(f"Saved “{LEAVE}”.")).to_be_visible()
    expect(page.get_by_role("combobox", name="Saved scenarios")).to_have_value(LEAVE)
    return scenario


def impossible_and_back(page: "Page", core: Core, scenario: Scenario) -> Scenario:
    """Too little capacity is said with what there is, and the nearest possible is taken."""
    from playwright.sync_api import expect

    more_settings(page)
    page.get_by_role("radio", name="Cases a day").click()
    expect(page).to_have_url(re.compile("_uc_"))
    for name in ("Junior", "Lenient", "Senior"):
        cell(page, AGENTS, name, 3)
        enter(page, "15")
    said = "Not possible. At most 85 of 100 cases a day can be placed"
    expect(page.get_by_role("alert")).to_contain_text(said)
    expect(page.locator(".cl-cards")).to_have_count(0)
    scenario = replace(scenario, unit="cases")
    for name in ("Junior", "Lenient", "Senior"):
        scenario = scenario.with_terms(name, maximum=15.0)
    page.get_by_role("button", name="Use the nearest possible").click()
    nearest = core.nearest(scenario)
    shows(page, core, core.answer(nearest))
    return nearest


def compare_with_saved(page: "Page", core: Core, scenario: Scenario) -> Answer:
    """The saved scenario becomes the baseline of every change."""
    from playwright.sync_api import expect

    choose(page, "Compared with", f"Saved: {LEAVE}")
    (saved,) = (s for s in scenario_queries.saved(core.data.content_hash) if s.name == LEAVE)
    answer = core.answer(scenario, saved.id)
    shows(page, core, answer)
    expect(page.get_by_text(wording.verdict(answer, LEAVE))).to_be_visible()
    assert f"baseline={saved.id}" in page.url
    return answer


def read_offline(page: "Page", visit: Visit, core: Core, answer: Answer, folder: Path) -> None:
    """The report from a file, without a network: the figures of the screen."""
    from playwright.sync_api import expect

    with page.expect_download() as download:
        page.get_by_role("button", name="Report as one HTML page").click()
    path = folder / "report.html"
    download.value.save_as(path)
    report = visit(path.as_uri(), offline=True)
    assert report.evaluate("performance.getEntriesByType('resource').length") == 0
    assert report_figures(report) == cards(page) == core.cards(answer)
    expect(report.get_by_text(wording.verdict(answer, LEAVE))).to_be_visible()
    expect(figure(report, "Cases a day per agent")).to_be_visible()
    rows = report.locator("table", has_text="Share of the cases").first.locator("tbody tr")
    said = dict(row.locator("th, td").all_inner_texts()[:2] for row in rows.all())
    # Who is off duty gets nothing: that is no sample.
    assert said == {
        a.name: words.with_interval(a.share, a.share_interval if a.on_duty else None)
        for a in answer.agents
    }


def look_at_a_case(page: "Page", core: Core, scenario: Scenario) -> None:
    """Which cases change hands, and one of them."""
    from playwright.sync_api import expect

    page.get_by_role("tab", name="What it means").click()
    page.get_by_role("link", name="Show the cases that change hands").click()
    expect(page.get_by_role("heading", name="Cases", exact=True)).to_be_visible()
    (saved,) = (s for s in scenario_queries.saved(core.data.content_hash) if s.name == LEAVE)
    cases, _ = scenario_queries.cases(core.model, scenario, saved.id)
    assert cases is not None
    found = cases.find(Wanted(moved=True))
    assert 0 < len(found) < len(cases.scores.truth)
    expect(page.get_by_text(f"{words.count(len(found), 'case')} of")).to_be_visible()
    expect(page.get_by_role("combobox", name="Changes hands")).to_have_value("Changes hands")

    # The box in front of a row opens the case.
    ids = cases.scores.test.case_ids
    cell(page, "Test cases with who gets them", str(ids[found[1]]), 0)
    expect(page.get_by_role("heading", name=f"Case {ids[found[1]]}")).to_be_visible()
    opened = page.locator(".st-key-one_case")
    expect(opened).to_contain_text(cases.explained.reason(int(found[1])))
    assert cases.before is not None
    before = cases.scores.agents[cases.before[found[1]]]
    had = "the AI" if before == AI else before
    expect(opened).to_contain_text(f"It changes hands: {had} had it before.")
    page.keyboard.press("Escape")
    expect(opened).to_be_hidden()


def hand_out(page: "Page", folder: Path) -> None:
    """New cases in whole numbers, and the list as a file that keeps to them."""
    from playwright.sync_api import expect

    page.get_by_role("link", name="Worklist").click()
    new, ids = new_cases(folder)
    page.locator("input[type=file]").set_input_files(new)
    expect(page.get_by_text("30 cases from new.csv")).to_be_visible()
    # The unsaved scenario holds here too.
    expect(page.get_by_role("spinbutton", name="Strict · off duty")).to_be_disabled()
    for name, number in PLACES.items():
        fill(page, name, number)
    expect(page.get_by_text("The numbers add up to 30 cases.")).to_be_visible()
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Worklist as CSV").click()
    with open(download.value.path(), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["case_id"] for row in rows] == ids
    assert Counter(row["agent"] for row in rows) == {n: c for n, c in PLACES.items() if c}
    assert all(row["reason"] for row in rows)


def new_cases(folder: Path) -> tuple[Path, list[str]]:
    """Thirty cases without their labels, called otherwise."""
    with open(FOLDER / "fna_panel" / "cases.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "test"][:30]
    path = folder / "new.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        names = [name for name in rows[0] if name not in ("split", "label")]
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        for i, row in enumerate(rows):
            writer.writerow(row | {"case_id": f"new{i:02d}"})
    return path, [f"new{i:02d}" for i in range(30)]
