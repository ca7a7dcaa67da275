"""What a sweep compares: data sets × methods × missing rates × human policies × seeds."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from core.base.names import refusal
from core.base.report import clip
from core.config.train_config import HUMANS, ConfigError, TrainConfig
from core.methods.registry import METHODS, setting
from core.methods.rules import RULES
from core.methods.spec import Value

MISSINGNESS = "missingness"  # a sensitivity that makes other data sets, not other settings
KINDS = {
    "random": "at random",
    "difficult": "difficult cases more often",
    "easy": "easy cases more often",
}
MOST_CELLS = 5000
# Parts of the grid, and settings that name experts, who differ from set to set.
_OWN = ("method", "missing_rate", "humans", "seeds", "seed")
_BY_EXPERT = ("off_duty", "missing_rates", "bounds", "lower", "upper")


class SpecError(ConfigError):
    """A comparison that cannot be run; the message is one line."""


def _one_or_more(given: Any) -> Any:
    return given if isinstance(given, list | tuple) else (given,)


def _text(given: Any) -> Any:
    return given.strip() if isinstance(given, str) else given


Texts = Annotated[
    tuple[Annotated[str, BeforeValidator(_text), Field(min_length=1)], ...],
    BeforeValidator(_one_or_more),
    Field(min_length=1),
]
Values = Annotated[tuple[Value, ...], BeforeValidator(_one_or_more), Field(min_length=1)]


class SweepSpec(BaseModel):
    """A comparison as people write it; one value may stand for a list of one.

    Attributes:
      name: of the comparison.
      data: data sets: a path, `sample:NAME` or `stored:HASH`.
      methods: names in `core.methods.registry`.
      missing_rates: shares of the train annotations to remove, each in [0, 1).
      humans: `free`, `balanced` or both.
      seeds: how many per cell. seed: the first one.
      train: all other settings of `TrainConfig`, and the methods' own, by name.
      against: the method that others are tested against; the first one unless given.
      rule: under which methods are compared; a method without it is shown under its own.
      at_coverage: the realised coverage at which accuracy is given.
      sensitivity: setting → values to try in its place, each with the first missing rate and
        policy; `missingness` tries ways of removing the largest missing rate instead.
      content: data set → content hash that it must have; written by the program.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, BeforeValidator(_text), Field(max_length=120)] = "Comparison"
    data: Texts
    methods: Texts
    missing_rates: Annotated[
        tuple[Annotated[float, Field(ge=0, lt=1)], ...],
        BeforeValidator(_one_or_more),
        Field(min_length=1),
    ] = (0.0,)
    humans: Texts = ("free",)
    seeds: Annotated[int, Field(ge=1, le=1000)] = 3
    seed: Annotated[int, Field(ge=0)] = 0
    train: dict[str, Any] = Field(default_factory=dict)
    against: str | None = None
    rule: str = "priced"
    at_coverage: Annotated[float, Field(ge=0, le=1)] = 0.5
    sensitivity: dict[str, Values] = Field(default_factory=dict)
    content: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def read(cls, plain: object) -> Self:
        """The spec that JSON or YAML holds.

        Raises:
          SpecError: it is none; says where and why, in one line.
        """
        if not isinstance(plain, dict):
            raise SpecError("expected names with values, such as data: [sample:fna_panel]")
        try:
            return cls.model_validate(plain)
        except ValidationError as error:
            raise SpecError("; ".join(map(_in_words, error.errors()[:3]))) from None

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if why := refusal(self.name, "the name"):
            raise ValueError(why)
        for what, found, known in (
            ("method", self.methods, METHODS),
            ("policy", self.humans, HUMANS),
            ("rule", (self.rule,), RULES),
        ):
            if unknown := [name for name in found if name not in known]:
                raise ValueError(f"no {what} {unknown[0]!r}; expected one of {', '.join(known)}")
        for what, values in (
            ("data", self.data),
            ("methods", self.methods),
            ("missing_rates", self.missing_rates),
            ("humans", self.humans),
            *self.sensitivity.items(),
        ):
            if len(set(map(str, values))) < len(values):
                raise ValueError(f"{what} names something twice")
        places = len(self.data) * len(self.methods)
        varied = sum(map(len, self.sensitivity.values()))
        cells = places * (len(self.missing_rates) * len(self.humans) + varied)
        if cells > MOST_CELLS:
            raise ValueError(f"{cells:,} cells; expected at most {MOST_CELLS:,}")
        if self.against is not None and self.against not in self.methods:
            raise ValueError(f"against is {self.against!r}; expected one of the methods")
        self._check_settings()
        return self

    def _check_settings(self) -> None:
        try:
            for method in self.methods:
                self.config(method, self.missing_rates[0], self.humans[0])
            for name, values in self.sensitivity.items():
                if name == MISSINGNESS:
                    if unknown := [v for v in values if v not in KINDS]:
                        raise ValueError(
                            f"no missingness {unknown[0]!r}; expected {', '.join(KINDS)}"
                        )
                    if not self.removed:
                        raise ValueError("missingness needs a missing rate above 0")
                    continue
                self._refuse_own(name)
                for value in values:
                    method = next((m for m in self.methods if _has(m, name)), self.methods[0])
                    self.config(method, self.missing_rates[0], self.humans[0], (name, value))
        except ConfigError as error:
            raise ValueError(str(error)) from None

    def config(
        self, method: str, rate: float, humans: str, varied: tuple[str, Value] | None = None
    ) -> TrainConfig:
        """The settings of a cell's run.

        Args:
          method: to train.
          rate: missing rate, a share.
          humans: policy.
          varied: a setting that differs from the others', and its value.

        Raises:
          ConfigError: a setting nobody can train with.
        """
        for name in self.train:
            self._refuse_own(name)
        # With its method, as settings of other methods are dropped. Without `curve`, `from_dict`
        # reads what was written before there was a choice.
        given = {"curve": TrainConfig().curve, **self.train, **dict([varied] if varied else [])}
        return replace(
            TrainConfig.from_dict(given | {"method": method}),
            missing_rate=rate,
            humans=humans,
            seeds=self.seeds,
            seed=self.seed,
        )

    def _refuse_own(self, name: str) -> None:
        if name in _OWN:
            raise ConfigError(f"{name} belongs to the grid, not to the settings of training")
        if name in _BY_EXPERT:
            raise ConfigError(f"{name} names experts or agents, who differ between data sets")

    @property
    def reference(self) -> str:
        """The method that others are tested against."""
        return self.against or self.methods[0]

    @property
    def removed(self) -> float:
        """The missing rate of the sensitivity `missingness`."""
        return max(self.missing_rates)

    def plain(self) -> dict[str, Any]:
        """JSON or YAML that `read` reads; what is at its default is left out."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def identity(self, hashes: Mapping[str, str]) -> str:
        """The same for the same comparison of the same data, whatever it is called.

        Args:
          hashes: data set → content hash.
        """
        plain = self.plain() | {"data": [hashes[one] for one in self.data]}
        for name in ("name", "content", "rule", "at_coverage", "against"):
            plain.pop(name, None)
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


def _in_words(error: Any) -> str:
    where = clip(".".join(map(str, error["loc"])), 60)
    if error["type"] == "extra_forbidden":
        return f"no setting {where!r}; expected {', '.join(SweepSpec.model_fields)}"
    if error["type"] == "missing":
        return f"{where} is missing"
    said = clip(error["msg"].removeprefix("Value error, "), 200)
    return f"{where}: {said}" if where else said


def varies(name: str) -> Callable[[str], bool]:
    """Whether a method's run depends on a setting at all."""
    return lambda method: _has(method, name)


def _has(method: str, name: str) -> bool:
    if setting(name) is None:
        return True
    return name in {one.name for one in METHODS[method].settings}
