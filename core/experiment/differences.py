"""Which settings differ between runs, comparing effective values."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.config import missing_rates as rates
from core.config.train_config import TrainConfig
from core.methods.registry import METHODS
from core.models.registry import NETWORKS

OWN_BOUNDS = "own bounds"  # in place of the targets they replace
# Read only where the method trains networks of its own.
_OF_TRAINING = ("learning_rate", "weight_decay", "epochs")


def effective(config: TrainConfig, network: str) -> dict[str, Any]:
    """The effective value of every setting; None for one without effect in this run.

    A default and the same number typed in are no difference.

    Args:
      config: the settings.
      network: name of the run's network, after resolving the setting `network`.
    """
    found = config.named()
    found["network"] = network
    found["learning_rate"] = rates.learning_rate(config, network)
    found["weight_decay"] = rates.weight_decay(config, network)
    found["lower"] = tuple((agent, share) for agent, share in found["lower"] if share > 0)
    unused: list[str] = []
    if config.bounded:
        found["coverage"] = OWN_BOUNDS
        unused.append("humans")
    spec = NETWORKS.get(network)
    if spec is not None and not spec.hidden:
        unused.append("hidden")
    method = METHODS.get(config.method)
    if method is not None and not method.trains:
        unused += _OF_TRAINING
    return found | dict.fromkeys(unused)


def differing(runs: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """The settings in which runs differ, with their values, numbers ascending.

    Args:
      runs: settings per run by name, from `effective`; None is ignored.
    """
    found = {}
    for name in dict.fromkeys(name for run in runs for name in run):
        values = list(dict.fromkeys(v for run in runs if (v := run.get(name)) is not None))
        if len(values) > 1:
            numbers = all(isinstance(v, int | float) for v in values)
            found[name] = tuple(sorted(values) if numbers else values)
    return found
