"""Hostile names in a real browser: no page makes a link of one."""

from pathlib import Path

import pytest

from tests.browser.conftest import Visit, serving
from tests.browser.steps import settled
from tests.pages.hostile import hostile, hostile_run

pytestmark = pytest.mark.browser


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
