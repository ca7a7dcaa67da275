"""The actions on the Runs page never lie over the table, and selecting moves no row."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Visit, serving
from tests.browser.serving import Dashboard
from tests.browser.steps import HEAD, MARK, settled
from tests.pages.many_runs import fill

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

ROW = 35  # pixels
SCREENS = [{"width": 1280, "height": 800}, {"width": 390, "height": 844}]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> Iterator[Dashboard]:
    """A dashboard with more runs than the table shows at once."""
    folder = tmp_path_factory.mktemp("many")
    fill(folder / "home", 14)
    with serving(folder, compiled) as served:
        yield served


def box(page: "Page", selector: str) -> dict[str, float]:
    found = page.locator(selector).bounding_box()
    assert found is not None
    return dict(found)


def table_box(page: "Page") -> dict[str, float]:
    return box(page, "[data-testid=stDataFrame]")


def scrolled(page: "Page") -> list[int]:
    """Where the page can be scrolled to: the top, the end, and two places between."""
    end = page.evaluate(
        "(() => { const m = document.querySelector('[data-testid=stMain]');"
        " return m.scrollHeight - m.clientHeight; })()"
    )
    return [0, end // 3, 2 * end // 3, end]


def scroll(page: "Page", to: int) -> None:
    page.evaluate(f"document.querySelector('[data-testid=stMain]').scrollTop = {to}")
    page.wait_for_timeout(100)


def covered(page: "Page") -> list[str]:
    """What lies over the middle of a row that is on the screen, the page's own header aside."""
    return page.evaluate(
        """() => {
          const table = document.querySelector('[data-testid=stDataFrame]');
          const head = document.querySelector('[data-testid=stHeader]').getBoundingClientRect();
          const area = table.getBoundingClientRect(), found = [];
          for (let y = area.top + 54; y < area.bottom; y += 35) {
            if (y <= head.bottom || y >= innerHeight) continue;
            const top = document.elementFromPoint(area.left + area.width / 2, y);
            if (top && !table.contains(top)) found.push(top.outerHTML.slice(0, 80));
          }
          return found;
        }"""
    )


def tick(page: "Page", row: int, count: int) -> None:
    """Clicks the box of a row (from 0); then so many runs are selected."""
    from playwright.sync_api import expect

    where = table_box(page)
    page.mouse.click(where["x"] + MARK, where["y"] + HEAD + (row + 0.5) * ROW)
    parts = r"[^&]+(?:%2C|,)" * (count - 1)
    expect(page).to_have_url(re.compile(rf"chosen={parts}[0-9a-f]+$"))
    settled(page)


@pytest.mark.parametrize("screen", SCREENS, ids=["wide", "phone"])
def test_the_bar_covers_no_row_and_selecting_moves_none(
    many: Dashboard, visit: Visit, screen: dict[str, int]
) -> None:
    from playwright.sync_api import expect

    page = visit(f"{many.url}/runs")
    page.set_viewport_size(screen)
    expect(page.get_by_text("14 runs")).to_be_visible()
    settled(page)
    selected = 0
    for wanted in (0, 1, 3):
        while selected < wanted:
            # As somebody who has the rows in the middle of the screen.
            page.locator("[data-testid=stDataFrame]").scroll_into_view_if_needed()
            before = table_box(page)
            selected += 1
            tick(page, selected, selected)
            assert table_box(page) == before
        for place in scrolled(page):
            scroll(page, place)
            bar, table = box(page, ".st-key-acts"), table_box(page)
            assert (
                bar["y"] + bar["height"] <= table["y"] or table["y"] + table["height"] <= bar["y"]
            )
            assert covered(page) == [], (wanted, place)
    delete = page.get_by_role("button", name="Delete 3 runs")
    expect(delete).to_be_enabled()


def test_unselecting_at_the_end_of_the_page_moves_no_row(many: Dashboard, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(f"{many.url}/runs")
    # Tall enough for rows to be in sight where the page ends.
    page.set_viewport_size({"width": 1280, "height": 1150})
    expect(page.get_by_text("14 runs")).to_be_visible()
    settled(page)
    tick(page, 8, 1)
    scroll(page, scrolled(page)[-1])
    before = table_box(page)
    page.mouse.click(before["x"] + MARK, before["y"] + HEAD + 8.5 * ROW)
    expect(page).not_to_have_url(re.compile("chosen="))
    settled(page)
    assert table_box(page) == before
