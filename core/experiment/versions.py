"""Versions of the packages a run was made with."""

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib import metadata

# Packages that results depend on.
PACKAGES = ("jax", "flax", "optax", "numpy", "scipy", "scikit-learn", "pandas")
# Packages that the display and storage depend on.
DASHBOARD = ("streamlit", "plotly", "numpy", "pandas", "mlflow-skinny")


def versions(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Python's version and those of the installed packages; read from their metadata only."""
    found = {"python": platform.python_version()}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


NUMBERS = 1  # raised when a change gives other numbers for the same settings and data


def numbers_version(found: Mapping[str, str]) -> str:
    """A short text that is the same for runs that would give the same numbers.

    Args:
      found: what `versions` said of a run. Python counts without its patch.
    """
    known = {**found, "python": ".".join(found.get("python", "").split(".")[:2])}
    text = json.dumps({name: known.get(name) for name in ("python", *PACKAGES)})
    return f"{NUMBERS}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
