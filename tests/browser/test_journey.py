"""The main journey in a real browser: first visit, a sample in one click, workload and curve."""

import re

import pytest

from tests.browser.conftest import Studied, Visit
from tests.browser.serving import Dashboard
from tests.browser.steps import TRAIN, figure

pytestmark = pytest.mark.browser


def test_from_the_first_visit_to_the_workload_in_one_click_and_on_to_the_curve(
    fresh: Dashboard, visit: Visit
) -> None:
    from playwright.sync_api import expect

    page = visit(fresh.url)
    expect(page.get_by_role("heading", name="Caseload")).to_be_visible()
    expect(page.get_by_text("None yet. Train on a sample above")).to_be_visible()

    # One click trains; the run is in the address, and its training is one click away.
    page.get_by_role("button", name="Train on this sample").last.click()
    expect(page.get_by_role("heading", name="Workload", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"workload\?run=[0-9a-f]{32}"))
    expect(page.get_by_role("progressbar").first).to_be_visible()
    page.get_by_role("link", name="Show the training in detail").click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"data=fna_panel.*watch=[0-9a-f]{32}"))
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
