"""Files that need a decision: chosen in the browser, corrected one at a time."""

import re

import pytest

from tests.browser.conftest import Visit
from tests.browser.serving import Dashboard
from tests.browser.test_own_data import READ, bundle, csv

pytestmark = pytest.mark.browser
STORE = "Store with these choices"


def test_a_choice_is_made_confirmed_and_stored(fresh: Dashboard, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(f"{fresh.url}/data")
    cases, said = bundle()
    rows = said["buffer"].decode().replace("c001,Bo", "C001,Bo")
    files = page.locator("input[type=file]")
    # One of them in a form that is not read: it is left out, with a remedy.
    files.set_input_files(
        [cases, {"name": "annotations.sav", "mimeType": "", "buffer": b"PK"}]  # type: ignore[list-item]
    )
    expect(page.get_by_role("alert").filter(has_text="save the table as CSV")).to_be_visible()
    page.get_by_role("button", name=READ).click()
    expect(page.get_by_text("No column holds the readers").first).to_be_visible()

    # Only what was missing is given; the other file stays, also while another page is open.
    page.get_by_role("link", name="Runs").click()
    page.get_by_role("link", name="Data", exact=True).click()
    expect(page.get_by_role("button", name=re.compile(r"cases\.csv"))).to_be_visible()
    files.set_input_files([csv("annotations.csv", rows)])  # type: ignore[list-item]
    expect(page.get_by_role("button", name=re.compile(r"annotations\.csv"))).to_be_visible()
    expect(page.get_by_text("files have changed since")).to_be_visible()
    page.get_by_role("button", name=READ).click()

    # An error waits for a choice; nothing is chosen for anybody.
    expect(page.get_by_text("differ from listed ones in capitals only").first).to_be_visible()
    choices = page.get_by_role("radio")
    expect(choices).to_have_count(2)
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    page.get_by_text("Leave these annotations out").click()
    page.get_by_role("button", name=READ).click()

    # What was done can be changed before the set is stored.
    expect(page.get_by_role("button", name=STORE)).to_be_visible()
    expect(page.get_by_text(re.compile("160 cases, 2 experts"))).to_be_visible()
    expect(page.get_by_role("radio", checked=True)).to_have_count(1)
    page.get_by_text("Join them: they mean the same cases").click()
    page.get_by_role("button", name=STORE).click()
    expect(page.get_by_text("Read and stored as “")).to_be_visible()
    expect(page.get_by_role("button", name=READ)).to_have_count(0)
    page.get_by_role("tab", name="Problems").click()
    expect(page.get_by_text(re.compile("ead with these choices")).first).to_be_visible()
