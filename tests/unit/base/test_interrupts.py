import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a single process")

PRESS = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
RAISING = "from core.base import interrupts\ninterrupts.raise_once()\n"
LOST_IN_IMPORT = f"""
import sys, pathlib, tempfile
folder = tempfile.mkdtemp()
pathlib.Path(folder, "slow.py").write_text('''
try:
    {PRESS}
except BaseException:
    pass  # as compiled modules do
''')
sys.path.insert(0, folder)
import slow
"""
LOST_IN_DESTRUCTOR = f"""
class Left:
    def __del__(self):
        {PRESS}
Left()
"""
LOST_AT_THE_TOP = PRESS
TWICE = f"""
try:
    {PRESS}
except KeyboardInterrupt:
    {PRESS}  # still tidying up
    interrupts.end(130)
"""
WHILE_PYTHON_ENDS = f"""
import atexit
def press():
    {PRESS}
atexit.register(press)
interrupts.end(0)
"""


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (LOST_IN_IMPORT, 130),
        (LOST_IN_DESTRUCTOR, 130),
        (LOST_AT_THE_TOP, 130),
        (TWICE, 130),
        (WHILE_PYTHON_ENDS, 0),
    ],
)
def test_ctrl_c_ends_without_a_traceback(script: str, code: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", f"{RAISING}{script}\nprint('went on')"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ended.returncode == code
    assert "Traceback" not in ended.stderr
    assert "KeyboardInterrupt" not in ended.stderr
    assert ("went on" in ended.stdout) == (code == 0)
