r"""Two phases: MixMatch fills in the missing annotations, then the mixture learns from all.

First, per expert, a classifier h of the answer they give; labelled are the cases they annotated.
Guesses for the others: q ∝ (mean over two noisy copies of h)^{1/T}. Each case is mixed with another
one, x̃ = λ x + (1 − λ) x′ and the same of answers, λ = max(u, 1 − u), u ~ Beta(0.75, 0.75).
Loss: mean over labelled of −Σ_a ỹ_a ln h_a(x̃) + λ_u · mean over unlabelled of |ỹ − h(x̃)|² / A.
Then the likeliest answers stand for the missing ones, and the mixture of `complete` with its
workload projection learns from all.

Hemmer, Thede, Vössing, Jakubik & Kühl, AAAI 2023 (arXiv:2304.07306); Berthelot et al., NeurIPS 2019
(arXiv:1905.02249), with noise on the columns of a table for its augmentations.

Example:
    >>> from core.models.spec import NetworkConfig
    >>> config = NetworkConfig(kind="mlp", input_shape=(4,), experts=1, classes=2)
    >>> method = SPEC.make(config, SPEC.read({"temperature": 1.0}))
    >>> method.filler.temperature, method.filler.networks.outputs
    (1.0, 2)
"""

from dataclasses import dataclass
from functools import cache

from core.methods.filling import filling
from core.methods.spec import Setting

_BETA = 0.75  # of λ, the source's


@cache
def _filler() -> type:
    """The class, made once and on first use: listing the methods imports no JAX."""
    import jax
    import jax.numpy as jnp
    import numpy as np
    from jaxtyping import Array, Float
    from scipy.special import betaincinv

    from core.dataset.batches import Batch
    from core.methods.semi_supervised import Examples, SemiSupervised, share
    from core.models.network import State
    from core.models.spec import Params

    # Drawn among its quantiles: sampling a beta takes longer to compile than the training step.
    beta = betaincinv(_BETA, _BETA, (np.arange(256) + 0.5) / 256).astype(np.float32)

    @dataclass(frozen=True, kw_only=True)
    class MixMatch(SemiSupervised):
        temperature: float

        def guesses(
            self, params: Params, state: State, copies: Float[Array, "2 B D"]
        ) -> Float[Array, "B M A"]:
            p = [jax.nn.softmax(self.networks.apply(params, state, copy)) for copy in copies]
            return jax.nn.softmax(jnp.log((p[0] + p[1]) / 2.0) / self.temperature)

        def examples(self, params: Params, state: State, batch: Batch, key: Array) -> Examples:
            first, second, mixing, pairing = jax.random.split(key, 4)
            copies = jnp.stack([self.noisy(batch, first), self.noisy(batch, second)])
            guessed = self.guesses(params, state, copies)
            targets = jnp.where(batch.annotated[..., None], self.answers(batch), guessed)
            size = len(batch.truth)
            more = jnp.asarray(np.maximum(beta, 1.0 - beta))[
                jax.random.randint(mixing, (size,), 0, len(beta))
            ]
            other = jax.random.randint(pairing, (size,), 0, size)
            x = copies[0]
            return Examples(
                inputs=more[:, None] * x + (1.0 - more[:, None]) * x[other],
                targets=more[:, None, None] * targets
                + (1.0 - more[:, None, None]) * targets[other],
                log_loss=share(batch.annotated, batch),
                squares=self.unlabelled_weight * share(~batch.annotated, batch),
            )

    return MixMatch


SPEC = filling(
    _filler,
    settings=(
        Setting(
            name="temperature",
            label="Temperature of guesses",
            text="Below 1 sharpens what is guessed for unannotated cases in the first phase.",
            default=0.5,
            low=0.05,
            high=1.0,
        ),
    ),
    name="mixmatch",
    label="Fill in missing annotations first",
    text="First learns each expert's answers and fills in the missing ones, then learns from all.",
    term="Term: semi-supervised learning to defer (Hemmer et al. 2023) with MixMatch.",
)
