"""The kept model in NumPy against the networks in JAX, whose programs training uses."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import log_softmax

from core.correctness.classifier import Classifier
from core.correctness.kept import Blend, Centring, KeptModel, apply, judge
from core.correctness.skills import SkillModel, SkillPoint
from core.dataset.batches import Batch
from core.models.ensemble import Ensemble
from core.models.spec import NetworkConfig

MEMBERS, CASES = 2, 5
MLP = NetworkConfig(kind="mlp", input_shape=(4,), experts=2, classes=3, hidden=(6, 5))
LINEAR = NetworkConfig(kind="mlp", input_shape=(4,), experts=2, classes=3, hidden=())
CNN = NetworkConfig(kind="cnn", input_shape=(12, 9, 3), experts=2, classes=3)
rng = np.random.default_rng(0)
BASE = rng.normal(size=(2, 3))


def members(method: Any) -> list[Any]:
    """Random parameters; drawn here, because compiling the networks' own draw takes seconds."""
    shapes, _ = jax.eval_shape(method.init, jax.random.key(0))

    def drawn(leaf: Any) -> np.ndarray:
        return (rng.normal(size=leaf.shape) / np.sqrt(leaf.shape[0])).astype(np.float32)

    return [jax.tree.map(drawn, shapes) for _ in range(MEMBERS)]


def stacked(config: NetworkConfig, made: list[Any], outputs: int) -> Ensemble:
    """Members in front, as training keeps them."""
    return Ensemble(config, outputs, jax.tree.map(lambda *leaves: np.stack(leaves), *made), {})


def batch(inputs: np.ndarray) -> Batch:
    nothing = np.zeros(len(inputs), np.int32)
    said = np.zeros((len(inputs), 2), np.int32)
    return Batch(jnp.asarray(inputs), nothing, said, said > 0, nothing, nothing)  # type: ignore[arg-type]


def both(
    config: NetworkConfig, families: list[NetworkConfig], inputs: np.ndarray, network_sees: Any
) -> tuple[Any, Any]:
    """(by NumPy, by JAX) for random parameters; `network_sees` is what training would feed."""
    classifiers = [Classifier(config=family) for family in families]
    skill = SkillModel(config=config)
    classes, own = [members(c) for c in classifiers], members(skill)
    blend = Blend(((0.7, 0.4),) * (len(families) - 1), None, 1.3, BASE, 0.5)
    given = batch(network_sees)
    log_p = [
        np.mean([np.asarray(jax.jit(c.predict)(p, {}, given, None)) for p in made], axis=0)
        for c, made in zip(classifiers, classes, strict=True)
    ]
    point = SkillPoint(BASE)
    said = [np.asarray(jax.jit(skill.predict)(p, {}, given, point)) for p in own]
    offsets = np.mean(said, axis=0)
    centring = Centring.of(inputs) if inputs.ndim == 2 else None
    made_of = tuple(stacked(c, m, 3) for c, m in zip(families, classes, strict=True))
    kept = KeptModel(made_of, stacked(config, own, 6), centring, blend)
    return apply(kept, inputs), judge(blend, log_p, offsets)


def features() -> Any:
    inputs = rng.random((CASES, 4)).astype(np.float32)
    return both(MLP, [MLP, LINEAR], inputs, Centring.of(inputs).apply(inputs))


def test_numpy_says_what_the_networks_say() -> None:
    here, there = features()
    np.testing.assert_allclose(here.value, there.value, atol=1e-5)
    np.testing.assert_allclose(here.probabilities, there.probabilities, atol=1e-5)
    np.testing.assert_array_equal(here.ai_answer, there.ai_answer)


def test_numpy_sees_images_as_the_network_does() -> None:
    classifier = Classifier(config=CNN)
    params = members(classifier)[0]
    inputs = rng.integers(0, 256, (CASES, 12, 9, 3)).astype(np.uint8)
    # The loop hands over floats in [0, 1].
    # A GPU's own products keep ten bits.
    with jax.default_matmul_precision("highest"):
        given = batch(inputs.astype(np.float32) / 255.0)
        want = jax.jit(classifier.predict)(params, {}, given, None)
    found = log_softmax(stacked(CNN, [params], 3).logits(inputs)[0], 1)
    np.testing.assert_allclose(found, want, atol=1e-5)


def test_many_cases_are_taken_in_blocks_without_changing_anything() -> None:
    params = stacked(LINEAR, members(Classifier(config=LINEAR)), 3)
    skills = stacked(MLP, members(SkillModel(config=MLP)), 6)
    kept = KeptModel((params,), skills, None, Blend((), None, 1.0, BASE, 1.0))
    inputs = rng.random((600, 4)).astype(np.float32)
    whole = apply(kept, inputs)
    np.testing.assert_allclose(apply(kept, inputs[300:310]).value, whole.value[300:310], atol=1e-6)


def test_external_ai_decides_what_it_said_and_its_answers_count() -> None:
    params = stacked(LINEAR, members(Classifier(config=LINEAR)), 3)
    table = np.log(np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]]))
    kept = KeptModel(
        (params,),
        stacked(MLP, members(SkillModel(config=MLP)), 6),
        None,
        Blend(((0.0, 1.0),), table, 1.0, BASE, 0.0),
    )
    answers = np.array([2, 0, 1])
    judged = apply(kept, rng.random((3, 4)).astype(np.float32), answers)
    np.testing.assert_array_equal(judged.ai_answer, answers)
    np.testing.assert_allclose(judged.value[:, -1], 0.8, atol=1e-6)


def test_model_of_images_is_the_mean_of_its_members_on_the_pixels_as_they_are() -> None:
    made, own = members(Classifier(config=CNN)), members(SkillModel(config=CNN))
    blend = Blend((), None, 1.2, BASE, 0.5)
    inputs = rng.integers(0, 256, (CASES, 12, 9, 3)).astype(np.uint8)
    family, skills = stacked(CNN, made, 3), stacked(CNN, own, 6)
    log_p = log_softmax(family.logits(inputs), 2).mean(axis=0)
    offsets = skills.logits(inputs).mean(axis=0).reshape(CASES, 2, 3)
    found = apply(KeptModel((family,), skills, None, blend), inputs)
    np.testing.assert_allclose(found.value, judge(blend, [log_p], offsets).value, atol=1e-6)
