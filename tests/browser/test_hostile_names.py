"""Hostile names in a real browser: no page makes a link of one."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.base.names import isolated
from tests.browser.conftest import Visit, serving
from tests.browser.steps import settled
from tests.pages.hostile import hostile, hostile_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

# Left edges of texts in the only paragraph.
_EDGES = """texts => texts.map(text => {
  const node = document.querySelector("p").firstChild, range = document.createRange();
  range.setStart(node, node.data.indexOf(text));
  range.setEnd(node, node.data.indexOf(text) + text.length);
  return range.getBoundingClientRect().left;
})"""


@pytest.mark.parametrize("name", ["דנה כהן", "محمد", "د ٣"])
def test_figures_stand_right_of_a_name_that_is_written_from_right_to_left(
    browser: "Browser", name: str
) -> None:
    page = browser.new_page()

    def edges(text: str) -> tuple[float, float]:
        page.set_content(f"<p>{text}</p>")
        first, second = page.evaluate(_EDGES, ["5", "12"])
        return first, second

    first, second = edges(f"{name} 5 (12)")
    assert first > second  # what a browser makes of it by itself
    first, second = edges(isolated(f"{name} 5 (12)"))
    assert first < second
    page.close()


def test_no_name_is_a_link(visit: Visit, tmp_path: Path, compiled: Path) -> None:
    from playwright.sync_api import expect

    home = tmp_path / "made"
    run = hostile_run(home)
    about = f"data={hostile().content_hash}&run={run}"
    with serving(tmp_path / "served", compiled, home) as served:
        page = visit(served.url)
        for name in ("data", "train", "tradeoffs", "workload", "cases", "worklist", "runs", ""):
            page.goto(f"{served.url}/{name}?{about}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            settled(page)
            hosts = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
            assert [h for h in hosts if not h.startswith(served.url)] == [], name
