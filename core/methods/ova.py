r"""One-vs-all surrogate: a yes-or-no question per class and per expert.

Model: one network with a logit per class and one per expert.
Loss of a case: ψ(g_y) + Σ_{c ≠ y} ψ(−g_c) + Σ_{m annotated} [1[t_m = y] ψ(g_{C+m}) +
1[t_m ≠ y] ψ(−g_{C+m})] with ψ(g) = ln(1 + e^{−g}); the term of a missing annotation goes. The
minimiser has σ(g_c) = Pr(y = c | x) and σ(g_{C+m}) = Pr(t_m = y | x).
Scores: σ(g_{C+m}) for the experts, the highest σ(g_c) for the AI. With an external AI, σ(g_c) are
its probabilities.

Verma & Nalisnick, ICML 2022 (arXiv:2202.03673); several experts: Verma, Barrejón & Nalisnick,
AISTATS 2023 (arXiv:2210.16955).

Example:
    >>> import jax.numpy as jnp
    >>> from core.methods.deferral import Logits
    >>> from core.models.spec import NetworkConfig
    >>> config = NetworkConfig(kind="mlp", input_shape=(4,), experts=1, classes=2)
    >>> method = SPEC.make(config, SPEC.read({}))
    >>> print((100 * method.scores(Logits(jnp.array([[0.0, -2.0]]), jnp.array([[1.0]])))).round())
    [[73. 50.]]
"""

from dataclasses import dataclass
from functools import cache

from core.methods.own_ai import with_own_ai


@cache
def _method() -> type:
    """The class, made once and on first use: listing the methods imports no JAX."""
    import math

    import jax
    import jax.numpy as jnp
    from jaxtyping import Array, Float

    from core.dataset.batches import Batch
    from core.methods.deferral import Deferral, Logits, binary_loss, with_ai

    @dataclass(frozen=True, kw_only=True)
    class OneVsAll(Deferral):
        @property
        def guessing(self) -> float:
            """Every question answered with even odds."""
            return (self.config.classes + self.config.experts) * math.log(2)

        def case_loss(self, logits: Logits, batch: Batch) -> Float[Array, " B"]:
            is_truth = jnp.arange(self.config.classes) == batch.truth[:, None]
            experts = binary_loss(logits.experts, batch.right)
            return jnp.sum(binary_loss(logits.classes, is_truth), axis=1) + jnp.sum(
                jnp.where(batch.annotated, experts, 0.0), axis=1
            )

        def scores(self, logits: Logits) -> Float[Array, "B K"]:
            return with_ai(jax.nn.sigmoid(logits.experts), jax.nn.sigmoid(logits.classes))

        def log_ai(self, logits: Logits) -> Float[Array, "B C"]:
            return jax.nn.log_softmax(jax.nn.log_sigmoid(logits.classes))

        def from_external(self, log_p: Float[Array, "B C"]) -> Float[Array, "B C"]:
            # An AI may be certain; the floor of its probabilities is 1e-4 (`stack_cases`).
            return log_p - jnp.log(jnp.maximum(-jnp.expm1(log_p), 1e-4))

    return OneVsAll


SPEC = with_own_ai(
    _method,
    name="ova",
    label="One question per class and expert",
    text="Asks of every class whether it is the answer and of every expert whether they are right.",
    term="Term: one-vs-all surrogate (Verma et al. 2023).",
)
