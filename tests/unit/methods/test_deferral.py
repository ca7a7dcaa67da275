"""Methods with an AI of their own: examples, annotations that are missing, an external AI."""

import doctest
from importlib import import_module

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from core.methods.deferral import Deferral, Logits
from core.methods.registry import METHODS
from tests.unit.methods.test_contract import BOUNDS, batch, init, loss_of, made, predicted, slope_of

OWN = [name for name, spec in METHODS.items() if spec.trains and isinstance(made(name), Deferral)]
MODULES = {name: import_module(f"core.methods.{name.replace('-', '_')}") for name in METHODS}


@pytest.mark.parametrize("name", [n for n, module in MODULES.items() if ">>>" in module.__doc__])
def test_examples_give_what_they_show(name: str) -> None:
    found = doctest.testmod(MODULES[name])
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("name", OWN)
def test_a_missing_annotation_moves_no_score_of_its_expert(name: str) -> None:
    method, seen = made(name), batch()
    rng = np.random.default_rng(1)
    logits = Logits(*(jnp.asarray(rng.normal(size=(24, 3)), jnp.float32) for _ in range(2)))
    slope = jax.jit(jax.grad(lambda at: method.case_loss(at, seen).sum()))(logits).experts
    assert (slope[~seen.annotated] == 0).all()
    # Those of `confidence` are counted.
    assert name == "confidence" or (slope[seen.annotated] != 0).all()


@pytest.mark.parametrize("name", OWN)
def test_an_external_ai_takes_the_place_of_the_classifier(name: str) -> None:
    method, (params, carry) = made(name), init(made(name))
    said = jnp.log(jnp.asarray(np.random.default_rng(2).dirichlet(np.ones(3), 24), jnp.float32))
    seen = batch()._replace(external=said)
    outputs = predicted(method, params, carry, seen, BOUNDS)
    np.testing.assert_allclose(np.exp(outputs.ai), np.exp(said), atol=1e-5)
    # Where it is surer, it scores higher; `triage` asks the experts alone.
    ai = np.asarray(outputs.scores[:, -1])
    assert name == "triage" or np.corrcoef(ai, np.exp(said).max(1))[0, 1] > 0.8
    (loss, _), slopes = slope_of(method, params, carry, seen, BOUNDS)
    # What the AI gives the truth is no part of the loss: it would only hide what is learnt.
    assert float(loss) <= method.guessing
    nobody = seen._replace(annotated=jnp.zeros_like(seen.annotated))
    assert loss_of(method, params, carry, nobody, BOUNDS) == pytest.approx(0, abs=1e-6)
    trained = slopes["classifier"] if "classifier" in slopes else slopes
    head = trained["head"]["kernel"][:, :3]
    assert (head == 0).all()


def test_by_confidence_an_expert_scores_the_accuracy_on_train_cases() -> None:
    method, seen = made("confidence"), batch()
    params, carry = init(method)
    for weights in (jnp.arange(24) < 10, jnp.arange(24) >= 10):
        some = seen._replace(weights=weights.astype(jnp.float32))
        (_, (carry, _)), _ = slope_of(method, params, carry, some, BOUNDS)
    scores = predicted(method, params, carry, seen, BOUNDS).scores
    right, annotated = (np.asarray(a).sum(0) for a in (seen.right, seen.annotated))
    np.testing.assert_allclose(scores[:, :3], np.tile((right + 1) / (annotated + 2), (24, 1)))


def test_triage_divides_cases_by_who_errs() -> None:
    method = made("triage", stays="ai_first")
    seen = batch()
    surely = Logits(10.0 * jax.nn.one_hot(seen.truth, 3), jnp.zeros((24, 3)))
    assert not method.taken(surely, seen).any()
    assert (made("triage").taken(surely, seen) == seen.right).all()
    wrong = surely._replace(classes=-surely.classes)
    assert (method.taken(wrong, seen) == seen.right).all()


def test_guesses_teach_only_where_an_annotation_is_missing() -> None:
    seen = batch()
    counted = {True: seen.annotated, False: ~seen.annotated}
    for name, settings in (("mixmatch", {}), ("fixmatch", {"threshold": 0.3})):
        filler = made(name, **settings).filler
        params, carry = init(filler)
        given = jax.jit(filler.examples)(params, carry.networks, seen, jax.random.key(0))
        weak, rest = (given.log_loss[:24], given.log_loss[24:])
        assert ((weak > 0) == counted[True]).all()
        guessed = rest if len(rest) else given.squares
        assert ((guessed > 0) == counted[False]).all()
        # Every expert counts alike, however many cases they annotated.
        np.testing.assert_allclose(weak.sum(0), 1.0, rtol=1e-5)
        np.testing.assert_allclose(given.targets.sum(-1), 1.0, rtol=1e-5)


def test_a_guess_below_the_threshold_does_not_count() -> None:
    filler = made("fixmatch", threshold=1.0).filler
    params, carry = init(filler)
    given = jax.jit(filler.examples)(params, carry.networks, batch(), jax.random.key(0))
    assert not given.log_loss[24:].any()


@pytest.mark.parametrize("on", ["case", "batch"])
def test_a_penalty_is_the_square_of_what_misses_the_target(on: str) -> None:
    method = made("penalty", penalty_weight=2.0, penalty_on=on)
    gate = np.random.default_rng(3).dirichlet(np.ones(4), 24)
    target = BOUNDS._replace(
        lower=jnp.array([0.0, 0.0, 0.0, 0.3]), upper=jnp.array([1.0, 1.0, 1.0, 0.3])
    )
    loss = method.workload_loss(jnp.log(jnp.asarray(gate, jnp.float32)), batch(), target)
    wanted = (gate[:, -1] - 0.3) ** 2 if on == "case" else (gate[:, -1].mean() - 0.3) ** 2
    assert float(loss) == pytest.approx(2.0 * np.mean(wanted), rel=1e-4)
