"""Training goes on whatever happens to the page or the server, seen in a real browser."""

import re
from typing import TYPE_CHECKING

import pytest

from core.record.store import RunStore
from tests.browser.conftest import Studied, Visit
from tests.browser.serving import Dashboard
from tests.browser.steps import TRAIN, train
from tests.browser.test_own_data import READ, bundle, offer

if TYPE_CHECKING:
    from playwright.sync_api import Page

EPOCH = re.compile(r"Training .*, epoch \d+ of")

pytestmark = [pytest.mark.browser, pytest.mark.slow]


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


def test_open_pages_recover_when_the_server_starts_again(fresh: Dashboard, visit: Visit) -> None:
    from playwright.sync_api import expect

    uploading = visit(f"{fresh.url}/data")
    offer(uploading, bundle()[:1])
    expect(uploading.get_by_text("No column holds the readers").first).to_be_visible()
    page = visit(f"{fresh.url}/train?data=fna_panel&by=list&shares=50&epochs=400")
    start(page, 400)
    fresh.stop()
    (record,) = RunStore(fresh.home).list()
    assert not record.done
    fresh.start()

    # What was shown of an upload stays until somebody goes on; then the page says what to do.
    uploading.get_by_role("button", name=READ).click()
    expect(uploading.get_by_text(re.compile("Choose them again"))).to_be_visible()
    expect(uploading.locator("input[type=file]")).to_have_count(1)
    offer(uploading, bundle())
    expect(uploading.get_by_text("Read and stored as “")).to_be_visible()

    # Nobody touches the other page: it finds the server again, and the run is trained to its end.
    link = page.get_by_role("link", name="See the trade-offs")
    expect(link).to_be_visible(timeout=TRAIN)
    link.click()
    expect(page.get_by_role("heading", name="Trade-offs")).to_be_visible()
    expect(page.get_by_text("Accuracy of the team").first).to_be_visible()
