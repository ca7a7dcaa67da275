"""Versions of the packages a run was made with."""

import platform
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
