"""Names of per-expert JSON files: [label_]<expert>_<split>[_<rate>].json."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.base.report import Report, clip, listed, refuse
from core.dataset.annotation_set import Split
from core.matching.names import SPLIT_WORDS
from core.reading.splits import DRAW, split_named
from core.reading.truth import offers

# Shorter or more general words are also names of experts and of other files.
_SPLITS = sorted(
    {"val", "dev"}
    | {
        word.replace(" ", "[-_ ]?")
        for words in SPLIT_WORDS.values()
        for word in words
        if len(word) > 3 and word not in ("learn", "calibration", "development")
    }
)
_NAME = re.compile(
    rf"^(?:(?:label[-_ ])?(?P<expert>.+?)[-_ ])?"
    rf"(?P<split>(?:{'|'.join(_SPLITS)})(?:s?[-_ ]?(?:set|data|daten|datensatz))?)"
    r"(?:[-_ ](?P<rate>\d*\.?\d+))?\.json$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ManifestFile:
    """The parts of a file's name.

    Attributes:
      name: the file's name. expert: who annotated, None for the ground truth.
      split: of its cases. rate: missing rate of a variant, as written.
    """

    name: str
    expert: str | None
    split: Split
    rate: str | None


def manifest_files(names: Sequence[str]) -> list[str]:
    """The files of a folder that follow the naming rule."""
    return [n for n in names if "/" not in n and _NAME.match(n)]


def choose_files(
    names: Sequence[str],
    rate: str | None,
    report: Report,
    *,
    drawn: bool = False,
    truth: bool = True,
) -> list[ManifestFile]:
    """The files to read, one per expert and split, sorted.

    Args:
      names: every file of the set.
      rate: which variant to prefer; None: leave variants out, with a warning.
      report: takes warnings.
      drawn: whether splits are drawn, so that any split's ground truth will do.
      truth: whether there must be a ground truth.

    Raises:
      DataError: no file of the ground truth or of an expert, two for the same, no such rate.
    """
    parsed = []
    for name in manifest_files(names):
        match = _NAME.match(name)
        assert match is not None
        split = split_named(match["split"])
        assert split is not None
        parsed.append(ManifestFile(name, match["expert"], split, match["rate"]))
    others = [
        n
        for n in names
        if "/" not in n and n.lower().endswith(".json") and not _NAME.match(n) and n != "about.json"
    ]
    if others:
        report.warn(
            "JSON files that do not follow the naming rule are ignored",
            found=listed(others),
            expected="[label_]<expert>_<split>.json, or <split>.json for the ground truth",
            count=len(others),
        )
    rates = sorted({f.rate for f in parsed if f.rate}, key=float)
    if rate is not None:
        wanted = _as_number(rate)
        if wanted not in map(float, rates):
            refuse(
                f"no file has the rate {clip(rate)!r}",
                found=f"the rates {', '.join(rates)}" if rates else "no file with a rate",
                expected="one of the rates in the files",
                remedy="choose one of these, or none",
                report=report,
            )
        with_rate = {(f.expert, f.split) for f in parsed if f.rate and float(f.rate) == wanted}
        parsed = [
            f
            for f in parsed
            if (float(f.rate) == wanted if f.rate else (f.expert, f.split) not in with_rate)
        ]
    else:
        variants = [f for f in parsed if f.rate]
        parsed = [f for f in parsed if not f.rate]
        if variants:
            report.warn(
                "variants with a missing rate are ignored",
                found=f"{len(variants)} files, such as {listed([v.name for v in variants], 2)}",
                remedy=f"choose a rate ({', '.join(rates)}) to read them",
                count=len(variants),
            )
    return _one_each(parsed, report, drawn=drawn, truth=truth)


def _one_each(
    files: list[ManifestFile], report: Report, *, drawn: bool, truth: bool
) -> list[ManifestFile]:
    seen: dict[tuple[str | None, Split], ManifestFile] = {}
    for file in files:
        other = seen.setdefault((file.expert, file.split), file)
        if other is not file:
            report.error(
                "two files are for the same expert and split",
                found=listed([other.name, file.name]),
                expected="one file each",
                remedy="delete or rename one of them",
            )
    others = any(file.expert is None for file in files)
    if truth and (None, Split.TRAIN) not in seen and not (drawn and others):
        report.error(
            "there is no ground truth for the train cases",
            found=listed([f.name for f in files]) or "no file",
            expected="train.json beside the experts' files",
            remedy="add train.json, a list of entries with file and label, or choose a consensus "
            "of the experts as the truth",
            choices=[*([DRAW] if others else []), *offers(predictable=False)],
        )
    if not any(f.expert for f in files):
        report.error(
            "there are no experts' files",
            found=listed([f.name for f in files]) or "no file",
            expected="files such as label_A_train.json",
            remedy="add one file per expert and split",
        )
    report.stop()
    return sorted(files, key=lambda f: (f.expert or "", f.split))


def _as_number(rate: str) -> float:
    try:
        return float(rate)
    except ValueError:
        return math.nan
