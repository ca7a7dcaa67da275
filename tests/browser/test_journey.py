"""The main journey in a real browser: first visit, a sample in one click, workload and curve."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Studied, Visit
from tests.browser.serving import Dashboard
from tests.browser.steps import TRAIN, figure, settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_decision_takes_six_clicks(fresh: Dashboard, visit: Visit) -> None:
    """From a first visit: the AI takes 40 %, one expert on leave, nobody above 60, the report.

    Somebody else meanwhile watches the training in detail, and goes on to the curve.
    """
    from playwright.sync_api import expect

    page = visit(fresh.url)
    expect(page.get_by_role("heading", name="Caseload")).to_be_visible()
    expect(page.get_by_text("None yet. Train on a sample above")).to_be_visible()
    page.evaluate(
        "window.clicks = 0;addEventListener('pointerdown', () => { window.clicks += 1 }, true)"
    )
    # One click trains; the run is in the address.
    page.get_by_role("button", name="Train on this sample").last.click()
    expect(page.get_by_role("heading", name="Workload", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"workload\?run=[0-9a-f]{32}"))
    expect(page.get_by_role("progressbar").first).to_be_visible()
    theirs = watch_in_detail(visit(page.url))
    expect(page.locator(".cl-cards")).to_be_visible(timeout=TRAIN)
    settled(page)
    # The answer is in sight without scrolling.
    for part in (page.locator(".cl-cards"), figure(page, "Share of the cases per agent")):
        box = part.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800
    track = page.get_by_role("group", name="The AI takes").locator("> div")
    box = track.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.4 * box["width"], box["y"] + box["height"] / 2)
    expect(page.get_by_text(re.compile(r"The AI is held at (39|40|41)\.0"))).to_be_visible()
    settled(page)
    most = page.get_by_role("spinbutton", name="Everyone at most")
    most.click()
    page.keyboard.type("60")
    page.keyboard.press("Enter")
    expect(page.get_by_text("At most 60 cases a day for each of the 4 experts.")).to_be_visible()
    settled(page)
    page.locator("label", has=page.get_by_role("checkbox", name="Strict")).click()
    bars = figure(page, "Share of the cases per agent")
    expect(bars).to_have_attribute("aria-label", re.compile("Strict: off duty"))
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download report").click()
    said = Path(download.value.path()).read_text(encoding="utf-8")
    assert "Today&#39;s practice" in said
    assert "at most 60 cases a day" in said
    assert page.evaluate("window.clicks") <= 6
    from_the_run_to_the_curve(theirs)


def watch_in_detail(page: "Page") -> "Page":
    """The training of a run is one click away from its workload."""
    from playwright.sync_api import expect

    page.get_by_role("link", name="Show the training in detail").click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"data=fna_panel.*watch=[0-9a-f]{32}"))
    return page


def from_the_run_to_the_curve(page: "Page") -> None:
    """A finished run leads to its workload and its curve, and is listed at home."""
    from playwright.sync_api import expect

    curve_link = page.get_by_role("link", name="See the trade-offs")
    expect(curve_link).to_be_visible(timeout=TRAIN)
    page.get_by_role("link", name="Plan the workload").click()
    expect(page.locator(".cl-cards")).to_be_visible()
    page.go_back()

    # The curve, its points, and who does how much.
    curve_link.click()
    expect(page).to_have_url(re.compile("/tradeoffs"))
    expect(page.get_by_role("heading", name="Trade-offs")).to_be_visible()
    curve = figure(page, "Team accuracy against the share")
    expect(curve).to_be_visible()
    expect(curve.locator(".scatterlayer .points path").first).to_be_attached()
    expect(page.get_by_text("Accuracy of the team").first).to_be_visible()
    bars = figure(page, "Share of the cases per agent")
    expect(bars.locator(".bar").first).to_be_attached()
    page.get_by_role("radio", name="As trained, bounds not enforced").click()
    expect(page.get_by_text("Nothing keeps the workloads on target").first).to_be_visible()
    expect(page).to_have_url(re.compile("rule=gate"))

    # Back home the run is listed with its curve in small.
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_text("Finished").first).to_be_visible()
    expect(page.get_by_role("link", name="See the curve")).to_be_visible()


def test_a_sample_can_be_looked_at_before_it_is_trained(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(studied.url)
    page.get_by_role("link", name="Look at the data first").last.click()
    expect(page).to_have_url(re.compile(r"/data\?data=fna_panel"))
    expect(page.get_by_text("Measurements of cell nuclei")).to_be_visible()
    page.get_by_role("tab", name="Experts", exact=True).click()
    expect(page).to_have_url(re.compile("view=experts"))
    page.get_by_role("button", name="Train on this data set").click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("data=fna_panel"))
