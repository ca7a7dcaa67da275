"""What import-linter (pyproject.toml) cannot say: the drawing, and speed."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SLOW = {"jax", "jaxlib", "flax", "optax", "mlflow", "sklearn", "orbax"}


def test_the_drawing_shows_the_rooms_in_their_order() -> None:
    drawing = (ROOT / "core" / "README.md").read_text("utf-8").split("```")[1]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    assert [line.split()[0] for line in drawing.splitlines() if line[:1].isalpha()] == layers[::-1]


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
