r"""The AI's confidence against each expert's predicted one.

Model: a classifier p, and e_m(x) for Pr(expert m right | x), in networks of their own (or one
trunk for the experts, where a run shares it).
Loss of a case: −ln p_y − Σ_{m annotated} [1[t_m = y] ln e_m + 1[t_m ≠ y] ln (1 − e_m)]. Experts
learn from their annotated cases only; nothing couples them and the classifier.
Scores: e_m for the experts, max_c p_c for the AI: at the minimiser the Bayes rule. An external AI
takes the classifier's place.

Raghu et al., 2019 (arXiv:1903.12220).

Example:
    >>> import jax.numpy as jnp
    >>> from core.methods.deferral import Logits
    >>> from core.models.spec import NetworkConfig
    >>> config = NetworkConfig(kind="mlp", input_shape=(4,), experts=1, classes=2)
    >>> method = SPEC.make(config, SPEC.read({}))
    >>> logits = Logits(jnp.log(jnp.array([[0.7, 0.3]])), jnp.array([[1.0]]))
    >>> print((100 * method.scores(logits)).round())
    [[73. 70.]]
"""

from dataclasses import dataclass
from functools import cache

from core.methods.own_ai import apart, with_own_ai


@cache
def _method() -> type:
    """The class, made once and on first use: listing the methods imports no JAX."""
    import jax
    import jax.numpy as jnp
    from jaxtyping import Array, Float

    from core.dataset.batches import Batch
    from core.methods.deferral import Deferral, Logits, at_truth, binary_loss, with_ai

    @dataclass(frozen=True, kw_only=True)
    class CompareConfidence(Deferral):
        apart = True

        def case_loss(self, logits: Logits, batch: Batch) -> Float[Array, " B"]:
            experts = jnp.where(batch.annotated, binary_loss(logits.experts, batch.right), 0.0)
            return jnp.sum(experts, axis=1) - at_truth(self.log_ai(logits), batch)

        def scores(self, logits: Logits) -> Float[Array, "B K"]:
            return with_ai(jax.nn.sigmoid(logits.experts), jax.nn.softmax(logits.classes))

    return CompareConfidence


SPEC = with_own_ai(
    _method,
    name="compare-confidence",
    label="The AI's confidence against each expert's",
    text="Predicts for every expert how likely they are right on a case, apart from the AI, and "
    "compares.",
    term="Term: compare confidences (Raghu et al. 2019).",
    networks=apart,
)
