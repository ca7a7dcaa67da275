"""COCO: images, categories, and annotations that name an image and a category."""

from typing import Any

from core.base.report import Report
from core.exports.spec import ExportSpec, Said, Understood, short_name

_NOTHING = "no finding"


def fits(content: Any) -> bool:
    """Whether this is a COCO file."""
    return isinstance(content, dict) and all(
        isinstance(content.get(key), list) for key in ("images", "annotations", "categories")
    )


def read(content: Any, reader: str, report: Report) -> Understood:
    """The categories of each image, said by one reader: COCO does not say who annotated."""
    understood = Understood()
    names = {c.get("id"): str(c.get("name", c.get("id"))) for c in content["categories"]}
    images = {i.get("id"): short_name(i.get("file_name", i.get("id"))) for i in content["images"]}
    found: dict[Any, dict[str, None]] = {image: {} for image in images}
    unknown = 0
    for annotation in content["annotations"]:
        image, category = annotation.get("image_id"), annotation.get("category_id")
        if image in images and category in names:
            found[image][names[category]] = None
        else:
            unknown += 1
    if unknown:
        report.warn("annotations of images or categories that are not listed", count=unknown)
    for image, labels in found.items():
        if len(labels) > 1:
            understood.several.add("")
        for label in labels or {_NOTHING: None}:
            understood.said.append(Said(images[image], label, "", reader))
    return understood


EXPORT = ExportSpec(title="a COCO file, the annotations of one reader", fits=fits, read=read)
