"""Names that try to be links, markup, controls and right-to-left text, and where they are shown."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.json_format import MessageToDict
from streamlit.testing.v1 import AppTest

from core.dataset.annotation_set import AnnotationSet
from tests.pages.told_runs import panel, told_run

HEBREW = "דנה"
RUN = f"Run www.evil.example {HEBREW}"
# What Streamlit's Markdown makes links of once it has taken the backslashes away.
LINK = re.compile(
    r"(?:https?://|www(?=\.))[-.\w]+|(?<![-.\w+])[-.\w+]+@[-\w]+(?:\.[-\w]+)+", re.IGNORECASE
)
# Of elements: not read as Markdown.
_PLAIN = (
    "options",
    "formattedOptions",
    "spec",
    "id",
    "body_html",
    "data",
    "placeholder",
    "rawValue",
    "alt",
)


def hostile() -> AnnotationSet:
    """The panel with such names of everything that has one."""
    data = panel()
    site = np.where(np.arange(len(data.truth)) % 3 == 0, "https://evil.example/x", HEBREW)
    ids = np.array([f"{HEBREW} {i} www.evil.example" for i in range(len(data.truth))], object)
    return replace(
        data,
        name=f"Set http://evil.example {HEBREW}",
        case_ids=ids,
        experts=("www.evil.example", "ann@evil.example", HEBREW),
        classes=("&#8238;http://evil.example", f"{HEBREW} [x](http://evil.example)"),
        groups={"group_www.evil.example": site},
        feature_names=("mail@evil.example", HEBREW),
    )


def hostile_run(home: Path) -> str:
    """Stores the set and a run on it; returns the run's id."""
    return told_run(home, hostile(), RUN)


def shown(app: AppTest) -> Iterator[tuple[str, str]]:
    """Every text of the page that is read as Markdown, and which field of what it is."""

    def texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key not in _PLAIN:
                    yield from texts(inner, f"{place}.{key}")
        elif isinstance(value, list):
            for inner in value:
                yield from texts(inner, place)
        elif isinstance(value, str):
            yield place, value

    for node in app._tree:
        proto = getattr(node, "proto", None)
        if proto is not None and node.type not in ("arrow_data_frame", "plotly_chart", "html"):
            yield from texts(MessageToDict(proto), node.type)
