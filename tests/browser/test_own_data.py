"""One's own data in a real browser: upload, the report of problems, train, cancel, repeat."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.browser.conftest import Studied, Visit
from tests.browser.steps import TRAIN, choose, fill, train

if TYPE_CHECKING:
    from playwright.sync_api import Page

READ = "Read these files"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def csv(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def bundle(cases: int = 160) -> list[dict[str, Any]]:
    """Two features, two classes, two readers; one annotation stands there twice."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, cases)
    rows, said = ["case_id,split,label,size,texture"], ["case_id,expert,label"]
    for i, y in enumerate(truth):
        split = ("train", "train", "validation", "test")[i % 4]
        size, texture = rng.normal(y, 0.8), rng.normal(-y, 1.0)
        rows.append(f"c{i:03d},{split},{'ill' if y else 'well'},{size:.3f},{texture:.3f}")
        for reader, skill in (("Ann", 0.9), ("Bo", 0.7)):
            if i < 2 or rng.random() < 0.8:
                says = y if rng.random() < skill else 1 - y
                said.append(f"c{i:03d},{reader},{'ill' if says else 'well'}")
    said.append(said[1])
    return [csv("cases.csv", "\n".join(rows)), csv("annotations.csv", "\n".join(said))]


def offer(page: "Page", files: list[dict[str, Any]]) -> None:
    """Puts files into the uploader and has them read."""
    page.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    page.get_by_role("button", name=READ).click()


def test_upload_report_train_cancel_and_repeat(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(f"{studied.url}/data")
    page.locator("input[type=file]").set_input_files(bundle())  # type: ignore[arg-type]
    page.get_by_role("textbox", name="Name of the data set").fill("Two readers")
    page.get_by_role("button", name=READ).click()

    # It is stored and chosen, and the report says what was remarked.
    expect(page.get_by_text("Read and stored as “Two readers”")).to_be_visible()
    expect(page).to_have_url(re.compile(r"data=[0-9a-f]{16}"))
    page.get_by_role("tab", name="Problems").click()
    expect(page.get_by_text(re.compile("^1 warning: "))).to_be_visible()
    expect(page.get_by_text(re.compile("nnotations are repeated")).first).to_be_visible()

    # Training that would take hours is cancelled.
    page.get_by_role("button", name="Train on this data set").click()
    page.get_by_role("radio", name="25").click()
    expect(page.get_by_text("5 points: 0, 25, 50, 75, 100 %")).to_be_visible()
    fill(page, "Epochs", 90_000)
    train(page, 90_000)
    page.get_by_role("button", name="Cancel this run").click()
    followed = page.locator(".st-key-followed")
    expect(followed.get_by_text("Cancelled").first).to_be_visible(timeout=TRAIN)

    # From the list of runs it is repeated with fewer epochs, and finishes.
    page.get_by_role("link", name="Runs").click()
    choose(page, "Selected runs", "Two readers")
    page.get_by_role("link", name="Repeat with changes").click()
    expect(page.get_by_text("1 seed, 90,000 epochs").first).to_be_visible()
    expect(page.get_by_text("5 points: 0, 25, 50, 75, 100 %")).to_be_visible()
    fill(page, "Epochs", 4)
    train(page, 4)
    expect(page.get_by_role("link", name="See the trade-offs")).to_be_visible(timeout=TRAIN)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([csv("cases.csv", ""), bundle()[1]], "cases.csv is empty"),
        ([csv("notes.json", '{"day": 1, "weather": "rain"}')], "notes.json"),
    ],
    ids=["an empty file", "a file of something else"],
)
def test_a_wrong_upload_gets_words_and_stores_nothing(
    studied: Studied, visit: Visit, files: list[dict[str, Any]], said: str
) -> None:
    from playwright.sync_api import expect

    page = visit(f"{studied.url}/data")
    sets = page.get_by_role("combobox", name="Data set")
    sets.click()
    expect(page.get_by_role("option").first).to_be_visible()
    before = page.get_by_role("option").all_inner_texts()
    sets.press("Escape")
    offer(page, files)
    expect(page.get_by_text("These files could not be read. Nothing was stored.")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text=said).first).to_contain_text("Expected:")
    page.reload()
    sets.click()
    expect(page.get_by_role("option")).to_have_text(before)
