"""VGG Image Annotator: attributes of files and of their regions."""

from collections.abc import Mapping
from typing import Any

from core.base.report import Report
from core.exports.spec import ExportSpec, Said, Understood


def _images(content: Any) -> Mapping[str, Any] | None:
    if isinstance(content, dict) and isinstance(content.get("_via_img_metadata"), dict):
        content = content["_via_img_metadata"]  # a whole project
    if not isinstance(content, dict) or not content:
        return None
    entries = content.values()
    return content if all(isinstance(e, dict) and "filename" in e for e in entries) else None


def fits(content: Any) -> bool:
    """Whether this is an export or a project."""
    return _images(content) is not None


def read(content: Any, reader: str, report: Report) -> Understood:
    """Each attribute of a file is a question, said by one reader: VIA does not say who annotated.

    Attributes of regions count for their image.
    """
    understood = Understood()
    for entry in (_images(content) or {}).values():
        case = str(entry["filename"])
        regions = entry.get("regions") or []
        regions = regions.values() if isinstance(regions, dict) else regions
        attributes = [entry.get("file_attributes") or {}]
        attributes += [r.get("region_attributes") or {} for r in regions if isinstance(r, dict)]
        said: dict[str, dict[str, None]] = {}
        for one in attributes:
            for name, value in one.items():
                # A checkbox is {"option": true, …}.
                chosen = [k for k, v in value.items() if v] if isinstance(value, dict) else [value]
                said.setdefault(str(name), {}).update({str(v): None for v in chosen if v != ""})
        for name, labels in said.items():
            if len(labels) > 1:
                understood.several.add(name)
            understood.said += [Said(case, label, name, reader) for label in labels]
    return understood


EXPORT = ExportSpec(title="a VIA export, the annotations of one reader", fits=fits, read=read)
