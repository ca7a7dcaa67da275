"""The exports that are understood; a new one is a file and a line here."""

from typing import Any

from core.exports import coco, label_studio, peerannot, prodigy, via
from core.exports.spec import ExportSpec

# The first that fits is read, so the most particular come first.
EXPORTS: tuple[ExportSpec, ...] = (
    label_studio.EXPORT,
    coco.EXPORT,
    via.EXPORT,
    prodigy.EXPORT,
    peerannot.EXPORT,
)


def find_export(content: Any) -> ExportSpec | None:
    """The export that JSON content is; None where it is none."""
    return next((spec for spec in EXPORTS if spec.fits(content)), None)
