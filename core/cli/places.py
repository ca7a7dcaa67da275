"""What the paths on the command line name; refused before any work is done."""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from core.base.report import Report, clip
from core.cli.options import UsageError
from core.dataset.annotation_set import AnnotationSet
from core.experiment import artifacts
from core.library import store as library

SAMPLE, STORED = "sample:", "stored:"
ReadSet = Callable[[argparse.Namespace], tuple[AnnotationSet, Report]]


def data_set(text: str) -> ReadSet:
    """The data set that PATH names: a function of the other options that reads it.

    Raises:
      UsageError: there is nothing of that name. The function: DataError, it cannot be used.
    """
    from core.library.samples import SAMPLES, load_sample

    if text.startswith(STORED):
        return _stored(text.removeprefix(STORED))
    path, name = Path(text), text.removeprefix(SAMPLE)
    if text.startswith(SAMPLE) or (text in SAMPLES and not _there(path)):
        if name not in SAMPLES:
            raise UsageError(f"there is no sample {name!r}; expected one of {', '.join(SAMPLES)}")
        return lambda options: load_sample(name)
    if not _there(path):
        names = ", ".join(SAMPLE + sample for sample in SAMPLES)
        raise UsageError(
            f"{clip(text)}: no such file or folder; expected a data set, {names}, or {STORED}HASH"
        )
    return lambda options: _read(path, options)


def _read(path: Path, options: argparse.Namespace) -> tuple[AnnotationSet, Report]:
    from core.reading.read import ReadOptions, read

    given = {name: getattr(options, name) for name in ReadOptions.model_fields}
    return read(
        path, options=ReadOptions(**{n: value for n, value in given.items() if value is not None})
    )


def _stored(start: str) -> ReadSet:
    """The set in the library whose content hash begins so."""
    stored = library.Library()
    known = [entry.content_hash for entry in stored.entries()]
    found = [key for key in known if start and key.startswith(start)]
    if len(found) != 1:
        said = f"{STORED}{clip(start, 40)}"
        if found:
            raise UsageError(
                f"{said}: {len(found)} data sets begin so; expected more letters of the hash"
            )
        raise UsageError(
            f"{said}: no such data set among {len(known)} in {stored.folder}; expected a content "
            "hash, or how it begins. CASELOAD_HOME says where data sets are kept"
        )
    return lambda options: (stored.load(found[0]), stored.report(found[0]))


def run_folder(
    text: str, what: str = "a run", ours: Callable[[Path], bool] = artifacts.is_run_folder
) -> Path:
    """The folder for results.

    Args:
      text: its name.
      what: the results are of.
      ours: whether a folder holds such results, which may be written over.

    Raises:
      UsageError: it is a file, holds something else, or may not be written.
    """
    out, name = Path(text), clip(text)
    try:
        there, folder = out.exists(), out.is_dir()
        others = folder and any(out.iterdir()) and not ours(out)
        parent = next(p for p in out.absolute().parents if p.exists())
    except OSError as error:  # a name too long
        raise UsageError(f"--out {name}: {error.strerror}; expected the name of a folder") from None
    if there and not folder:
        raise UsageError(f"--out {name}: found a file, expected a folder or a new name")
    if others:
        raise UsageError(
            f"--out {name}: the folder holds other things than {what}; expected an empty or new one"
        )
    try:
        # Rights alone do not tell: a read-only disk and /proc grant them.
        with tempfile.TemporaryDirectory(dir=parent, prefix=".caseload."):
            pass
    except OSError:
        raise UsageError(f"--out {name}: {parent} is no folder one may write to") from None
    return out


def new_file(text: str, name: str) -> Path:
    """A file to write; `name` is what messages call the option.

    Raises:
      UsageError: it is a folder, or there is no folder to write it to.
    """
    out, said = Path(text), f"{name} {clip(text)}"
    try:
        if out.is_dir():
            raise UsageError(f"{said}: found a folder; expected the name of a file")
        if not out.absolute().parent.is_dir():
            raise UsageError(f"{said}: there is no such folder to write to")
    except OSError as error:  # a name too long
        raise UsageError(f"{said}: {error.strerror}") from None
    return out


def existing(text: str, expected: str) -> Path:
    """A path that is there.

    Raises:
      UsageError: it is not.
    """
    if not _there(Path(text)):
        raise UsageError(f"{clip(text)} does not exist; expected {expected}")
    return Path(text)


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or none
        return False


def model(text: str) -> str:
    """A model's folder or a run's id; neither is opened.

    Raises:
      UsageError: it is neither.
    """
    if not text.isalnum() and not (_there(Path(text)) and Path(text).is_dir()):
        raise UsageError(
            f"{clip(text)}: no such folder; expected a folder that train --out wrote, or a run's id"
        )
    return text
