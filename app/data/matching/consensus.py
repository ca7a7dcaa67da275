"""Whether a consensus of the readers takes the place of a ground truth that is missing."""

from collections.abc import Mapping

import streamlit as st

from app.data import upload_choices
from app.shared import words
from core.base.report import Choice
from core.consensus.checks import Check
from core.consensus.methods import TEXTS, by, possible
from core.matching.summary import Summary

NONE = "none"
_KEY = "upload_choice_consensus"  # forgotten with the other choices


def chosen() -> str:
    """The consensus that was chosen; `NONE` where none was."""
    found: str = upload_choices.chosen().consensus
    return found


def draw(found: Summary, warning: str) -> None:
    """The control; nothing is assumed.

    Args:
      found: what the upload amounts to, with cases without a ground truth.
      warning: said where no case has one and nothing is chosen.
    """
    if not found.with_truth and chosen() == NONE:
        st.warning(warning, icon=":material/flag:")
    options = [NONE, *possible(predictable=found.ais > 0 or found.features > 0)]
    without = found.cases - found.with_truth
    leaves = f"leave {'it' if without == 1 else 'them'} out"
    texts = {NONE: leaves if found.with_truth else "no: I will add a ground truth", **TEXTS}
    now = chosen() if chosen() in options else NONE
    checks: dict[str, Check] = {check.method: check for check in found.checks}
    picked = st.radio(
        f"{without:,} of {found.cases:,} cases have no ground truth. Take a consensus of the "
        "readers as their truth?",
        options,
        options.index(now),
        format_func=lambda name: texts[name][:1].upper() + texts[name][1:],
        captions=[_caption(name, checks) for name in options] if checks else None,
        key=_KEY,
        help="It is then said on every page and in every download, and a reader's accuracy is "
        "measured against the consensus of the others.",
    )
    st.caption(_checked(found, checks))
    if picked != chosen():
        upload_choices.make([Choice("consensus", picked, texts[picked])])
        st.rerun()


def _caption(name: str, checks: Mapping[str, Check]) -> str:
    """How often a consensus is right, below its name."""
    if name in checks:
        return checks[name].text.capitalize()
    return "" if name == NONE else "Checked after reading, before anything is stored"


def _checked(found: Summary, checks: Mapping[str, Check]) -> str:
    """What the shares below the names are, or where they will be shown."""
    if not found.with_truth:
        return "No case has a known truth, so how often a consensus is right cannot be checked."
    known = words.count(found.with_truth, "case")
    if not checks:
        return (
            f"How often each is right in the {known} with a known truth is shown after reading, "
            "before anything is stored."
        )
    return (
        "A consensus that does not use the known truths is compared with them. In brackets: 95 % "
        f"intervals, {by(next(iter(checks.values())).worth)}; where they overlap much, none is "
        "shown to be better."
    )
