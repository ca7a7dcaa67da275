"""Trains the example run shown on Home: python -m core.experiment.make_example [FILE].

A real run on a sample. Seeds are fixed, so running it again gives the same curve, but for the last
digits of another machine's arithmetic.
"""

import json
import sys
from pathlib import Path
from typing import Any

from core.base.files import to_plain
from core.config.train_config import TrainConfig
from core.experiment.events import Finished
from core.library.samples import FOLDER, load_sample

FILE = FOLDER / "example_run.json"
SAMPLE = "digits_trio"
# The rule `value` does not depend on the method, and this one trains nothing else.
CONFIG = TrainConfig(method="correctness", seeds=5)


def _rounded(value: Any) -> Any:
    """Six decimals: more than any screen shows, and few enough to read in a diff."""
    plain = to_plain(value)
    if isinstance(plain, dict):
        return {key: _rounded(item) for key, item in plain.items()}
    if isinstance(plain, list):
        return [_rounded(item) for item in plain]
    return round(plain, 6) if isinstance(plain, float) else plain


def main(arguments: list[str]) -> int:
    """Trains the example and writes its file."""
    from core.experiment.experiment import run
    from core.library import store as library
    from core.training import devices

    devices.configure(library.home() / "jax-cache")
    dataset, _ = load_sample(SAMPLE)
    for event in run(dataset, CONFIG):
        if isinstance(event, Finished):
            file = Path(arguments[0]) if arguments else FILE
            file.write_text(
                json.dumps(_rounded(event.result.to_dict()), ensure_ascii=False) + "\n", "utf-8"
            )
            print(f"{file} ({file.stat().st_size:,} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
