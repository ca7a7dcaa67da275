"""Links, clicks and several people at once, in a real browser."""

import re

import pytest

from tests.browser.conftest import Studied, Visit
from tests.browser.steps import choose, figure, fill, settled

pytestmark = pytest.mark.browser


def test_a_link_to_a_point_opens_the_same_view_elsewhere(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    mine = visit(f"{studied.url}/tradeoffs?run={studied.run_id}")
    mine.get_by_role("radio", name="As trained, within bounds").click()
    expect(mine).to_have_url(re.compile("rule=priced"))
    settled(mine)
    mine.get_by_role("slider").press("Home")
    expect(mine.get_by_text("Asked for 0.0")).to_be_visible()
    settled(mine)
    mine.get_by_role("slider").press("ArrowRight")
    expect(mine.get_by_text("Asked for 25.0")).to_be_visible()
    expect(mine).to_have_url(re.compile("point=0.25"))
    bars = figure(mine, "Share of the cases per agent")
    expect(bars).to_be_visible()
    settled(mine)
    said = bars.get_attribute("aria-label")
    mine.get_by_role("tab", name="One class against the rest").click()
    choose(mine, "Class to look at", "benign")
    expect(mine).to_have_url(re.compile("class=benign"))

    theirs = visit(mine.url)
    expect(theirs.get_by_role("radio", name="As trained, within bounds")).to_be_checked()
    expect(theirs.get_by_text("Asked for 25.0")).to_be_visible()
    expect(theirs.get_by_role("combobox", name="Class to look at")).to_have_value("benign")
    theirs.get_by_role("tab", name="Workloads").click()
    expect(figure(theirs, "Share of the cases per agent")).to_have_attribute("aria-label", said)


@pytest.mark.parametrize("where", ["workload", "tradeoffs"])
def test_bars_stay_where_they_are_when_their_numbers_change(
    studied: Studied, visit: Visit, where: str
) -> None:
    from playwright.sync_api import expect

    page = visit(f"{studied.url}/{where}?run={studied.run_id}")
    bars = figure(page, "Share of the cases per agent")
    expect(bars).to_be_visible()
    settled(page)
    before = bars.get_attribute("aria-label") or ""
    page.evaluate(
        """() => {
          window.place = document.querySelector(".cl-bars").closest("[data-testid=stHtml]");
          window.gone = 0;
          const look = () => {
            if (!window.place.querySelector(".cl-bars")) window.gone += 1;
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    page.get_by_role("slider").first.press("PageUp" if where == "workload" else "Home")
    expect(bars).not_to_have_attribute("aria-label", before)
    settled(page)
    assert page.evaluate("[document.contains(window.place), window.gone]") == [True, 0]


def test_a_link_to_settings_fills_the_form_elsewhere(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    mine = visit(f"{studied.url}/train?data=fna_panel&by=bounds")
    expect(mine.get_by_role("button", name="Train", exact=True)).to_be_visible()
    fill(mine, "Maximum share, %", 40)
    expect(mine.get_by_text("Workload bounds: AI 0.0–40.0")).to_be_visible()
    mine.get_by_role("button", name="Balanced").click()
    summary = re.compile("Workload bounds: AI 0.0–40.0.*Junior 15.0–25.0")
    expect(mine.get_by_text(summary)).to_be_visible()
    fill(mine, "Epochs", 77)
    expect(mine).to_have_url(re.compile("epochs=77"))
    expect(mine).to_have_url(re.compile("agents="))

    theirs = visit(mine.url)
    expect(theirs.get_by_text(summary)).to_be_visible()
    expect(theirs.get_by_text("1 seed, 77 epochs")).to_be_visible()


def test_two_people_at_once_do_not_disturb_each_other(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    first = visit(f"{studied.url}/train?data=fna_panel&epochs=21")
    second = visit(f"{studied.url}/train?data=digits_trio&epochs=33&seeds=2")
    expect(first.get_by_text("1 seed, 21 epochs")).to_be_visible()
    expect(second.get_by_text("2 seeds, 33 epochs")).to_be_visible()
    for page in (first, second):
        page.get_by_role("link", name="Home").click()
        expect(page.get_by_role("heading", name="Caseload")).to_be_visible()
    for page in (first, second):
        page.get_by_role("link", name="Train").click()
    expect(first.get_by_text("1 seed, 21 epochs")).to_be_visible()
    expect(second.get_by_text("2 seeds, 33 epochs")).to_be_visible()
    # The address is written at the end of a run, after what can be seen.
    expect(first).to_have_url(re.compile("data=fna_panel.*epochs=21|epochs=21.*data=fna_panel"))
    expect(second).to_have_url(
        re.compile("data=digits_trio.*epochs=33|epochs=33.*data=digits_trio")
    )


def test_a_click_on_the_curve_chooses_its_point(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(f"{studied.url}/tradeoffs?run={studied.run_id}&point=1")
    expect(page.get_by_text("Asked for 100.0")).to_be_visible()
    # The team's marks are the last ones drawn; the second is where the AI takes a quarter.
    curve = figure(page, "Team accuracy against the share")
    mark = curve.locator(".scatterlayer .trace:last-child .points path").nth(1)
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text("Asked for 25.0")).to_be_visible()
    expect(page).to_have_url(re.compile("point=0.25"))


def test_a_cell_of_the_confusion_opens_its_cases(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(f"{studied.url}/tradeoffs?run={studied.run_id}&part=classes&point=1")
    matrix = figure(page, "Decisions of the team")
    mark = matrix.locator(".scatterlayer .points path").first
    mark.scroll_into_view_if_needed()
    settled(page)
    box = mark.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    dialog = page.get_by_role("dialog")
    count = matrix.locator(".annotation-text").first.text_content()
    expect(dialog.get_by_text(f"{count} cases")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_bar_of_a_workload_opens_its_cases(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(f"{studied.url}/workload?run={studied.run_id}")
    dialog = page.get_by_role("dialog")
    page.locator("body[data-bars=heard]").wait_for(state="attached")
    for agent in (0, 0, 1):  # the same bar twice
        settled(page)
        page.locator(f'.track[data-agent="{agent}"]').click()
        expect(dialog.get_by_text(re.compile(r"^[\d,]+ cases?$"))).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
    settled(page)
    page.get_by_role("button", name="AI: show its cases").focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Cases assigned to the AI")).to_be_visible()
    # What is chosen in the dialog keeps it open.
    dialog.get_by_text("Wrong", exact=True).click()
    settled(page)
    expect(dialog.get_by_text("Cases assigned to the AI")).to_be_visible()


def test_figures_follow_the_systems_switch_between_light_and_dark(
    studied: Studied, visit: Visit
) -> None:
    from playwright.sync_api import expect

    page = visit(f"{studied.url}/tradeoffs?run={studied.run_id}", color_scheme="light")
    title = figure(page, "Team accuracy against the share").locator(".ytitle")
    expect(title).to_have_css("fill", "rgb(22, 32, 42)")
    page.emulate_media(color_scheme="dark")
    expect(title).to_have_css("fill", "rgb(232, 238, 244)")
