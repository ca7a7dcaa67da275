"""A run's folder: the files of a finished run.

`result.json` (what the command line prints), `config.json`, `curve.csv`, `history.parquet`,
`outputs_seed{K}.npz`, the models that new cases can be scored with
(`core.experiment.kept_models`), and `manifest.json`, the checksums of all of them.
"""

import io
import os
import re
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from core.base.files import (
    MANIFEST,
    atomic_write,
    check_manifest,
    json_text,
    read_json,
    replace_folder,
    write_manifest,
)
from core.consensus.methods import in_short
from core.experiment.events import Finished
from core.results import stored
from core.results.models import RunResult

RESULT, CONFIG, CURVE, HISTORY = "result.json", "config.json", "curve.csv", "history.parquet"
WEIGHTS = "weights"  # a folder of runs of earlier versions; unused
MODEL = "model.json"  # beside it model_seed{K}.npz
AREAS = "areas"  # AUC-CAC of every resample, per rule: [seeds, resamples]
LIVE_POINTS = "points.json"  # points that have finished while the run goes on
LOG = "log.txt"
CHANGING = (LIVE_POINTS, LOG)  # written while a run trains or fails; not part of its results


def write(folder: Path, finished: Finished) -> None:
    """Writes all files of a finished run; they are on disk when this returns.

    `result.json` is written last but for the manifest, so a folder with a result is complete.

    Args:
      folder: created if it does not exist.
      finished: the event that ended the experiment.

    Raises:
      ValueError: an artifact's name is not a plain file name, or its content is of unknown type.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in finished.artifacts.items():
        file = _file_name(name, content)
        atomic_write(folder / file, _bytes(file, content))
    if not (folder / CURVE).exists():
        atomic_write(folder / CURVE, _csv(curve_frame(finished.result)))
    atomic_write(folder / CONFIG, json_text(finished.result.config).encode())
    atomic_write(folder / RESULT, json_text(finished.result.to_dict()).encode())
    write_manifest(folder)


def lost_files(folder: Path) -> list[str]:
    """Missing or truncated files in a finished run's folder; empty if it is complete.

    Compares sizes with the manifest. Without a manifest, empty files and an unreadable result
    count.

    Args:
      folder: of the run.
    """
    wrong = check_manifest(folder, ignore=CHANGING)
    if wrong is not None:
        return wrong
    lost = [] if read_json(folder / RESULT) else [RESULT]
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in CHANGING)
    empty = (path.relative_to(folder).as_posix() for path in files if not path.stat().st_size)
    return list(dict.fromkeys([*lost, *sorted(empty)]))


def write_whole(folder: Path, finished: Finished) -> None:
    """Writes a run folder completely or not at all.

    Args:
      folder: must not exist, be empty, or hold an earlier run, which is replaced.
      finished: the event that ended the experiment.

    Raises:
      OSError: no space or no permission; nothing is left behind.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as place:
        new, old = Path(place) / "new", Path(place) / "old"
        write(new, finished)
        if folder.exists():
            os.replace(folder, old)
        replace_folder(new, folder)


def is_run_folder(folder: Path) -> bool:
    """Whether the folder was written by `write` and holds nothing else.

    A new run replaces a run folder, so a folder with other files in it is not one.
    """
    known = {RESULT, CONFIG, CURVE, HISTORY, WEIGHTS, MODEL, f"{AREAS}.npz", MANIFEST, *CHANGING}
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    seeds = r"(outputs|model)_seed\d+\.npz"
    others = {name for name in names - known if not re.fullmatch(seeds, name)}
    return {RESULT, CONFIG} <= names and not others


def read_result(folder: Path) -> RunResult:
    """The result of a run folder.

    Raises:
      FileNotFoundError: the run has not finished.
      UnknownVersionError: it is in another format.
      ValueError: it is damaged.
    """
    return stored.read((folder / RESULT).read_bytes())


def of_another_version(folder: Path) -> bool:
    """Whether another version of the program wrote the result; damage and absence do not count."""
    try:
        with (folder / RESULT).open("rb") as file:
            if stored.begins_present(file.read(64)):
                return False
        read_result(folder)
    except stored.UnknownVersionError:
        return True
    except (OSError, ValueError):
        return False
    return False


def read_outputs(
    folder: Path, seed: int, names: Collection[str] | None = None
) -> dict[str, np.ndarray]:
    """Arrays of `outputs_seed{seed}.npz`: outputs on validation and test cases.

    Args:
      folder: the run's folder.
      seed: of the run.
      names: read only these arrays, if they exist; None for all.

    Raises:
      FileNotFoundError: the run has not finished or has no such seed.
    """
    return _arrays(folder / f"outputs_seed{seed}.npz", names)


def read_areas(folder: Path) -> dict[str, np.ndarray]:
    """AUC-CAC of every resample of the test cases, [S, R] per rule.

    Raises:
      FileNotFoundError: the run has not finished.
    """
    return _arrays(folder / f"{AREAS}.npz")


def _arrays(path: Path, names: Collection[str] | None = None) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as arrays:
        known = {_today(name): name for name in arrays.files}
        return {n: arrays[old] for n, old in known.items() if names is None or n in names}


def _today(name: str) -> str:
    """The current name of an array that earlier versions named differently."""
    return name.replace("log_gate_", "scores_", 1) if name.startswith("log_gate_") else name


def curve_frame(result: RunResult) -> Any:
    """One row per point of the result: coverage, accuracy, workload and bounds per agent."""
    import pandas as pd

    rows = []
    for point in result.points:
        low, high = point.accuracy_interval or (None, None)
        rows.append(
            {
                "target": point.target,
                "seed": point.seed,
                "rule": point.rule,
                "coverage": point.coverage,
                "accuracy": point.accuracy,
                "accuracy_low": low,
                "accuracy_high": high,
                "measured_share": point.measured_share,
                # Hard workloads are whole cases; half a case in a thousand is no breach.
                "within_bounds": all(
                    low - 5e-4 <= point.workload[agent] <= high + 5e-4
                    for agent, (low, high) in point.bounds.items()
                ),
                **{f"workload {agent}": share for agent, share in point.workload.items()},
                **{f"least {agent}": low for agent, (low, _) in point.bounds.items()},
                **{f"greatest {agent}": high for agent, (_, high) in point.bounds.items()},
            }
        )
        if (known := result.dataset.consensus) is not None:
            rows[-1]["ground_truth"] = in_short(known.model_dump())
    return pd.DataFrame(rows)


def _file_name(name: str, content: Any) -> str:
    if PurePosixPath(name).name != name or name in (
        RESULT,
        CONFIG,
        WEIGHTS,
        MANIFEST,
        "",
        ".",
        "..",
    ):
        raise ValueError(f"artifact name {name!r}; expected a plain file name of its own")
    if PurePosixPath(name).suffix:
        return name
    if hasattr(content, "to_parquet"):
        return f"{name}.parquet"
    return f"{name}.npz" if isinstance(content, Mapping) else f"{name}.txt"


def _bytes(name: str, content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode()
    if hasattr(content, "to_parquet"):
        return _frame(name, content)
    if isinstance(content, Mapping) and name.endswith(".npz"):
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **content)
        return buffer.getvalue()
    if isinstance(content, Mapping | list) and name.endswith(".json"):
        return json_text(content).encode()
    raise ValueError(f"artifact {name} is a {type(content).__name__}; expected text, bytes, arrays")


def _frame(name: str, frame: Any) -> bytes:
    if name.endswith(".csv"):
        return _csv(frame)
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _csv(frame: Any) -> bytes:
    from core.base.export import csv_text

    return csv_text(frame).encode()
