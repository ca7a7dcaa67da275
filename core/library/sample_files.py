"""The files of a sample data set, packed so that the same content makes the same bytes."""

import io
import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int, Int8, Int32, UInt8
from PIL import Image

from core.dataset.annotation_set import Split


class SampleFiles(NamedTuple):
    """Files of one sample, by path."""

    name: str
    files: dict[str, bytes]


def write(sample: SampleFiles, folder: Path) -> None:
    """Write a sample's files below `folder`."""
    for name, data in sample.files.items():
        path = folder / sample.name / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def png(photo: UInt8[np.ndarray, "16 16"]) -> bytes:
    """A photo as an RGB PNG."""
    stream = io.BytesIO()
    Image.fromarray(np.repeat(photo[:, :, None], 3, axis=2)).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    """An uncompressed zip with a fixed date, so that the same files give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.external_attr, info.create_system = 0o644 << 16, 3
            archive.writestr(info, data)
    return stream.getvalue()


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A table as CSV."""
    return frame.to_csv(index=False, lineterminator="\n").encode()


def about(name: str) -> bytes:
    """about.json of a sample: its name, and that its experts are simulated."""
    return (json.dumps({"name": name, "simulated": True}) + "\n").encode()


def split_names(split: Int8[np.ndarray, " N"]) -> list[str]:
    """The word for each case's split."""
    return [Split(s).name.lower() for s in split]


def annotations_csv(
    ids: list[str],
    experts: list[str],
    classes: tuple[str, ...],
    answers: Int32[np.ndarray, "N M"],
    present: Bool[np.ndarray, "N M"],
) -> bytes:
    """annotations.csv: a row per annotation that is present."""
    rows, columns = np.nonzero(present)
    frame = pd.DataFrame(
        {
            "case_id": [ids[i] for i in rows],
            "expert": [experts[m] for m in columns],
            "label": [classes[c] for c in answers[rows, columns]],
        }
    )
    return csv_bytes(frame)


def counts_table(split: Int8[np.ndarray, " N"], present: Bool[np.ndarray, "N M"]) -> str:
    """Cases and annotations per split, as a table in Markdown."""
    lines = ["| split | cases | annotations | missing |", "|---|---|---|---|"]
    for part in Split:
        mine = present[split == part]
        name = part.name.lower()
        lines.append(f"| {name} | {len(mine)} | {int(mine.sum())} | {1 - mine.mean():.1%} |")
    missing = f"{1 - present.mean():.1%}"
    return "\n".join([*lines, f"| all | {len(split)} | {int(present.sum())} | {missing} |"])


def skills_table(
    experts: list[str],
    classes: tuple[str, ...],
    truth: Int[np.ndarray, " N"],
    answers: Int32[np.ndarray, "N M"],
    present: Bool[np.ndarray, "N M"],
) -> str:
    """Each expert's share of right annotations, as drawn."""
    head = "| expert | all | " + " | ".join(classes) + " |"
    lines = [head, "|---" * (len(classes) + 2) + "|"]
    for m, name in enumerate(experts):
        right, here = answers[:, m] == truth, present[:, m]
        shares = [right[here & (truth == c)].mean() for c in range(len(classes))]
        cells = " | ".join(f"{s:.0%}" for s in shares)
        lines.append(f"| {name} | {right[here].mean():.1%} | {cells} |")
    title = "\n## Share of the annotations that are right, per true class\n\n"
    return title + "\n".join(lines) + "\n"
