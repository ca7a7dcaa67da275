"""What a person waits for in the browser; needs Chromium."""

import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.rows import Row
from tests.browser.serving import CHROMIUM, FLAGS, serving


def _seconds(action: Callable[[], None], seen: Callable[[], None]) -> float:
    start = time.perf_counter()
    action()
    seen()
    return time.perf_counter() - start


def _train(page: Any, expect: Any, epochs: int) -> float:
    """Fill the form, click Train and wait for the first progress of training."""
    page.get_by_role("link", name="Train").click()
    field = page.get_by_role("spinbutton", name="Epochs")
    field.fill(str(epochs))
    field.press("Enter")
    expect(page.get_by_text(f"1 seed, {epochs} epochs")).to_be_visible()
    first = page.get_by_text(re.compile("Training point"))
    seconds = _seconds(
        page.get_by_role("button", name="Train", exact=True).click,
        lambda: expect(first.first).to_be_visible(timeout=60_000),
    )
    expect(page.get_by_role("link", name="See the trade-offs")).to_be_visible(timeout=120_000)
    return seconds


def measure() -> list[Row]:
    """Click to progress with a warm worker, page switches, an operating point moved."""
    if CHROMIUM is None:
        return [Row("browser timings", "see DESIGN", "no Chromium here", None)]
    from playwright.sync_api import expect, sync_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{url}/data?data=fna_panel")
        expect(page.get_by_role("tab", name="Experts", exact=True)).to_be_visible(timeout=30_000)
        cold, warm = _train(page, expect, 59), _train(page, expect, 58)
        page.get_by_role("link", name="See the trade-offs").click()
        expect(page.get_by_text("Accuracy of the team").first).to_be_visible()
        switches = []
        for _ in range(4):
            for name in ("Data", "Train", "Trade-offs", "Home"):
                heading = "Caseload" if name == "Home" else name
                switches.append(
                    _seconds(
                        page.get_by_role("link", name=name, exact=True).first.click,
                        lambda h=heading: expect(
                            page.get_by_role("heading", name=h, exact=True).first
                        ).to_be_visible(),
                    )
                )
        browser.close()
    switch = statistics.median(switches)
    return [
        Row(
            "click on Train → first progress, worker warm",
            "≤ 2 s",
            f"{warm:.1f} s (first run of a shape, compiling: {cold:.1f} s)",
            warm <= 2,
        ),
        Row("page switch", "≤ 0.5 s", f"{switch:.2f} s (worst {max(switches):.2f})", switch <= 0.5),
    ]
