r"""Cross-entropy surrogate over classes and experts.

Model: one network with a logit per class and one per expert, p their softmax.
Loss of a case: −ln p_y − Σ_m 1[t_m = y] ln p_{C+m}. An expert without an annotation leaves the
normaliser. With logits g the minimiser has e^{g_{C+m}} / Σ_c e^{g_c} = Pr(t_m = y | x) whoever
annotated what, so annotations that are missing at random bias nothing.
Scores: p_{C+m} for the experts, the highest p_c for the AI. An external AI's probabilities stand
for those of the classes.

Mozannar & Sontag, ICML 2020 (arXiv:2006.01862), for several experts as in Verma, Barrejón &
Nalisnick, AISTATS 2023 (arXiv:2210.16955).

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


@cache
def _method() -> type:
    """The class, made once and on first use: listing the methods imports no JAX."""
    import math

    import jax.numpy as jnp
    from jaxtyping import Array, Float

    from core.dataset.batches import Batch
    from core.methods.deferral import Deferral, Logits, at_truth, joint_log_softmax, joint_scores

    @dataclass(frozen=True, kw_only=True)
    class Softmax(Deferral):
        @property
        def guessing(self) -> float:
            """All experts right, and every class and expert as likely."""
            c = self.config
            return (1 + c.experts) * math.log(c.classes + c.experts)

        def case_loss(self, logits: Logits, batch: Batch) -> Float[Array, " B"]:
            log_p = joint_log_softmax(logits, batch)
            deferred = jnp.where(batch.right, log_p[:, self.config.classes :], 0.0)
            return -at_truth(log_p, batch) - jnp.sum(deferred, axis=1)

        def scores(self, logits: Logits) -> Float[Array, "B K"]:
            return joint_scores(logits)

    return Softmax


SPEC = with_own_ai(
    _method,
    name="softmax",
    label="Classes and experts in one softmax",
    text="One network chooses between the classes and the experts, as if each expert were a class.",
    term="Term: cross-entropy surrogate (Mozannar & Sontag 2020), for several experts.",
)
