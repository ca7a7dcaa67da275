"""Data sets on disk, each named by its content."""

import contextlib
import json
import os
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from core.base.files import (
    check_manifest,
    folder_size,
    replace_folder,
    sweep,
    write_json,
    write_manifest,
)
from core.base.limits import LONGEST_SET_NAME
from core.base.names import refusal
from core.base.report import DataError, Report, clip, refuse
from core.dataset.annotation_set import AnnotationSet
from core.encoding.encoder import Encoder

_ARRAYS = ("split", "truth", "annotations", "annotated")
_OPTIONAL_ARRAYS = ("inputs", "ai_probabilities")
_TEXTS = ("classes", "experts", "feature_names", "excluded_experts")
_ENTRY = "entry.json"
_ENCODER = "encoder.json"
# What readers raise on files that are missing, empty, torn or something else.
_TORN = (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile, zlib.error)
_NEEDED = ("texts.json", "arrays.npz")
_HASH = re.compile(r"[0-9a-f]{16}")
_PART = ".part-"  # starts the name of a folder that is not complete yet
_STALE_SECONDS = 3600  # a temporary folder this old was left by a process that died


def home() -> Path:
    """Where everything made at run time lives: $CASELOAD_HOME, else data/store of the project."""
    given = os.environ.get("CASELOAD_HOME")
    return Path(given).expanduser() if given else Path(__file__).parents[2] / "data" / "store"


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryEntry:
    """What a list of data sets shows.

    Attributes:
      content_hash: names the content. name: what people call it.
      kind: `features`, `images` or `labels`.
      cases: how many. experts: how many. classes: how many.
      added: ISO time (UTC). simulated: whether the experts are simulated.
    """

    content_hash: str
    name: str
    kind: str
    cases: int
    experts: int
    classes: int
    added: str
    simulated: bool


class Library:
    """Data sets below a folder, one folder each: arrays as npz, everything else as JSON.

    A set appears whole or not at all, also after a power cut: it is written to a temporary folder
    beside the others, brought to disk, and then renamed. Its manifest holds checksums.

    Args:
      home: the folder; `home()` unless given. Nothing is made before the first `add`.
    """

    RENAMED = (_ENTRY,)  # the one file that changes later: a set can be renamed

    def __init__(self, home: Path | None = None):
        self.folder = (home if home is not None else globals()["home"]()) / "datasets"

    def add(self, dataset: AnnotationSet, report: Report, *, rename: bool = True) -> str:
        """Store a set and return its content hash.

        The same content is stored once; adding it again under another name renames it.

        Args:
          dataset: the set.
          report: what was noticed when it was read.
          rename: whether its name counts when the content is there already (a name that the
            program made up should not replace one that people gave).
        """
        key = dataset.content_hash
        target = self.folder / key
        entry = _entry(dataset)
        if not self._damaged(key):
            known = _read_json(target / _ENTRY)
            if rename and known.get("name") != dataset.name:
                write_json(target / _ENTRY, known | {"name": dataset.name})
            if dataset.encoder is not None and not (target / _ENCODER).exists():
                # Stored before encoders were kept: adding the set again makes up for it.
                write_json(target / _ENCODER, dataset.encoder.to_dict())
                write_manifest(target)
            return key
        self.folder.mkdir(parents=True, exist_ok=True)
        sweep(self.folder, f"{_PART}*", older_than=_STALE_SECONDS)
        with self._temporary() as folder:
            arrays = {name: getattr(dataset, name) for name in (*_ARRAYS, *_OPTIONAL_ARRAYS)}
            np.savez(folder / "arrays.npz", **{k: v for k, v in arrays.items() if v is not None})
            texts: dict[str, Any] = {name: list(getattr(dataset, name)) for name in _TEXTS}
            texts["case_ids"] = [str(i) for i in dataset.case_ids]
            texts["groups"] = {k: [str(v) for v in g] for k, g in dataset.groups.items()}
            _write_json(folder / "texts.json", texts)
            _write_json(folder / "report.json", report.to_list())
            if dataset.encoder is not None:
                _write_json(folder / _ENCODER, dataset.encoder.to_dict())
            if target.is_dir():  # damaged: what is still known of it is its name
                old = _read_json(target / _ENTRY)
                if not rename and isinstance(old, dict) and isinstance(old.get("name"), str):
                    entry = replace(entry, name=old["name"])
                os.replace(target, folder.with_name(f"{folder.name}-old"))
            _write_json(folder / _ENTRY, asdict(entry))
            write_manifest(folder)
            # Somebody else may have stored the same content just now, which is as good.
            with contextlib.suppress(OSError):
                replace_folder(folder, target)
            shutil.rmtree(folder.with_name(f"{folder.name}-old"), ignore_errors=True)
        if key not in self or check_manifest(target, ignore=self.RENAMED) != []:
            raise OSError(f"{target} could not be written")
        return key

    def _damaged(self, content_hash: str) -> bool:
        """Whether a set is not there whole; reads all of it, so that adding it again mends it."""
        if content_hash not in self:
            return True
        folder = self.folder / content_hash
        if (lost := check_manifest(folder, deep=True, ignore=self.RENAMED)) is not None:
            return bool(lost)
        try:
            self.load(content_hash)
        except DataError:
            return True
        write_manifest(folder)  # stored before manifests
        return False

    def entries(self) -> list[LibraryEntry]:
        """Every stored set, the latest first; only small files are read."""
        found = []
        for folder in self.folder.glob("[0-9a-f]*"):
            plain = _read_json(folder / _ENTRY)
            with contextlib.suppress(TypeError):
                found.append(LibraryEntry(**plain))
        return sorted(found, key=lambda e: (e.added, e.name), reverse=True)

    def damaged(self) -> dict[str, str]:
        """Sets whose files are missing or cut short, by content hash: what they are called.

        Looks at sizes only; what else is wrong shows when a set is loaded.
        """
        found = {}
        for key in self.keys():
            entry = _read_json(self.folder / key / _ENTRY)
            name = entry.get("name") if isinstance(entry, dict) else None
            named = isinstance(name, str)
            lost = check_manifest(self.folder / key, ignore=self.RENAMED)
            if lost is None:  # stored before manifests
                lost = [n for n in _NEEDED if not folder_size(self.folder / key / n)]
            if lost or not named:
                found[key] = str(name) if named else f"Data set {key[:6]}"
        return found

    def keys(self) -> list[str]:
        """Content hashes of all folders of sets, damaged ones too."""
        names = sorted(path.name for path in self.folder.glob("*") if path.is_dir())
        return [name for name in names if _HASH.fullmatch(name)]

    def __contains__(self, content_hash: object) -> bool:
        return (
            isinstance(content_hash, str)
            and _HASH.fullmatch(content_hash) is not None
            and (self.folder / content_hash / _ENTRY).is_file()
        )

    def load(self, content_hash: str) -> AnnotationSet:
        """The set with this hash.

        Raises:
          DataError: there is none, or its files are damaged.
        """
        folder = self._folder(content_hash)
        entry = _read_json(folder / _ENTRY)
        try:
            texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
            with np.load(folder / "arrays.npz", allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            dataset = AnnotationSet(
                name=entry["name"],
                simulated=entry["simulated"],
                case_ids=np.array(texts["case_ids"], dtype=str),
                groups={k: np.array(v, dtype=str) for k, v in texts["groups"].items()},
                inputs=arrays.get("inputs"),
                ai_probabilities=arrays.get("ai_probabilities"),
                **{name: arrays[name] for name in _ARRAYS},
                classes=tuple(texts["classes"]),
                experts=tuple(texts["experts"]),
                feature_names=tuple(texts["feature_names"]),
                excluded_experts=tuple(texts["excluded_experts"]),
                encoder=self.encoder(content_hash),
            )
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            EOFError,
            BadZipFile,
            zlib.error,
        ) as error:
            refuse(
                f"the stored data set “{entry.get('name', content_hash)}” is damaged",
                found="one of its files is missing"
                if isinstance(error, FileNotFoundError)
                else clip(error),
                remedy="add its files again",
            )
        # The folder's name is the hash: hashing hundreds of megabytes again can be saved.
        dataset.__dict__["content_hash"] = content_hash
        return dataset

    def encoder(self, content_hash: str) -> Encoder | None:
        """How a set's features were made; None for images and for sets stored before it was kept.

        Raises:
          DataError: there is no such set.
        """
        plain = _read_json(self._folder(content_hash) / _ENCODER)
        try:
            return Encoder.from_dict(plain) if plain else None
        except (ValueError, KeyError, TypeError):  # damaged: as good as none
            return None

    def report(self, content_hash: str) -> Report:
        """What was noticed when the set was read.

        Raises:
          DataError: there is no such set.
        """
        plain = _read_json(self._folder(content_hash) / "report.json")
        return Report.from_list(plain if isinstance(plain, list) else [])

    def rename(self, content_hash: str, name: str) -> None:
        """Call a set by another name; its content and its hash stay.

        Raises:
          DataError: there is no such set, or the name is blank.
        """
        path = self._folder(content_hash) / _ENTRY
        if why := refusal(name, "the name"):
            refuse(why)
        given = clip(name, LONGEST_SET_NAME)
        if not given:
            refuse("the name is blank", expected="a few words", remedy="give the set a name")
        write_json(path, _read_json(path) | {"name": given})

    def remove(self, content_hash: str) -> None:
        """Delete a set; it disappears at once.

        Raises:
          DataError: there is no such set.
        """
        folder = self.folder / content_hash
        if content_hash not in self.keys():  # damaged ones can be removed too
            folder = self._folder(content_hash)
        with self._temporary() as grave:
            os.replace(folder, grave / "removed")

    def _folder(self, content_hash: str) -> Path:
        if content_hash not in self:
            refuse(
                "there is no such data set in the library",
                found=repr(clip(content_hash, 40)),
                remedy="add the data set again",
            )
        return self.folder / content_hash

    @contextlib.contextmanager
    def _temporary(self) -> Iterator[Path]:
        folder = Path(tempfile.mkdtemp(prefix=_PART, dir=self.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _entry(dataset: AnnotationSet) -> LibraryEntry:
    return LibraryEntry(
        content_hash=dataset.content_hash,
        name=dataset.name,
        kind=dataset.kind,
        cases=len(dataset.case_ids),
        experts=len(dataset.experts),
        classes=len(dataset.classes),
        added=datetime.now(UTC).isoformat(timespec="milliseconds"),
        simulated=dataset.simulated,
    )


def _write_json(path: Path, plain: Any) -> None:
    path.write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")


def _read_json(path: Path) -> Any:
    """The JSON in a file; an empty dict where there is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
