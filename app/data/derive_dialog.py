"""The dialog that derives a set: steps, the accuracies that result, a name and a seed."""

import json
from typing import Any

import streamlit as st

from app.data import derive_fields, derive_queries, derive_words
from app.shared import data_queries, state, trouble, views, words
from core.base.limits import LONGEST_SET_NAME
from core.base.names import isolated
from core.base.report import DataError, clip, listed
from core.dataset.annotation_set import AnnotationSet
from core.deriving.recipe import Recipe
from core.deriving.registry import KINDS
from core.deriving.step import Step
from core.deriving.team import Team

_STEPS = "derive_steps"  # in the session: steps above the form, and how often they were changed
_STORED = "derive_stored"  # what was just stored
_REFUSED = "derive_refused"  # why a file is no recipe
_KEEP = {"all": "Keep all", "none": "Leave out", "some": "Choose"}
_NO_MORE = "none"  # in place of a kind
MOST_SEED = 2**31
_ROWS = 11  # of the table; more scroll


def arrive() -> None:
    """Chooses a set that was just derived; to be called before the picker is drawn."""
    if (data_id := st.session_state.pop(_STORED, None)) is not None:
        state.choose("data", data_id)
        title = data_queries.entries()[data_id].title
        st.toast(f"Stored as “{views.escape(title)}”.", icon=":material/check:")


def forget() -> None:
    """Forgets the steps; the dialog starts afresh when it is opened again."""
    st.session_state.pop(_STEPS, None)


def draw(data_id: str) -> None:
    """The dialog's content."""
    data = data_queries.dataset(data_id)
    steps = _steps()
    left, right = st.columns([2, 3], gap="large")
    with left:
        for i, step in enumerate(steps):
            _listed(i, step)
        kept, last = _form(data, steps)
        _from_file(data)
    with right:
        plain = [*(step.model_dump(mode="json") for step in steps), *last]
        _results(data_id, data, {"keep_experts": kept, "steps": plain}, bool(last))


def _results(data_id: str, data: AnnotationSet, plain: Any, more: bool) -> None:
    """What the recipe makes, and the buttons; `more` says whether its last step is in the form."""
    results = st.container()
    name, seed = _named(data_id)
    with results:
        try:
            recipe = Recipe.read(plain)
        except ValueError as error:
            problem = str(error).partition(": ")[2]
            st.warning(views.escape(words.sentence(problem)), icon=":material/edit:")
            return
        try:
            _table(data_id, data, recipe, seed)
        except DataError as error:
            views.problems(error.report)
            return
    _buttons(data_id, recipe, seed, name, more)


def _steps() -> tuple[Step, ...]:
    steps: tuple[Step, ...] = st.session_state.setdefault(_STEPS, ((), 0))[0]
    return steps


def _set_steps(steps: tuple[Step, ...]) -> None:
    """Replaces the steps above the form, which starts afresh."""
    st.session_state[_STEPS] = (steps, st.session_state[_STEPS][1] + 1)


def _listed(i: int, step: Step) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{i + 1}. {views.escape(words.sentence(step.sentence()))}")
        st.button(
            "Remove this step",
            key=f"derive_remove_{i}",
            type="tertiary",
            icon=":material/close:",
            on_click=_remove,
            args=(i,),
        )


def _remove(i: int) -> None:
    steps = _steps()
    _set_steps((*steps[:i], *steps[i + 1 :]))


def _form(
    data: AnnotationSet, steps: tuple[Step, ...]
) -> tuple[list[str] | None, list[dict[str, Any]]]:
    """Asks for the next step; returns the set's experts who stay, and the step if there is one."""
    key = f"derive_{st.session_state[_STEPS][1]}"
    kinds = {name: step.label for name, step in KINDS.items() if step.fits(data)}
    options = [_NO_MORE, *kinds] if steps else list(kinds)
    kind = st.selectbox(
        "Step" if not steps else "Next step",
        options,
        format_func=lambda k: kinds.get(k, "No further step"),
        key=f"{key}_kind",
    )
    if kind != _NO_MORE:
        st.caption(KINDS[kind].help)
    kept = _kept(data, steps[0].kind if steps else kind)
    if kind == _NO_MORE:
        return kept, []
    stay = data.experts if kept is None else kept
    experts = [*stay, *(name for step in steps for name in step.adds())]
    return kept, [derive_fields.ask(KINDS[kind], data, experts, f"{key}_{kind}")]


def _kept(data: AnnotationSet, first: str) -> list[str] | None:
    """The set's experts who stay, None for all; `first` is the kind of the first step."""
    if not data.experts:
        return None
    # A team is to work alone; other steps change or add to what is there.
    key = f"derive_keep_{first}"
    choice = st.segmented_control(
        "The set's own experts",
        list(_KEEP),
        default="none" if KINDS[first] is Team else "all",
        format_func=_KEEP.__getitem__,
        required=True,
        key=key,
    )
    if choice == "some":
        return st.multiselect("Keep", data.experts, key=f"{key}_who", placeholder="Nobody")
    return None if choice == "all" else []


def _named(data_id: str) -> tuple[str, int]:
    """The name of the set, blank for the usual one, and the seed."""
    left, right = st.columns([3, 1], gap="medium")
    with right:
        seed = st.number_input(
            "Seed", 0, MOST_SEED, 0, key="derive_seed",
            help="Decides what is drawn; the same seed gives the same set.",
        )  # fmt: skip
    with left:
        name = st.text_input(
            "Name of the new set",
            key="derive_name",
            max_chars=LONGEST_SET_NAME,
            placeholder=isolated(derive_queries.default_name(data_id, int(seed))),
        )
    return name.strip(), int(seed)


def _table(data_id: str, data: AnnotationSet, recipe: Recipe, seed: int) -> None:
    """The experts that result, with their accuracy."""
    experts = derive_queries.preview(data_id, recipe.model_dump_json(), seed)
    frame = derive_words.table(experts, data.classes)
    shares = [c for c in frame if c.startswith((derive_words.EXPECTED, derive_words.DRAWN))]
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(frame) <= _ROWS else 422,
        placeholder="–",
        column_config={
            "Expert": st.column_config.TextColumn(width=105, pinned=True),
            "Before": st.column_config.NumberColumn(
                format="localized", help="Annotations in the original set."
            ),
            "Annotations": st.column_config.NumberColumn(
                format="localized", help="Over all splits."
            ),
            "Training": st.column_config.NumberColumn(
                format="localized", help="Annotations of training cases."
            ),
            **{c: st.column_config.NumberColumn(format="%.1f %%") for c in shares},
        },
        alt=f"{words.count(len(frame), 'expert')} that result, with annotations and accuracy",
    )
    if away := [e.name for e in experts if not e.train]:
        st.warning(
            f"Without a training annotation: {views.escape(words.listing(away))}. Nothing can be "
            "learnt about these experts, so they get no cases unless wanted.",
            icon=":material/warning:",
        )
    st.caption(
        "Expected accuracy is exact: the mean over everything that could be drawn, on all cases "
        "that the expert annotates. “As drawn” is with this seed. Both are also given per class: "
        "the accuracy on the cases of that class."
    )


def _buttons(data_id: str, recipe: Recipe, seed: int, name: str, more: bool) -> None:
    with st.container(horizontal=True, gap="small"):
        create = st.button(
            "Create the set", key="derive_create", type="primary", icon=":material/save:"
        )
        if more:
            st.button(
                "Add another step",
                key="derive_add",
                icon=":material/add:",
                on_click=_set_steps,
                args=(recipe.steps,),
            )
        recipe_button(recipe, "derive_recipe")
    if create:
        try:
            stored = derive_queries.store(data_id, recipe, seed, name)
        except (DataError, OSError) as error:
            trouble.show(error)
            return
        st.session_state[_STORED] = stored
        st.rerun()


def recipe_button(recipe: Recipe, key: str) -> None:
    """A button that downloads a recipe."""
    st.download_button(
        "Recipe as JSON",
        lambda: json.dumps(recipe.plain(), indent=2, ensure_ascii=False),
        "recipe.json",
        "application/json",
        key=key,
        on_click="ignore",
        icon=":material/download:",
        help="For this dialog, or for `python -m core derive SET --recipe recipe.json`.",
    )


def _from_file(data: AnnotationSet) -> None:
    """Takes the steps from a recipe that was downloaded before."""
    with st.expander("Use a recipe from a file"):
        key = f"derive_file_{st.session_state[_STEPS][1]}"
        st.file_uploader("Recipe (JSON)", ["json"], key=key, on_change=_take_file, args=(key, data))
        if why := st.session_state.pop(_REFUSED, None):
            st.error(f"This recipe cannot be used: {views.escape(why)}", icon=":material/error:")


def _take_file(key: str, data: AnnotationSet) -> None:
    """Takes over the steps of a file, and who stays; a callback, as it sets other controls."""
    if (file := st.session_state.get(key)) is None:
        return
    try:
        recipe = Recipe.read(json.loads(file.getvalue()))
    except (ValueError, RecursionError) as error:
        st.session_state[_REFUSED] = clip(error)
        return
    if unknown := set(recipe.keep_experts or ()) - set(data.experts):
        st.session_state[_REFUSED] = f"the set has no experts {listed(sorted(unknown))}"
        return
    _set_steps(recipe.steps)
    kept, own = recipe.keep_experts, f"derive_keep_{recipe.steps[0].kind}"
    st.session_state[own] = "all" if kept is None else "some" if kept else "none"
    st.session_state[f"{own}_who"] = list(kept or ())
