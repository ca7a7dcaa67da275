"""Reads new cases after training: features or images without ground truth and annotations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float32, UInt8

from core.base import limits
from core.base.report import Report, clip, listed, refuse
from core.dataset.group_names import is_group
from core.encoding.encoder import Encoder
from core.encoding.pixels import outside_light
from core.encoding.ranges import Outside, Range
from core.encoding.score_inputs import ScoreColumn, score_inputs
from core.files.archive import Archive
from core.files.csv_table import parse_table
from core.files.sources import FolderSource, Source, UploadSource, at_data, open_source, read_text
from core.files.table import Table
from core.reading import ai_predictions, bundle, new_scores
from core.reading.cases import check_ids
from core.reading.grey_values import FULL_RANGE, GreyRange
from core.reading.image_store import SUFFIXES, ImageStore
from core.reading.images import read_images
from core.reading.texts import text_array, text_groups

_KNOWN = ("case_id", "file", "split", "label")
_NOT_READ = ("split", "label")  # of data sets with ground truth; a worklist needs neither
_AGAIN = "add the data set again, from the same files; its runs need not be repeated"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseForm:
    """What a model expects of new cases.

    Attributes:
      classes: its class names.
      encoder: encodes a table's cells as features; None for images.
      image_size: height and width of its images; None for features.
      grey_range: grey values that become black and white, of images of more than 8 bits.
      light: ranges of brightness and contrast of its train images; None where not recorded.
      external_ai: whether predictions of an external AI are needed.
      scores_only: whether they are all that is needed.
      labels_only: whether nothing is needed but the cases' ids.
      score_column: the column of the data set that held the AI's scores; None where it had others.
    """

    classes: tuple[str, ...]
    encoder: Encoder | None = None
    image_size: tuple[int, int] | None = None
    grey_range: GreyRange | None = None
    light: Mapping[str, Range] | None = None
    external_ai: bool = False
    scores_only: bool = False
    labels_only: bool = False
    score_column: ScoreColumn | None = None

    @property
    def known(self) -> bool:
        """Whether it is recorded what the model reads; early versions did not keep encoders."""
        return self.ids_only or self.encoder is not None or self.image_size is not None

    @property
    def ids_only(self) -> bool:
        """Whether the model reads no features and no images."""
        return self.scores_only or self.labels_only


@dataclass(frozen=True, eq=False, kw_only=True)
class NewCases:
    """New cases, encoded for a model.

    Attributes:
      case_ids: text ids, all different.
      inputs: features as encoded for the model's data set, or images of its size.
      cells: the feature columns as they were given; None for images.
      groups: text per case for each `group_*` column.
      ai_probabilities: an external AI's, where the model needs them.
      outside: which lie outside the range of training; None where that is not known.
    """

    case_ids: np.ndarray
    inputs: Float32[np.ndarray, "N D"] | UInt8[np.ndarray, "N H W 3"]
    cells: pd.DataFrame | None = None
    groups: Mapping[str, np.ndarray] = field(default_factory=dict)
    ai_probabilities: Float32[np.ndarray, "N C"] | None = None
    outside: Outside | None = None

    def __len__(self) -> int:
        return len(self.case_ids)


def read_new_cases(path: Path, form: CaseForm) -> tuple[NewCases, Report]:
    """Read new cases: a CSV, or a folder or zip with cases.csv or images. Nothing is written.

    Returns:
      the cases, and warnings and notes.

    Raises:
      DataError: they cannot be used; says what was found, what was expected and what to do.
    """
    path = Path(path)
    if path.is_file() and path.suffix.lower() == ".csv":
        if form.image_size is None and (not form.external_ai or form.scores_only):
            # Only the file is read; its folder may be someone's home folder.
            source = UploadSource({bundle.CASES: _bytes(path)}, clip(path.name))
            return _read(source, form, bundle.CASES, clip(path.name))
        return _read(FolderSource(path.parent), form, path.name)
    return _read(open_source(path), form)


def read_new_files(files: Mapping[str, bytes], form: CaseForm) -> tuple[NewCases, Report]:
    """Read uploaded new cases: one CSV, one zip, or a table with its images by name.

    Raises:
      DataError: as `read_new_cases`.
    """
    if not files:
        refuse("no file was given", expected=_expected(form))
    if len(files) == 1:
        (only, data) = next(iter(files.items()))
        if only.lower().endswith(".zip"):
            return _read(Archive(BytesIO(data), clip(only)), form)
    return _read(UploadSource(files, "the upload"), form)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        refuse(f"{clip(path)} cannot be opened", found=clip(error.strerror or error))


def _expected(form: CaseForm) -> str:
    if form.image_size is not None:
        return "images, or cases.csv with a column 'file' and the images"
    if form.scores_only:
        return f"a CSV with case_id and the AI's scores: {new_scores.expected(form)}"
    if form.labels_only:
        return "a CSV with case_id"
    return "a CSV with case_id and the features of the data set"


def _read(
    source: Source, form: CaseForm, table: str | None = None, title: str | None = None
) -> tuple[NewCases, Report]:
    report = Report()
    try:
        if not form.known:
            refuse(
                "the model does not record how its features were encoded",
                found="a data set stored by an earlier version",
                remedy=_AGAIN,
            )
        here = source if table else at_data(source)
        cases = _cases(here, form, table, title, report)
    finally:
        source.close()
    report.stop()
    return cases, report


def _cases(
    source: Source, form: CaseForm, table: str | None, title: str | None, report: Report
) -> NewCases:
    name = table or _table(source.names)
    if name is None and form.scores_only:
        name = bundle.find_file(source.names, ai_predictions.FILE)
    if name is None:
        if form.image_size is not None and any(n.lower().endswith(SUFFIXES) for n in source.names):
            return _only_images(source, form, report)
        if len(_tables(source.names)) > 1:
            refuse(
                f"there are several tables in {source.label}",
                found=listed(_tables(source.names), 5),
                expected=f"one CSV, or one called {bundle.CASES}",
            )
        refuse(
            f"there are no new cases in {source.label}",
            found=listed(source.names, 5) or "no files",
            expected=_expected(form),
        )
    title = title or name
    needed = form.encoder.needed if form.encoder is not None else ()
    known = parse_table(
        read_text(source, name, limits.MOST_TABLE_BYTES), title, report, expect=("case_id", *needed)
    )
    known = known.rename_known([c for c in _KNOWN if c not in needed])
    if not len(known.frame):
        refuse(f"{title} has no rows", expected="one row per case", report=report)
    if form.image_size is not None:
        return _with_images(source, known, form, report)
    if form.ids_only:
        return _with_ids(source, known, form, report)
    return _with_features(source, known, form, report)


def _table(names: Sequence[str]) -> str | None:
    """The table of cases: cases.csv, or the only CSV that is not another known file."""
    if (found := bundle.find_file(names, bundle.CASES)) is not None:
        return found
    tables = _tables(names)
    return tables[0] if len(tables) == 1 else None


def _tables(names: Sequence[str]) -> list[str]:
    """Every CSV that may hold cases."""
    others = (bundle.ANNOTATIONS, ai_predictions.FILE)
    return [
        n
        for n in names
        if "/" not in n and n.lower().endswith(".csv") and n.casefold() not in others
    ]


def _with_features(source: Source, table: Table, form: CaseForm, report: Report) -> NewCases:
    assert form.encoder is not None
    table.require(("case_id",), ("case id",), report)
    found = _columns(table, form.encoder.needed)
    missing = [wanted for wanted, column in found.items() if column is None]
    if missing:
        report.error(
            f"{table.name} lacks features that the model needs",
            found=f"the columns {listed(table.frame.columns)}",
            expected=listed(missing, 20),
            remedy="add these columns, spelt as in the data set; cells may be blank",
            count=len(missing),
        )
    report.stop()
    cells = table.frame[[str(found[w]) for w in form.encoder.needed]]
    cells = cells.set_axis(list(form.encoder.needed), axis=1)
    ids = _ids(table, "case_id", report)
    used = {"case_id", *map(str, found.values()), *form.encoder.left_out}
    groups = _rest(table, used, report)
    made = form.encoder.apply(cells, delimiter=table.delimiter, place=table.place, report=report)
    report.stop()
    return NewCases(
        case_ids=text_array(ids.to_numpy(object), "case ids", report),
        inputs=made.values,
        cells=cells.reset_index(drop=True),
        groups=groups,
        ai_probabilities=_predictions(source, ids, form, report),
        outside=made.outside,
    )


def _with_ids(source: Source, table: Table, form: CaseForm, report: Report) -> NewCases:
    """Cases of which a model reads an AI's scores alone, or nothing."""
    table.require(("case_id",), ("case id",), report)
    report.stop()
    ids = _ids(table, "case_id", report)
    scores, used = None, {"case_id"}
    if form.scores_only:
        scores, read = new_scores.of_table(table, ids, form, report)
        used |= read
        if scores is None:
            scores = _predictions(source, ids, form, report)
    return NewCases(
        case_ids=text_array(ids.to_numpy(object), "case ids", report),
        inputs=score_inputs(scores, len(ids)),
        cells=table.frame[[c for c in table.frame.columns if c in used - {"case_id"}]].reset_index(
            drop=True
        ),
        groups=_rest(table, used, report),
        ai_probabilities=scores,
    )


def _columns(table: Table, needed: Sequence[str]) -> dict[str, str | None]:
    """Each feature's column: the same name, or the only one that differs in capitals and blanks."""

    def plain(name: str) -> str:
        return " ".join(name.casefold().split())

    there = set(table.frame.columns)
    alike: dict[str, list[str]] = {}
    for column in map(str, table.frame.columns):
        alike.setdefault(plain(column), []).append(column)
    found: dict[str, str | None] = {}
    for wanted in needed:
        others = alike.get(plain(wanted), [])
        found[wanted] = wanted if wanted in there else others[0] if len(others) == 1 else None
    return found


def _with_images(source: Source, table: Table, form: CaseForm, report: Report) -> NewCases:
    table.require(("file",), ("image",), report)
    report.stop()
    # In JSON manifests the image file is the case's id.
    ids = _ids(table, "case_id" if "case_id" in table.frame.columns else "file", report)
    groups = _rest(table, {"case_id", "file"}, report)
    store = ImageStore(source)
    try:
        images = _images(table.frame["file"].tolist(), store, form, report)
    finally:
        store.close()
    return NewCases(
        case_ids=text_array(ids.to_numpy(object), "case ids", report),
        inputs=images,
        groups=groups,
        ai_probabilities=_predictions(source, ids, form, report),
        outside=_outside(images, form, report),
    )


def _only_images(source: Source, form: CaseForm, report: Report) -> NewCases:
    files = sorted(n for n in source.names if n.lower().endswith(SUFFIXES))
    ids = pd.Series(files, dtype=str)
    report.note("there is no table of cases, so every image is a case named after its file")
    store = ImageStore(source)
    try:
        images = _images(files, store, form, report)
    finally:
        store.close()
    return NewCases(
        case_ids=text_array(ids.to_numpy(object), "case ids", report),
        inputs=images,
        ai_probabilities=_predictions(source, ids, form, report),
        outside=_outside(images, form, report),
    )


def _images(
    files: Sequence[str], store: ImageStore, form: CaseForm, report: Report
) -> UInt8[np.ndarray, "N H W 3"]:
    grey = form.grey_range or FULL_RANGE
    images = read_images(files, store, report, size=form.image_size, grey=grey)
    if images.deep and form.grey_range is None:
        report.warn(
            "the model records no scale for images of more than 8 bits of grey",
            found=f"{images.deep:,} such images",
            remedy="they are read as values of 16 bits; export them as the images of the data set "
            "were, or add the set and train again",
            count=images.deep,
        )
    return images.pixels


def _outside(
    images: UInt8[np.ndarray, "N H W 3"], form: CaseForm, report: Report
) -> Outside | None:
    if form.light is None:
        report.note(
            "the model does not record how bright the images of training were, so it is not known "
            "whether these are like them; train again to have new cases checked"
        )
        return None
    return outside_light(images, form.light, report)


def _ids(table: Table, column: str, report: Report) -> pd.Series:
    ids = table.frame[column].reset_index(drop=True)
    check_ids(ids, table.place, column, report)
    report.stop()
    return ids


def _rest(table: Table, used: set[str], report: Report) -> dict[str, np.ndarray]:
    """Group columns; notes and warnings about other unused columns."""
    rest = [str(c) for c in table.frame.columns if str(c) not in used]
    groups = [c for c in rest if is_group(c)]
    not_read = [c for c in rest if c in _NOT_READ]
    if not_read:
        report.note(f"{table.name} has {listed(not_read)}, which a worklist does not read")
    read = {*groups, *not_read}
    others = [c for c in rest if c not in read]
    if others:
        report.warn(
            f"{table.name} has columns that the model does not use, which are ignored",
            found=listed(others),
            count=len(others),
        )
    return text_groups({c: table.frame[c].to_numpy(object) for c in groups}, table.place, report)


def _predictions(
    source: Source, ids: pd.Series, form: CaseForm, report: Report
) -> Float32[np.ndarray, "N C"] | None:
    if not form.external_ai:
        return None
    name = bundle.find_file(source.names, ai_predictions.FILE)
    if name is None:
        refuse(
            f"{ai_predictions.FILE} is missing",
            found="a model that was trained with an external AI",
            expected=_expected(form)
            if form.scores_only
            else f"{ai_predictions.FILE} with that AI's answer for every new case",
            remedy="add it beside the table of cases: case_id and prediction, or prob_<class>",
            report=report,
        )
    return ai_predictions.read_ai_predictions(
        read_text(source, name, limits.MOST_TABLE_BYTES), ids, form.classes, report
    )
