"""Format 1: a JSON list of {"file", "label"} per expert and split, and for the ground truth."""

import contextlib
import json
import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from core.base import limits
from core.base.report import FIRST_PLACES, Report, clip, listed
from core.encoding.missing_words import stands_for_missing
from core.exports.registry import find_export
from core.files.sources import Source
from core.matching.apply import PATIENT
from core.reading import ai_predictions
from core.reading.annotations import annotation_matrix, excluded
from core.reading.cases import check_ids, check_splits
from core.reading.dates import says_when
from core.reading.formats import Format, OtherForm, ReadOptions
from core.reading.join_ids import join_ids
from core.reading.json_entries import kind, read_list
from core.reading.labels import Place, find_classes, places
from core.reading.manifest_names import ManifestFile, choose_files, manifest_files
from core.reading.parts import Parts
from core.reading.patients import find_patients
from core.reading.rows import Rows
from core.reading.splits import draw_split, warn_shared
from core.reading.texts import check_group_columns, text_groups
from core.reading.truth import known_truth
from core.reading.without_truth import vote


def read_manifests(source: Source, options: ReadOptions, report: Report) -> Parts:
    """Read a ground truth and every expert's annotations; entries are joined by `file`.

    Args:
      source: the files.
      options: which variant to read, and whether annotations of cases without ground truth are
        left out.
      report: takes warnings.

    Raises:
      DataError: see `core.reading.cases` and `annotations`; also files that are not such lists.
    """
    _check_lists(source)
    if options.test_folds:
        report.warn("folds are of a column of a table, and are ignored for JSON manifests")
    files = choose_files(
        source.names,
        options.rate,
        report,
        drawn=options.split == "draw",
        truth=not options.fills,
    )
    truth, splits, source_names = _truth_entries(source, files, options, report)
    ids = _text([e["file"] for entries in truth for e in entries], strip=True)
    lengths = [len(entries) for entries in truth]

    def place(i: int) -> str:
        return _place(source_names, lengths, i)

    check_ids(ids, place, "file", report)
    raw = [e["label"] for entries in truth for e in entries]
    _check_kinds(raw, place, report)
    report.stop()
    labels = _labels(raw)
    scored = ai_predictions.FILE in source.names
    known = known_truth(labels, ids, place, options, report, predictable=scored)
    experts = sorted({f.expert for f in files if f.expert is not None})
    voted = None
    if options.fills and not known.all():
        everywhere = np.repeat(np.array(splits, np.int8), lengths)
        rows = _read_annotations(source, files, ids, everywhere, ids[:0], options, report)
        voted = vote(rows, ids, labels, known, place, options, report, extra_experts=experts)
        known, classes, codes = voted.kept, voted.classes, voted.truth
    kept, left_out = np.flatnonzero(known), ids[~known]
    ids, labels = ids[known].reset_index(drop=True), labels[known].reset_index(drop=True)
    if voted is None:
        classes, codes = find_classes(labels, lambda i: place(int(kept[i])), report)
    split = np.repeat(np.array(splits, np.int8), lengths)[known]
    if options.split != "draw":
        check_splits(
            split, codes, classes, report, "add train.json and test.json with the ground truth"
        )
    # Entries take ten times the memory of their text: free these before the experts' are read.
    noticed = Report()
    groups = {name: values[known] for name, values in _groups(truth, place, noticed).items()}
    truth.clear()
    patients = find_patients(pd.DataFrame(groups), ids, options, noticed)
    groups = {name: values for name, values in groups.items() if name not in patients.columns}
    if patients.names is not None:
        groups[PATIENT] = patients.names.astype(str)
    given = split
    if options.split == "draw":
        split = draw_split(ids.tolist(), codes, patients.names, noticed)
    else:
        warn_shared(split, patients.names, noticed)
    annotations = (
        voted.annotations
        if voted is not None
        else annotation_matrix(
            _read_annotations(source, files, ids, given, left_out, options, report),
            ids,
            classes,
            report,
            ignore_unknown_cases=options.ignore_unknown_cases,
            repeats=options.repeats,
            left_out=left_out,
            answers=options.answers,
            extra_experts=experts,
        )
    )
    idle = excluded(annotations, split, report)
    report.problems += noticed.problems
    return Parts(
        case_ids=ids,
        split=split,
        truth=codes,
        classes=classes,
        annotations=annotations,
        left_out=left_out,
        excluded=idle,
        groups=groups,
        files=ids.tolist(),
        unknown=None if voted is None else voted.unknown,
    )


def _truth_entries(
    source: Source, files: list[ManifestFile], options: ReadOptions, report: Report
) -> tuple[list[list[dict[str, Any]]], list[int], list[str]]:
    """Entries of the cases, the split of each list, and the name of its file.

    Where a consensus is to be the truth, the cases of a split without a file of its own are those
    of the experts' files, without a label.
    """
    own = [f for f in files if f.expert is None]
    entries = [read_list(source, f.name, report) for f in own]
    splits, names = [int(f.split) for f in own], [f.name for f in own]
    rest = [f for f in files if options.fills and f.split not in splits]
    for split in sorted({f.split for f in rest}):
        theirs = [f.name for f in rest if f.split == split]
        said = [str(e["file"]).strip() for name in theirs for e in read_list(source, name, report)]
        entries.append([{"file": name, "label": None} for name in dict.fromkeys(said)])
        splits.append(int(split))
        names.append(listed(theirs, 2))
    return entries, splits, names


def _check_lists(source: Source) -> None:
    """Raises `OtherForm` where a file called train.json, for example, is an export of a tool."""
    for name in manifest_files(source.names):
        if source.size(name) > limits.MOST_JSON_BYTES:
            continue
        head = source.read(name).lstrip(b"\xef\xbb\xbf \t\r\n")
        if head[:1] == b"{":
            with contextlib.suppress(ValueError, RecursionError):
                if find_export(json.loads(head)) is not None:
                    raise OtherForm
        return  # one tells


def _text(values: list[Any], *, strip: bool) -> pd.Series:
    text = pd.Series([str(v) for v in values], dtype=str)
    return text.str.strip() if strip else text


def _labels(raw: list[Any]) -> pd.Series:
    """Labels as text: "" for −1, null, NaN and blank."""

    def text(value: Any) -> str:
        if value is None or value == -1:
            return ""
        if isinstance(value, float):
            if math.isnan(value):
                return ""
            return str(int(value)) if value.is_integer() else str(value)
        return str(value).lower() if isinstance(value, bool) else str(value)

    # Few distinct labels, many entries; True equals 1, so the type is part of the key.
    seen: dict[tuple[type, Any], str] = {}
    texts = []
    for value in raw:
        key = (type(value), value)
        label = seen.get(key)
        if label is None:
            label = seen[key] = "" if (short := text(value).strip()) == "-1" else short
        texts.append(label)
    return pd.Series(texts, dtype=str)


def _check_kinds(raw: list[Any], place: Place, report: Report) -> None:
    """Labels are whole numbers or texts, not both, and nothing else."""
    words = {v for v in raw if isinstance(v, str) and stands_for_missing(v.strip(), numbered=False)}
    none = {"", "-1", *words}
    is_text = np.array(
        [isinstance(v, bool) or (isinstance(v, str) and v.strip() not in none) for v in raw], bool
    )
    is_number = np.array(
        [type(v) is int or (isinstance(v, float) and (v != v or v.is_integer())) for v in raw], bool
    ) & np.array([v != -1 for v in raw], bool)
    blank = np.array(
        [v is None or v == -1 or (isinstance(v, str) and v.strip() in none) for v in raw]
    )
    odd = ~(is_text | is_number | blank) & np.array([v != "-1" for v in raw], bool)
    if odd.any():
        rows = np.flatnonzero(odd)
        _refuse_kind(raw[rows[0]], rows, place, report)
    if is_text.any() and is_number.any():
        fewer = np.flatnonzero(is_text if is_text.sum() <= is_number.sum() else is_number)
        report.error(
            "the ground truth mixes numbers and texts",
            found=f"{int(is_number.sum())} numbers and {int(is_text.sum())} texts",
            expected="all whole numbers, or all texts",
            remedy="write all labels as one or the other",
            count=len(fewer),
            examples=[f"{place(int(i))} {clip(raw[i], 40)!r}" for i in fewer[:FIRST_PLACES]],
        )


def _refuse_kind(first: Any, rows: np.ndarray, place: Place, report: Report) -> None:
    several = isinstance(first, list)
    report.error(
        "cases have several labels" if several else "labels are neither whole numbers nor texts",
        found=f"a list of {len(first):,}" if several else f"a {kind(first)}",
        expected="one label" if several else "whole numbers or texts",
        remedy="make a data set per finding, with labels such as present and absent, because a "
        "case takes one label"
        if several
        else "correct them",
        count=len(rows),
        examples=places(place, rows),
    )


def _place(names: list[str], lengths: list[int], i: int) -> str:
    ends = np.cumsum(lengths)
    file = int(np.searchsorted(ends, i, side="right"))
    return f"{names[file]} entry {i - (int(ends[file]) - lengths[file]) + 1}"


def _read_annotations(
    source: Source,
    files: list[ManifestFile],
    ids: pd.Series,
    split: np.ndarray,
    left_out: pd.Series,
    options: ReadOptions,
    report: Report,
) -> Rows:
    mine = [f for f in files if f.expert is not None]
    names = [f.name for f in mine]
    lengths: list[int] = []
    cases: list[pd.Series] = []
    labels: list[pd.Series] = []
    odd: list[tuple[int, Any]] = []
    times: list[pd.DataFrame] = []
    for name in names:  # one at a time: entries take ten times the memory of their text
        entries = read_list(source, name, report)
        raw = [e["label"] for e in entries]
        wrong = [(i, v) for i, v in enumerate(raw) if isinstance(v, dict | list)]
        odd += [(sum(lengths) + i, v) for i, v in wrong]
        cases.append(_text([e["file"] for e in entries], strip=True))
        labels.append(_labels([] if wrong else raw))
        lengths.append(len(entries))
        times.append(_times(entries))

    def place(i: int) -> str:
        return _place(names, lengths, i)

    if odd:
        _refuse_kind(odd[0][1], np.array([i for i, _ in odd]), place, report)
        report.stop()
    experts = np.array([str(f.expert).strip() for f in mine], dtype=object)
    expert = pd.Series(np.repeat(experts, lengths), dtype=str)
    case = join_ids(
        pd.concat(cases, ignore_index=True),
        pd.concat([ids, left_out]),
        place,
        options,
        report,
        who=expert,
    )
    where = pd.Index(ids.to_numpy(object)).get_indexer(case.to_numpy(object))
    said = np.repeat(np.array([f.split for f in mine], np.int8), lengths)
    moved = np.flatnonzero((where >= 0) & (split[where] != said))
    if len(moved):
        report.warn(
            "annotations are in the file of a different split than their case",
            found=f"{len(moved)} annotations",
            remedy="the split of the ground truth is used",
            count=len(moved),
            examples=places(place, moved, case),
        )
    return Rows(
        case=case,
        expert=expert,
        label=pd.concat(labels, ignore_index=True),
        place=place,
        more=pd.concat(times, ignore_index=True).fillna(""),
    )


def _times(entries: list[dict[str, Any]]) -> pd.DataFrame:
    """Keys that may say when an annotation was made, as texts."""
    keys = [key for key in dict.fromkeys(k for e in entries for k in e) if says_when(key)]
    texts = {key: ["" if (v := e.get(key)) is None else str(v) for e in entries] for key in keys}
    return pd.DataFrame(texts, index=range(len(entries)), dtype=str)


def _groups(
    truth: list[list[dict[str, Any]]], place: Place, report: Report
) -> dict[str, np.ndarray]:
    """Other keys of the ground truth as text columns."""
    entries = [e for part in truth for e in part]
    keys = dict.fromkeys(k for e in entries for k in e if k not in ("file", "label"))
    check_group_columns(list(keys), report)
    groups = {}
    left = []
    for key in keys:
        values = [e.get(key) for e in entries]
        if any(isinstance(v, dict | list) for v in values):
            left.append(key)
            continue
        texts = ["" if v is None else str(v) for v in values]
        # Few distinct ones. Control characters are refused, not clipped.
        short = {text: _one_line(text) for text in set(texts)}
        groups[str(key)] = np.array([short[text] for text in texts], dtype=object)
    if left:
        report.warn("keys that hold lists or objects are ignored", found=listed(left))
    return text_groups(groups, place, report)


def _one_line(text: str, longest: int = 200) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def further_problems(source: Source, options: ReadOptions) -> Report:
    """What is wrong with each file, read on its own as far as it goes."""
    report = Report()
    files: list[ManifestFile] = []
    with report.going_on() as part:
        files = choose_files(
            source.names,
            options.rate,
            part,
            drawn=options.split == "draw",
            truth=not options.fills,
        )
    read: dict[str, list[dict[str, Any]]] = {}
    names = [file.name for file in files] or manifest_files(source.names)
    for name in names:
        with report.going_on() as part:
            read[name] = read_list(source, name, part)
    truth = [file for file in files if file.expert is None and file.name in read]
    entries = [(file.split, e) for file in truth for e in read[file.name]]
    if len(read) < len(names) or not entries:
        return report
    lengths = [len(read[file.name]) for file in truth]
    place = partial(_place, [file.name for file in truth], lengths)
    ids = _text([e["file"] for _, e in entries], strip=True)
    with report.going_on() as part:
        check_ids(ids, place, "file", part)
    with report.going_on() as part:
        _check_kinds([e["label"] for _, e in entries], place, part)
        part.stop()
        labels = _labels([e["label"] for _, e in entries])
        known = np.flatnonzero(known_truth(labels, ids, place, options, part))
        classes, _ = find_classes(
            labels.iloc[known].reset_index(drop=True), lambda i: place(int(known[i])), part
        )
        once = known[~ids.iloc[known].duplicated().to_numpy(bool)]
        split = np.array([split for split, _ in entries], np.int8)[once]
        cases = ids.iloc[once].reset_index(drop=True)
        left_out = ids.drop(index=known)
        rows = _read_annotations(source, files, cases, split, left_out, options, part)
        annotation_matrix(
            rows,
            cases,
            classes,
            part,
            ignore_unknown_cases=options.ignore_unknown_cases,
            repeats=options.repeats,
            left_out=left_out,
        )
    return report


FORMAT = Format(
    title="JSON manifests",
    expected="JSON manifests such as train.json and label_A_train.json",
    sniff=manifest_files,
    read=read_manifests,
    further=further_problems,
)
