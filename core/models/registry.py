"""The networks by name; a new one is a file, listed here. Listing them imports no JAX."""

from core.models import (
    cnn,
    mlp,
)
from core.models.spec import NetworkConfig, NetworkSpec

# The first that reads a kind of data is the one that `auto` takes.
NETWORKS: dict[str, NetworkSpec] = {
    spec.name: spec
    for spec in (
        mlp.SPEC,
        cnn.SPEC,
    )
}


def spec_of(config: NetworkConfig) -> NetworkSpec:
    """The kind of the networks to build."""
    return NETWORKS[config.kind]


def default_for(kind: str) -> NetworkSpec:
    """The network that `auto` takes for data of a kind (`AnnotationSet.kind`)."""
    fit = [spec for spec in NETWORKS.values() if spec.reads == kind]
    return (fit or list(NETWORKS.values()))[0]
