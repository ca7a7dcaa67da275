"""Step 7: deciding."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from app.learn import bars_chart, choices, fields, lesson_queries, map_chart, rules_chart
from app.learn.parts import Note, Step, figure, table
from app.shared import state, words
from core.evaluation.intervals import SHOWN, distinguishable
from core.lesson.world import NEW

if TYPE_CHECKING:
    from core.base.clusters import Mean
    from core.lesson.deciding import Decided

HINDSIGHT = "With hindsight (looks at the test set)"
NAMES = {
    "gate": words.RULES["gate"].label,
    "posthoc": HINDSIGHT,
    "priced": words.RULES["priced"].label,
    "value": words.RULES["value"].label,
}
_ASKS = {
    "gate": "Who has the highest g?",
    "posthoc": "Which new cases have the highest g for the AI, all of them known beforehand?",
    "priced": "Who has the highest ln g after its price?",
    "value": "Who is most likely right, after the price?",
}
_TARGETS = (0.1, 0.5, 0.9)  # a training each


def draw(lesson: choices.Lesson) -> None:
    """What every rule reaches on new cases, and why two of them disagree."""
    left, right = st.columns([5, 7], gap="medium")
    with right:
        fields.coverage(lesson)
        found = lesson_queries.decided(lesson.setting, lesson.coverage)
        table(
            pd.DataFrame(
                {
                    "Rule": [NAMES[rule] for rule in found],
                    "AI's share": [words.percent(d.coverage) for d in found.values()],
                    "Points off": [
                        words.signed(100 * (d.coverage - lesson.coverage)) for d in found.values()
                    ],
                    "Team accuracy": [
                        # An interval stays on one line.
                        words.with_interval(d.accuracy, d.interval).replace("–", "–\u2060")
                        for d in found.values()
                    ],
                    "Price of the AI": [
                        "none" if d.prices is None else words.signed(float(d.prices[-1]), 2)
                        for d in found.values()
                    ],
                }
            ),
            "Rules, what they reach on new cases, and the AI's price",
        )
        st.markdown(_best(found))
        st.warning(
            f"“{HINDSIGHT}” meets every target because it sorts the very cases it is measured on. "
            "Nobody can do that with patients who come one at a time. Prices are fitted on "
            "other cases and then used on new ones, unseen.",
            icon=":material/visibility:",
        )
    with left:
        targets = sorted({*_TARGETS, lesson.coverage})
        every = {t: lesson_queries.decided(lesson.setting, t) for t in targets}
        pairs = {rule: [(t, every[t][rule].coverage) for t in targets] for rule in NAMES}
        off = {rule: max(abs(a - b) for a, b in pairs[rule]) for rule in pairs}
        said = words.listing([f"{NAMES[r]} {100 * v:.1f} points" for r, v in off.items()])
        figure(
            rules_chart.off_target(pairs, NAMES, state.theme()),
            f"AI's share wanted and reached on new cases. Farthest off: {said}.",
            key="learn_reached",
        )
        st.markdown("\n".join(f"- **{NAMES[rule]}**: {_ASKS[rule]}" for rule in found))
    _two_questions(lesson)


def _best(found: "dict[str, Decided]") -> str:
    """The most accurate rule against each other one, on the same new cases."""
    best = max(found, key=lambda rule: found[rule].accuracy)
    said = {True: list[str](), False: list[str]()}
    for rule, other in found.items():
        if rule != best:
            gap = lesson_queries.compared(found[best].correct, other.correct)
            said[distinguishable((gap.low, gap.high), SHOWN)].append(
                f"“{NAMES[rule]}” ({_points(gap)})"
            )
    parts = [
        f"{text} {words.listing(said[clear])}."
        for clear, text in ((True, "It is ahead of"), (False, "Not distinguishable from"))
        if said[clear]
    ]
    return (
        f"In brackets: 95 % intervals. “{NAMES[best]}” is right most often here. "
        + " ".join(parts)
        + " Differences are in points, paired by case."
    )


def _points(gap: "Mean") -> str:
    low, high = words.signed(100 * gap.low), words.signed(100 * gap.high)
    return f"{words.signed(100 * gap.value)}, {low} to {high}"


def _two_questions(lesson: choices.Lesson) -> None:
    """Both questions, and the new case on which the answer of the gating model costs the most."""
    made = lesson_queries.world(lesson.setting)
    gate, value = lesson_queries.gate_of_new(lesson.setting), lesson_queries.value(lesson.setting)
    v = value[NEW]
    by_gate, by_value = gate.argmax(1), v.argmax(1)
    differ = by_gate != by_value
    st.markdown("**Two different questions**")
    left, right = st.columns([7, 5], gap="medium")
    with right:
        right_of = made.right[NEW]
        cases = np.arange(len(differ))
        gate_right, value_right = (
            right_of[cases[differ], chosen[differ]] for chosen in (by_gate, by_value)
        )
        st.markdown(
            "The gating model answers: **whose answers explain the truths of such cases?** Its "
            "numbers share one whole, so two agents who are both good get half each. Expected "
            "correctness answers: **how likely is this agent right?** Each agent has a probability "
            "of its own, and two good agents are both near one."
        )
        if differ.any():
            gap = lesson_queries.compared(value_right, gate_right)
            clear = distinguishable((gap.low, gap.high), SHOWN)
            st.markdown(
                f"Without bounds they choose differently on {differ.sum()} of {len(differ):,} new "
                f"cases. There “highest g” is right about {words.percent(gate_right.mean())}, "
                f"“most likely right” about {words.percent(value_right.mean())}: in points, "
                f"{_points(gap)} (95 %, paired by case)"
                + (". " if clear else ", not distinguishable from zero. ")
                + "Neither wins in every world: change the world and look again."
            )
    if not differ.any():
        return
    skill = made.skill[NEW]
    gain = np.where(differ, skill[cases, by_value] - skill[cases, by_gate], -1.0)
    worst = int(gain.argmax())
    with left:
        a, b = int(by_gate[worst]), int(by_value[worst])
        one, two = map_chart.AGENTS[a], map_chart.AGENTS[b]
        st.markdown(
            "The new case on which v improves the choice the most: g is highest for "
            f"**{one}**, v for **{two}**. The truth, known because we made this world: {one} is "
            f"right there with probability **{skill[worst, a]:.2f}**, {two} with "
            f"**{skill[worst, b]:.2f}**."
        )
        both = {"g, shares of one whole": gate[worst], "v, Pr(right) of each": v[worst]}
        said = [
            f"{n} g {a:.2f}, v {b:.2f}"
            for n, a, b in zip(map_chart.AGENTS, *both.values(), strict=True)
        ]
        figure(
            bars_chart.grouped(
                both,
                state.theme(),
                colours=map_chart.colours(state.theme()),
                axis="probability",
                height=270,
            ),
            f"The new case on which v improves the choice the most: {words.listing(said)}.",
            key="learn_two_questions",
        )


STEP = Step(
    short="Deciding",
    title="Deciding new cases",
    lead="New cases have no ground truth yet, and they come one at a time. The gating model alone "
    "can drift away from the share that was wanted. A price, fitted once on other cases, keeps the "
    "share close to it; sorting all new cases afterwards meets it exactly, with hindsight.",
    draw=draw,
    note=Note(
        say=(
            "The model is trained for the target on the slider. Even so, its share on new cases "
            "is another one.",
            "A price here has the unit of the score: “most likely right” with an AI's price of "
            "0.10 gives the AI a case only if it is 10 points more likely right than the others.",
            "v needs to know how good an expert is on each class. Where it has never seen the "
            "expert on one of them, it guesses, and g can be the better guide.",
            "Published curves are often drawn with hindsight. Look for it when you read one.",
        ),
        ask=(
            "Which rule could a hospital use on the next patient?",
            "Why does a price fitted on 2,000 cases not meet the target exactly?",
            "Two agents are right about 95 % of such cases. What is their g, and what is their v?",
        ),
    ),
    formulas=(
        r"\text{gate: } \arg\max_n \ln g_n(x)\qquad \text{priced: } \arg\max_n \ln g_n(x) - \mu_n"
        r"\qquad \text{value: } \arg\max_n v_n(x) - \mu_n",
        r"\text{posthoc (test set!): the AI takes } \mathrm{ARG\text{-}TOP\text{-}K}"
        r"\{g_{M+1}(x_i)\}_{i=1}^N,\ k = \lfloor \tau N \rfloor",
        r"v_m(x) = \textstyle\sum_c p(c \mid x)\,\Pr(t^{(m)} = c \mid x, y = c)",
    ),
)
