"""Entries of a JSON manifest: the list that it is, or the other forms that programs write."""

import json
import re
from collections.abc import Mapping
from typing import Any

from core.base import limits
from core.base.progress import tell
from core.base.report import FIRST_PLACES, Report, clip, listed, refuse
from core.files.decode import decode
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
    objects = text.count("{") + text.count("[")
    if objects > limits.MOST_JSON_OBJECTS:
        refuse(
            f"{name} has too many entries",
            found=f"{objects:,} objects and lists",
            expected=f"at most {limits.MOST_JSON_OBJECTS:,}",
            remedy="split the set",
            report=report,
        )
    try:
        entries = _as_list(_parsed(text))
    except (ValueError, RecursionError) as error:
        found = clip(error) or "too deeply nested"
        refuse(f"{name} is not JSON", found=found, expected=_KIND, remedy=_REMEDY, report=report)
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


def _parsed(text: str) -> Any:
    """What the JSON holds; an entry a line is a list of them."""
    try:
        plain = json.loads(text)
        # Of a key that is there twice, only the last value would be seen.
        return json.loads(text, object_pairs_hook=_once) if isinstance(plain, dict) else plain
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and all(re.match(r"\s*\{.*\}\s*$", line) for line in lines):
            return [json.loads(line) for line in lines]
        raise


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key in found if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"{clip(twice, 60)!r} is there twice")
    return found


def _as_list(plain: Any) -> Any:
    """The entries of a table as pandas writes it, or of an object from file to label."""
    if not isinstance(plain, dict):
        return plain
    columns, data = plain.get("columns"), plain.get("data")
    if isinstance(data, list) and isinstance(columns, list):  # orient="split"
        if all(isinstance(row, list) and len(row) == len(columns) for row in data):
            return [dict(zip(map(str, columns), row, strict=True)) for row in data]
        return plain
    if isinstance(data, list) and isinstance(plain.get("schema"), dict):  # orient="table"
        return data
    if "file" in plain and "label" in plain:
        return _by_columns(plain)
    values = list(plain.values())
    if values and all(isinstance(v, dict) and "label" in v for v in values):  # orient="index"
        return [{"file": key, **v} for key, v in plain.items()]
    # A file's name has an ending; {"epochs": 3} holds no labels.
    if values and not any(isinstance(v, dict) for v in values) and all("." in k for k in plain):
        return [{"file": key, "label": v} for key, v in plain.items()]
    return plain


def _by_columns(plain: Mapping[str, Any]) -> Any:
    """A table by columns: {"file": {"0": …}, "label": {"0": …}}, or with lists."""
    files = plain["file"]
    columns: dict[str, Any]
    if isinstance(files, dict):
        columns = {
            k: v for k, v in plain.items() if isinstance(v, dict) and v.keys() == files.keys()
        }
    elif isinstance(files, list):
        columns = {k: v for k, v in plain.items() if isinstance(v, list) and len(v) == len(files)}
    else:
        return [plain]
    rows = files if isinstance(files, dict) else range(len(files))
    return [{k: v[row] for k, v in columns.items()} for row in rows]


def _is_text(entries: object) -> bool:
    plain = json.dumps(entries, ensure_ascii=False)
    try:
        plain.encode()
    except UnicodeEncodeError:
        return False
    return "\\u0000" not in plain
