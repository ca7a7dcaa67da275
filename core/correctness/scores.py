"""Expected correctness of every agent, v_n(x) = Pr(agent n is right | x)."""

import numpy as np
from jaxtyping import Float, Int
from scipy.special import expit


def expected_correctness(
    class_probabilities: Float[np.ndarray, "n C"],
    skill_logits: Float[np.ndarray, "n M C"],
    ai_answer: Int[np.ndarray, " n"],
) -> Float[np.ndarray, "n K"]:
    """v_m(x) = Σ_c p(c | x) r_m(x, c) of the experts and v_AI(x) = p(the AI's answer | x).

    Args:
      class_probabilities: calibrated p(c | x), rows sum to one.
      skill_logits: logit r_m(x, c) in nats.
      ai_answer: the class the AI decides.

    Returns:
      Probabilities of being right, experts first, the AI last.
    """
    experts = np.einsum("nc,nmc->nm", class_probabilities, expit(skill_logits))
    ai = class_probabilities[np.arange(len(ai_answer)), ai_answer]
    return np.concatenate([experts, ai[:, None]], axis=1).astype(np.float32)
