"""Many finished runs in a home, written as a worker would: python -m tests.pages.many_runs HOME."""

import argparse
from pathlib import Path

from core.config.train_config import TrainConfig
from core.experiment.events import Finished, Progress
from core.record.journal import RunJournal
from tests.pages.fixtures import make_result

METHODS = ("pl2d", "naive", "correctness")
NAMES = ("Noisy digits", "Ward round", "Night shift", "Screening")


def fill(home: Path, runs: int = 100, *, seeds: int = 1) -> list[str]:
    """Writes finished runs, the oldest first; each has metrics of a last epoch as real ones do.

    Args:
      home: folder of everything made at run time.
      runs: how many.
      seeds: per run.

    Returns:
      Their ids, in the order they were made.
    """
    journal = RunJournal(home)
    made = []
    for number in range(runs):
        method = METHODS[number % len(METHODS)]
        result = make_result(method=method, seeds=seeds, shift=-0.001 * (number % 40))
        config = TrainConfig.from_dict(result.config)
        name = f"{NAMES[number % len(NAMES)]} {number + 1}"
        run_id = journal.create(result.dataset.content_hash, result.dataset.name, config, name)
        journal.claim(run_id, "tests|1|0")
        names = ["loss", "log_likelihood", *(f"coverage_{c}" for c in config.coverage)]
        progress = Progress(stage="train", fraction=0.9, text="Training", epoch=60)
        journal.report(run_id, progress, [(name, 0.5, 60, 1000) for name in names])
        journal.finish(run_id, Finished(result=result, artifacts={}))
        made.append(run_id)
    return made


def main() -> None:
    """Fills the home that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--runs", type=int, default=100)
    options = parser.parse_args()
    print(f"{len(fill(options.home, options.runs))} runs in {options.home}")


if __name__ == "__main__":
    main()
