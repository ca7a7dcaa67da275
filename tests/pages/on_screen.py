"""What a page shows, found by what it is."""

import json
import re
from collections.abc import Iterable
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


def followed(widgets: Iterable[Any], place: str) -> Any:
    """The widget that follows a record at a place (`app.shared.following`)."""
    (found,) = [w for w in widgets if re.fullmatch(rf"{re.escape(place)}:\d+", w.key or "")]
    return found


def _html(app: AppTest, name: str) -> str:
    (found,) = [e.proto.body for e in app.get("html") if name in e.proto.body]
    return str(found).split("</style>")[1]


def misleading(app: AppTest) -> list[str]:
    """Widgets that a late browser would mount with another value than the one they hold."""
    drawn = [*app.selectbox, *app.multiselect, *app.radio, *app.segmented_control, *app.pills]
    drawn += [*app.slider, *app.select_slider, *app.number_input, *app.checkbox, *app.toggle]
    drawn += [*app.text_input]
    assert drawn
    return [f"{w.label}: {w.value!r}" for w in drawn if not w.proto.set_value and not _usual(w)]


def _usual(widget: Any) -> bool:
    """Whether a widget holds its default."""
    proto, held = widget.proto, widget._widget_state
    kind = held.WhichOneof("value")
    if kind is None:
        return not proto.HasField("default")
    said, default = getattr(held, kind), proto.default
    said = list(said.data) if hasattr(said, "data") else said
    if not isinstance(default, int | float | str):
        default = list(default)
    if not getattr(proto, "options", None):
        return bool(said == default)
    places = default if isinstance(default, list) else [default]
    texts = [getattr(option, "content", option) for option in proto.options]
    chosen = said if isinstance(said, list) else [said]
    return chosen in (places, [texts[int(n)] for n in places])
