import jax
import jax.numpy as jnp
import numpy as np
import pytest

from core.em.likelihood import agent_log_likelihood, observed_log_likelihood
from core.em.posterior import Observed, exact, mean_field, naive
from tests.reference.enumeration import link, posterior_of_case

ALPHA = 1e-3


def random_batch(
    seed: int, cases: int = 12, experts: int = 3, classes: int = 3, extras: int = 0
) -> dict:
    rng = np.random.default_rng(seed)

    def simplex(*shape: int) -> np.ndarray:
        return rng.dirichlet(np.ones(shape[-1]), shape[:-1])

    return {
        "gate": simplex(cases, experts + 1),
        "experts": simplex(cases, experts, classes + extras),
        "ai": simplex(cases, classes),
        "annotations": rng.integers(0, classes + extras, (cases, experts)),
        "annotated": rng.random((cases, experts)) < 0.5,
        "truth": rng.integers(0, classes, cases),
    }


def observed(batch: dict) -> Observed:
    at_truth = batch["ai"][np.arange(len(batch["truth"])), batch["truth"]]
    return Observed(
        *(jnp.log(jnp.asarray(a)) for a in (batch["gate"], batch["experts"], at_truth)),
        *(jnp.asarray(batch[k]) for k in ("annotations", "annotated", "truth")),
    )


@pytest.mark.parametrize(("seed", "extras"), [(0, 0), (1, 0), (2, 1), (3, 2), (8, 1)])
def test_exact_posterior_is_the_enumerated_joint(seed: int, extras: int) -> None:
    batch = random_batch(seed, extras=extras)
    if extras:
        assert (batch["annotations"][batch["annotated"]] >= 3).any()
    with jax.enable_x64(True):
        posterior = exact(observed(batch), ALPHA, extras)
        q_z = np.exp(posterior.log_q)
        q_t = np.asarray(posterior.annotation(posterior.log_q))
    for i in range(len(batch["truth"])):
        want_z, want_t, _ = posterior_of_case(*(batch[k][i] for k in batch), ALPHA)
        # Float64 sums of at most 4 · 125 · 3 terms.
        np.testing.assert_allclose(q_z[i], want_z, rtol=1e-11)
        missing = ~batch["annotated"][i]
        np.testing.assert_allclose(q_t[i][missing], want_t[missing], rtol=1e-11)


def test_float32_posterior_is_close_to_float64() -> None:
    batch = random_batch(9)
    q32 = np.exp(exact(observed(batch), ALPHA).log_q)
    with jax.enable_x64(True):
        q64 = np.exp(exact(observed(batch), ALPHA).log_q)
    # A few roundings of 6e-8 each in exponent and sum.
    np.testing.assert_allclose(q32, q64, atol=2e-6)


@pytest.mark.parametrize("extras", [0, 2])
def test_observed_likelihood_is_the_enumerated_sum(extras: int) -> None:
    batch = random_batch(5, extras=extras)
    with jax.enable_x64(True):
        seen = observed(batch)
        log_l = agent_log_likelihood(*seen[1:], ALPHA, extras)
        got = observed_log_likelihood(
            seen.log_gate, log_l, seen.log_experts, seen.log_ai, *seen[3:5]
        )
    for i, value in enumerate(np.asarray(got)):
        *_, total = posterior_of_case(*(batch[k][i] for k in batch), ALPHA)
        # The AI's own supervised term stands beside the mixture.
        want = np.log(total) + np.log(batch["ai"][i, batch["truth"][i]])
        assert value == pytest.approx(want, rel=1e-11)


@pytest.mark.parametrize("extras", [0, 2])
def test_mean_field_fixed_point_solves_its_equations(extras: int) -> None:
    batch = random_batch(2, cases=40, extras=extras)
    batch["annotated"][:] = False
    batch["annotated"][:, 0] = True
    with jax.enable_x64(True):
        posterior = mean_field(observed(batch), ALPHA, extras, rounds=400)
        q_z = np.exp(posterior.log_q)
        q_t = np.asarray(posterior.annotation(posterior.log_q))
    log_s = np.log(link(3, ALPHA, extras))
    for i, y in enumerate(batch["truth"]):
        weight = q_z[i, :-1, None]
        want_t = np.exp(np.log(batch["experts"][i]) + weight * log_s[:, y])
        want_t /= want_t.sum(1, keepdims=True)
        np.testing.assert_allclose(q_t[i], want_t, atol=1e-9)
        score = np.log(batch["gate"][i]).copy()
        score[0] += log_s[batch["annotations"][i, 0], y]
        score[1:-1] += q_t[i, 1:] @ log_s[:, y]
        score[-1] += np.log(batch["ai"][i] @ link(3, ALPHA)[:, y])
        want_z = np.exp(score - np.logaddexp.reduce(score))
        np.testing.assert_allclose(q_z[i], want_z, atol=1e-9)


def test_mean_field_is_exact_when_nothing_is_missing() -> None:
    batch = random_batch(3)
    batch["annotated"][:] = True
    seen = observed(batch)
    np.testing.assert_allclose(
        np.exp(mean_field(seen, ALPHA).log_q), np.exp(exact(seen, ALPHA).log_q), atol=1e-6
    )


def test_mean_field_and_naive_agree_with_enumeration_where_all_answers_are_known() -> None:
    batch = random_batch(11, extras=1)
    batch["annotated"][:] = True
    with jax.enable_x64(True):
        found = [np.exp(step(observed(batch), ALPHA, 1).log_q) for step in (mean_field, naive)]
    for i in range(len(batch["truth"])):
        want, *_ = posterior_of_case(*(batch[k][i] for k in batch), ALPHA)
        for q in found:
            np.testing.assert_allclose(q[i], want, rtol=1e-11)


def test_an_answer_of_no_class_is_as_unlikely_as_a_wrong_class() -> None:
    batch = random_batch(12, extras=1)
    batch["annotated"][:] = True
    batch["annotations"][:] = 3
    wrong = batch | {"annotations": np.repeat((batch["truth"][:, None] + 1) % 3, 3, axis=1)}
    for step in (exact, mean_field, naive):
        first, second = (step(observed(b), ALPHA, 1).log_q for b in (batch, wrong))
        np.testing.assert_array_equal(first, second)


def test_naive_gives_nothing_to_experts_who_did_not_annotate() -> None:
    batch = random_batch(4)
    q = np.exp(naive(observed(batch), ALPHA).log_q)
    assert (q[:, :-1][~batch["annotated"]] == 0).all()
    np.testing.assert_allclose(q.sum(1), 1.0, atol=1e-6)


def test_value_under_a_missing_mask_is_irrelevant() -> None:
    batch = random_batch(6)
    other = dict(batch)
    other["annotations"] = np.where(
        batch["annotated"], batch["annotations"], (batch["annotations"] + 1) % 3
    )
    for step in (exact, mean_field, naive):
        first, second = step(observed(batch), ALPHA), step(observed(other), ALPHA)
        np.testing.assert_array_equal(first.log_q, second.log_q)


@pytest.mark.parametrize("step", [exact, mean_field, naive])
def test_permuting_experts_permutes_the_posterior(step) -> None:
    batch, order = random_batch(7), np.array([2, 0, 1])
    other = dict(batch)
    other["gate"] = batch["gate"][:, [*order, 3]]
    for name in ("experts", "annotations", "annotated"):
        other[name] = batch[name][:, order]
    first = step(observed(batch), ALPHA).log_q
    second = step(observed(other), ALPHA).log_q
    np.testing.assert_allclose(np.exp(first)[:, [*order, 3]], np.exp(second), atol=1e-6)
