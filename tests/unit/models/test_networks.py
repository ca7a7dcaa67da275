from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from core.models.agents import AgentNetworks, Logits
from core.models.cnn import patches
from core.models.layers import dense_product
from core.models.network import network as make_network
from core.models.spec import NetworkConfig


@partial(jax.jit, static_argnums=0)
def started(networks: AgentNetworks, x: jax.Array) -> Logits:
    """What networks give before training; compiled, since each operation alone takes longer."""
    return networks.apply(*networks.init(jax.random.key(0)), x)


@pytest.mark.parametrize(("size", "stride", "side"), [(4, 2, 8), (3, 2, 7), (3, 1, 5)])
def test_patches_and_a_product_are_a_convolution(size: int, stride: int, side: int) -> None:
    rng = np.random.default_rng(0)
    image = jnp.asarray(rng.normal(size=(2, side, side, 3)), jnp.float32)
    kernel = jnp.asarray(rng.normal(size=(size, size, 3, 5)), jnp.float32)
    # A GPU's own products keep ten bits.
    with jax.default_matmul_precision("highest"):
        want = jax.lax.conv_general_dilated(
            image, kernel, (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        got = patches(image, size, stride) @ kernel.reshape(-1, 5)
    np.testing.assert_allclose(got, want, atol=1e-4)


def test_the_product_of_a_dense_layer_has_the_gradient_of_any_product() -> None:
    rng = np.random.default_rng(1)
    x, kernels, weights = (
        jnp.asarray(rng.normal(size=size), jnp.float32) for size in ((7, 4), (3, 4, 5), (3, 7, 5))
    )

    def loss(product, x, kernels):
        return jnp.sum(weights * jnp.sin(jax.vmap(product, (None, 0))(x, kernels)))

    linear = (((1,), (0,)), ((), ()))
    got = jax.grad(lambda *a: loss(lambda x, k: dense_product(x, k, linear), *a), (0, 1))
    want = jax.grad(lambda *a: loss(jnp.matmul, *a), (0, 1))
    for mine, theirs in zip(got(x, kernels), want(x, kernels), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(16, 16, 3), (32, 32, 3), (20, 31, 3)])
def test_cnn_takes_images_of_several_sizes(shape: tuple[int, int, int]) -> None:
    config = NetworkConfig(
        kind="cnn", input_shape=shape, experts=2, classes=4, separate_experts=False
    )
    out = started(AgentNetworks(config), jnp.zeros((3, *shape)))
    assert out.gate.shape == (3, 3)
    assert out.experts.shape == (3, 2, 4)


def test_separate_experts_start_from_different_weights() -> None:
    networks = AgentNetworks(
        NetworkConfig(kind="mlp", input_shape=(6,), experts=2, classes=3, hidden=(5,))
    )
    out = started(networks, jnp.ones((1, 6)))
    assert np.abs(out.experts[0, 0] - out.experts[0, 1]).max() > 1e-3


def test_initial_kernels_have_lecun_variance() -> None:
    config = NetworkConfig(kind="mlp", input_shape=(400,), experts=1, classes=2, hidden=(300,))
    networks = make_network(config, 2)
    params, _ = networks.init(jax.random.key(3))
    assert np.asarray(params["layers"][0]["kernel"]).var() == pytest.approx(1 / 400, rel=0.05)
    assert sum(leaf.size for leaf in jax.tree.leaves(params)) == 400 * 300 + 300 + 300 * 2 + 2


def test_parameters_reach_the_layer_they_belong_to() -> None:
    config = NetworkConfig(kind="mlp", input_shape=(3,), experts=1, classes=2, hidden=(4,) * 12)
    network = make_network(config, 2)
    params, state = network.init(jax.random.key(0))
    x = jnp.ones((1, 3))
    want = x
    for i in range(12):
        layer = params["layers"][i]
        want = jax.nn.relu(want @ layer["kernel"] + layer["bias"])
    want = want @ params["head"]["kernel"] + params["head"]["bias"]
    np.testing.assert_allclose(network.apply(params, state, x), want, atol=1e-6)
