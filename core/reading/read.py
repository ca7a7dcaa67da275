"""Reads a folder, a zip or uploaded files into an `AnnotationSet` and a report."""

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from core.base import limits
from core.base.names import refusal
from core.base.progress import tell
from core.base.report import Report, clip, listed, refuse
from core.dataset.annotation_set import AnnotationSet
from core.reading import ai_predictions, bundle, manifests
from core.reading.archive import Archive
from core.reading.formats import Format, ReadOptions
from core.reading.images import ImageStore, read_images
from core.reading.parts import Parts
from core.reading.sources import Source, UploadSource, at_data, open_source, read_text
from core.reading.texts import text_array

ABOUT = "about.json"
# A new format is a new file and a line here; where several match, the first is read.
FORMATS: tuple[Format, ...] = (bundle.FORMAT, manifests.FORMAT)
_USUAL = ReadOptions()
_EXPECTED = ", or ".join(format.expected for format in FORMATS)


def read(
    path: Path, *, name: str | None = None, options: ReadOptions = _USUAL
) -> tuple[AnnotationSet, Report]:
    """Read the data set at `path`: a folder, a zip, or one of the files of a set.

    Args:
      path: where it is. Nothing is written there or anywhere else.
      name: of the set; by default the one in about.json, else the folder's name.
      options: see `ReadOptions`.

    Returns:
      the set, and warnings and notes.

    Raises:
      DataError: the set cannot be used; says what was found, what was expected and what to do.
    """
    path = Path(path)
    source = open_source(path)
    if path.is_file() and path.suffix.lower() in (".csv", ".json"):
        _check_one_file(path, source)
    if isinstance(source, Archive):
        return _read(source, name, path.stem, options)
    folder = path if path.is_dir() else path.parent
    return _read(source, name, folder.resolve().name or "data", options)


def read_files(
    files: Mapping[str, bytes], *, name: str | None = None, options: ReadOptions = _USUAL
) -> tuple[AnnotationSet, Report]:
    """Read uploaded files: one zip, or the files of a set by name.

    Args:
      files: name → content; the names are not trusted.
      name: what to call the set.
      options: see `ReadOptions`.

    Raises:
      DataError: as `read`.
    """
    if not files:
        refuse("no file was given", expected=_EXPECTED)
    if len(files) == 1:
        (only, data) = next(iter(files.items()))
        if only.lower().endswith(".zip"):
            return _read(Archive(BytesIO(data), clip(only)), name, Path(only).stem, options)
    return _read(UploadSource(files, "the upload"), name, "uploaded set", options)


def _check_one_file(path: Path, source: Source) -> None:
    fits = path.name.casefold() == ai_predictions.FILE or any(
        format.sniff((path.name,)) for format in FORMATS
    )
    if not fits:
        source.close()
        refuse(
            f"{clip(path.name)} alone is not a data set",
            expected=_EXPECTED,
            remedy="give the folder or the zip that holds these files",
        )


def _read(
    source: Source, name: str | None, fallback: str, options: ReadOptions
) -> tuple[AnnotationSet, Report]:
    report = Report()
    try:
        here = at_data(source)
        parts = _parts(here, options, report)
        inputs, feature_names = _inputs(parts, here, report)
        probabilities = None
        predictions = bundle.find_file(here.names, ai_predictions.FILE)
        if predictions is not None:
            tell(f"Reading {ai_predictions.FILE}")
            probabilities = ai_predictions.read_ai_predictions(
                read_text(here, predictions, limits.MOST_TABLE_BYTES),
                parts.case_ids,
                parts.classes,
                report,
            )
        about = _about(here, report)
    finally:
        source.close()
    report.stop()
    case_ids = text_array(parts.case_ids.to_numpy(object), "case ids", report)
    title = name or about.get("name") or fallback
    if why := refusal(title, "the name of the data set"):
        refuse(why, found=repr(clip(title)), report=report)
    dataset = AnnotationSet(
        name=clip(title, limits.LONGEST_SET_NAME),
        case_ids=case_ids,
        split=parts.split,
        inputs=inputs,
        truth=parts.truth,
        annotations=parts.annotations.values,
        annotated=parts.annotations.annotated,
        extra_answers=parts.annotations.extra,
        ai_probabilities=probabilities,
        classes=parts.classes,
        experts=parts.annotations.experts,
        feature_names=feature_names,
        groups=parts.groups,
        simulated=about.get("simulated", False),
        excluded_experts=parts.excluded,
        encoder=parts.features.encoder if inputs is not None and parts.features else None,
    )
    return dataset, report


def _parts(source: Source, options: ReadOptions, report: Report) -> Parts:
    fitting = [(form, files) for form in FORMATS if (files := form.sniff(source.names))]
    for form, files in fitting[1:]:
        report.warn(
            f"{form.title} beside {fitting[0][0].title} are ignored", found=listed(files, 4)
        )
    if fitting:
        return fitting[0][0].read(source, options, report)
    found = [n for n in source.names if "/" not in n] or list(source.names)
    refuse(
        f"there is no data set in {source.label}",
        found=listed(found, 5) or "no files",
        expected=_EXPECTED,
        remedy="give all files of the set together: their folder or a zip of it, or in the browser "
        "all of them at once",
    )


def _inputs(parts: Parts, source: Source, report: Report) -> tuple[Any, tuple[str, ...]]:
    """Images, features, or None with a note for a set of labels only."""
    if parts.files is not None:
        store = ImageStore(source)
        try:
            if store or parts.images_expected:
                return read_images(parts.files, store, report), ()
        finally:
            store.close()
    if parts.features is not None:
        return parts.features.values, parts.features.names
    report.note("the data set has no features or images: it can be described, not trained on")
    return None, ()


def _about(source: Source, report: Report) -> dict[str, Any]:
    """The optional about.json: {"name": text, "simulated": true or false}."""
    if ABOUT not in source.names:
        return {}
    try:
        about = json.loads(read_text(source, ABOUT, limits.MIB))
        if not isinstance(about, dict):
            raise ValueError
        fits = isinstance(about.get("name", ""), str)
        if not fits or not isinstance(about.get("simulated", False), bool):
            raise ValueError
    except (ValueError, RecursionError):
        report.warn(f"{ABOUT} is ignored", expected='{"name": "…", "simulated": false}')
        return {}
    return about
