"""Words of an upload: spellings of classes, and words of a split column."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.data.matching.held import WORDED, Held
from app.shared import views, words
from core.matching.facts import Column, grade
from core.matching.grades import classes_of, grades_of
from core.matching.names import split_of
from core.matching.roles import UNUSED, Role, SplitUse

if TYPE_CHECKING:
    from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

_MOST_SPELLINGS = 300
_TRAIN: SplitUse = "train"
_MOST_WORDS = 40  # of a split column
_SPLITS: Mapping[SplitUse, str] = {
    "train": "Training",
    "validation": "Validation",
    "test": "Test",
    UNUSED: "Not used",
}


def draw_classes(held: Held) -> None:
    """An editable table of spellings and the classes they mean."""
    columns = held.used(*WORDED)
    if not columns or held.roles.by_presence:
        return
    truths, answers = _counts(held.used(Role.TRUTH)), _counts(held.used(Role.ANSWER))
    spellings = list(dict.fromkeys([*truths, *answers, *_counts(held.used(Role.AI_CLASS))]))
    if grades_of(held.tables, held.final):
        spellings = sorted(spellings, key=_place)
    if len(spellings) > _MOST_SPELLINGS:
        return
    merged = held.final.classes
    odd = strange(held)
    key = held.key("spellings_open")
    opens = held.opens(key, bool(odd) or any(merged.get(w, w) != w for w in spellings))
    meant = {merged.get(word, word) for word in spellings} - {""}
    title = f"**Classes** · {words.count(len(meant), 'class', 'classes')}"
    if len(spellings) > len(meant):
        title += f" in {words.count(len(spellings), 'spelling')}"
    with st.expander(title, opens, key=key, on_change="rerun") as place:
        if not place.open:
            return
        st.caption(
            "Spellings with the same class count as one. Leave the class blank where a spelling is "
            "no answer."
        )
        rows = str(hash(tuple(spellings)))
        base = held.frame(
            "spellings",
            rows,
            lambda: pd.DataFrame(
                {
                    "Spelling": views.isolate(spellings),
                    "Ground truth": [truths.get(w, 0) for w in spellings],
                    "Answers": [answers.get(w, 0) for w in spellings],
                    "Class": [merged.get(w, w) for w in spellings],
                }
            ),
        )
        edited = st.data_editor(
            base,
            key=held.key("spellings", rows),
            hide_index=True,
            num_rows="fixed",
            height="content" if len(spellings) <= 12 else 420,
            disabled=["Spelling", "Ground truth", "Answers"],
            column_config={
                "Ground truth": st.column_config.NumberColumn("Cases", format="localized"),
                "Answers": st.column_config.NumberColumn(format="localized"),
            },
            alt="Spellings of classes and the class of each, editable",
        )
        for word, label in zip(spellings, edited["Class"], strict=True):
            label = label.strip() if isinstance(label, str) else ""
            if label != merged.get(word, word):
                held.spelt[word] = label
        if held.final.classes != merged:
            st.rerun()  # for what is said above the table


def _place(word: str) -> float:
    """Where a spelling stands among grades; other words are last."""
    found = grade(word)
    return float("inf") if found is None else found.value


def strange(held: Held) -> list[str]:
    """Answers that are no class of the ground truth."""
    classes = held.final.classes
    known = {classes.get(word, word) for word in _counts(held.used(Role.TRUTH))} | {""}
    said = _counts(held.used(Role.ANSWER))
    if len(known) == 1 or held.roles.by_presence:
        return []
    if held.roles.cut is not None and grades_of(held.tables, held.final):
        known |= {classes.get(w, w) for w in said if grade(classes.get(w, w))}  # any grade is cut
    return [word for word in said if classes.get(word, word) not in known][:_MOST_SPELLINGS]


def _counts(columns: list[Column]) -> dict[str, int]:
    """How often each word stands in the columns."""
    found: dict[str, int] = {}
    for column in columns:
        numbers = pd.Series(column.codes[column.codes >= 0]).value_counts()
        for code, n in numbers.items():
            word = str(column.levels[code])
            found[word] = found.get(word, 0) + int(n)
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def draw_splits(held: Held) -> None:
    """What each word of the split column means; folds are chosen as a whole."""
    counts = _counts(held.used(Role.SPLIT))
    if not counts or len(counts) > _MOST_WORDS:
        return
    known = {word: split_of(word) for word in counts}
    folds = len(counts) > 2 and all(word.isdigit() for word in counts)
    key = held.key("splits_open")
    opens = held.opens(key, not all(known.values()))
    title = "**Splits** · which cases are for what"
    with st.expander(title, opens, key=key, on_change="rerun") as place:
        if folds:
            _folds(held, sorted(counts, key=int), place)
        else:
            _words(held, counts, place)


def _words(held: Held, counts: dict[str, int], place: "ExpanderContainer") -> None:
    splits = dict(held.roles.splits)
    if place.open:
        cells = [column for _ in range(0, len(counts), 4) for column in st.columns(4)]
        for i, (word, n) in enumerate(counts.items()):
            now = splits.get(word)
            chosen = cells[i].selectbox(
                views.escape(f"“{word}” ({words.count(n, 'row')})"),
                list(_SPLITS),
                format_func=lambda split: _SPLITS[split],
                key=held.key("split", word),
                index=None if now is None else list(_SPLITS).index(now),
                placeholder="Choose",
            )
            if chosen:
                splits[word] = chosen
    held.change(splits={word: split for word, split in splits.items() if word in counts})


def _folds(held: Held, folds: list[str], place: "ExpanderContainer") -> None:
    """Test and validation folds; the others are for training."""
    said: dict[str, SplitUse] = {w: held.roles.splits.get(w, "train") for w in folds}
    if not held.roles.splits.keys() & said.keys():
        said[folds[-1]] = "test"
    if place.open:
        left, right = st.columns(2)
        with left:
            said |= _fold(held, said, "test", "Test folds")
        with right:
            said |= _fold(held, said, "validation", "Validation folds")
        st.caption("The cases of all other folds are for training.")
    held.change(splits=said)


def _fold(
    held: Held, said: Mapping[str, SplitUse], split: SplitUse, label: str
) -> dict[str, SplitUse]:
    """The folds of one split, and of training those that were taken from it."""
    mine = [word for word in said if said[word] == split]
    key = held.key("folds", split)
    chosen = st.multiselect(label, list(said), mine, key=key, placeholder="none")
    others = dict.fromkeys((w for w in said if said[w] == split), _TRAIN)
    return others | dict.fromkeys(chosen, split)


def open_words(held: Held) -> list[str]:
    """Words of the split column that mean nothing yet."""
    return [w for w in _counts(held.used(Role.SPLIT)) if w not in held.roles.splits]


def classes(held: Held) -> list[str]:
    """The classes of the ground truth."""
    return classes_of(held.tables, held.final)
