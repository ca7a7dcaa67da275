"""Back, Forward, two tabs and fast hands: the address follows what is set, and leads back to it."""

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Studied, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser


def point(page: "Page") -> "Locator":
    """The slider over the run's five targets."""
    return page.get_by_role("slider", name="The AI is asked to take").first


def share(page: "Page") -> "Locator":
    return page.get_by_role("slider", name="The AI takes").first


def test_one_press_leads_back_and_forward(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(studied.url)
    page.get_by_role("link", name="Trade-offs").first.click()
    expect(point(page)).to_be_visible()
    start = point(page).input_value()
    point(page).press("Home")
    page.wait_for_url(re.compile("point=0"))
    point(page).press("ArrowRight")
    page.wait_for_url(re.compile("point=0.25"))
    page.go_back()
    expect(point(page)).to_have_value("0")
    page.go_forward()
    expect(point(page)).to_have_value("1")
    page.go_back()
    expect(point(page)).to_have_value("0")
    page.go_back()
    expect(point(page)).to_have_value(start)
    # What was never changed takes one press to leave.
    page.go_back()
    expect(point(page)).to_be_hidden()
    assert "tradeoffs" not in page.url
    page.go_forward()
    expect(point(page)).to_have_value(start)


def test_a_scenario_is_one_press_back(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(f"{studied.url}/workload?run={studied.run_id}")
    start = share(page).input_value()
    share(page).press("End")
    page.wait_for_url(re.compile("scenario="))
    top = share(page).input_value()
    assert top != start
    page.go_back()
    expect(share(page)).to_have_value(start)
    page.go_forward()
    expect(share(page)).to_have_value(top)


def test_a_slider_dragged_fast_ends_where_it_was_let_go(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(f"{studied.url}/workload?run={studied.run_id}")
    share(page).press("Home")
    expect(share(page)).to_have_value("0")
    for _ in range(40):
        share(page).press("ArrowRight", no_wait_after=True)
        page.wait_for_timeout(40)
    expect(share(page)).to_have_value("40")
    page.wait_for_timeout(2000)
    expect(share(page)).to_have_value("40")


def test_two_tabs_do_not_disturb_each_other(studied: Studied, visit: Visit) -> None:
    from playwright.sync_api import expect

    first = visit(f"{studied.url}/tradeoffs?run={studied.run_id}&point=0")
    second = first.context.new_page()
    second.goto(f"{studied.url}/tradeoffs?run={studied.run_id}&point=1")
    expect(point(first)).to_have_value("0")
    expect(point(second)).to_have_value("4")
    point(first).press("ArrowRight")
    first.wait_for_url(re.compile("point=0.25"))
    expect(point(second)).to_have_value("4")
    second.reload()
    expect(point(second)).to_have_value("4")
