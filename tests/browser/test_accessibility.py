"""What axe finds on every page and state, in both themes: nothing serious, nothing critical."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import Studied, Visit
from tests.browser.serving import Dashboard
from tests.browser.steps import settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# Address without the server, and what is there once the page has been drawn.
STATES = {
    "home": ("/", "All runs: find, compare, rename, delete"),
    "data": ("/data?data=fna_panel", "Cases and annotations"),
    "data: pattern": ("/data?data=fna_panel&view=pattern", ""),
    "data: experts": ("/data?data=fna_panel&view=experts", ""),
    "data: agreement": ("/data?data=digits_trio&view=agreement", ""),
    "data: missing rate": ("/data?data=fna_panel&view=missing", ""),
    "data: cases": ("/data?data=digits_trio&view=cases", ""),
    "train": ("/train?data=fna_panel", "What will be trained"),
    "train: own bounds": ("/train?data=fna_panel&by=bounds", "Nobody is bound yet"),
    "train: a finished run": ("/train?watch={run}&missing_by=each", "See the trade-offs"),
    "trade-offs": ("/tradeoffs?run={run}", "Agents, classes and decisions"),
    "trade-offs: a link that is gone": ("/tradeoffs?run=0", "The run in this link is not here"),
    "worklist": ("/worklist?run={run}", "No cases yet"),
    "runs: one selected": ("/runs?chosen={run}", "Repeat with changes"),
}
EMPTY = {
    "home, nothing yet": ("/", "None yet. Train on a sample above"),
    "trade-offs, nothing yet": ("/tradeoffs", "No finished run yet"),
    "worklist, nothing yet": ("/worklist", "No finished run yet"),
    "runs, nothing yet": ("/runs", "No runs yet"),
}
THEMES = ("light", "dark")


@pytest.fixture(scope="module")
def readers(visit: Visit, studied: Studied) -> "dict[str, Page]":
    """A page per theme, kept: what was loaded once is not loaded again."""
    return {theme: visit(studied.url, color_scheme=theme) for theme in THEMES}


def faults(page: "Page") -> list[str]:
    """Violations of impact serious or critical: the rule and the first places."""
    from axe_playwright_python.sync_playwright import Axe

    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): "
        + "; ".join(f"{node['target']} {node['html'][:160]}" for node in rule["nodes"][:3])
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]


def opened(page: "Page", url: str, said: str) -> None:
    """Opens an address and waits for the whole page."""
    from playwright.sync_api import expect

    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if said:
        expect(page.get_by_text(said).first).to_be_visible()
    settled(page)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", STATES)
def test_no_serious_fault(
    studied: Studied, readers: "dict[str, Page]", state: str, theme: str
) -> None:
    path, said = STATES[state]
    page = readers[theme]
    opened(page, studied.url + path.format(run=studied.run_id), said)
    assert faults(page) == []


@pytest.mark.parametrize("theme", THEMES)
def test_no_serious_fault_while_there_is_nothing(
    fresh: Dashboard, visit: Visit, theme: str
) -> None:
    page = visit(fresh.url, color_scheme=theme)
    for path, said in EMPTY.values():
        opened(page, fresh.url + path, said)
        assert faults(page) == [], path
