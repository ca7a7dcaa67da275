"""Imports run one way: pages → app → core, and inside core as core/README.md draws it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ORDER = [
    *("base", "encoding", "dataset", "reading", "insight", "library", "models", "em"),
    *("correctness", "methods", "config", "training", "allocation", "evaluation", "results"),
    *("scenarios", "experiment", "record", "worker", "cli"),
]
HOUSES = ["core", "app", "pages"]
BROWSER = {"streamlit", "plotly"}
SLOW = {"jax", "jaxlib", "flax", "optax", "mlflow", "sklearn", "orbax"}
FILES = sorted(path for house in HOUSES for path in (ROOT / house).rglob("*.py"))


def imported(path: Path, tree: ast.AST | None = None) -> Iterator[str]:
    """Every module that the file imports, at any depth, relative names made absolute."""
    package = path.relative_to(ROOT).with_suffix("").parts
    package = package[:-1]  # of a module and of an __init__ alike
    for node in ast.walk(tree or ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *(node.module.split(".") if node.module else ())))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            yield from (
                a.value
                for a in node.args
                if isinstance(a, ast.Constant) and isinstance(a.value, str)
            )


def rank(module: str) -> int | None:
    """Place in the order, the command line's files after core's parts; None for others."""
    parts = module.split(".")
    if parts[0] == "core":
        if len(parts) > 1 and parts[1] in ORDER:
            return ORDER.index(parts[1])
        # `import core` or `from core import x` alone reaches nothing.
        return len(ORDER) if len(parts) > 1 else None
    return {"app": len(ORDER) + 1, "pages": len(ORDER) + 2}.get(parts[0])


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def wrong_way(path: Path, tree: ast.AST | None = None) -> list[str]:
    own = rank(module_name(path))
    if own is None:
        return []
    return [name for name in imported(path, tree) if (rank(name) or 0) > own]


def test_imports_run_one_way() -> None:
    wrong = {str(path.relative_to(ROOT)): wrong_way(path) for path in FILES}
    assert len(wrong) > 300
    assert {path: names for path, names in wrong.items() if names} == {}


def test_core_knows_no_browser() -> None:
    core = [path for path in FILES if path.is_relative_to(ROOT / "core")]
    knows = {path: BROWSER & {name.split(".")[0] for name in imported(path)} for path in core}
    assert len(knows) > 150
    assert {path: names for path, names in knows.items() if names} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import core.record.store",
        "from core.record import store",
        "from core import record",
        "from ..record import store",
        "from .. import record",
        "def f():\n    from core.record.store import RunStore",
        "import importlib\nimportlib.import_module('core.record.store')",
        "import app.state",
    ],
)
def test_the_check_sees_every_way_to_import(line: str) -> None:
    path = ROOT / "core" / "dataset" / "made_up.py"
    assert wrong_way(path, ast.parse(line))


def test_every_part_of_core_is_in_the_order() -> None:
    folders = {path.parent.name for path in (ROOT / "core").glob("*/__init__.py")}
    assert folders == set(ORDER)


def test_the_drawing_shows_the_rooms_in_their_order() -> None:
    drawing = (ROOT / "core" / "README.md").read_text("utf-8").split("```")[1]
    assert [line.split()[0] for line in drawing.splitlines() if line[:1].isalpha()] == ORDER


# What the first page's path imports.
FIRST = (
    "core.worker.service",
    "core.worker.queue",
    "core.record.store",
    "core.record.journal",
    "core.experiment.experiment",
    "core.record.estimate",
    "core.cli.main",
    "core.library.store",
    "core.reading.read",
    "core.library.reader",
    "core.library.intake",
    "core.insight.describe",
    "core.methods.registry",
    "core.models.registry",
    "core.models.ensemble",
    "core.experiment.kept_models",
    "core.scenarios.routed",
)
_EACH = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    print(name, *{m.split('.')[0] for m in sys.modules})
"""


def test_modules_on_the_first_pages_path_import_nothing_slow() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", _EACH, *FIRST], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(loaded) == len(FIRST)
    for name, *modules in map(str.split, loaded):
        assert SLOW.isdisjoint(modules), name


# Of app/, a room per page.
ROOMS = {"home", "data", "train", "tradeoffs", "workload", "cases", "worklist", "runs"}
PURE = {"charts", "report", "results"}  # figures and tables: data in, nothing asked


def test_rooms_of_the_app_know_only_shared_rooms() -> None:
    for path in sorted((ROOT / "app").glob("*/*.py")):
        own = path.parent.name
        others = {m.split(".")[1] for m in imported(path) if m.startswith("app.")} - {own}
        assert not others & ROOMS, path
        if own in PURE:
            assert others <= {"words", "setting_words", *PURE}, path
            assert "streamlit" not in {m.split(".")[0] for m in imported(path)}, path
