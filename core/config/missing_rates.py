"""Learning rate and weight decay as they take effect, and the rates that nothing can learn with."""

from core.config.train_config import ConfigError, TrainConfig
from core.models.registry import NETWORKS
from core.models.spec import NetworkSpec

# The gradient's norm is clipped at 10 and the momentum is 0.9: at a rate of 10 one step moves the
# weights by up to 100 and steps in one direction add up to 1,000, where a layer of 128 units starts
# with a norm of about 11. On both samples every network has collapsed from a rate of 1 on; beyond
# 10 no network of this program has anything left to learn with.
MOST_LEARNING_RATE = 10.0


def learning_rate(config: TrainConfig, network: str) -> float | None:
    """The learning rate of a run's first step.

    Args:
      config: the settings.
      network: name of the run's network; empty where it is not known yet.

    Returns:
      The rate; None where it depends on a network that is not known yet.
    """
    spec = _spec(config, network)
    default = spec.learning_rate if spec else None
    return default if config.learning_rate is None else config.learning_rate


def weight_decay(config: TrainConfig, network: str) -> float | None:
    """The weight decay of the M-step; arguments and None as for `learning_rate`."""
    spec = _spec(config, network)
    default = spec.weight_decay if spec else None
    return default if config.weight_decay is None else config.weight_decay


def check_learning_rate(rate: float | None) -> None:
    """Refuses a learning rate at which every network falls apart.

    Not part of `TrainConfig`, so that runs from before there was a limit can still be read.

    Raises:
      ConfigError: the rate is beyond `MOST_LEARNING_RATE`.
    """
    if rate is not None and not 0 < rate <= MOST_LEARNING_RATE:
        defaults = ", ".join(f"{s.learning_rate:g} for {s.name}" for s in NETWORKS.values())
        raise ConfigError(
            f"learning rate is {rate:g}; expected a number above 0 and at most "
            f"{MOST_LEARNING_RATE:g}. Leave it out to take the network's default ({defaults})"
        )


def _spec(config: TrainConfig, network: str) -> NetworkSpec | None:
    return NETWORKS.get(network or config.network)
