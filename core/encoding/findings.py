"""What happened to columns on encoding, told once per kind."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool

from core.base.report import Report, clip, listed


@dataclass
class Findings:
    """What happened to the columns, collected so that each kind is reported once."""

    imputed: dict[str, int] = field(default_factory=dict)
    infinite: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    constant: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    heavy: list[str] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    commas: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    unseen: dict[str, int] = field(default_factory=dict)

    def missing(self, name: str, text: np.ndarray, missing: Bool[np.ndarray, " N"]) -> None:
        """Missing numbers of a column: cells that are blank, and words such as NaN."""
        count = int(missing.sum())
        if not count:
            return
        words = int((text[missing] != "").sum())
        if words:
            self.infinite[name] = words
        if count > words:
            self.imputed[name] = count - words

    def coded(self, name: str, codes: tuple[float, ...], where: Bool[np.ndarray, " N"]) -> None:
        """Numbers of a column that stand for missing."""
        if where.any():
            of = ", ".join(f"{code:g}" for code in codes)
            self.codes[f"{name}: {of}"] = int(where.sum())

    def blank(self, name: str, blank: Bool[np.ndarray, " N"]) -> None:
        """Blank cells of a column of categories."""
        if blank.any():
            self.imputed[name] = int(blank.sum())

    def written(self, name: str, unit: str, *, decimal_comma: bool) -> None:
        """How the numbers of a column are written."""
        if unit:
            self.units[name] = unit
        if decimal_comma:
            self.commas.append(name)

    def tell(self, report: Report) -> None:
        """Say each kind once."""
        if self.imputed:
            report.warn(
                "features have blank or missing cells",
                found=_counts(self.imputed),
                remedy="they get the median of train (categories: none), and a column that says so "
                "where train has such cases; fill them in if you can",
                count=sum(self.imputed.values()),
            )
        if self.infinite:
            report.warn(
                "features have infinite or NaN cells, which are taken as missing",
                found=_counts(self.infinite),
                remedy="they get the median of train",
                count=sum(self.infinite.values()),
            )
        if self.codes:
            report.warn(
                "features have numbers that stand for missing",
                found=_counts(self.codes),
                remedy="these cells are taken as missing; if they are measured, name the words for "
                "missing yourself, and only these count",
                count=sum(self.codes.values()),
            )
        if self.empty:
            report.warn(
                "features without any value in train are left out", found=listed(self.empty)
            )
        if self.unclear:
            report.warn(
                "commas that may divide thousands or be decimal signs are read as thousands",
                found=listed(self.unclear),
                remedy="1,234 is read as 1234; if it is 1.234, write points or save the table with "
                "semicolons between the cells",
                count=len(self.unclear),
            )
        if self.texts:
            report.warn(
                "text columns with a different text in most cases are left out",
                found=listed(self.texts),
                remedy="call a column group_… to keep it beside the cases without using it",
            )
        if self.unseen:
            report.warn(
                "cases have categories that no train case has",
                found=_counts(self.unseen),
                remedy="they count as another category",
                count=sum(self.unseen.values()),
            )
        if self.constant:
            report.note(
                f"features with one value in all train cases are left out: {listed(self.constant)}"
            )
        if self.units:
            shown = listed(f"{name}: {unit}" for name, unit in self.units.items())
            report.note(f"numbers with a unit are read without it: {shown}")
        if self.commas:
            report.note(f"commas are read as decimal signs: {listed(self.commas)}")
        if self.heavy:
            report.note(f"heavy-tailed features are scaled by rank: {listed(self.heavy)}")


def _counts(found: dict[str, int]) -> str:
    return ", ".join(f"{clip(k, 60)!r} {v}" for k, v in list(found.items())[:8]) + (
        f" and {len(found) - 8} more columns" if len(found) > 8 else ""
    )
