"""What a person does on a page, step by step."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

# How often a list may close or a table be mounted anew meanwhile; milliseconds to see a list open.
OPENINGS, OPEN = 5, 4_000
TRAIN = 240_000  # milliseconds that a training may take on a busy machine, compiling included
HEAD, MARK = 36, 16  # pixels: the heading of a table, and where its rows are marked


def settled(page: "Page") -> None:
    """Waits until the page's script has run to its end and all of it is drawn."""
    from playwright.sync_api import expect

    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator('[data-stale="true"]')).to_have_count(0)
    # What was stale fades in, and is as pale as nobody will see it until it has.
    page.wait_for_function(
        "document.getAnimations().every("
        "a => !(a instanceof CSSTransition) || a.playState !== 'running')"
    )


def figure(page: "Page", about: str) -> "Locator":
    """A chart by how its description begins."""
    return page.get_by_role("figure", name=re.compile(f"^{about}"))


def choose(page: "Page", label: str, option: str) -> None:
    """Opens a select box by keyboard and takes an option of it.

    A run of the page's script that ends just then closes the list again; a person would open it
    once more, and so does this.
    """
    from playwright.sync_api import TimeoutError as Late

    box = page.get_by_role("combobox", name=label)
    for tries_left in reversed(range(OPENINGS)):
        settled(page)
        box.press("ArrowDown")
        try:
            page.get_by_role("option", name=option).first.click(timeout=OPEN)
            break
        except Late:
            box.press("Escape")
            if not tries_left:
                raise
    box.press("Escape")
    settled(page)


def fill(page: "Page", label: str, number: float) -> None:
    """Types a number into a field."""
    settled(page)
    field = page.get_by_role("spinbutton", name=label)
    field.fill(str(number))
    field.press("Enter")


def more_settings(page: "Page") -> None:
    """Opens what Workload folds away: bounds, effort, rules, fatigue."""
    settled(page)
    page.locator(".st-key-more_settings summary").click()
    page.get_by_role("tab", name="Bounds", exact=True).wait_for()
    settled(page)


def train(page: "Page", epochs: int) -> None:
    """Starts training once the form says so many epochs; the run then stands in the address."""
    from playwright.sync_api import expect

    expect(page.get_by_text(f"1 seed, {epochs:,} epochs").first).to_be_visible()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page).to_have_url(re.compile("watch=[0-9a-f]{32}"))


def cell(page: "Page", about: str, row: str, column: int) -> "Locator":
    """Goes to a cell of a table and returns the table, which then hears what is pressed.

    Tables are painted; beside the paint stand their cells for whoever cannot see it, which say
    where a row is.

    Args:
      page: with the table.
      about: how the table's description begins.
      row: text of one of the row's cells.
      column: how many columns it is from the first.
    """
    from playwright.sync_api import Error

    for _ in range(OPENINGS - 1):
        settled(page)
        try:
            table, there = _cell(page, about, row, column)
            if there:
                return table
        except Error as error:
            # A run of the page's script that ends just then may mount the table anew.
            if "not attached" not in str(error):
                raise
    settled(page)
    return _cell(page, about, row, column)[0]


def grid(page: "Page", about: str) -> "Locator":
    """A table by how its description begins."""
    return page.get_by_role("region", name=re.compile(f"^{about}")).get_by_test_id(
        "data-grid-canvas"
    )


def enter(page: "Page", value: str) -> None:
    """Types into the cell that is gone to; the one below is gone to then."""
    from playwright.sync_api import expect

    typed = page.locator("#portal input, #portal textarea")
    expect(typed).to_have_count(0)  # that of the cell before
    page.keyboard.press("Enter")
    typed.fill(value)
    page.keyboard.press("Enter")


def _cell(page: "Page", about: str, row: str, column: int) -> "tuple[Locator, bool]":
    """The table, and whether the cell is gone to: what comes above it may push it away."""
    table = grid(page, about)
    table.scroll_into_view_if_needed()
    rows = table.locator("tbody tr")
    place = rows.filter(has=page.get_by_text(row, exact=True)).get_attribute("aria-rowindex")
    box = table.bounding_box()
    assert box is not None
    assert place is not None
    each = (box["height"] - HEAD) / rows.count()
    # Whatever scrolls the table lies above the paint.
    page.mouse.click(box["x"] + MARK, box["y"] + HEAD + (int(place) - 1.5) * each)
    for _ in range(column):
        table.press("ArrowRight")
    there = rows.nth(int(place) - 2).locator("td").nth(column)
    return table, not column or there.get_attribute("aria-selected") == "true"
