"""Tables of agents in a real browser: what is typed, put back and typed again counts, however fast.

The table, the address and what the page says of it must agree in the end. In between, the page's
script runs while the next cell is being edited.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from app.shared import data_queries, scenario_link, settings_link, words
from core.dataset.annotation_set import AI, AnnotationSet
from core.scenarios.amount import Amount
from core.scenarios.settings import Scenario
from tests.browser.conftest import Studied, Visit
from tests.browser.steps import cell, enter, figure, fill, grid, more_settings, settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TABLE = "On duty, minimum and maximum"
DUTY, MINIMUM, MOST = 1, 2, 3  # columns from the first
ROWS = (AI, "Junior", "Lenient", "Senior")  # that are edited, from the top
PAUSE = 200  # milliseconds between one edit and the next


def shows(page: "Page", place: int, cells: Sequence[str]) -> None:
    """That the first cells of a column say this."""
    from playwright.sync_api import expect

    for row, text in enumerate(cells):
        found = grid(page, TABLE).locator("tbody tr").nth(row).locator("td").nth(place)
        expect(found).to_have_text(text)


def switch(page: "Page", first: str, rows: int, pause: int = PAUSE) -> None:
    """Ticks or unticks "On duty" in rows from the first on."""
    cell(page, TABLE, first, DUTY)
    for _ in range(rows):
        page.keyboard.press("Enter")
        page.wait_for_timeout(pause)
        page.keyboard.press("ArrowDown")


def typed(page: "Page", place: int, values: Sequence[str], pause: int = PAUSE) -> None:
    """Types into a column from the first row on."""
    cell(page, TABLE, AI, place)
    for value in values:
        enter(page, value)
        page.wait_for_timeout(pause)


def edit_and_restore(
    page: "Page",
    check: Callable[[Mapping[str, Mapping[str, Any]]], None],
    unit: str,
    again: Sequence[bool] = (),
) -> None:
    """Edits four cells fast, puts them back, edits others; then one cell slowly.

    Args:
      page: with the table.
      check: that everything but the table says what is given, by agent.
      unit: after the numbers of the table.
      again: whether on duty in the rounds after the first two.
    """
    for on in (False, True, *again):
        switch(page, AI, len(ROWS))
        shows(page, DUTY, [str(on).lower()] * len(ROWS))
        check({name: {"on": on} for name in ROWS})
    for most in ((81, 72, 63, 54), (100, 100, 100, 100), (82, 71, 64, 53)):
        typed(page, MOST, [str(number) for number in most])
        shows(page, MOST, [f"{number}{unit}" for number in most])
        check({name: {"maximum": n} for name, n in zip(ROWS, most, strict=True)})
    # Minimums above maximums that were typed before: these give way, and no cell is lost.
    least = (90, 80, 70, 60)
    typed(page, MINIMUM, [str(number) for number in least])
    shows(page, MINIMUM, [f"{number}{unit}" for number in least])
    shows(page, MOST, [f"{number}{unit}" for number in least])
    check({name: {"minimum": n, "maximum": n} for name, n in zip(ROWS, least, strict=True)})
    typed(page, MINIMUM, ["0"] * len(ROWS))
    shows(page, MINIMUM, [f"0{unit}"] * len(ROWS))
    check({name: {"maximum": n} for name, n in zip(ROWS, least, strict=True)})
    for on in (False, True, *again):
        switch(page, "Strict", 1)
        check(
            {"Strict": {"on": on}} | {n: {"maximum": m} for n, m in zip(ROWS, least, strict=True)}
        )


@pytest.fixture
def data(studied: Studied, monkeypatch: pytest.MonkeyPatch) -> AnnotationSet:
    monkeypatch.setenv("CASELOAD_HOME", str(studied.home))
    return data_queries.dataset("fna_panel")


def test_workload_takes_every_edit(studied: Studied, visit: Visit, data: AnnotationSet) -> None:
    page = visit(f"{studied.url}/workload?run={studied.run_id}")

    def check(cells: Mapping[str, Mapping[str, Any]]) -> None:
        scenario = scenario_link.default(data)
        for name, says in cells.items():
            bounds = {k: says[k] / 100 for k in ("minimum", "maximum") if k in says}
            scenario = scenario.with_terms(name, on_duty=says.get("on", True), **bounds)
        addressed(page, scenario_link.write(scenario, data))
        answered(page, scenario)

    more_settings(page)
    edit_and_restore(page, check, " %", again=(False, True))
    share_of_a_longer_day(page)


def answered(page: "Page", scenario: Scenario) -> None:
    """That the answer is for this scenario: off duty is nothing, too much is refused."""
    from playwright.sync_api import expect

    off = [name for name, terms in scenario.agents if not terms.on_duty]
    shown = figure(page, "Share of the cases per agent")
    if sum(t.minimum.value for t in scenario.terms) > 1:
        expect(page.get_by_role("alert")).to_contain_text("The minimum workloads add up to")
        return
    for name in off:
        expect(shown).to_have_attribute("aria-label", re.compile(f"{name}: off duty"))
    settled(page)
    assert (shown.get_attribute("aria-label") or "").count("off duty") == len(off)


def share_of_a_longer_day(page: "Page") -> None:
    """The AI is held at 40 %; the day grows from 100 to 200 cases, said in cases."""
    from playwright.sync_api import expect

    slider = page.get_by_role("slider", name="The AI takes")
    slider.press("Home")
    for _ in range(4):
        slider.press("PageUp")
    share = f"The AI is held at {words.percent(0.4)} of the cases:"
    expect(page.get_by_text(f"{share} 40 of 100 a day")).to_be_visible()
    settled(page)
    page.get_by_role("radio", name="Cases a day").click()
    expect(page).to_have_url(re.compile("_uc_"))
    fill(page, "Cases per day", 200)
    expect(page.get_by_text(f"{share} 80 of 200 a day")).to_be_visible()
    expect(slider).to_have_value("80")
    shows(page, MOST, ["40 %"])
    typed(page, MOST, ["40%", "60"])
    shows(page, MOST, ["40 %", "60 cases"])
    fill(page, "Cases per day", 100)
    said = "100 cases a day instead of 200: the AI's"
    expect(page.get_by_text(said)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(f"{share} 80 of 200 a day")).to_be_visible()
    expect(page).to_have_url(re.compile("_d200_uc_0~g60_.*_4~l0.4s~g0.4s"))


def test_train_takes_every_edit(studied: Studied, visit: Visit, data: AnnotationSet) -> None:
    from playwright.sync_api import expect

    page = visit(f"{studied.url}/train?data=fna_panel&by=bounds")

    def check(cells: Mapping[str, Mapping[str, Any]]) -> None:
        agents = settings_link.default_agents(data)
        for name, says in cells.items():
            most = says.get("maximum", 100)
            agents[name] = settings_link.Agent(
                on_duty=says.get("on", True),
                minimum=Amount(says.get("minimum", 0) / 100),
                maximum=Amount(most / 100) if most < 100 else None,
            )
        usual = settings_link.default_agents(data)
        text = settings_link.write_agents(agents, data)
        addressed(page, None if agents == usual else text, "agents")
        # The AI is in focus: its own numbers stand below the table.
        ai = cells.get(AI, {})
        for label, number in (
            ("Minimum", ai.get("minimum", 0)),
            ("Maximum", ai.get("maximum", 100)),
        ):
            field = page.get_by_role("spinbutton", name=f"{label} share, %")
            expect(field).to_have_value(f"{number:.2f}")

    settled(page)
    edit_and_restore(page, check, "")


def addressed(page: "Page", text: str | None, name: str = "scenario") -> None:
    """That a parameter of the address says this."""
    from playwright.sync_api import expect

    ends = r"(&|$)"
    if text is None:
        expect(page).not_to_have_url(re.compile(rf"[?&]{name}="))
    else:
        expect(page).to_have_url(re.compile(rf"[?&]{name}={re.escape(text)}{ends}"))
