"""What is said where the ground truth seems to be made of the experts' own answers."""

from core.base.report import Report, clip
from core.dataset.annotation_set import AnnotationSet
from core.dataset.truth_source import BY_CHANCE, find_truth_source

_SHOWN = 8  # experts


def tell_truth_source(dataset: AnnotationSet, report: Report) -> None:
    """Say if an expert's answers, or the majority of the experts', are the ground truth.

    Args:
      dataset: the set.
      report: takes a warning, or a note where accurate experts explain it as well.
    """
    if dataset.simulated:
        return
    found = find_truth_source(
        dataset.truth,
        dataset.annotations,
        dataset.annotated,
        dataset.experts,
        len(dataset.classes),
    )
    if found.alike:
        shown = [
            f"{clip(name, 40)}'s in {right:,} of {cases:,} cases"
            for name, (right, cases) in list(found.alike.items())[:_SHOWN]
        ]
        more = len(found.alike) - len(shown)
        report.warn(
            "an expert's answers are the ground truth",
            found=", ".join(shown) + (f" and those of {more:,} more" if more else ""),
            remedy="if the truth was taken from this expert, their accuracy says nothing",
            count=len(found.alike),
        )
    if found.majority is None:
        return
    right, cases = found.majority
    agrees = f"{right:,} of the {cases:,} cases that have one"
    if found.chance < BY_CHANCE:
        report.warn(
            "the ground truth is the majority of the experts' answers",
            found=agrees,
            remedy="if it was made of these answers, every expert's accuracy is too high",
        )
    else:
        report.note(
            f"the majority of the experts' answers is the ground truth in {agrees}, as it may be "
            "of accurate experts. If the truth was made of these answers, every expert's accuracy "
            "is too high"
        )
