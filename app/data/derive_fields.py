"""The form of a step: a control for each field, by what the field says of itself."""

from collections.abc import Callable, Mapping, Sequence
from string import ascii_uppercase
from typing import Any, NamedTuple, get_args

import numpy as np
import pandas as pd
import streamlit as st
from pydantic.fields import FieldInfo

from core.dataset.annotation_set import AnnotationSet
from core.dataset.group_names import group_name
from core.deriving.feature_skill import feature_names
from core.deriving.step import Asked, Question, Step

_MOST_OWN_RATES = 100  # experts in the table of rates
_MOST_VALUES = 500  # of a group column
_MOST_CHOSEN = 6  # classes that are chosen to begin with
_NOWHERE = "All classes alike"


class _Field(NamedTuple):
    """A field, and what is known when it is asked for.

    Attributes:
      data: the set that is derived from.
      experts: those there are before the step.
      info: of the field. asked: how to ask for it. default: its value until it is changed.
      control: label, help and key of the control.
      given: the fields above it.
    """

    data: AnnotationSet
    experts: Sequence[str]
    info: FieldInfo
    asked: Asked
    default: Any
    control: Mapping[str, Any]
    given: Mapping[str, Any]


def ask(step: type[Step], data: AnnotationSet, experts: Sequence[str], key: str) -> dict[str, Any]:
    """Draws the controls of a kind of step and returns its fields.

    Args:
      step: the kind.
      data: the set that is derived from.
      experts: those there are before the step.
      key: what the controls' keys begin with.
    """
    given: dict[str, Any] = {"kind": step.model_fields["kind"].default}
    fields = {name: info for name, info in step.model_fields.items() if name != "kind"}
    asked = {name: _asked(info) for name, info in fields.items()}
    # The rates of single experts are rarely wanted: below the others.
    for name in sorted(fields, key=lambda n: asked[n].what == "rates"):
        info = fields[name]
        control = {"label": info.title, "help": info.description, "key": f"{key}_{name}"}
        default = None if info.is_required() else info.get_default(call_default_factory=True)
        field = _Field(data, experts, info, asked[name], default, control, given)
        given[name] = _CONTROLS[asked[name].what](field)
    return given


def _asked(info: FieldInfo) -> Asked:
    return next(m for m in info.metadata if isinstance(m, Asked))


def _name(field: _Field) -> str:
    taken = [name.casefold() for name in field.experts]
    first = field.default or "New expert"
    names = [first, *(f"{first} {letter}" for letter in ascii_uppercase[1:])]
    # A team's experts are called so with a number, hence the beginning is to be free.
    free = [n for n in names if not any(t.startswith(n.casefold()) for t in taken)]
    return st.text_input(value=(free or names)[0], **field.control)


def _share(field: _Field) -> float:
    most, value = round(100 * field.asked.high), round(100 * field.default)
    return (
        int(st.slider(min_value=0, max_value=most, value=value, format="%d %%", **field.control))
        / 100
    )


def _share_or_guess(field: _Field) -> float | None:
    key = f"{field.control['key']}_guess"
    if st.toggle("Guessing in other classes", True, key=key, help=field.control["help"]):
        return None
    return (
        int(st.slider(min_value=0, max_value=100, value=50, format="%d %%", **field.control)) / 100
    )


def _rates(field: _Field) -> dict[str, float]:
    if not 1 < len(field.experts) <= _MOST_OWN_RATES:
        return {}
    with st.expander("A rate of its own for single experts"):
        frame = pd.DataFrame({"Expert": list(field.experts), "Share to remove": np.nan})
        edited = st.data_editor(
            frame,
            hide_index=True,
            key=field.control["key"],
            disabled=["Expert"],
            column_config={
                "Share to remove": st.column_config.NumberColumn(
                    format="%.0f %%", min_value=0, max_value=100, help="Blank: the share above."
                )
            },
        )
    rates = zip(edited["Expert"], edited["Share to remove"], strict=True)
    return {name: float(rate) / 100 for name, rate in rates if pd.notna(rate)}


def _class(field: _Field) -> str:
    # Where there are two, the second is the positive one more often than not.
    classes = field.data.classes
    return st.selectbox(options=classes, index=1 if len(classes) == 2 else 0, **field.control)


def _classes(field: _Field) -> list[str]:
    least = int(field.asked.low)
    count = max(least, min(len(field.data.classes) // 2, _MOST_CHOSEN) // least * least)
    return st.multiselect(
        options=field.data.classes, default=list(field.data.classes[:count]), **field.control
    )


def _expert(field: _Field) -> str:
    return st.selectbox(options=_sources(field), **field.control)


def _sources(field: _Field) -> list[str]:
    """Those who can be copied: also the set's experts who do not stay."""
    return list(dict.fromkeys([*field.data.experts, *field.experts]))


def _experts(field: _Field) -> list[str] | None:
    return st.multiselect(options=list(field.experts), placeholder="All", **field.control) or None


def _feature(field: _Field) -> str:
    return st.selectbox(options=feature_names(field.data), **field.control)


def _group(field: _Field) -> str | None:
    needed = field.info.is_required()
    if not (needed or field.data.groups):
        return None
    options = [*([] if needed else [None]), *field.data.groups]
    return st.selectbox(
        options=options,
        format_func=lambda g: _NOWHERE if g is None else group_name(g),
        **field.control,
    )


def _values(field: _Field) -> list[str]:
    column = field.data.groups[field.given["group"]]
    options = np.unique(np.asarray(column, str)).tolist()[:_MOST_VALUES]
    control = {**field.control, "key": f"{field.control['key']}_{field.given['group']}"}
    return st.multiselect(
        options=options,
        default=options[:1],
        format_func=lambda v: v or "(blank)",
        **control,
    )


def _choice(field: _Field) -> str:
    named = dict(zip(get_args(field.info.annotation), field.asked.names, strict=True))
    return st.segmented_control(
        options=list(named),
        default=field.default,
        format_func=lambda v: named[v],
        required=True,
        **field.control,
    )


def _number(field: _Field) -> int:
    low, high = int(field.asked.low), int(field.asked.high)
    return int(st.number_input(min_value=low, max_value=high, value=field.default, **field.control))


def _shift(field: _Field) -> float:
    low, high, step = map(float, (field.asked.low, field.asked.high, field.asked.step))
    value = float(field.default)
    return float(st.slider(min_value=low, max_value=high, value=value, step=step, **field.control))


_CONTROLS: Mapping[Question, Callable[[_Field], Any]] = {
    "name": _name,
    "share": _share,
    "share_or_guess": _share_or_guess,
    "rates": _rates,
    "class": _class,
    "classes": _classes,
    "expert": _expert,
    "experts": _experts,
    "feature": _feature,
    "group": _group,
    "values": _values,
    "choice": _choice,
    "number": _number,
    "shift": _shift,
}
