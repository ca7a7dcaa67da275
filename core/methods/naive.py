"""L2D that gives experts no responsibility for cases they did not annotate (paper, App. A.2)."""

from core.methods.em import mixture

SPEC = mixture(
    "naive",
    name="naive",
    label="Skip what is missing",
    text="An expert without an annotation for a case cannot be given it while learning.",
    term="Term: naive EM, q(z = m) = 0 where the annotation is missing (A.2).",
    needs_support=True,
)
