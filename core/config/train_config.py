"""What one run trains: everything that was set, hashable and plain."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, ValidationError, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import ArgsKwargs, to_jsonable_python

from core.config.bounds import Bounds, Shares
from core.methods.registry import METHODS, setting
from core.methods.spec import SettingError, Value
from core.models.registry import NETWORKS

HUMANS = ("free", "balanced")
AI_KINDS = ("learned", "external")
CURVES = ("one", "each")
_RATE = "a share from 0 up to, not including, 1"
_SEED = "a whole number from 0 to about two thousand million"
_SIDES = ("lower", "upper")  # of the bounds, which stand among the other settings in JSON


class ConfigError(Exception):
    """A setting nobody can train with; the message says what is expected."""

    # No ValueError: pydantic would wrap that in an error of its own.


def _whole(most: int) -> Any:
    return Field(ge=1, le=most, description=f"a whole number from 1 to {most}")


@dataclass(
    frozen=True, slots=True, kw_only=True, config=ConfigDict(allow_inf_nan=False, extra="forbid")
)
class TrainConfig:
    """Settings of one run, a grid of targets × seeds.

    Attributes:
      method: name in `core.methods.registry`.
      coverage: target shares of the AI, ascending, each in [0, 1]; unused when bounds are given.
      humans: experts' bounds at a coverage target, `free` or `balanced`.
      bounds: own bounds by agent name; they replace the targets.
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
      curve: `one` trains a point per seed without bounds, whose scores less prices serve every
        target, where the method can (`repriced`); `each` trains a point per target, as published.
      seeds: how many seeds. seed: the first one.
      ai: `learned` or `external` (the set's own AI probabilities).
      settings: the method's own, as pairs; those left out take their defaults, those that only
        other methods have are dropped.
    """

    method: str = "pl2d"
    coverage: Annotated[
        tuple[Annotated[float, Field(ge=0, le=1)], ...],
        Field(description="targets between 0 and 1"),
    ] = tuple(round(i / 10, 10) for i in range(11))
    humans: str = "free"
    bounds: Bounds | None = None
    off_duty: tuple[str, ...] = ()
    missing_rate: Annotated[float, Field(ge=0, lt=1, description=_RATE)] = 0.0
    missing_rates: Shares = ()
    network: str = "auto"
    epochs: Annotated[int, _whole(100_000)] = 60
    batch_size: Annotated[int, _whole(1_000_000)] = 128
    learning_rate: Annotated[float | None, Field(gt=0, description="a number above 0")] = None
    weight_decay: Annotated[float | None, Field(ge=0, description="a number from 0 up")] = None
    hidden: Annotated[
        tuple[Annotated[int, Field(ge=1, le=4096)], ...],
        Field(min_length=1, description="one or more widths from 1 to 4096"),
    ] = (128, 128)
    expert_networks: str = "auto"
    curve: str = "one"
    seeds: Annotated[int, _whole(1000)] = 1
    seed: Annotated[int, Field(ge=0, lt=2**31 - 1000, description=_SEED)] = 0
    ai: str = "learned"
    settings: tuple[tuple[str, Value], ...] = ()

    @model_validator(mode="wrap")
    @classmethod
    def _in_words(cls, given: Any, validate: Any) -> Any:
        try:
            return validate(given)
        except ValidationError as error:
            place = str(error.errors()[0]["loc"][0])
            field = TrainConfig.__pydantic_fields__.get(place)  # type: ignore[attr-defined]
            if field is None:
                raise TypeError(f"settings have no field {place}") from None
            values: Any = given.kwargs if isinstance(given, ArgsKwargs) else given
            kind = error.errors()[0]["msg"].removeprefix("Input should be ")
            raise _refused(place, values.get(place), field.description or kind) from None

    def __post_init__(self) -> None:
        self._read_settings()
        if not self.bounds:
            object.__setattr__(self, "bounds", None)
        if not self.bounded and not self.coverage:
            raise _refused("coverage", self.coverage, "at least one target")
        for name, choices in (
            ("humans", HUMANS),
            ("network", ("auto", *NETWORKS)),
            ("ai", AI_KINDS),
            ("curve", CURVES),
            ("expert_networks", ("auto", "separate", "shared")),
        ):
            if getattr(self, name) not in choices:
                raise _refused(name, getattr(self, name), "one of " + ", ".join(choices))
        named = [name for name, _ in self.missing_rates]
        if len(set(named)) < len(named):
            raise _refused("missing_rates", named, "every expert once")
        for name, rate in self.missing_rates:
            if not 0 <= rate < 1:
                raise _refused(f"missing rate of {name}", rate, _RATE)
        if len(set(self.off_duty)) < len(self.off_duty):
            raise _refused("off_duty", self.off_duty, "every expert once")

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

    @property
    def bounded(self) -> bool:
        """Whether own bounds replace the coverage targets."""
        return self.bounds is not None

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
        """Every setting by name, the sides of the bounds and the method's own among them."""
        found: dict[str, Any] = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name == "bounds":
                found |= {side: getattr(value, side, ()) for side in _SIDES}
            elif field.name == "settings":
                found |= dict(value)
            else:
                found[field.name] = value
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` reads them back."""
        plain: dict[str, Any] = to_jsonable_python(self.named())
        return plain | {name: dict(plain[name]) for name in (*_SIDES, "missing_rates")}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """The settings written by `to_dict`; names that no method declares are refused."""
        known = {field.name for field in dataclasses.fields(cls)}
        values = {name: value for name, value in plain.items() if name in known}
        values.setdefault("curve", "each")  # written before there was a choice
        values["bounds"] = {side: plain.get(side) for side in _SIDES}
        own = [name for name in plain if name not in {*known, *_SIDES}]
        values["settings"] = tuple((name, plain[name]) for name in own)
        return cls(**values)


def _refused(setting: str, found: object, expected: str) -> ConfigError:
    return ConfigError(f"{setting.replace('_', ' ')} is {found!r}; expected {expected}")
