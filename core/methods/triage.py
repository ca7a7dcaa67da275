r"""Differentiable triage: the classifier learns the cases that stay with it.

Model: a classifier p, and a triage network with a logit r_m per expert.
Who takes a train case is decided at each step, by who errs on it. `expert_errs`: it stays
with the AI unless an expert who annotated it is right. `ai_first`: it stays unless the AI is wrong
and such an expert right.
Loss of a case: −w ln p_y + Σ_{m annotated} CE(σ(r_m), expert m takes it), with w = 1 for cases that
stay and `deferred_weight` for others. A missing annotation says nothing: its term goes.
Scores: σ(r_m) for the experts, 1/2 for the AI; prices set the threshold. An external AI takes the
classifier's place.

Okati, De & Gomez-Rodriguez, NeurIPS 2021 (arXiv:2103.08902), with the two ways to label cases of
Mozannar et al., AISTATS 2023 (arXiv:2301.06197), and for several experts.

Example:
    >>> import jax.numpy as jnp
    >>> from core.methods.deferral import Logits
    >>> from core.models.spec import NetworkConfig
    >>> config = NetworkConfig(kind="mlp", input_shape=(4,), experts=1, classes=2)
    >>> method = SPEC.make(config, SPEC.read({}))
    >>> print((100 * method.scores(Logits(jnp.array([[2.0, 0.0]]), jnp.array([[1.0]])))).round())
    [[73. 50.]]
"""

from dataclasses import dataclass
from functools import cache

from core.methods.own_ai import apart, with_own_ai
from core.methods.spec import Setting


@cache
def _method() -> type:
    """The class, made once and on first use: listing the methods imports no JAX."""
    import jax
    import jax.numpy as jnp
    from jaxtyping import Array, Bool, Float

    from core.dataset.batches import Batch
    from core.methods.deferral import Deferral, Logits, at_truth, binary_loss, with_ai

    @dataclass(frozen=True, kw_only=True)
    class Triage(Deferral):
        stays: str
        deferred_weight: float
        apart = True

        def taken(self, logits: Logits, batch: Batch) -> Bool[Array, "B M"]:
            """Which experts take a case from the AI, by the present classifier."""
            if self.stays == "expert_errs":
                return batch.right
            ai_wrong = jnp.argmax(logits.classes, axis=1) != batch.truth
            return batch.right & ai_wrong[:, None]

        def case_loss(self, logits: Logits, batch: Batch) -> Float[Array, " B"]:
            taken = self.taken(logits, batch)
            weight = jnp.where(jnp.any(taken, axis=1), self.deferred_weight, 1.0)
            triage = jnp.where(batch.annotated, binary_loss(logits.experts, taken), 0.0)
            return jnp.sum(triage, axis=1) - weight * at_truth(self.log_ai(logits), batch)

        def scores(self, logits: Logits) -> Float[Array, "B K"]:
            return with_ai(jax.nn.sigmoid(logits.experts), jnp.full((len(logits.classes), 1), 0.5))

    return Triage


SPEC = with_own_ai(
    _method,
    name="triage",
    label="Triage",
    text="The AI learns the cases that stay with it; a second network learns who takes the others.",
    term="Term: differentiable triage (Okati et al. 2021).",
    settings=(
        Setting(
            name="stays",
            label="Cases that stay with the AI",
            text="By which train cases are divided while learning.",
            default="expert_errs",
            choices={
                "expert_errs": "Where no expert is right",
                "ai_first": "Where the AI is right, or no expert is",
            },
        ),
        Setting(
            name="deferred_weight",
            label="Weight of cases that others take",
            text="In what the AI learns. 1: it learns all cases alike; 0: only those that stay, "
            "which are few where experts are good.",
            default=0.5,
            low=0.0,
            high=1.0,
        ),
    ),
    networks=apart,
)
