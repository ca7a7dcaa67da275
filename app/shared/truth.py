"""Says on a page, and in what is downloaded from it, that the ground truth is a consensus."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.base.report import clip
from core.consensus.methods import LABELS, in_short, measured, sure
from core.results.models import RunResult

_SAID = "truth_said"  # in the session: what the open page says of the truth
BY_CONSENSUS = "truth by consensus"


def begin() -> None:
    """At the start of a page: nothing is said yet."""
    st.session_state[_SAID] = ""


def say(found: Mapping[str, Any] | None, of: str = "") -> None:
    """The line that says so; nothing where the truth is known.

    Args:
      found: `core.dataset.consensus.Consensus.summary`.
      of: name of the run that it is about, escaped, where several are shown.
    """
    if found is None:
        return
    said = st.session_state.get(_SAID, "")
    short = in_short(found)
    st.session_state[_SAID] = "; ".join(filter(None, [said, short]))
    about = f" of “{of}”" if of else ""
    st.caption(
        f":material/groups: **Ground truth by consensus**{about}: {LABELS[found['method']]}, for "
        f"{found['cases']:,} of {found['of']:,} cases; {sure(found)}. {measured(found['method'])}"
    )


def said() -> str:
    """What the open page says of the truth, for a column of its tables; empty for nothing."""
    return clip(st.session_state.get(_SAID, ""), 300)


def of_run(result: RunResult) -> dict[str, Any] | None:
    """The consensus of a run's data set, as `say` takes it; None where the truth is known."""
    known = result.dataset.consensus
    return None if known is None else known.model_dump()
