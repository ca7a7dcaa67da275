"""Training goes on whatever happens to the page or the server, seen in a real browser."""

import re
from typing import TYPE_CHECKING

import pytest

from core.record.store import RunStore
from tests.browser.conftest import Studied, Visit
from tests.browser.serving import Dashboard
from tests.browser.steps import TRAIN, train

if TYPE_CHECKING:
    from playwright.sync_api import Page

EPOCH = re.compile(r"Training .*, epoch \d+ of")

pytestmark = pytest.mark.browser


def start(page: "Page", epochs: int) -> None:
    """Trains from the form and waits until epochs are counted."""
    from playwright.sync_api import expect

    train(page, epochs)
    expect(page.get_by_text(EPOCH).first).to_be_visible(timeout=TRAIN)


def test_a_reload_does_not_disturb_the_training(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(f"{studied.url}/train?data=fna_panel&step=25&epochs=90000")
    start(page, 90_000)
    watched = page.url
    page.reload()
    expect(page.get_by_text(EPOCH).first).to_be_visible()
    assert page.url == watched

    # It moves on, and answers.
    said = page.get_by_text(EPOCH).first
    before = said.inner_text()
    expect(said).not_to_have_text(before)
    page.get_by_role("button", name="Cancel this run").click()
    followed = page.locator(".st-key-followed")
    expect(followed.get_by_text("Cancelled").first).to_be_visible()


def test_an_open_page_recovers_when_the_server_starts_again(fresh: Dashboard, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(f"{fresh.url}/train?data=fna_panel&by=list&shares=50&epochs=400")
    start(page, 400)
    fresh.stop()
    (record,) = RunStore(fresh.home).list()
    assert not record.done
    fresh.start()

    # Nobody touches the page: it finds the server again, and the run is trained to its end.
    link = page.get_by_role("link", name="See the trade-offs")
    expect(link).to_be_visible(timeout=TRAIN)
    link.click()
    expect(page.get_by_role("heading", name="Trade-offs")).to_be_visible()
    expect(page.get_by_text("Accuracy of the team").first).to_be_visible()
