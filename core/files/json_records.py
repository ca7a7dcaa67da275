"""JSON as programs write tables: lists of records, lines, and the orientations of pandas."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.base import limits
from core.base.report import Report, clip, refuse

INDEX = "index"  # what names the rows, where pandas wrote them with names of their own
_LINE = re.compile(r"\s*\{.*\}\s*")


def load_json(text: str, name: str, report: Report, expected: str = "", remedy: str = "") -> Any:
    """What a JSON file holds; of JSON lines, a list of them.

    Args:
      text: of the file.
      name: of the file; a single line of a file called .jsonl is a list of one, too.
      report: of the reading.
      expected: instead of something else, in words.
      remedy: how to write it.

    Raises:
      DataError: it is too large or no JSON, or an object has a key twice.
    """
    objects = text.count("{") + text.count("[")
    if objects > limits.MOST_JSON_OBJECTS:
        refuse(
            f"{clip(name)} has too many entries",
            found=f"{objects:,} objects and lists",
            expected=f"at most {limits.MOST_JSON_OBJECTS:,}",
            remedy="split the set",
            report=report,
        )
    try:
        content = _parsed(text)
    except (ValueError, RecursionError) as error:
        found = clip(error) or "too deeply nested"
        refuse(
            f"{clip(name)} is not JSON",
            found=found,
            expected=expected,
            remedy=remedy,
            report=report,
        )
    lines = name.casefold().endswith((".jsonl", ".ndjson"))
    return [content] if lines and isinstance(content, dict) else content


def _parsed(text: str) -> Any:
    try:
        plain = json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(map(_LINE.fullmatch, lines)):
            raise
        return json.loads("[" + ",\n".join(lines) + "]")  # an error still names its line
    # Of a key that is there twice, only the last value would be seen.
    return json.loads(text, object_pairs_hook=_once) if isinstance(plain, dict) else plain


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key in found if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"{clip(twice, 60)!r} is there twice")
    return found


def records_of(content: Mapping[str, Any]) -> list[Any] | None:
    """The rows of a table that was written as one object; None where it was not.

    Names of rows that only count them are left out; others become the key `INDEX`.

    Args:
      content: columns and lists of values, or what `DataFrame.to_json` writes in any orientation.
    """
    columns, data = content.get("columns"), content.get("data")
    if isinstance(data, list) and isinstance(columns, list):  # split
        if not all(isinstance(row, list) and len(row) == len(columns) for row in data):
            return None
        rows = [dict(zip(map(str, columns), row, strict=True)) for row in data]
        index = content.get("index")
        named = index if isinstance(index, list) and len(index) == len(rows) else range(len(rows))
        return _named(named, rows)
    schema = content.get("schema")
    if isinstance(data, list) and isinstance(schema, dict):  # table
        if not all(isinstance(row, dict) and INDEX in row for row in data):
            return data
        rest = [{k: v for k, v in row.items() if k != INDEX} for row in data]
        return _named([row[INDEX] for row in data], rest)
    inner = list(content.values())
    if inner and all(isinstance(v, list) for v in inner):
        if len({*map(len, inner)}) > 1 or any(isinstance(x, dict | list) for v in inner for x in v):
            return None
        return [dict(zip(content, row, strict=True)) for row in zip(*inner, strict=True)]
    if not inner or not all(isinstance(v, dict) for v in inner):
        return None
    keys = dict.fromkeys(key for v in inner for key in v)
    if any(isinstance(x, dict | list) for v in inner for x in v.values()):
        return None
    if _rows_inside(list(content), list(keys)):
        return _named(keys, [{name: v.get(key) for name, v in content.items()} for key in keys])
    return _named(content, inner)


def _rows_inside(outer: list[str], inner: list[str]) -> bool:
    """Whether a table is written as columns → {row: value}, as by default, or the other way."""
    counted = [all(key.isdigit() for key in keys) for keys in (outer, inner)]
    if counted[0] != counted[1]:
        return counted[1]
    return len(inner) > len(outer)  # a table has more rows than columns


def _named(names: Iterable[Any], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their names, unless these only count them."""
    if any(INDEX in row for row in rows) or all(
        str(name) == str(i) for i, name in enumerate(names)
    ):
        return rows
    return [{INDEX: name, **row} for name, row in zip(names, rows, strict=True)]
