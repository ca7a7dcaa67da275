"""Prodigy's and doccano's JSON lines: one answer of one person per line."""

from collections.abc import Mapping
from typing import Any

from core.base.report import Report
from core.exports.spec import ExportSpec, Said, Understood, short_name

_WHO = ("_annotator_id", "annotator", "username", "user")
_WHAT = ("case_id", "image", "path", "file", "text", "data")


def fits(content: Any) -> bool:
    """Whether these are lines of Prodigy or doccano."""
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(line, dict) for line in content)
        and (
            all("answer" in line and "_task_hash" in line for line in content)
            or all(isinstance(_doccano(line), list) for line in content)
        )
    )


def _doccano(line: Mapping[str, Any]) -> Any:
    """The labels of a line of doccano; of versions before 1.5, the list of annotations."""
    labels = next((line[k] for k in ("label", "labels", "cats") if k in line), None)
    if labels is None and isinstance(line.get("annotations"), list) and "text" in line:
        labels = line["annotations"]
    return labels if any(k in line for k in _WHAT) and "id" in line else None


def read(content: Any, reader: str, report: Report) -> Understood:
    """The label of each line; what Prodigy's user ignored is left out."""
    understood = Understood()
    for line in content:
        what = next((line[k] for k in _WHAT if line.get(k)), line.get("id", ""))
        case = short_name(what) if "text" not in line else str(line.get("id", what))[:200]
        who = next((str(line[k]) for k in _WHO if line.get(k)), reader)
        if "_task_hash" in line:
            _prodigy(line, case, who, understood)
            continue
        for label in _doccano(line) or [""]:
            by = who
            if isinstance(label, dict):
                by = str(label.get("user", who))
                label = label.get("label", "")
            elif isinstance(label, list):
                continue  # a span of the text
            understood.said.append(Said(case, str(label), "", by))
    pairs: dict[tuple[str, str | None], int] = {}
    for one in understood.said:
        pairs[one.case, one.reader] = pairs.get((one.case, one.reader), 0) + 1
    if pairs and sum(n > 1 for n in pairs.values()) > 0.1 * len(pairs):
        understood.several.add("")
    return understood


def _prodigy(line: Mapping[str, Any], case: str, who: str, understood: Understood) -> None:
    answer = line.get("answer")
    if answer == "ignore":
        return
    if isinstance(line.get("accept"), list):  # a choice
        chosen = [str(c) for c in line["accept"]] if answer == "accept" else []
        understood.said += [Said(case, label, "", who) for label in chosen]
        if len(chosen) > 1:
            understood.several.add("")
    elif "label" in line:  # one label, accepted or rejected
        label = "yes" if answer == "accept" else "no"
        understood.said.append(Said(case, label, str(line["label"]), who))


EXPORT = ExportSpec(title="JSON lines of Prodigy or doccano", fits=fits, read=read)
