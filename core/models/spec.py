"""What a network says of itself, so that no other module has to know its name. No JAX."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Params = Any  # nested dictionaries of arrays


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """One kind of network.

    Attributes:
      name: in settings, files and on the command line.
      label: on the Train page. text: one sentence of help.
      reads: `features` (images come as pixels in a row) or `images`.
      build: `build(config, outputs, rngs=…)` makes the `nnx.Module`; it imports JAX itself, so that
        listing the networks does not. The module is called with a batch: features [B, D], or images
        [B, H, W, 3] in [0, 1]. One that holds anything beside parameters (batch statistics, keys of
        dropout) is also given `counted` [B] in training, True for rows that count: others only fill
        up the batch or belong to the fold that is left out. It normalises by the batch after
        `module.train()` and by its statistics after `module.eval()`, as `nnx.BatchNorm` does.
      head: the module's attribute that turns the embedding into logits.
      learning_rate, weight_decay: of the method's training, where nobody sets others.
      hidden: whether the setting `hidden` (widths of layers) is about it.
      folds: folds of train in the ensemble of AIs; each costs a training.
      init: `init(shapes, key)` draws the parameters; None leaves that to the module's layers.
      forward: `forward(params, inputs)` gives the logits in NumPy, for networks that hold nothing
        but parameters; images come as they are stored, 0 to 255. None applies the module by JAX,
        which takes a second to import.
      floats: numbers that a case of a given shape leaves in memory beside one output per unit of
        each layer: of convolutions, their maps. Only a GPU's share of the grid goes by it.
    """

    name: str
    label: str
    text: str
    reads: str
    build: Callable[..., Any]
    head: str = "head"
    learning_rate: float = 0.01
    weight_decay: float = 1e-3
    hidden: bool = False
    folds: int = 5
    init: Callable[[Any, Any], Params] | None = None
    forward: Callable[[Params, Any], Any] | None = None
    floats: Callable[[tuple[int, ...]], int] = lambda shape: 0


@dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """Which networks to build; hashable, static under jit.

    `core.models.registry.spec_of` is its kind, `core.models.network.network` makes one of them.

    Attributes:
      kind: name in the registry.
      input_shape: (features,) or (height, width, channels).
      experts: M. classes: C.
      extra_answers: E, answers of experts that are no classes; expert models predict C + E.
      hidden: widths of the hidden layers, of networks that have them.
      separate_experts: a network per expert, or one trunk with M heads.
    """

    kind: str
    input_shape: tuple[int, ...]
    experts: int
    classes: int
    hidden: tuple[int, ...] = (128, 128)
    separate_experts: bool = True
    extra_answers: int = 0

    @property
    def answers(self) -> int:
        """A = C + E, the alphabet of the experts."""
        return self.classes + self.extra_answers
