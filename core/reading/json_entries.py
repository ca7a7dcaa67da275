"""Entries of a JSON manifest: the list that it is, or the other forms that programs write."""

import json
import re
from typing import Any

from core.base import limits
from core.base.progress import tell
from core.base.report import FIRST_PLACES, Report, clip, listed, refuse
from core.files.decode import decode
from core.files.json_records import INDEX, load_json, records_of
from core.files.sources import Source, read_text

_KIND = 'a list of {"file": …, "label": …}'
_REMEDY = "write one entry per case, in pandas with to_json(…, orient='records')"


def read_list(source: Source, name: str, report: Report) -> list[dict[str, Any]]:
    """The entries of a file, each with `file` and `label`; a label in a list of one is that label.

    Read are a list of entries, an entry a line, a table by columns, by rows, or as "columns" and
    "data" as pandas writes it, and an object from file to label.

    Raises:
      DataError: the file is none of these.
    """
    tell(f"Reading {clip(name, 60)}")
    text = decode(read_text(source, name, limits.MOST_JSON_BYTES), name, report, _KIND)
    entries = _as_list(load_json(text, name, report, _KIND, _REMEDY))
    # Half a surrogate pair cannot be written again; NumPy drops NUL at the end of texts.
    if re.search(r"\\u(0000|[dD][89a-fA-F])", text) and not _is_text(entries):
        refuse(f"{name} has texts with invalid characters", expected=_KIND, report=report)
    if not isinstance(entries, list):
        refuse(
            f"{name} is not a list",
            found=f"one {kind(entries)}",
            expected=_KIND,
            remedy=_REMEDY,
            report=report,
        )
    if not entries:
        refuse(f"{name} is an empty list", expected=_KIND, report=report)
    wrong = [
        i
        for i, e in enumerate(entries)
        if not (isinstance(e, dict) and "label" in e and isinstance(e.get("file"), str | int))
    ]
    if wrong:
        first = entries[wrong[0]]
        keys = listed(first) if isinstance(first, dict) else f"a {kind(first)}"
        refuse(
            f"{name} has entries without file and label",
            found=keys or "nothing",
            expected=_KIND,
            remedy="call the keys file and label",
            count=len(wrong),
            examples=[f"{name} entry {i + 1}" for i in wrong[:FIRST_PLACES]],
            report=report,
        )
    for entry in entries:
        if isinstance(label := entry["label"], list) and len(label) < 2:
            entry["label"] = label[0] if label else None
    return entries


def kind(value: object) -> str:
    """What a value is, in words."""
    kinds = {dict: "object", list: "list", str: "text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "number")


def _as_list(plain: Any) -> Any:
    """The entries of a table as pandas writes it, or of an object from file to label."""
    if not isinstance(plain, dict):
        return plain
    records = records_of(plain)
    if records and all(isinstance(r, dict) and "label" in r for r in records):
        # Without a column of files, the rows were named by them.
        return [{"file": r.get(INDEX), **r} for r in records]
    if "file" in plain and "label" in plain:
        return [plain]
    # A file's name has an ending; {"epochs": 3} holds no labels.
    if plain and all("." in k and not isinstance(v, dict) for k, v in plain.items()):
        return [{"file": key, "label": v} for key, v in plain.items()]
    return plain


def _is_text(entries: object) -> bool:
    plain = json.dumps(entries, ensure_ascii=False)
    try:
        plain.encode()
    except UnicodeEncodeError:
        return False
    return "\\u0000" not in plain
