"""What axe finds on every page and state, in both themes: nothing serious, nothing critical.

A page is drawn in one theme and switched to the other, by turns.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from app.shared import scenario_link
from core.dataset.annotation_set import AI
from core.library.samples import load_sample
from core.scenarios.settings import AgentTerms, Scenario
from tests.browser.conftest import Studied, Visit, visits
from tests.browser.serving import Dashboard
from tests.browser.steps import more_settings, settled

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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
    "train: own bounds": ("/train?data=fna_panel&by=bounds", "No bounds are set yet"),
    "train: a finished run": ("/train?watch={run}&missing_by=each", "See the trade-offs"),
    "trade-offs": ("/tradeoffs?run={run}", "Try other workloads with this run"),
    "trade-offs: classes": ("/tradeoffs?run={run}&part=classes", "Every class in numbers"),
    "trade-offs: one class": ("/tradeoffs?run={run}&part=one", "Rightly not called"),
    "trade-offs: rules": ("/tradeoffs?run={run}&part=rules", "All workloads in numbers"),
    "trade-offs: files": ("/tradeoffs?run={run}&part=downloads", "Agents, classes and decisions"),
    "trade-offs: a link that is gone": ("/tradeoffs?run=0", "The run in this link is not here"),
    "workload": ("/workload?run={run}", "What capacity is worth"),
    "workload: impossible": ("/workload?run={run}&scenario={impossible}", "Not possible."),
    "workload: never above": (
        "/workload?run={run}&scenario={capped}&never_above=on",
        "A simulation: 1,000 days of",
    ),
    "cases": ("/cases?run={run}", "These cases as CSV"),
    "cases: none that change hands": ("/cases?run={run}&baseline=equal", "These cases as CSV"),
    "cases: none found": ("/cases?run={run}&c_to=-1", "No case fits these filters."),
    "cases: one opened": ("/cases?run={run}&c_case=3", "Expected correctness of each agent"),
    "worklist": ("/worklist?run={run}", "No cases yet"),
    "learn: the world": ("/learn", "The best single agent is right about"),
    "learn: the E-step": ("/learn?step=4", "Divide each product"),
    "learn: bounds": ("/learn?step=5", "It is not money"),
    "learn: the loop": ("/learn?step=6&l_bounded=1", "What the batch size does"),
    "learn: deciding": ("/learn?step=7", "Two different questions"),
    "learn: tasks": ("/learn?step=8", "Make expert C useful"),
    "runs: one selected": ("/runs?chosen={run}", "Repeat with changes"),
}
EMPTY = {
    "home, nothing yet": ("/", "None yet. Train on a sample above"),
    "trade-offs, nothing yet": ("/tradeoffs", "No finished run yet"),
    "workload, nothing yet": ("/workload", "No finished run yet"),
    "cases, nothing yet": ("/cases", "No finished run yet"),
    "worklist, nothing yet": ("/worklist", "No finished run yet"),
    "runs, nothing yet": ("/runs", "No runs yet"),
    "compare, nothing yet": ("/compare", "No comparison yet"),
}
# Tabs that open together: one in the scenario, one below the answer, and what is in each.
TABS = (
    {"Time and cost": "Minutes and cost change no", "Every agent": "95 % intervals in"},
    {"Rules": "Add this rule", "Scenarios": "Save this scenario as"},
    {"Fatigue": "Off. When on,", "Sweep a setting": "Draws the team's accuracy along"},
    {"Bounds": "Range of", "Train with these bounds": "The answer above uses a model"},
    {"Groups": "This data set has no groups."},
)
LOOKS, PALE = 3, 1_500  # times, milliseconds: how long Streamlit fades at most


@pytest.fixture(scope="module")
def reader(browser: "Browser", studied: Studied) -> "Iterator[Page]":
    """A page that is kept: what was loaded once is not loaded again."""
    with visits(browser) as visit:
        yield visit(studied.url)


def faults(page: "Page") -> list[str]:
    """What is wrong and stays so, in the theme that is on and then in the other one."""
    found = _lasting(page)
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    page.emulate_media(color_scheme="light" if dark else "dark")
    settled(page)
    return [*found, *(f"in the other theme: {fault}" for fault in _lasting(page))]


def _lasting(page: "Page") -> list[str]:
    """What is wrong and stays so: a page drawn anew is pale for a moment, whoever looks then."""
    found = _faults(page)
    for _ in range(LOOKS - 1):
        if not found:
            break
        settled(page)
        page.wait_for_timeout(PALE)
        found = _faults(page)
    return found


def _faults(page: "Page") -> list[str]:
    """Violations of impact serious or critical now: the rule and the first places."""
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


def impossible() -> str:
    """A scenario in a link: nobody is on duty."""
    data = load_sample("fna_panel")[0]
    terms = AgentTerms(on_duty=False)
    scenario = Scenario(agents=tuple((name, terms) for name in data.agents))
    return scenario_link.write(scenario, data)


def capped() -> str:
    """A scenario in a link: one expert and the AI have a maximum."""
    data = load_sample("fna_panel")[0]
    terms = {name: AgentTerms() for name in data.agents}
    terms |= {name: AgentTerms(maximum=0.2) for name in (data.experts[-1], AI)}
    return scenario_link.write(Scenario(agents=tuple(terms.items())), data)


@pytest.mark.parametrize("state", STATES)
def test_no_serious_fault(studied: Studied, reader: "Page", state: str) -> None:
    path, said = STATES[state]
    path = path.format(run=studied.run_id, impossible=impossible(), capped=capped())
    opened(reader, studied.url + path, said)
    assert faults(reader) == []


def test_no_serious_fault_in_the_tabs_of_the_workload(studied: Studied, reader: "Page") -> None:
    from playwright.sync_api import expect

    page = reader
    opened(page, f"{studied.url}/workload?run={studied.run_id}", "What capacity is worth")
    more_settings(page)
    for tabs in TABS:
        for tab, said in tabs.items():
            page.get_by_role("tab", name=tab, exact=True).click()
            expect(page.get_by_text(said).first).to_be_visible()
            settled(page)
        assert faults(page) == [], tab


def test_no_serious_fault_in_the_dialog_that_derives_a_set(
    untouched: Dashboard, visit: Visit
) -> None:
    from playwright.sync_api import expect

    page = visit(untouched.url)
    opened(page, f"{untouched.url}/data?data=fna_panel", "Cases and annotations")
    page.get_by_role("button", name="Derive a set").click()
    expect(page.get_by_role("button", name="Create the set")).to_be_visible()
    settled(page)
    assert faults(page) == []
    page.get_by_role("combobox", name="Step").click()
    page.get_by_role("option", name="Remove annotations by difficulty").click()
    expect(page.get_by_text("Difficult is where")).to_be_visible()
    settled(page)
    assert faults(page) == []


def test_no_serious_fault_while_there_is_nothing(untouched: Dashboard, visit: Visit) -> None:
    page = visit(untouched.url)
    for path, said in EMPTY.values():
        opened(page, untouched.url + path, said)
        assert faults(page) == [], path
