"""The main journey in a real browser: a sample, training, the curve, the bars."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.serving import CHROMIUM, FLAGS, serving

TRAIN_SECONDS = 150

pytestmark = pytest.mark.browser


def need_chromium() -> str:
    """Chromium's path; without one the test is skipped, under CI it fails."""
    if CHROMIUM is None:
        reason = "Chromium is not installed (apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return CHROMIUM


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server with a home of its own, and its worker; both are gone afterwards."""
    need_chromium()
    with serving(tmp_path) as url:
        yield url


def test_from_the_first_visit_to_the_curve(address: str) -> None:
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=need_chromium(), args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            outside: list[str] = []
            page.on(
                "request",
                lambda r: (
                    None
                    if r.url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))
                    else outside.append(r.url)
                ),
            )

            # Home: a sample to look at.
            page.goto(address)
            expect(page.get_by_role("heading", name="Caseload")).to_be_visible(timeout=30_000)
            page.get_by_role("link", name="Look at the data first").last.click()
            expect(page).to_have_url(re.compile(r"/data\?data=fna_panel"))
            expect(page.get_by_text("Measurements of cell nuclei")).to_be_visible()
            expect(page.get_by_role("heading", name="Experts", exact=True)).to_be_visible()

            # Train with few points and passes; the set that was looked at is still chosen.
            page.get_by_role("button", name="Train on this data set").click()
            expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
            expect(page).to_have_url(re.compile("data=fna_panel"))
            page.get_by_role("radio", name="25").click()
            expect(page.get_by_text("5 points: 0, 25, 50, 75, 100 %")).to_be_visible()
            passes = page.get_by_role("spinbutton", name="Passes (epochs)")
            passes.fill("8")
            passes.press("Enter")
            expect(page.get_by_text("8 passes over the data")).to_be_visible()
            page.get_by_role("button", name="Train", exact=True).click()

            # Progress, which survives a reload because the run is in the address.
            cancel = page.get_by_role("button", name="Cancel this run")
            expect(cancel).to_be_visible(timeout=20_000)
            expect(page).to_have_url(re.compile("watch=[0-9a-f]{32}"))
            expect(page.get_by_role("progressbar").first).to_be_visible()
            page.reload()
            expect(page.get_by_text("8 passes over the data")).to_be_visible(timeout=20_000)
            curve_link = page.get_by_role("link", name="See the trade-offs")
            expect(curve_link).to_be_visible(timeout=1000 * TRAIN_SECONDS)

            # The curve and the bars.
            curve_link.click()
            expect(page).to_have_url(re.compile("/tradeoffs"))
            expect(page.get_by_role("heading", name="Trade-offs")).to_be_visible()
            expect(page.locator(".js-plotly-plot").first).to_be_visible()
            expect(page.get_by_text("AI alone").first).to_be_visible()
            expect(page.get_by_text("Accuracy of the team").first).to_be_visible()
            bars = page.locator(".js-plotly-plot").filter(has_text="Share of the cases")
            expect(bars.locator(".barlayer .point").first).to_be_attached()
            page.get_by_role("radio", name="Gating alone").click()
            expect(page.get_by_text("Nothing keeps the workloads on target")).to_be_visible()
            expect(page).to_have_url(re.compile("rule=gate"))

            # Back home the run is listed as finished.
            page.get_by_role("link", name="Home").click()
            expect(page.get_by_text("Finished").first).to_be_visible()
            assert errors == []
            assert outside == []  # nothing calls out
        finally:
            browser.close()
