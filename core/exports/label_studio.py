"""Label Studio's JSON export: tasks with annotations of several people."""

import re
from collections.abc import Mapping
from typing import Any

from core.base.report import Report
from core.exports.spec import ExportSpec, Said, Understood, short_name

_UPLOADED = re.compile(r"^[0-9a-z]{2,8}-(?=.)")  # its mark before the name of an uploaded file


def fits(content: Any) -> bool:
    """Whether these are tasks."""
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(t, dict) and isinstance(t.get("data"), dict) for t in content)
        and any(isinstance(t.get("annotations"), list) for t in content)
    )


def read(tasks: Any, reader: str, report: Report) -> Understood:
    """Choices, ratings and numbers of each annotation; cancelled ones are left out.

    An annotation marked as ground truth is the truth of its task.
    """
    understood = Understood()
    names = _case_names([task["data"] for task in tasks])
    cancelled = other = 0
    for task, case in zip(tasks, names, strict=True):
        for annotation in task.get("annotations") or []:
            if annotation.get("was_cancelled"):
                cancelled += 1
                continue
            who = None if annotation.get("ground_truth") else _who(annotation, reader)
            for result in annotation.get("result") or []:
                labels = _labels(result)
                if labels is None:
                    other += 1
                    continue
                finding = str(result.get("from_name", ""))
                if len(labels) > 1:
                    understood.several.add(finding)
                date = str(annotation.get("created_at") or "")
                understood.said += [Said(case, label, finding, who, date) for label in labels]
    if cancelled:
        report.note(f"{cancelled:,} skipped annotations are left out", count=cancelled)
    if other:
        report.warn(
            "regions, texts and other results than choices, ratings and numbers are left out",
            count=other,
        )
    return understood


def _case_names(data: list[Mapping[str, Any]]) -> list[str]:
    """Each task's name: its image or file, else its number."""
    keys = [k for k, v in data[0].items() if isinstance(v, str)]
    usual = [k for k in keys if k.casefold() in ("case_id", "id", "image", "file", "audio", "text")]
    key = (usual or keys or [""])[0]
    names = [short_name(task.get(key, "")) for task in data]
    plain = [_UPLOADED.sub("", name) for name in names]
    if all(_UPLOADED.match(n) for n in names) and len(set(plain)) == len(set(names)):
        names = plain
    distinct = len(set(names)) == len(names) and all(names)
    return names if distinct else [str(i) for i in range(1, len(data) + 1)]


def _who(annotation: Mapping[str, Any], reader: str) -> str:
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("username") or by.get("id")
    return reader if by is None else str(by)


def _labels(result: Mapping[str, Any]) -> list[str] | None:
    value = result.get("value")
    if not isinstance(value, dict):
        return None
    for key in ("choices", "taxonomy"):
        if isinstance(value.get(key), list):
            return [str(c if not isinstance(c, list) else c[-1]) for c in value[key]]
    for key in ("rating", "number"):
        if isinstance(value.get(key), int | float):
            number = value[key]
            return [str(int(number) if float(number).is_integer() else number)]
    return None


EXPORT = ExportSpec(title="a Label Studio export", fits=fits, read=read)
