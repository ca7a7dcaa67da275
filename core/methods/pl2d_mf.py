"""Probabilistic L2D as published: ten mean-field rounds per E-step (Eq. 22–23)."""

from core.methods.em import mixture

SPEC = mixture(
    "mean_field",
    name="pl2d-mf",
    label="Learn with missing annotations, approximately",
    text="The published approximation of the same; slower and a little less exact, to compare.",
    term="Term: PL2D with a mean-field E-step, 10 rounds (Nguyen et al. 2025, Eq. 22–23).",
)
