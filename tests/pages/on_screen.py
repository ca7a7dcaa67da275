"""What a page shows, found by what it is."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def figure(app: AppTest, part: str) -> dict[str, Any]:
    """The figure whose alternative text contains a part."""
    (chart,) = [c for c in app.get("plotly_chart") if part in c.proto.alt]
    found: dict[str, Any] = json.loads(chart.proto.spec)
    return found


def cards(app: AppTest) -> str:
    """The key figures of Workload."""
    return _html(app, "cl-cards")


def bars(app: AppTest) -> str:
    """The figure of workloads."""
    return _html(app, "cl-bars")


def table_with(app: AppTest, column: str) -> Any:
    """The first table on the page with such a column."""
    return next(d.value for d in app.dataframe if column in d.value.columns)


def _html(app: AppTest, name: str) -> str:
    (found,) = [e.proto.body for e in app.get("html") if name in e.proto.body]
    return str(found).split("</style>")[1]
