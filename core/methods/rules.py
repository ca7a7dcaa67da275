"""The rules by which cases are decided, in their one order. No JAX."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way to assign cases by scores.

    Attributes:
      name: in results and files.
      label: plain words. text: what it does. term: the formula, for a help bubble.
      own: it goes by the method's own scores and its AI; otherwise by expected correctness.
      priced: prices fitted on validation cases keep the workloads within their bounds.
    """

    name: str
    label: str
    text: str
    term: str
    own: bool
    priced: bool


# The first that a run reports stands for it; others are compared with it.
RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            name="value",
            label="Most likely right",
            text="Each case goes to the agent most likely to be right on it, with the workloads "
            "kept within their bounds.",
            term="Rule “value”: argmax_n v_n(x) − μ_n, with prices μ.",
            own=False,
            priced=True,
        ),
        Rule(
            name="priced",
            label="As trained, within bounds",
            text="Each case goes to the agent that the trained model scores highest, with the "
            "workloads kept within their bounds.",
            term="Rule “priced”: argmax_n s_n(x) − μ_n for the method's scores s and prices μ; a "
            "gating model's scores are ln g_n(x).",
            own=True,
            priced=True,
        ),
        Rule(
            name="gate",
            label="As trained, bounds not enforced",
            text="Each case goes to the agent that the trained model scores highest, as "
            "published. "
            "Nothing keeps the workloads on target afterwards, so points can miss their target.",
            term="Rule “gate”: argmax_n s_n(x) for the method's scores s; a gating model's are "
            "ln g_n(x). After one training for all targets: less the prices at which the soft "
            "workloads of train cases, the mean of g, meet the bounds.",
            own=True,
            priced=False,
        ),
    )
}


def ordered(names: Iterable[str]) -> list[str]:
    """Rules in their order, those this version does not know last."""
    given = set(names)
    return [name for name in RULES if name in given] + sorted(given - set(RULES))
