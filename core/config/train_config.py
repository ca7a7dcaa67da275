"""What one run trains: everything that was set, hashable and plain."""

import dataclasses
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.methods.registry import METHODS, setting
from core.methods.spec import SettingError, Value
from core.models.registry import NETWORKS

HUMANS = ("free", "balanced")
AI_KINDS = ("learned", "external")


class ConfigError(ValueError):
    """A setting nobody can train with; the message says what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Settings of one run, a grid of targets × seeds.

    Attributes:
      method: name in `core.methods.registry`.
      coverage: target shares of the AI, ascending, each in [0, 1]; unused when bounds are given.
      humans: experts' bounds at a coverage target, `free` or `balanced`.
      lower: least share per agent name, as pairs; with `upper` it replaces the targets.
      upper: greatest share per agent name, as pairs.
      off_duty: experts who get no cases, whatever else is set; their annotations are learnt from.
      missing_rate: share of the present train annotations to remove, per seed, in [0, 1).
      missing_rates: the same for single experts, as pairs; experts left out take `missing_rate`.
      network: name in `core.models.registry`, or `auto` (chosen by the kind of data).
      epochs: passes over the train cases.
      batch_size: cases per step, at most.
      learning_rate: of the first step; None takes the network's own default.
      weight_decay: L2 weight in training; None takes the network's own default.
      hidden: widths of the hidden layers, of networks that have them.
      expert_networks: `auto`, `separate` (a network per expert) or `shared` (one trunk, M heads).
      seeds: how many seeds. seed: the first one.
      ai: `learned` or `external` (the set's own AI probabilities).
      settings: the method's own, as pairs; those left out take their defaults, those that only
        other methods have are dropped.
    """

    method: str = "pl2d"
    coverage: tuple[float, ...] = tuple(round(i / 10, 10) for i in range(11))
    humans: str = "free"
    lower: tuple[tuple[str, float], ...] = ()
    upper: tuple[tuple[str, float], ...] = ()
    off_duty: tuple[str, ...] = ()
    missing_rate: float = 0.0
    missing_rates: tuple[tuple[str, float], ...] = ()
    network: str = "auto"
    epochs: int = 60
    batch_size: int = 128
    learning_rate: float | None = None
    weight_decay: float | None = None
    hidden: tuple[int, ...] = (128, 128)
    expert_networks: str = "auto"
    seeds: int = 1
    seed: int = 0
    ai: str = "learned"
    settings: tuple[tuple[str, Value], ...] = ()

    def __post_init__(self) -> None:
        def refuse(what: str, found: object, expected: str) -> None:
            raise ConfigError(f"{what} is {found!r}; expected {expected}")

        self._read_settings()
        if not self.bounded and not self.coverage:
            refuse("coverage", self.coverage, "at least one target")
        if any(not 0 <= c <= 1 for c in self.coverage):
            refuse("coverage", self.coverage, "targets between 0 and 1")
        if not 0 <= self.missing_rate < 1:
            refuse("missing rate", self.missing_rate, "a share from 0 up to, not including, 1")
        self._check_experts(refuse)
        for what, value, choices in (
            ("humans", self.humans, HUMANS),
            ("network", self.network, ("auto", *NETWORKS)),
            ("ai", self.ai, AI_KINDS),
            ("expert networks", self.expert_networks, ("auto", "separate", "shared")),
        ):
            if value not in choices:
                refuse(what, value, "one of " + ", ".join(choices))
        for what, count, most in (
            ("epochs", self.epochs, 100_000),
            ("batch size", self.batch_size, 1_000_000),
            ("seeds", self.seeds, 1000),
        ):
            if not 1 <= count <= most:
                refuse(what, count, f"a whole number from 1 to {most}")
        if not 0 <= self.seed < 2**31 - 1000:
            refuse("seed", self.seed, "a whole number from 0 to about two thousand million")
        if self.learning_rate is not None and not (0 < self.learning_rate < math.inf):
            refuse("learning rate", self.learning_rate, "a number above 0")
        if self.weight_decay is not None and not (0 <= self.weight_decay < math.inf):
            refuse("weight decay", self.weight_decay, "a number from 0 up")
        if not self.hidden or any(not 1 <= h <= 4096 for h in self.hidden):
            refuse("hidden", self.hidden, "one or more widths from 1 to 4096")

    def _read_settings(self) -> None:
        method, given = METHODS.get(self.method), dict(self.settings)
        if method is None:  # of another version: kept as they are
            return
        if unknown := [name for name in given if setting(name) is None]:
            raise ConfigError(f"unknown settings: {', '.join(sorted(unknown))}")
        try:
            object.__setattr__(self, "settings", tuple(method.read(given).items()))
        except SettingError as error:
            raise ConfigError(str(error)) from None

    def _check_experts(self, refuse: Callable[[str, object, str], None]) -> None:
        named = [name for name, _ in self.missing_rates]
        if len(set(named)) < len(named):
            refuse("missing rates", named, "every expert once")
        for name, rate in self.missing_rates:
            if not 0 <= rate < 1:
                refuse(f"missing rate of {name}", rate, "a share from 0 up to, not including, 1")
        if len(set(self.off_duty)) < len(self.off_duty):
            refuse("off duty", self.off_duty, "every expert once")

    @property
    def bounded(self) -> bool:
        """Whether own bounds replace the coverage targets."""
        return bool(self.lower or self.upper)

    @property
    def targets(self) -> tuple[float | None, ...]:
        """Coverage targets; one None when own bounds replace them."""
        return (None,) if self.bounded else self.coverage

    @property
    def takes_away(self) -> bool:
        """Whether any annotations are removed before training."""
        return self.missing_rate > 0 or any(rate > 0 for _, rate in self.missing_rates)

    def rates(self, experts: Sequence[str]) -> tuple[float, ...]:
        """The missing rate of each expert, in the given order."""
        own = dict(self.missing_rates)
        return tuple(own.get(name, self.missing_rate) for name in experts)

    @property
    def seed_list(self) -> tuple[int, ...]:
        """The seeds, ascending."""
        return tuple(range(self.seed, self.seed + self.seeds))

    def named(self) -> dict[str, Any]:
        """Every setting by name, the method's own among them."""
        own = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return own | dict(own.pop("settings"))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` reads them back."""
        plain = self.named()
        for name in ("lower", "upper", "missing_rates"):
            plain[name] = dict(getattr(self, name))
        return json.loads(json.dumps(plain))

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "TrainConfig":
        """The settings written by `to_dict`; names that no method declares are refused."""
        known = {f.name for f in dataclasses.fields(cls)} - {"settings"}
        values = {name: value for name, value in plain.items() if name in known}
        values["settings"] = tuple((n, v) for n, v in plain.items() if n not in known)
        for name in ("lower", "upper", "missing_rates"):
            values[name] = tuple(sorted(dict(values.get(name) or {}).items()))
        for name in ("coverage", "hidden", "off_duty"):
            if name in values:
                values[name] = tuple(values[name])
        return cls(**values)
