"""The screen “Match the columns”: what follows from the roles, and the roles."""

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from app.data import remarks, upload_files
from app.data.matching import consensus, labels, scores, tables
from app.data.matching.held import Held
from app.shared import views, words
from core.base.report import Report, clip, listed
from core.matching.summary import Summary

_READERS = 10  # named in one line
_NO_TRUTH = (
    "**A ground truth is needed: the right class of each case.** If one of the columns below holds "
    "it, give that column the role “Ground truth”. If not, add a file with the case ids and the "
    "right classes under “Files”: what is matched here is kept. Or take a consensus of the readers "
    "as the truth, below."
)


def draw(held: Held, foot: Callable[[Held, str], None]) -> None:
    """The screen.

    Args:
      held: what is matched.
      foot: draws the name, the buttons and what came of reading, given why nothing can be read
        yet, or "".
    """
    _lead(held)
    scores.draw_finding(held)
    top = st.container()
    tables.draw(held)
    scores.draw(held)
    labels.draw_classes(held)
    labels.draw_splits(held)
    findings = held.roles.findings
    if bool(findings) != bool(held.roles.finding) or (
        findings and held.roles.finding not in findings
    ):
        held.change(finding=findings[0] if findings else "")
        st.rerun()
    with top:
        _follows(held, foot)
    st.download_button(
        "Roles as JSON",
        lambda: held.final.model_dump_json(indent=2),
        "roles.json",
        "application/json",
        key="match_roles",
        type="tertiary",
        on_click="ignore",
        icon=":material/download:",
        help="For `--roles` on the command line, or to upload beside files with the same columns.",
    )


def _lead(held: Held) -> None:
    names = [clip(n, 40) for n in upload_files.held()]
    opened = held.passed.opened
    what = f" Recognised as {words.listing(opened.understood)}." if opened.understood else ""
    views.title(
        "Match the columns",
        f"Check what each column of {views.escape(words.listing(names, 3))} is for, then read the "
        f"data set.{views.escape(what)}",
    )
    if (origin := _origin(held)) is not None:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.caption(f":material/history: {origin}", width="content")
            if held.origin == "kept":
                st.button(
                    "Use the guess instead",
                    key="match_guess",
                    type="tertiary",
                    icon=":material/undo:",
                    on_click=held.take,
                    args=(held.passed.opened.roles, "guess"),
                )
    title = "**Files** · " + views.escape(words.listing(names, 4)) + " · add or remove"
    with st.expander(title, expanded=not held.summary().with_truth):
        upload_files.draw()


def _origin(held: Held) -> str | None:
    kept, given = held.passed.kept, held.passed.opened.given
    if held.origin == "given":
        return f"Matched as in {views.escape(given)}."
    if held.origin == "kept" and kept is not None:
        day = datetime.fromisoformat(kept.used).astimezone()
        files = views.escape(words.listing([clip(f, 40) for f in kept.files], 3))
        return f"Matched as on {day.day} {day:%b %Y} for {files}."
    return None


def _follows(held: Held, foot: Callable[[Held, str], None]) -> None:
    """The figures, the readers, the problems, and what can be done."""
    found = held.summary()
    _figures(held, found)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _counts(found)
        if not found.report.errors and found.with_truth < found.cases:
            consensus.draw(found, _NO_TRUTH)
        if odd := labels.strange(held):
            named = views.escape(words.listing([f"“{clip(w, 40)}”" for w in odd], 5))
            st.warning(
                f"**No case has the ground truth {named}, but readers answered it.** Under "
                "“Classes” below, write the class that is meant. What stays so counts as wrong; a "
                "blank removes these answers, and readers who often give them then look better.",
                icon=":material/warning:",
            )
        views.problems(found.report)
        _opening(held.report)
    with right:
        foot(held, blocked(held, found))


def blocked(held: Held, found: Summary) -> str:
    """Why the data set cannot be read yet, in a sentence; "" if it can."""
    if found.report.errors:
        return "Mend the problems shown in red first."
    if not found.with_truth and consensus.chosen() == consensus.NONE:
        return "A ground truth, or a consensus in its place, is needed first."
    if len(found.classes) < 2 and consensus.chosen() == consensus.NONE:
        return "The ground truth has one class only; at least two are needed."
    if odd := labels.open_words(held):
        return f"Say under “Splits” what {listed(odd, 3)} means."
    return ""


def _figures(held: Held, found: Summary) -> None:
    everyone = found.with_truth == found.cases
    truth = (
        "none" if not found.with_truth else "for all" if everyone else f"for {found.with_truth:,}"
    )
    shown = (
        ("Cases", f"{found.cases:,}"),
        ("Readers", f"{len(found.answers):,}"),
        ("Answers", f"{sum(found.answers.values()):,}"),
        ("Missing", words.percent(found.missing) if found.answers else words.UNKNOWN),
        ("Ground truth", truth),
        ("Features", f"{found.features:,}"),
    )
    with st.container(horizontal=True, border=True, key="match_figures"):
        for label, value in shown:
            st.metric(label, value, width=150)


def _counts(found: Summary) -> None:
    for label, counts in (("Readers", found.answers), ("Classes", found.classes)):
        if counts:
            names = [f"{views.escape(clip(n, 30))} ({k:,})" for n, k in counts.items()]
            more = f" · and {len(names) - _READERS:,} more" if len(names) > _READERS else ""
            st.markdown(f"**{label}** {' · '.join(names[:_READERS])}{more}")
    if found.ais == 1:
        st.markdown("**AI** Its predictions are taken from the file.")
    elif found.ais:
        st.markdown(
            f"**AIs** {found.ais}, with predictions from the files. Coverage counts one of them, "
            "which can be chosen before the set is stored; the others can get cases as experts can."
        )


def _opening(report: Report) -> None:
    """What was noticed while opening the files."""
    if report.problems:
        count = words.count(len(report.problems), "remark")
        with st.expander(f"{count} on opening the files", expanded=bool(report.errors)):
            views.problems(report)
            remarks.downloads(report, "upload", "match_report")
