"""A browser that mounts a widget late, after further runs, knows the last run only.

It then takes what was set in that run, or the widget's default, and sends it as if somebody had
chosen it. So whatever a widget holds has to be set anew or be its default, in every run.
"""

import pytest

from tests.pages.conftest import Open
from tests.pages.on_screen import misleading


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("workload", {}),
        ("train", {"by": "bounds", "epochs": "7"}),
        ("tradeoffs", {}),
    ],
    ids=["workload", "train", "tradeoffs"],
)
def test_pages(answering: str, open_page: Open, page: str, link: dict[str, str]) -> None:
    app = open_page(page, **({} if page == "train" else {"run": answering}), **link)
    app.run()
    assert not app.exception
    assert misleading(app) == []


def test_workload_after_a_change(answering: str, open_page: Open) -> None:
    app = open_page("workload", run=answering)
    (box, *_) = app.checkbox
    box.set_value(False).run()
    app.run()
    assert misleading(app) == []
