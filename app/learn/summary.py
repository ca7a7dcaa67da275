"""The lesson on one page to print, and the table of the papers' symbols."""

import numpy as np
import pandas as pd
import streamlit as st

from app.learn import bounds, choices, deciding, lesson_queries, player, world
from app.learn.parts import table
from app.shared import state, templates, words
from core.lesson.world import EXPERTS, ROUNDS

SYMBOLS = (
    ("x, y", "a case's features; its ground truth", "inputs, truth"),
    ("t⁽ᵐ⁾", "the annotation of expert m; may be missing", "annotations, annotated"),
    ("z; M + 1", "the agent who decides; the AI", "agent; the last agent"),
    ("g(x; γ)", "gating model: Pr(z | x)", "gate (log_gate)"),
    ("f(x; θₘ)", "what a model expects expert m to answer", "experts (log_experts)"),
    ("S, α", "Pr(truth | annotation): nearly always the same", "likelihood.log_link, ALPHA"),
    ("ℓₙ", "how well agent n's answer fits the truth", "agent_log_likelihood"),
    ("q(z)", "responsibility: who deserves the credit", "posterior.exact, mean_field, naive"),
    ("q(t)", "what a missing annotation probably was", "Posterior.annotation"),
    ("q̃", "responsibilities within the bounds", "workload.project"),
    ("ε_l, ε_u", "minimum and maximum workload", "WorkloadBounds.lower, upper"),
    ("μ = λ_u − λ_l", "price of an agent", "Projection.prices, fit_prices"),
    ("τ, Algorithm 2", "coverage with hindsight: looks at the test set", "allocation.posthoc"),
    ("v(x)", "expected correctness: Pr(agent n is right | x)", "expected_correctness"),
)
_IDEAS = (
    ("The world", "Every agent is good at some cases. Choosing well beats every single agent."),
    ("A mixture", "The gating model says from the features alone who should decide."),
    (
        "Missing annotations",
        "A missing answer is not a refusal: similar cases show what it probably was.",
    ),
    ("E-step", "Responsibility is what was expected of an agent times how well its answer fits."),
    ("Bounds", "A price per agent moves the doubtful cases until the mean workload is allowed."),
    (
        "M-step",
        "The models move towards the responsibilities; with all cases in one batch the likelihood "
        "never falls.",
    ),
    (
        "Deciding",
        "Prices fitted beforehand keep shares on target; hindsight needs the test set. g says "
        "whose answers explain the truths, v how likely each agent is right.",
    ),
)


def draw_button(lesson: choices.Lesson) -> None:
    """The table of symbols, and a button that downloads the page."""
    with st.expander("Symbols of the papers, and names in the program", icon=":material/function:"):
        table(
            pd.DataFrame(SYMBOLS, columns=["Symbol", "What it is", "In the program"]),
            "Symbols of the papers and names in the program",
        )
    link = state.address()
    st.download_button(
        "One page to print",
        data=lambda: page(lesson, link),
        file_name="learning_to_defer.html",
        mime="text/html",
        icon=":material/print:",
        on_click="ignore",
        key="learn_summary",
        help="Opens in any browser, also offline; print it from there.",
    )


def page(lesson: choices.Lesson, link: str) -> str:
    """The page as HTML.

    Args:
      lesson: what is chosen.
      link: to the lesson as it is.
    """
    setting = lesson.setting
    places = [
        f"expert {n} good {world.where(p)}" for n, p in zip(EXPERTS, setting.places, strict=True)
    ]
    return templates.render(
        "learn/summary.html.jinja",
        about=f"World {setting.seed}: {setting.classes} classes, {words.listing(places)}; "
        f"{words.percent(setting.missing, 0)} of the annotations missing.",
        ideas=_IDEAS,
        price=bounds.PRICE.replace("**", ""),
        figures=_figures(lesson),
        names=SYMBOLS,
        link=link,
    )


def _figures(lesson: choices.Lesson) -> list[tuple[str, str]]:
    """What was measured in the world that is set."""
    setting = lesson.setting
    done = lesson_queries.trained(setting)
    right = lesson_queries.world(setting).right.mean(0)
    by_gate = [lesson_queries.by_gate(setting, skip) for skip in (True, False)]
    rules = lesson_queries.decided(setting, lesson.coverage)
    shares = words.listing(
        [f"{deciding.NAMES[rule]} {words.percent(d.coverage)}" for rule, d in rules.items()]
    )
    return [
        ("Right, alone: A, B, C and the AI", words.listing([words.percent(v) for v in right])),
        (
            "Team accuracy on new cases (95 % interval): naive; posterior",
            "; ".join(words.with_interval(d.accuracy, d.interval) for d in by_gate),
        ),
        (
            f"Log-likelihood, first and last of {ROUNDS} rounds; rounds in which it fell",
            f"{words.signed(done.likelihood[0], 3)}, {words.signed(done.likelihood[-1], 3)} nats; "
            f"{len(player.falls(np.asarray(done.likelihood)))}",
        ),
        (f"AI's share on new cases, {words.percent(lesson.coverage, 0)} wanted", shares),
    ]
