"""Imports run one way: pages → app → core, and inside core in the order of DESIGN §3."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ORDER = [
    *("base", "data", "models", "em", "correctness", "methods", "training", "evaluation"),
    *("scenarios", "runs"),
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


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    assert wrong_way(path) == []


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.is_relative_to(ROOT / "core")], ids=lambda p: p.name
)
def test_core_knows_no_browser(path: Path) -> None:
    assert BROWSER.isdisjoint(name.split(".")[0] for name in imported(path))


@pytest.mark.parametrize(
    "line",
    [
        "import core.runs.store",
        "from core.runs import store",
        "from core import runs",
        "from ..runs import store",
        "from .. import runs",
        "def f():\n    from core.runs.store import RunStore",
        "import importlib\nimportlib.import_module('core.runs.store')",
        "import app.state",
    ],
)
def test_the_check_sees_every_way_to_import(line: str) -> None:
    path = ROOT / "core" / "data" / "made_up.py"
    assert wrong_way(path, ast.parse(line))


def test_every_part_of_core_is_in_the_order() -> None:
    folders = {path.parent.name for path in (ROOT / "core").glob("*/__init__.py")}
    assert folders == set(ORDER)


@pytest.mark.parametrize(
    "module",
    [
        "core.runs.service",
        "core.runs.queue",
        "core.runs.store",
        "core.runs.journal",
        "core.runs.experiment",
        "core.runs.estimate",
        "core.cli",
        "core.data.library",
        "core.data.read",
        "core.data.reader",
        "core.data.reading",
        "core.data.describe",
        "core.methods.registry",
        "core.models.registry",
        "core.models.ensemble",
        "core.runs.models",
        "core.scenarios.routed",
    ],
)
def test_module_on_the_first_pages_path_imports_nothing_slow(module: str) -> None:
    code = f"import sys, {module}; print(*{{m.split('.')[0] for m in sys.modules}})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert SLOW.isdisjoint(loaded)


# Of app/, a room per page.
ROOMS = {"home", "data", "train", "tradeoffs", "workload", "cases", "worklist", "runs"}
PURE = {"charts", "report", "results"}  # figures and tables: data in, nothing asked


@pytest.mark.parametrize(
    "path", sorted((ROOT / "app").glob("*/*.py")), ids=lambda p: str(p.relative_to(ROOT))
)
def test_rooms_of_the_app_know_only_shared_rooms(path: Path) -> None:
    own = path.parent.name
    others = {m.split(".")[1] for m in imported(path) if m.startswith("app.")} - {own}
    assert not others & ROOMS
    if own in PURE:
        assert others <= {"words", "setting_words", *PURE}
        assert "streamlit" not in {m.split(".")[0] for m in imported(path)}
