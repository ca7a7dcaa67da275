"""Ctrl+C at many moments, once and twice: always exit 130, never a traceback."""

import os
import signal
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path

import pytest

from tests.browser.serving import free_port

ROOT = Path(__file__).resolve().parents[2]
GAPS = (None, 0.0, 0.03, 0.3, 1.3)  # seconds until it is pressed again
TRAIN = ("core", "train", "sample:fna_panel", "--epochs", "5000", "--coverage", "0.2,0.5")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a single process")


def pressed(arguments: tuple[str, ...], after: float, again: float | None, home: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, "CASELOAD_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    if again is not None:
        time.sleep(again)
        process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, (after, again, said)
    assert "Traceback" not in said
    assert "KeyboardInterrupt" not in said


@pytest.mark.parametrize("moments", [range(3, 25), range(25, 60, 5)])
def test_train(moments: range, tmp_path: Path) -> None:
    for moment, again in zip(moments, cycle(GAPS), strict=False):
        pressed(TRAIN, moment / 10, again, tmp_path)


def test_the_dashboard(tmp_path: Path) -> None:
    port = str(free_port())
    for moment, again in zip(range(2, 60, 3), cycle(GAPS), strict=False):
        pressed(("app", "--port", port, "--home", str(tmp_path)), moment / 10, again, tmp_path)


def test_inspect(tmp_path: Path) -> None:
    big = tmp_path / "set"
    big.mkdir()
    rows = "".join(f"c{i},{i % 2},{i}\n" for i in range(300_000))
    (big / "cases.csv").write_text(f"case_id,label,x\n{rows}")
    rows = "".join(f"c{i},Ann,{i % 2}\n" for i in range(300_000))
    (big / "annotations.csv").write_text(f"case_id,expert,label\n{rows}")
    for moment, again in zip(range(2, 12), cycle(GAPS), strict=False):
        pressed(("core", "inspect", str(big)), moment / 10, again, tmp_path)
