"""Several findings of one folder, described side by side."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from core.base.report import DataError, clip
from core.cli.parser import with_options
from core.reading.findings import asked_for, read_findings
from core.reading.options import ReadOptions

_NAME = 24  # letters of a name in the table


def inspect(options: argparse.Namespace, error: DataError) -> tuple[dict[str, Any], str]:
    """All findings where reading asked for one: rows for JSON, and a table to look at.

    Args:
      options: of the command.
      error: why one data set could not be read.

    Raises:
      DataError: reading did not ask for a finding, one was named that there is not, or none of
        them can be read.
    """
    from core.insight.findings import compare

    findings = asked_for(error)
    if not findings or options.finding is not None:
        raise error

    def read(chosen: ReadOptions) -> Any:
        return options.path(argparse.Namespace(**vars(options) | {"finding": chosen.finding}))

    sets = read_findings(read, findings, ReadOptions())
    rows = [compare(one.finding, one.dataset) for one in sets]
    about: dict[str, list[str]] = {}
    for one in sets:
        for problem in one.report.warnings:
            about.setdefault(with_options(problem), []).append(one.finding)
    warnings = [
        warning if len(whose) == len(sets) else f"{', '.join(whose)}: {warning}"
        for warning, whose in about.items()
    ]
    return {"findings": rows, "warnings": warnings}, table(rows)


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """A line per finding: cases, prevalence, answers missing, κ, and what each expert gets right.

    Of two classes that is sensitivity / specificity, else accuracy, in percent.
    """
    experts = list(dict.fromkeys(name for row in rows for name in row["experts"]))
    head = ["finding", "cases", "positive", "missing", "kappa", *(clip(n, _NAME) for n in experts)]
    lines = [head]
    for row in rows:
        kappa = "-" if row["kappa"] is None else f"{row['kappa']['median']:.2f}"
        shares = [_percent(row["prevalence"]), _percent(row["missing_rate"])]
        own = [_expert(row["experts"].get(name), row["positive"]) for name in experts]
        lines.append([clip(row["finding"], _NAME), f"{row['cases']:,}", *shares, kappa, *own])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def _expert(own: Mapping[str, Any] | None, positive: str | None) -> str:
    if own is None:
        return "-"
    if positive is None:
        return _percent(own["accuracy"])
    return f"{_percent(own['sensitivity'])} / {_percent(own['specificity'])}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
