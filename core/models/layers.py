"""Products that a CPU is quick at."""

from typing import Any

import jax
from jaxtyping import Array, Float


@jax.custom_vjp
def _product(x: Float[Array, "B D"], kernel: Float[Array, "D L"]) -> Float[Array, "B L"]:
    """x @ kernel, whose gradient is written so that a CPU is quick at it.

    XLA's own gradient of the kernel contracts the leading axes of both factors, for which its CPU
    products have half their speed. Transposing one factor first costs less; the barrier keeps XLA
    from folding it back. A step of the mixture takes 2 to 10 % less.
    """
    return x @ kernel


def _product_forward(x: Array, kernel: Array) -> tuple[Array, tuple[Array, Array]]:
    return x @ kernel, (x, kernel)


def _product_backward(factors: tuple[Array, Array], given: Array) -> tuple[Array, Array]:
    x, kernel = factors
    return given @ kernel.T, jax.lax.optimization_barrier(x.T) @ given


_product.defvjp(_product_forward, _product_backward)


def dense_product(x: Array, kernel: Array, *args: Any, **options: Any) -> Array:
    """`lax.dot_general` as `nnx.Linear` calls it, quick at the gradient of features on a CPU."""
    if x.ndim == 2 and jax.default_backend() == "cpu":
        return _product(x, kernel)
    return jax.lax.dot_general(x, kernel, *args, **options)
