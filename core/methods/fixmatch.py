r"""Two phases: FixMatch fills in the missing annotations, then the mixture learns from all.

First, per expert, a classifier h of the answer they give; labelled are the cases they annotated.
Of each case it sees a copy with noise (weak) and one with noise and corrupted columns (strong: each
value is replaced by another case's with some probability).
Loss: mean over labelled of −ln h_t(weak) + λ_u · mean over unlabelled of
1[max_a h_a(weak) ≥ τ] (−ln h_â(strong)) with â = argmax_a h_a(weak).
Then the likeliest answers stand for the missing ones, and the mixture of `complete` with its
workload projection learns from all.

Hemmer, Thede, Vössing, Jakubik & Kühl, AAAI 2023 (arXiv:2304.07306); Sohn et al., NeurIPS 2020
(arXiv:2001.07685); corruption of columns after Bahri et al., ICLR 2022 (arXiv:2106.15147).

Example:
    >>> from core.models.spec import NetworkConfig
    >>> config = NetworkConfig(kind="mlp", input_shape=(4,), experts=1, classes=2)
    >>> method = SPEC.make(config, SPEC.read({"threshold": 0.9}))
    >>> method.filler.threshold, method.filler.networks.outputs
    (0.9, 2)
"""

from dataclasses import dataclass
from functools import cache

from core.methods.filling import filling
from core.methods.spec import Setting


@cache
def _filler() -> type:
    """The class, made once and on first use: listing the methods imports no JAX."""
    import jax
    import jax.numpy as jnp
    from jaxtyping import Array, Float

    from core.dataset.batches import Batch
    from core.methods.semi_supervised import Examples, SemiSupervised, share
    from core.models.network import State
    from core.models.spec import Params

    @dataclass(frozen=True, kw_only=True)
    class FixMatch(SemiSupervised):
        threshold: float
        corruption: float

        def corrupted(self, batch: Batch, key: Array) -> Float[Array, "B D"]:
            """The strong augmentation."""
            noise, which, whose = jax.random.split(key, 3)
            shape = batch.inputs.shape
            others = jax.random.randint(whose, shape, 0, shape[0])
            replaced = jnp.take_along_axis(batch.inputs, others, axis=0)
            here = jax.random.uniform(which, shape) < self.corruption
            return jnp.where(here, replaced, self.noisy(batch, noise))

        def examples(self, params: Params, state: State, batch: Batch, key: Array) -> Examples:
            first, second = jax.random.split(key)
            weak = self.noisy(batch, first)
            p = jax.nn.softmax(self.networks.apply(params, state, weak))
            sure = jnp.max(p, axis=-1) >= self.threshold
            guessed = jax.nn.one_hot(jnp.argmax(p, axis=-1), p.shape[-1])
            unlabelled = self.unlabelled_weight * share(~batch.annotated, batch) * sure
            return Examples(
                inputs=jnp.concatenate([weak, self.corrupted(batch, second)]),
                targets=jnp.concatenate([self.answers(batch), guessed]),
                log_loss=jnp.concatenate([share(batch.annotated, batch), unlabelled]),
                squares=jnp.zeros((2 * len(sure), sure.shape[1])),
            )

    return FixMatch


SPEC = filling(
    _filler,
    settings=(
        Setting(
            name="threshold",
            label="Threshold of guesses",
            text="In the first phase a guess counts from this probability.",
            default=0.95,
            low=0.0,
            high=1.0,
        ),
        Setting(
            name="corruption",
            label="Share of corrupted columns",
            text="In the first phase's strong augmentation: values replaced by other cases'.",
            default=0.3,
            low=0.0,
            high=1.0,
        ),
    ),
    name="fixmatch",
    label="Fill in missing annotations first, from sure guesses",
    text="First learns each expert's answers and fills in the missing ones, then learns from all.",
    term="Term: semi-supervised learning to defer (Hemmer et al. 2023) with FixMatch.",
)
