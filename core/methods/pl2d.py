"""Probabilistic L2D (Nguyen, Do & Carneiro, ICLR 2025) with its E-step in closed form."""

from core.methods.em import mixture

SPEC = mixture(
    "exact",
    name="pl2d",
    group="",
    label="Learn with missing annotations",
    text="Asks how likely each expert's unseen answer is, and learns who should get which case.",
    term="Term: probabilistic learning to defer (PL2D) with the exact E-step, "
    "q(z = n) ∝ g_n(x) · Pr(y | z = n).",
)
