"""Learning rate and weight decay as they take effect, and the rates that nothing can learn with."""

from collections.abc import Mapping

from core.runs.config import ConfigError, TrainConfig

# Defaults of the M-step per kind of network, chosen on validation splits.
LEARNING_RATE: Mapping[str, float] = {"mlp": 0.01, "cnn": 0.03}
WEIGHT_DECAY: Mapping[str, float] = {"mlp": 5e-3, "cnn": 1e-3}
# The gradient's norm is clipped at 10 and the momentum is 0.9: at a rate of 10 one step moves the
# weights by up to 100 and steps in one direction add up to 1,000, where a layer of 128 units starts
# with a norm of about 11. On both samples every network has collapsed from a rate of 1 on; beyond
# 10 no network of this program has anything left to learn with.
MOST_LEARNING_RATE = 10.0


def learning_rate(config: TrainConfig, network: str) -> float | None:
    """The learning rate of a run's first step.

    Args:
      config: the settings.
      network: `mlp` or `cnn`; anything else where it is not known yet.

    Returns:
      The rate; None where it depends on a network that is not known yet.
    """
    given = config.learning_rate
    return LEARNING_RATE.get(_kind(config, network)) if given is None else given


def weight_decay(config: TrainConfig, network: str) -> float | None:
    """The weight decay of the M-step; arguments and None as for `learning_rate`."""
    given = config.weight_decay
    return WEIGHT_DECAY.get(_kind(config, network)) if given is None else given


def check_learning_rate(rate: float | None) -> None:
    """Refuses a learning rate at which every network falls apart.

    Not part of `TrainConfig`, so that runs from before there was a limit can still be read.

    Raises:
      ConfigError: the rate is beyond `MOST_LEARNING_RATE`.
    """
    if rate is not None and not 0 < rate <= MOST_LEARNING_RATE:
        defaults = ", ".join(f"{value:g} for {kind}" for kind, value in LEARNING_RATE.items())
        raise ConfigError(
            f"learning rate is {rate:g}; expected a number above 0 and at most "
            f"{MOST_LEARNING_RATE:g}. Leave it out to take the network's default ({defaults})"
        )


def _kind(config: TrainConfig, network: str) -> str:
    return network or config.network
