"""The lesson with nothing but the keyboard, and its animation, which asks nothing of the server."""

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Visit
from tests.browser.serving import Dashboard
from tests.browser.steps import settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def title(page: "Page", text: str) -> None:
    from playwright.sync_api import expect

    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(re.escape(text)))
    settled(page)


def test_keys_walk_through_the_steps_and_play(untouched: Dashboard, visit: Visit) -> None:
    from playwright.sync_api import expect

    page = visit(f"{untouched.url}/learn?step=5")
    title(page, "5. Workload bounds")
    page.keyboard.press("ArrowLeft")
    title(page, "4. The E-step")
    page.keyboard.press("ArrowRight")
    title(page, "5. Workload bounds")
    page.get_by_role("button", name="Next", exact=True).click()
    title(page, "6. The M-step")
    play = page.get_by_role("button", name="Play", exact=True)
    expect(play).to_be_visible()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile("Round [2-5][0-9] of 60"))).to_be_visible()
    assert float(page.locator(".player").get_attribute("data-fps") or 0) > 0
    page.keyboard.press("Space")
    expect(play).to_be_visible()
    page.get_by_role("button", name="Restart", exact=True).click()
    page.get_by_role("button", name="Next round", exact=True).click()
    expect(page.get_by_text("Round 1 of 60", exact=True)).to_be_visible()
    page.keyboard.press("ArrowLeft")
    title(page, "5. Workload bounds")
    # A slider keeps its arrow keys.
    page.get_by_role("slider").first.press("ArrowRight")
    settled(page)
    title(page, "5. Workload bounds")
    page.wait_for_url(re.compile("l_on_a="))


def test_a_click_on_a_case_follows_it(untouched: Dashboard, visit: Visit) -> None:
    page = visit(f"{untouched.url}/learn?step=4")
    title(page, "4. The E-step")
    page.locator(".scatterlayer .point").nth(10).click(force=True)
    page.wait_for_url(re.compile("l_case="))
    settled(page)
    number = re.search(r"l_case=(\d+)", page.url)
    assert number is not None
    assert page.get_by_role("spinbutton", name="Case").input_value() == number[1]


def test_a_box_drawn_in_the_picture_is_where_an_expert_is_good(
    untouched: Dashboard, visit: Visit
) -> None:
    page = visit(f"{untouched.url}/learn?l_c=drawn")
    title(page, "1. The world")
    area = page.locator(".st-key-learn_world .nsewdrag").first
    area.wait_for()
    at = area.bounding_box()
    assert at is not None
    page.mouse.move(at["x"] + 0.1 * at["width"], at["y"] + 0.5 * at["height"])
    page.mouse.down()
    page.mouse.move(at["x"] + 0.5 * at["width"], at["y"] + 0.9 * at["height"], steps=10)
    page.mouse.up()
    page.wait_for_url(re.compile(r"l_c_box="))
    found = re.search(r"l_c_box=(\d+)-(\d+)-(\d+)-(\d+)", page.url)
    assert found is not None
    # The picture is a little wider than the square.
    for edge, wanted in zip(map(int, found.groups()), (10, 50, 10, 50), strict=True):
        assert abs(edge - wanted) <= 3


def test_quick_presses_on_a_slider_are_all_kept(untouched: Dashboard, visit: Visit) -> None:
    page = visit(f"{untouched.url}/learn?step=2&l_after=8")
    title(page, "2. A mixture")
    slider = page.locator(".st-key-l_after input[type=range]")
    slider.focus()
    for _ in range(15):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(150)  # about as long as a run: it ends between two presses
    page.wait_for_url(re.compile("l_after=23"))
    settled(page)
    assert slider.input_value() == "23"
