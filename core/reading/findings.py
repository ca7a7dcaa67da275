"""Several findings of one upload, each read as a data set; they are named together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.base.limits import LONGEST_SET_NAME
from core.base.names import visible
from core.base.report import DataError, Report, clip
from core.dataset.annotation_set import AnnotationSet
from core.reading.options import ReadOptions

TIE = " · "  # between the name of the upload and that of the finding
Read = Callable[[ReadOptions], tuple[AnnotationSet, Report]]


@dataclass(frozen=True, slots=True)
class FindingSet:
    """A finding, the data set about it, and what was noticed when it was read."""

    finding: str
    dataset: AnnotationSet
    report: Report


def asked_for(error: DataError) -> list[str]:
    """The findings of which reading asked for one; empty where it was refused for other reasons."""
    choices = [c for p in error.report.errors for c in p.choices if c.option == "finding"]
    return [str(choice.value) for choice in choices]


def read_findings(read: Read, findings: Sequence[str], options: ReadOptions) -> list[FindingSet]:
    """A data set per finding; those that cannot be used are named in a warning on the others.

    Args:
      read: reads a data set as the options say.
      findings: to read.
      options: of all.

    Raises:
      DataError: none of them can be used; says why the first one cannot.
    """
    sets, refused = [], []
    first: DataError | None = None
    for finding in findings:
        try:
            dataset, report = read(options.model_copy(update={"finding": finding}))
        except DataError as error:
            first = first or error
            refused.append(f"{finding}: {error.report.errors[0].what}")
            continue
        name = clip(f"{dataset.name}{TIE}{visible(finding)}", LONGEST_SET_NAME)
        sets.append(FindingSet(finding, replace(dataset, name=name), report))
    if first is not None and not sets:
        raise first
    for one in sets if refused else []:
        one.report.warn(
            "other findings of the same files could not be used",
            examples=refused,
            count=len(refused),
        )
    return sets
