r"""Deferral by the AI's confidence alone.

Model: a classifier; of each expert only a number is known, a_m = (right + 1) / (annotated + 2),
counted over the train cases of all epochs: after many it is the share of right annotations, however
few they are.
Loss of a case: −ln p_y. With an external AI nothing is trained.
Scores: max_c p_c for the AI, a_m for the experts: a case whose AI is less confident than the best
expert is accurate goes to that expert. Prices move these constants, which sets the threshold on
the AI's confidence, and who takes the deferred cases does not depend on the case.

Selective prediction after Chow, IEEE Trans. Inf. Theory 1970 (doi:10.1109/TIT.1970.1054406).

Example:
    >>> import jax.numpy as jnp
    >>> from core.methods.deferral import Logits
    >>> from core.models.spec import NetworkConfig
    >>> config = NetworkConfig(kind="mlp", input_shape=(4,), experts=1, classes=2)
    >>> method = SPEC.make(config, SPEC.read({}))
    >>> logits = Logits(jnp.log(jnp.array([[0.7, 0.3]])), jnp.array([[0.8]]))
    >>> print((100 * method.scores(logits)).round())
    [[80. 70.]]
"""

from dataclasses import dataclass
from functools import cache

from core.methods.own_ai import with_own_ai


@cache
def _method() -> type:
    """The class, made once and on first use: listing the methods imports no JAX."""
    import math
    from typing import Any

    import jax
    import jax.numpy as jnp
    from jaxtyping import Array, Float

    from core.dataset.batches import Batch
    from core.methods.deferral import Deferral, Logits, at_truth, with_ai
    from core.models.network import Network, network

    @dataclass(frozen=True, kw_only=True)
    class Confidence(Deferral):
        @property
        def guessing(self) -> float:
            """All classes as likely."""
            return math.log(self.config.classes)

        @property
        def _joint(self) -> Network:
            return network(self.config, self.config.classes)

        def init(self, key: Array) -> tuple[Any, Any]:
            params, state = self._joint.init(key)
            return params, {"network": state, "counts": jnp.zeros((2, self.config.experts))}

        def _train(self, params: Any, carry: Any, batch: Batch) -> tuple[Logits, Any]:
            classes, state = self._joint.train(
                params, carry["network"], batch.inputs, batch.weights
            )
            seen = jnp.stack([batch.right, batch.annotated]) * batch.weights[:, None]
            carry = {"network": state, "counts": carry["counts"] + jnp.sum(seen, axis=1)}
            return self._with_accuracy(classes, carry), carry

        def _apply(self, params: Any, carry: Any, batch: Batch) -> Logits:
            classes = self._joint.apply(params, carry["network"], batch.inputs)
            return self._with_accuracy(classes, carry)

        def _with_accuracy(self, classes: Float[Array, "B C"], carry: Any) -> Logits:
            # Every epoch counts every train case once more, which leaves the share as it is but
            # not the weight of the added ones.
            right, annotated = carry["counts"]
            accuracy = (right + 1.0) / (annotated + 2.0)
            return Logits(classes, jnp.broadcast_to(accuracy, (len(classes), len(accuracy))))

        def case_loss(self, logits: Logits, batch: Batch) -> Float[Array, " B"]:
            return -at_truth(self.log_ai(logits), batch)

        def scores(self, logits: Logits) -> Float[Array, "B K"]:
            return with_ai(logits.experts, jax.nn.softmax(logits.classes))

    return Confidence


SPEC = with_own_ai(
    _method,
    name="confidence",
    label="By the AI's confidence",
    text="Cases on which the AI is unsure go to the expert who is most accurate on train cases.",
    needs_confidence=True,
    term="Term: selective prediction; the AI's highest probability against each expert's accuracy.",
)
