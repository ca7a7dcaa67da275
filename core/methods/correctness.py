"""Expected correctness alone: the model that every run fits, and nothing else."""

from core.methods.spec import MethodSpec

SPEC = MethodSpec(
    name="correctness",
    label="Estimate who is right",
    text="Estimates how likely each agent is right on each case, and trains nothing else. Fastest.",
    term="Term: expected correctness, v_n(x) = Pr(agent n is right | x).",
    rules=("value",),
    metrics=(),
)
