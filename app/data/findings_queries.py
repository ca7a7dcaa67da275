"""The findings of one upload, cached by what is in their data sets."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.shared import data_queries
from core.insight import findings
from core.library.findings import of_one_upload
from core.library.store import Library


def findings_of(data_id: str) -> dict[str, str]:
    """The `Entry.id` of every finding that was uploaded with a set, itself included, by finding.

    Empty for a set by itself, and where the others are gone.
    """
    known = data_queries.entries()
    sets = of_one_upload(Library().entries(), data_id)
    found = {f: e.content_hash for f, e in sets.items() if e.content_hash in known}
    usable = {finding: key for finding, key in found.items() if not known[key].damaged}
    return usable if len(usable) > 1 else {}


def compared(sets: Mapping[str, str]) -> list[dict[str, Any]]:
    """A row per finding, see `core.insight.findings.compare`.

    Args:
      sets: content hash by finding.
    """
    return [_compared(finding, key, data_queries.home()) for finding, key in sets.items()]


def machines(sets: Mapping[str, str]) -> set[str]:
    """The experts who are AIs in any of the findings; `sets` as for `compared`."""
    return {name for key in sets.values() for name in data_queries.dataset(key).machines}


@st.cache_data(max_entries=200, show_spinner=False)
def _compared(finding: str, content_hash: str, home: str) -> dict[str, Any]:
    return findings.compare(finding, data_queries.dataset(content_hash))
