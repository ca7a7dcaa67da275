"""L2D for complete annotations (paper, App. A.1).

The same mixture: with nothing missing the exact posterior has no q(t) left in it.
"""

from core.methods.em import mixture

SPEC = mixture(
    "exact",
    name="complete",
    label="Only where everyone annotated every case",
    text="Takes each expert's annotation as given; refuses sets with missing annotations.",
    term="Term: complete-data EM (Nguyen et al. 2025, A.1).",
    needs_complete=True,
)
