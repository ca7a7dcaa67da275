r"""Realizable-consistent surrogate.

Model: one network with a logit per class and one per expert, p their softmax.
Loss of a case: −w ln (p_y + Σ_{m: t_m = y} p_{C+m}) − (1 − w) ln (p_y / Σ_c p_c): at w = 1 it is
enough that anyone who is right has the mass, so where some classifier and deferral never err
together the loss finds them. An expert without an annotation leaves the normaliser of p.
Scores: p_{C+m} for the experts, the highest p_c for the AI. An external AI's probabilities stand
for those of the classes; the second term is then constant.

Mozannar, Lang, Wei, Sattigeri, Das & Sontag, AISTATS 2023 (arXiv:2301.06197), for several experts.

Example:
    >>> import jax.numpy as jnp
    >>> from core.methods.deferral import Logits
    >>> from core.models.spec import NetworkConfig
    >>> config = NetworkConfig(kind="mlp", input_shape=(4,), experts=1, classes=2)
    >>> method = SPEC.make(config, SPEC.read({}))
    >>> logits = Logits(jnp.log(jnp.array([[0.7, 0.3]])), jnp.log(jnp.array([[1.0]])))
    >>> print((100 * method.scores(logits)).round())
    [[50. 35.]]
"""

from dataclasses import dataclass
from functools import cache

from core.methods.own_ai import with_own_ai
from core.methods.spec import Setting


@cache
def _method() -> type:
    """The class, made once and on first use: listing the methods imports no JAX."""
    import math

    import jax
    import jax.numpy as jnp
    from jaxtyping import Array, Float

    from core.dataset.batches import Batch
    from core.methods.deferral import Deferral, Logits, at_truth, joint_log_softmax, joint_scores

    @dataclass(frozen=True, kw_only=True)
    class Realizable(Deferral):
        team_weight: float

        @property
        def guessing(self) -> float:
            """Nobody right, and every class and expert as likely."""
            return math.log(self.config.classes + self.config.experts)

        def case_loss(self, logits: Logits, batch: Batch) -> Float[Array, " B"]:
            log_p = joint_log_softmax(logits, batch)
            truth = at_truth(log_p, batch)[:, None]
            right = jnp.where(batch.right, log_p[:, self.config.classes :], -jnp.inf)
            system = jax.nn.logsumexp(jnp.concatenate([truth, right], axis=1), axis=1)
            alone = at_truth(self.log_ai(logits), batch)
            return -self.team_weight * system - (1.0 - self.team_weight) * alone

        def scores(self, logits: Logits) -> Float[Array, "B K"]:
            return joint_scores(logits)

    return Realizable


SPEC = with_own_ai(
    _method,
    name="realizable",
    label="Someone right is enough",
    text="Rewards whoever is right, the AI or an expert, so that the AI may leave cases to others.",
    term="Term: realizable-consistent surrogate (Mozannar et al. 2023).",
    settings=(
        Setting(
            name="team_weight",
            label="Weight of the team",
            text="1: only whether anyone is right counts; 0: only the AI's own log loss. At 1 the "
            "AI may unlearn what an expert is right on; 0.5 does better on validation cases.",
            default=0.5,
            low=0.0,
            high=1.0,
        ),
    ),
)
