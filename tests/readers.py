"""Readers of uploads that need not import anything: forked from a process that has."""

import multiprocessing
import os
import sys
from collections.abc import Iterator
from multiprocessing import spawn
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from core.library import intake, reader

_NEEDED = (
    "core.library.reader",
    "core.library.kept_roles",
    "core.library.passed_cases",
    "core.library.passed_tables",
    "core.library.store",
    "core.reading.matched",
    "core.reading.new_cases",
    "core.reading.read",
)


class Forked:
    """A reader, with what its starter uses of `subprocess.Popen`."""

    def __init__(self, folder: Path):
        context = multiprocessing.get_context("forkserver")
        read, self.stdin = context.Pipe(duplex=False)
        self._process = context.Process(target=_main, args=(folder, read))
        self._process.start()
        read.close()

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()

    def wait(self) -> None:
        self._process.join()


@pytest.fixture(scope="module")
def forked_readers() -> Iterator[None]:
    """Has uploads read by forked readers.

    A reader as the program starts it imports for a second: tests/unit/reading/test_reading.py and
    the browser have these.
    """
    if os.name != "posix":  # Windows cannot fork
        yield
        return
    multiprocessing.get_context("forkserver").set_forkserver_preload(list(_NEEDED))
    launch, usual, prepare = intake.Reading._launch, intake._READER, spawn.get_preparation_data

    def start(self: intake.Reading) -> object:
        return Forked(self._folder) if intake._READER == usual else launch(self)

    def prepare_without_main(name: str) -> dict[str, Any]:
        # Where a page is tested, its script is the main module.
        return {k: v for k, v in prepare(name).items() if not k.startswith("init_main_")}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake.Reading, "_launch", start)
        patch.setattr(spawn, "get_preparation_data", prepare_without_main)
        yield


def _main(folder: Path, stdin: Connection) -> None:
    sys.stdin = os.fdopen(stdin.fileno(), closefd=False)
    for number, name in ((1, "said"), (2, "errors")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT, 0o600), number)
    reader.main(folder)
