import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import ADDRESS, free_port

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGE = """
import os, sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app/router.py", default_timeout=60)
pages = ("home", "data", "train", "tradeoffs", "workload", "cases", "worklist", "runs", "compare")
for page in pages:
    app.switch_page(f"../pages/{page}.py").run()
    assert not app.exception, (page, app.exception)
print(sorted({"jax", "sklearn", "orbax"} & set(sys.modules)))
"""


def test_no_page_imports_jax_or_scikit_learn(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PAGE],
        cwd=ROOT,
        env={"CASELOAD_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("[]")


FIRST_QUESTION = """
import sys
from streamlit.testing.v1 import AppTest
from app.home import example, start
from app.shared import run_queries as queries
drawn, asked = [], []
for room, name in ((example, "picture"), (start, "sample_cards")):
    def watched(draw=getattr(room, name), name=name):
        draw()
        drawn.append(name)
    setattr(room, name, watched)
ask = queries.runs
def runs(*arguments, **options):
    asked.append((list(drawn), "mlflow" in sys.modules))
    return ask(*arguments, **options)
queries.runs = runs
app = AppTest.from_file("app/router.py", default_timeout=60).run()
assert not app.exception and not app.error
print(asked[0])
"""


def test_home_is_drawn_before_the_first_question_about_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_QUESTION],
        cwd=ROOT,
        env={"CASELOAD_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "sample_cards" in done.stdout
    assert "picture" in done.stdout
    assert done.stdout.strip().endswith("False)")


def test_the_application_does_not_import_mlflow_to_start() -> None:
    code = (
        "import sys, app.main, app.shared.run_queries; "
        "print('mlflow' in sys.modules, 'jax' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "False False"


def test_a_port_that_is_taken_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind((ADDRESS, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) > port


def test_no_free_port_is_said_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.__main__.TRIES", 1)
    with socket.socket() as taken:
        taken.bind((ADDRESS, 0))
        taken.listen()
        with pytest.raises(OSError, match="name another with --port"):
            free_port(taken.getsockname()[1])
