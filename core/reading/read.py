"""Reads a folder, a zip or uploaded files into an `AnnotationSet` and a report."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from core.base import limits
from core.base.names import refusal
from core.base.progress import tell
from core.base.report import DataError, Report, clip, listed, refuse
from core.consensus.fill import with_consensus
from core.dataset.annotation_set import AnnotationSet, Split
from core.encoding import missing_words
from core.files import file_types
from core.files.archive import Archive
from core.files.sources import FileSource, Source, UploadSource, at_data, open_source, read_text
from core.matching.names import names_ai, names_person
from core.matching.roles import Role
from core.reading import ai_predictions, bundle, manifests, matched
from core.reading.formats import Format, OtherForm, ReadOptions
from core.reading.image_store import ImageStore
from core.reading.images import read_images
from core.reading.parts import Parts
from core.reading.texts import text_array
from core.reading.truth_remarks import tell_truth_source

ABOUT = "about.json"
# A new format is a new file and a line here; where several match, the first is read.
FORMATS: tuple[Format, ...] = (bundle.FORMAT, manifests.FORMAT)
_TABLES = matched.FORMAT  # for all other files, and where those turn out to be others
_USUAL = ReadOptions()
_MOST_AGAIN = 16 * limits.MIB  # of tables that are read again to find all that is wrong
Ask = Literal["never", "guesses", "always"]
_EXPECTED = ", or ".join(format.expected for format in (*FORMATS, _TABLES))


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
    if path.is_file() and path.stat().st_size and _alone(path.name):
        return _read(FileSource(path), name, path.stem, options)
    source = open_source(path)
    if isinstance(source, Archive):
        return _read(source, name, path.stem, options)
    folder = path if path.is_dir() else path.parent
    return _read(source, name, folder.resolve().name or "data", options)


def read_files(
    files: Mapping[str, bytes],
    *,
    name: str | None = None,
    options: ReadOptions = _USUAL,
    ask: Ask = "never",
) -> tuple[AnnotationSet, Report]:
    """Read uploaded files: one zip, or the files of a set by name.

    Args:
      files: name → content; the names are not trusted.
      name: what to call the set.
      options: see `ReadOptions`.
      ask: whether somebody wants to match the columns: where they would be guessed (`guesses`),
        in any case (`always`), or not.

    Raises:
      DataError: as `read`.
      ToMatch: the columns are to be matched, as `ask` says, and `options` has no roles.
    """
    if not files:
        refuse("no file was given", expected=_EXPECTED)
    if len(files) == 1:
        (only, data) = next(iter(files.items()))
        if only.lower().endswith(".zip"):
            return _read(Archive(BytesIO(data), clip(only)), name, Path(only).stem, options, ask)
        return _read(UploadSource(files, "the upload"), name, Path(only).stem, options, ask)
    return _read(UploadSource(files, "the upload"), name, "uploaded set", options, ask)


def _alone(name: str) -> bool:
    """Whether a file may be a set by itself: a table that is not called like a part of one."""
    part = name.casefold() == ai_predictions.FILE or any(form.sniff((name,)) for form in FORMATS)
    return bool(_TABLES.sniff((name,))) and not part


def _read(
    source: Source, name: str | None, fallback: str, options: ReadOptions, ask: Ask = "never"
) -> tuple[AnnotationSet, Report]:
    report = Report()
    with closing(source), missing_words.using(options.missing_words):
        here = at_data(source, _sniffed)
        parts = _parts(here, options, report, ask)
        inputs, probabilities = _Inputs(None), None
        with report.going_on() as part:
            inputs = _inputs(parts, here, part)
        predictions = bundle.find_file(here.names, ai_predictions.FILE)
        if parts.ai is not None:
            probabilities = ai_predictions.probabilities_of(
                parts.ai, parts.case_ids, parts.classes, report, options, parts.left_out
            )
        elif predictions is not None:
            tell(f"Reading {ai_predictions.FILE}")
            with report.going_on() as part:
                probabilities = ai_predictions.read_ai_predictions(
                    read_text(here, predictions, limits.MOST_TABLE_BYTES),
                    parts.case_ids,
                    parts.classes,
                    part,
                    options,
                    parts.left_out,
                )
        about = _about(here, report)
    report.stop()
    if chosen := options.chosen():
        report.note(f"read with these choices: {'; '.join(chosen)}")
    case_ids = text_array(parts.case_ids.to_numpy(object), "case ids", report)
    title = name or about.get("name") or fallback
    if why := refusal(title, "the name of the data set"):
        refuse(why, found=repr(clip(title)), report=report)
    dataset = AnnotationSet(
        name=clip(title, limits.LONGEST_SET_NAME),
        case_ids=case_ids,
        split=parts.split,
        inputs=inputs.values,
        truth=parts.truth,
        annotations=parts.annotations.values,
        annotated=parts.annotations.annotated,
        extra_answers=parts.annotations.extra,
        ai_probabilities=probabilities,
        classes=parts.classes,
        experts=parts.annotations.experts,
        feature_names=inputs.names,
        groups=parts.groups,
        simulated=about.get("simulated", False),
        excluded_experts=parts.excluded,
        encoder=parts.features.encoder if inputs.values is not None and parts.features else None,
        grey_range=inputs.grey,
        score_column=parts.score,
        machines=tuple(
            e
            for e in parts.annotations.experts
            if e in parts.machines or (names_ai(e) and not names_person(e))
        ),
    )
    if parts.unknown is not None and options.consensus != "none":
        tell("Finding a consensus")
        return with_consensus(dataset, options.consensus, parts.unknown, report), report
    tell_truth_source(dataset, report)
    return dataset, report


def _sniffed(names: Sequence[str]) -> int:
    """How many files of one data set are among the names."""
    return max(len(form.sniff(names)) for form in (*FORMATS, _TABLES))


def _parts(source: Source, options: ReadOptions, report: Report, ask: Ask) -> Parts:
    fitting = [(form, files) for form in FORMATS if (files := form.sniff(source.names))]
    for form, files in fitting[1:]:
        report.warn(
            f"{form.title} beside {fitting[0][0].title} are ignored", found=listed(files, 4)
        )
    beside = [
        name
        for name in _TABLES.sniff(source.names)
        if not name.casefold().endswith((".json", ai_predictions.FILE))
        and not any(name in files for _, files in fitting)
    ]
    given = options.roles is not None or options.cut is not None or options.finding
    if ask == "always" and not given:
        _ask_to_match(source, report)
    if fitting and not given:
        tried = Report()
        try:
            parts = _all_of(fitting[0][0], source, options, tried)
        except OtherForm:
            if ask == "guesses":
                # Of cases.csv alone there is nothing to match: the other file is missing.
                _ask_to_match(source, report, only=(Role.ANSWER, Role.SCORE))
            called = bundle.FORMAT if fitting[0][0] is bundle.FORMAT else None
            return _all_of(_TABLES, source, options, report, called)
        except DataError:
            if ask == "guesses":  # what a bundle cannot say
                _ask_to_match(source, report, only=(Role.SCORE,), findings=True)
            raise
        report.problems += tried.problems
        if beside:
            report.warn(f"tables beside {fitting[0][0].title} are ignored", found=listed(beside, 4))
        return parts
    if _TABLES.sniff(source.names):
        if ask == "guesses" and options.roles is None:
            _ask_to_match(source, report)
        return _all_of(_TABLES, source, options, report)
    found = [n for n in source.names if "/" not in n] or list(source.names)
    refuse(
        f"there is no data set in {source.label}",
        found=listed(found, 5) or "no files",
        expected=_EXPECTED,
        remedy=_of_another_type(found)
        or "give all files of the set together: their folder or a zip of it, or in the browser "
        "all of them at once",
    )


class _Inputs(NamedTuple):
    values: np.ndarray | None
    names: tuple[str, ...] = ()
    grey: np.ndarray | None = None


def _of_another_type(names: Sequence[str]) -> str:
    """How to make files of other programs readable, if there are any."""
    remedies = ((name, file_types.remedy(name)) for name in names)
    return next((f"{clip(name, 60)}: {remedy}" for name, remedy in remedies if remedy), "")


def _all_of(
    form: Format,
    source: Source,
    options: ReadOptions,
    report: Report,
    called: Format | None = None,
) -> Parts:
    """What the format reads; where it is refused, with what is wrong in the files not reached.

    Args:
      form: reads the files.
      source: of the files.
      options: what the user chose.
      report: takes problems.
      called: the format that the files are called as; None for the same.
    """
    try:
        return form.read(source, options, report)
    except DataError as error:
        found = error.report.problems
        found = found if error.report is report else [*report.problems, *found]
        small = sum(map(source.size, form.sniff(source.names))) <= _MOST_AGAIN
        further = (called or form).further(source, options).problems if small else []
        more = [p for p in further if p.severity != "note"]
        raise DataError(Report([*found, *(p for p in more if p not in found)])) from None


def _ask_to_match(
    source: Source,
    report: Report,
    *,
    only: Sequence[Role] = tuple(Role),
    findings: bool = False,
) -> None:
    """Raises `ToMatch` where there are tables.

    Args:
      source: of the tables.
      report: takes problems found while opening them.
      only: only where a column has one of these roles.
      findings: also where the answers are about several findings.
    """
    noticed = Report()
    opened = matched.open_tables(source, noticed)
    said = {c.role for t in opened.roles.tables.values() for c in t.columns.values()}
    if opened.tables and (said & {*only} or (findings and opened.roles.findings)):
        report.problems += noticed.problems
        raise matched.ToMatch(opened, report)


def _inputs(parts: Parts, source: Source, report: Report) -> _Inputs:
    """Images, features, or None with a note for a set of labels only."""
    if parts.files is not None:
        store = ImageStore(source)
        try:
            if store or parts.images_expected:
                images = read_images(parts.files, store, report, fit=parts.split == Split.TRAIN)
                grey = None if images.grey is None else np.array(images.grey, np.float64)
                return _Inputs(images.pixels, grey=grey)
        finally:
            store.close()
    if parts.features is not None:
        return _Inputs(parts.features.values, parts.features.names)
    report.note(
        "the data set has neither features nor images: who is right about a case is judged by its "
        "class and, where there is an AI, by the AI's score"
    )
    return _Inputs(None)


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
