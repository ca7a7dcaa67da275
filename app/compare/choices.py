"""The form of a comparison: which cells, with which settings."""

from typing import Any

import streamlit as st

from app.compare import sweep_queries
from app.shared import data_queries, state, views, words
from app.shared.compare_link import BASE
from app.shared.settings_link import STEPS
from core.base.names import isolated
from core.bench.spec import KINDS, MISSINGNESS, SpecError, SweepSpec
from core.config.train_config import ConfigError, TrainConfig
from core.methods.registry import METHODS

_LONGEST = 120
_DEFAULT = TrainConfig()
# Parts of a run's settings that the form itself asks for, or that name experts.
_ASKED = (
    *("method", "missing_rate", "humans", "seeds", "seed", "coverage", "epochs"),
    *("lower", "upper", "missing_rates", "off_duty"),
)


def draw_form() -> tuple[SweepSpec | None, str]:
    """The form; gives what is chosen, or why it cannot be compared."""
    entries = {i: e for i, e in data_queries.entries().items() if not e.damaged}
    name = _text("compare_name", "Name", "Comparison")
    open_elsewhere = st.session_state.get("data")
    first = open_elsewhere if open_elsewhere in entries else next(iter(entries))
    data = _several(
        "compare_data", "Data sets", {i: isolated(e.title) for i, e in entries.items()}, [first]
    )
    labels = {m: f"{spec.label} ({m})" for m, spec in METHODS.items()}
    usual = [m for m in (_DEFAULT.method, "naive", "correctness") if m in METHODS]
    methods = _several("compare_methods", "Methods", labels, usual)
    left, right = st.columns(2)
    with left:
        rates = _rates()
    with right:
        policies = {key: choice.label for key, choice in words.HUMANS.items()}
        humans = _several(
            "compare_humans", "How experts share what the AI leaves", policies, ["free"]
        )
    seeds, epochs, step = st.columns(3)
    with seeds:
        many = _whole(
            "compare_seeds",
            "Seeds per cell",
            3,
            1,
            1000,
            "Intervals and tests are over seeds: at least 3, better 5 or more.",
        )
    with epochs:
        long = _whole(
            "compare_epochs",
            "Epochs",
            _DEFAULT.epochs,
            1,
            100_000,
            "Passes over all training cases.",
        )
    with step:
        steps = {str(s): f"every {s} %" for s in (10, *(s for s in STEPS if s != 10))}
        state.option("compare_step", steps, "10")
        every = st.selectbox(
            "Points of the curve",
            list(steps),
            format_func=lambda one: steps[one],
            key="compare_step",
            persist_state="session",
        )
    against, rule = _compared(methods)
    sensitivity = _sensitivity()
    chosen: dict[str, Any] = {
        "name": name or "Comparison",
        "data": [sweep_queries.given(one) for one in data],
        "methods": methods,
        "missing_rates": rates,
        "humans": humans,
        "seeds": many,
        "train": _others() | {"epochs": long, "coverage": _coverage(int(every or 10))},
        "against": against,
        "rule": rule,
        "sensitivity": sensitivity,
    }
    for what, found in (("data set", data), ("method", methods), ("policy", humans)):
        if not found:
            return None, f"Choose at least one {what}."
    try:
        return SweepSpec.read(chosen), ""
    except (SpecError, ConfigError) as error:
        return None, words.sentence(str(error))


def _text(key: str, label: str, default: str) -> str:
    state.adopt(key, default)
    return st.text_input(label, key=key, max_chars=_LONGEST, persist_state="session").strip()


def _several(key: str, label: str, choices: dict[str, str], default: list[str]) -> list[str]:
    # The session holds it for the widget.
    state.adopt(key, default, valid=lambda value: all(one in choices for one in value))
    return list(
        st.multiselect(
            label, list(choices), format_func=lambda one: choices[one], key=key,
            persist_state="session",
        )
    )  # fmt: skip


def _whole(key: str, label: str, default: int, least: int, most: int, text: str) -> int:
    held = state.whole(key, default, least, most, always=True)
    value = st.number_input(
        label, least, most, held, step=1, key=key, help=text, persist_state="session"
    )
    return default if value is None else int(value)


def _rates() -> list[float]:
    choices = [f"{rate:g}" for rate in range(0, 100, 10)]
    held = st.session_state.get("compare_rates") or []
    offered = sorted({*choices, *(one for one in held if _is_rate(one))}, key=float)
    state.adopt("compare_rates", ["0"], valid=lambda value: all(map(_is_rate, value)))
    found = st.multiselect(
        "Annotations removed before training, %",
        offered,
        key="compare_rates",
        accept_new_options=True,
        persist_state="session",
        help="Share of the present training annotations, removed at random per seed. Type another "
        "number to add it.",
    )
    return sorted({float(one) / 100 for one in found if _is_rate(one)}) or [0.0]


def _is_rate(text: Any) -> bool:
    try:
        return 0 <= float(text) < 100
    except (TypeError, ValueError):
        return False


def _compared(methods: list[str]) -> tuple[str | None, str]:
    left, right = st.columns(2)
    with left:
        options = methods or [_DEFAULT.method]
        state.option("compare_against", options, options[0])
        against = st.selectbox(
            "Test the others against",
            tuple(options),
            format_func=words.method_name,
            key="compare_against",
            persist_state="session",
        )
    with right:
        state.option("compare_rule", words.RULES, "priced")
        rule = st.selectbox(
            "Decision rule",
            list(words.RULES),
            format_func=words.rule_name,
            key="compare_rule",
            persist_state="session",
            help="“Most likely right” does not depend on the method, so its figures are the same "
            "for all that have it. A method without the rule is shown under its own.",
        )
    return (against if methods else None), rule or "priced"


def _sensitivity() -> dict[str, list[Any]]:
    """Settings to vary one at a time, around the first missing rate and policy."""
    found: dict[str, list[Any]] = {}
    with st.expander("Sensitivity: vary one setting at a time", icon=":material/tune:"):
        st.caption(
            "Every value is one more cell per data set and method, with the smallest missing rate "
            "and the first policy chosen above."
        )
        fields = [
            ("batch_size", "Batch sizes", "64, 256"),
            ("learning_rate", "Learning rates", "0.01, 0.1"),
        ]
        if any(one.name == "alpha" for spec in METHODS.values() for one in spec.settings):
            fields.append(("alpha", "Label noise α", "0.0001, 0.01"))
        for column, (name, label, example) in zip(st.columns(len(fields)), fields, strict=True):
            with column:
                state.adopt(f"compare_{name}", "")
                typed = st.text_input(
                    label, key=f"compare_{name}", placeholder=example, persist_state="session"
                )
            if values := [part.strip() for part in typed.split(",") if part.strip()]:
                found[name] = values
        kinds = _several("compare_missingness", "Which annotations are removed", KINDS, [])
        st.caption("At the largest missing rate chosen above.")
        if kinds:
            found[MISSINGNESS] = kinds
    return found


def _coverage(step: int) -> list[float]:
    return [share / 100 for share in (*range(0, 100, step), 100)]


def _others() -> dict[str, Any]:
    """Settings that Train sent and the form does not ask for, where they are no defaults."""
    base = st.session_state.get(BASE)
    if not base:
        return {}
    plain = _DEFAULT.to_dict()
    kept = {
        name: value
        for name, value in base.items()
        if name not in _ASKED and value != plain.get(name)
    }
    if kept:
        said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in kept.items())
        st.caption(f"Also as on the Train page: {views.escape(said)}.")
        if st.button("Use the defaults instead", key="compare_forget", icon=":material/undo:"):
            del st.session_state[BASE]
            st.rerun()
    return kept
