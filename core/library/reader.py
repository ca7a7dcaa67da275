"""The process that reads one upload: `python -m core.library.reader FOLDER`.

It reads the files and the request from the folder, stores the data set, or writes new cases to the
folder, and prints progress and outcome as lines of JSON. It runs at low priority with limited
memory, and ends when its standard input closes, that is, when the process that started it is gone.
"""

import contextlib
import json
import os
import shutil
import sys
import threading
import time
import zipfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base import limits

if TYPE_CHECKING:
    from core.dataset.annotation_set import AnnotationSet

REQUEST = "request.json"
_EVERY = 0.2  # seconds between two reports of progress


def main(folder: Path) -> None:
    """Reads the upload in the folder and prints the outcome."""
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    paths = [folder / str(i) for i in range(len(request["names"]))]
    size = sum(unpacked(path) for path in paths)
    _say(size=size)
    _limit(size)
    try:
        _say(**_read(request, paths))
    except MemoryError:
        _say(memory=limits.READER_MEMORY + size)


def unpacked(path: Path) -> int:
    """Bytes of a file, of an archive with its files unpacked."""
    size = path.stat().st_size
    with contextlib.suppress(zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        with zipfile.ZipFile(path) as archive:
            size += sum(info.file_size for info in archive.infolist())
    return min(size, path.stat().st_size + limits.MOST_UNPACKED)


def seconds_for(size: int) -> float:
    """How long reading may take.

    Args:
      size: bytes of the upload, unpacked.
    """
    return limits.READER_SECONDS + limits.READER_SECONDS_PER_MIB * size / limits.MIB


def _read(request: dict[str, Any], paths: list[Path]) -> dict[str, Any]:
    from core.base.progress import heard_by
    from core.base.report import DataError
    from core.base.trouble import storage_words

    files = {n: p.read_bytes() for n, p in zip(request["names"], paths, strict=True)}
    try:
        with heard_by(_Progress()):
            if request["form"] is not None:
                return _new_cases(files, request["form"], paths[0].parent)
            return _new_set(files, request | {"folder": str(paths[0].parent)})
    except DataError as error:
        return {"refused": error.report.to_list()}
    except OSError as error:
        if (words := storage_words(error)) is None:
            raise
        return {"trouble": words}


def _new_set(files: dict[str, bytes], request: dict[str, Any]) -> dict[str, Any]:
    from core.base.progress import tell
    from core.library import kept_roles
    from core.library.passed_tables import put_down
    from core.library.store import Library
    from core.reading.findings import FindingSet, read_findings
    from core.reading.matched import ToMatch
    from core.reading.read import ReadOptions, read_files

    options = ReadOptions.model_validate(request["options"])
    home = Path(request["home"])
    several: list[FindingSet] = []
    try:
        if request["findings"]:
            read = partial(read_files, files, name=request["name"])
            several = read_findings(
                lambda chosen: read(options=chosen), request["findings"], options
            )
            sets = [(one.dataset, one.report) for one in several]
        else:
            sets = [read_files(files, name=request["name"], options=options, ask=request["ask"])]
    except ToMatch as found:
        tables, folder = found.opened.tables, Path(request["folder"])
        put_down(found.opened, kept_roles.find(home, tables), folder)
        return {"match": found.report.to_list()}
    asked = [p for _, report in sets for p in report.problems]
    if not request["confirmed"] and any(p.choices for p in asked if p.severity == "warning"):
        asked = [p for i, p in enumerate(asked) if p not in asked[:i]]
        return {"asks": [p.to_dict() for p in asked], "summary": _summary([d for d, _ in sets])}
    tell("Storing the set")
    library = Library(home)
    known = all(dataset.content_hash in library for dataset, _ in sets)
    rename = request["name"] is not None
    keys = library.add_findings(several) or [library.add(*sets[0], rename=rename)]
    if options.roles is not None:
        kept_roles.keep(home, options.roles, request["names"])
    return {"stored": keys[0], "known": known, "others": keys[1:]}


def _summary(datasets: Sequence["AnnotationSet"]) -> str:
    return "; ".join(
        f"{d.name}: {_counts(d)}" if len(datasets) > 1 else _counts(d) for d in datasets
    )


def _counts(dataset: "AnnotationSet") -> str:
    counts = {
        "cases": len(dataset.case_ids),
        "experts": len(dataset.experts),
        "classes": len(dataset.classes),
        "annotations": int(dataset.annotated.sum()),
    }
    return ", ".join(f"{number:,} {what}" for what, number in counts.items())


def _new_cases(files: dict[str, bytes], form: dict[str, Any], folder: Path) -> dict[str, Any]:
    from core.library.passed_cases import form_of, put_down
    from core.reading.new_cases import read_new_files

    cases, report = read_new_files(files, form_of(form))
    put_down(cases, folder)
    return {"read": report.to_list()}


class _Progress:
    """Prints progress at a limited rate."""

    def __init__(self) -> None:
        self._last, self._text = 0.0, ""

    def __call__(self, text: str, share: float | None) -> None:
        now = time.monotonic()
        if text != self._text or now - self._last >= _EVERY:
            self._last, self._text = now, text
            _say(text=text, share=share)


def _say(**words: Any) -> None:
    print(json.dumps(words), flush=True)


def _end_with_parent(folder: Path) -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing is ever sent, so this returns at the end
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(3)


def _limit(size: int) -> None:
    """Limits memory and time of this process, where the system can (Windows cannot)."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        most = limits.READER_MEMORY + size
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        seconds = int(seconds_for(size)) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
