"""`python -m tests.benchmarks`: the budget table, measured here and now.

Every figure is the median of several runs in this process, and compared as a ratio within the
same run where the budget is one; nothing is asserted. Close other programs first.
"""

import argparse
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from core.training.devices import configure, device_name
from tests.benchmarks.rows import Row


def suites() -> dict[str, Callable[[], list[Row]]]:
    """The measurements by name; imported late, after JAX is configured."""
    from tests.benchmarks import (
        answers,
        browser,
        correctness,
        em_step,
        grid,
        projection,
        samples,
        scenarios,
        whatif,
    )

    return {
        "grid": grid.measure,
        "em_step": em_step.measure,
        "correctness": correctness.measure,
        "projection": projection.measure,
        "whatif": whatif.measure,
        "answers": answers.measure,
        "workloads": samples.measure_workloads,
        "scenarios": scenarios.measure,
        "samples": samples.measure_teams,
        "ai_alone": samples.measure_ai,
        "browser": browser.measure,
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these measurements")
    wanted = parser.parse_args().names
    with tempfile.TemporaryDirectory(prefix="caseload-benchmarks-") as cache:
        configure(Path(cache))
        print(f"Python {platform.python_version()}, {device_name()}\n")
        print("| what | budget | measured | met |\n|---|---|---|---|")
        known = suites()
        unknown = sorted(set(wanted) - set(known))
        if unknown:
            sys.exit(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}")
        for name, measure in known.items():
            if wanted and name not in wanted:
                continue
            for row in measure():
                met = {True: "yes", False: "no", None: "—"}[row.met]
                print(f"| {row.what} | {row.budget} | {row.measured} | {met} |", flush=True)


if __name__ == "__main__":
    main()
