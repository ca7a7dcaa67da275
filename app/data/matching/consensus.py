"""Whether a consensus of the readers takes the place of a ground truth that is missing."""

import streamlit as st

from app.data import upload_choices
from app.shared import words
from core.base.report import Choice
from core.consensus.methods import TEXTS, possible
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
    picked = st.radio(
        f"{without:,} of {found.cases:,} cases have no ground truth. Take a consensus of the "
        "readers as their truth?",
        options,
        options.index(now),
        format_func=lambda name: texts[name][:1].upper() + texts[name][1:],
        key=_KEY,
        help="It is then said on every page and in every download, and a reader's accuracy is "
        "measured against the consensus of the others.",
    )
    known = words.count(found.with_truth, "case")
    st.caption(
        f"How often each is right in the {known} with a known truth is shown after reading, before "
        "anything is stored."
        if found.with_truth
        else "No case has a known truth, so how often a consensus is right cannot be checked."
    )
    if picked != chosen():
        upload_choices.make([Choice("consensus", picked, texts[picked])])
        st.rerun()
