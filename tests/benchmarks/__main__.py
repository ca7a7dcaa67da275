"""`python -m tests.benchmarks`: the budget table, measured here and now.

Every figure is the median of several runs in this process, and compared as a ratio within the
same run where the budget is one; nothing is asserted. Close other programs first.
"""

import argparse
import importlib
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from core.training.devices import configure, device_name
from tests.benchmarks.rows import Row

# The measurements: name → module and function, imported after JAX is configured, each by itself
# (the browser's needs the dashboard installed).
SUITES = {
    "gpu": ("gpu", "measure"),
    "products": ("products", "measure"),
    "grid": ("grid", "measure"),
    "curve": ("curve", "measure"),
    "em_step": ("em_step", "measure"),
    "correctness": ("correctness", "measure"),
    "projection": ("projection", "measure"),
    "whatif": ("whatif", "measure"),
    "answers": ("answers", "measure"),
    "workloads": ("samples", "measure_workloads"),
    "scenarios": ("scenarios", "measure"),
    "samples": ("samples", "measure_teams"),
    "ai_alone": ("samples", "measure_ai"),
    "scores": ("scores", "measure"),
    "know": ("know", "measure"),
    "people": ("people", "measure"),
    "browser": ("browser", "measure"),
}


def suite(name: str) -> Callable[[], Iterable[Row]]:
    """The function that measures."""
    module, function = SUITES[name]
    return getattr(importlib.import_module(f"tests.benchmarks.{module}"), function)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these measurements")
    wanted = parser.parse_args().names
    if unknown := sorted(set(wanted) - set(SUITES)):
        sys.exit(f"unknown: {', '.join(unknown)}; there are {', '.join(SUITES)}")
    with tempfile.TemporaryDirectory(prefix="caseload-benchmarks-") as cache:
        configure(Path(cache))
        print(f"Python {platform.python_version()}, {device_name()}\n")
        print("| what | budget | measured | met |\n|---|---|---|---|")
        for name in SUITES:
            if wanted and name not in wanted:
                continue
            for row in suite(name)():
                met = {True: "yes", False: "no", None: "—"}[row.met]
                print(f"| {row.what} | {row.budget} | {row.measured} | {met} |", flush=True)


if __name__ == "__main__":
    main()
