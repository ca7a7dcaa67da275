"""A clinic's spreadsheet in a real browser: dropped, looked at, mended, stored."""

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import Studied, Visit
from tests.browser.steps import choose, grid, settled
from tests.unit.reading.test_findings import FILES
from tests.unit.reading.test_matched import READERS, READS, csv, spreadsheet

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def drop(page: "Page", name: str, content: bytes, kind: str = _XLSX) -> None:
    file: dict[str, Any] = {"name": name, "mimeType": kind, "buffer": content}
    page.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]


def figure(page: "Page", label: str) -> Any:
    return page.get_by_test_id("stMetric").filter(has_text=label)


def test_a_spreadsheet_is_stored_in_three_clicks(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(f"{studied.url}/data")
    drop(page, "Study.xlsx", spreadsheet(READS))
    page.get_by_role("button", name="Read these files").click()
    expect(page.get_by_role("heading", name="Match the columns")).to_be_visible()
    given = sum(int((READS[name] != "").sum()) for name in READERS)
    expect(figure(page, "Answers")).to_contain_text(str(given))
    page.get_by_role("button", name="Read the data set").click()
    expect(page.get_by_text("Read and stored as “Study”")).to_be_visible()
    expect(figure(page, "Annotations")).to_contain_text(str(given))


def test_what_is_wrong_is_mended_on_the_screen(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(f"{studied.url}/data")
    odd = READS.rename(columns={"Pathology": "Column 7"})
    drop(page, "reads.csv", csv(odd), "text/csv")
    page.get_by_role("button", name="Read these files").click()
    button = page.get_by_role("button", name="Read the data set")
    expect(figure(page, "Ground truth")).to_contain_text("none")
    expect(button).to_be_disabled()
    choose(page, "Role of Column 7", "Ground truth")
    expect(figure(page, "Ground truth")).to_contain_text("for all")
    choose(page, "Role of Reader 3", "Not used")
    expect(figure(page, "Readers")).to_contain_text("2")
    # The row is still in view, and the table's title follows.
    expect(page.get_by_text("answers of 2 readers, ground truth")).to_be_visible()
    expect(page.get_by_role("combobox", name="Role of Reader 3")).to_be_visible()
    button.click()
    expect(page.get_by_text("Read and stored as “reads”")).to_be_visible()
    expect(figure(page, "Experts")).to_contain_text("2")


def test_findings_are_stored_compared_and_opened(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(f"{studied.url}/data")
    files: list[Any] = [
        {"name": name, "mimeType": "text/csv", "buffer": csv(frame)}
        for name, frame in FILES.items()
    ]
    page.locator("input[type=file]").first.set_input_files(files)
    page.get_by_role("button", name="Read these files").click()
    page.get_by_text("Read all 3 findings").click()
    page.get_by_role("button", name="Read the data set").click()
    expect(page.get_by_role("tab", name="Findings (3)")).to_have_attribute("aria-selected", "true")
    settled(page)
    # The box of the second finding's row.
    grid(page, "Sensitivity of every expert").click(position={"x": 12, "y": 87}, force=True)
    expect(page.get_by_role("tab", name="Overview")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("combobox", name="Data set")).to_have_value(re.compile("MI"))
