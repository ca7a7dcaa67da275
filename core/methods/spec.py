"""What a method declares, so that no other module has to know it. No JAX."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.methods.rules import RULES

if TYPE_CHECKING:
    from core.methods.protocol import Method
    from core.models.spec import NetworkConfig

Value = str | int | float | bool


class SettingError(ValueError):
    """A setting nobody can train with; the message says what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting of a method: a field on the Train page, `--set name=value`, part of the config.

    Attributes:
      name: an identifier that no setting of every run has.
      label: on screen. text: for a help bubble.
      default: its type is the setting's: text (one of `choices`), a number, or true or false.
      choices: value → words; for text.
      low, high: ends of a number, included; None for no end.
    """

    name: str
    label: str
    text: str
    default: Value
    choices: Mapping[str, str] = field(default_factory=dict, hash=False)
    low: int | float | None = None
    high: int | float | None = None

    def read(self, value: object) -> Value:
        """The value of the setting's type, also from text.

        Raises:
          SettingError: it is none of the choices, or outside the ends.
        """
        kind = type(self.default)
        try:
            if kind is bool:
                return {"true": True, "false": False}[str(value).lower()]
            found = kind(str(value))
        except (KeyError, ValueError):
            raise self._refused(value) from None
        if isinstance(found, str):
            inside = found in self.choices
        else:
            # NaN fails both comparisons.
            low, high = (end if end is not None else found for end in (self.low, self.high))
            inside = low <= found <= high and abs(found) != float("inf")
        if not inside:
            raise self._refused(value)
        return found

    def words(self, value: object) -> str:
        """A value as people read it."""
        return self.choices.get(str(value), str(value))

    def _refused(self, value: object) -> SettingError:
        if self.choices:
            expected = "one of " + ", ".join(self.choices)
        elif isinstance(self.default, bool):
            expected = "true or false"
        else:
            ends = [f"from {self.low:g}"] if self.low is not None else []
            ends += [f"up to {self.high:g}"] if self.high is not None else []
            whole = isinstance(self.default, int)
            expected = " ".join(["a whole number" if whole else "a number", *ends])
        return SettingError(f"{self.name} is {value!r}; expected {expected}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A number that a method's loss reports; its mean over an epoch is recorded.

    Attributes:
      name: key in what `loss` returns. label: on screen. text: for a help bubble.
      per_target: recorded for every target, as `name_0.3`; others are means over the points.
    """

    name: str
    label: str
    text: str = ""
    per_target: bool = False


# Groups of the list.
VARIANT, PUBLISHED = "Variant", "For comparison"

LOSS = Metric(name="loss", label="Loss")


@dataclass(frozen=True, kw_only=True)
class MethodSpec:
    """One learning-to-defer method.

    Attributes:
      name: in settings, files and on the command line.
      label: plain words. text: one sentence. term: the term with its symbols.
      group: what it is on the list, before its label; empty for those that most people want.
      optimiser: how its networks are optimised, in a few words for the Train page.
      paper: whose published settings the Train page shows beside ours; empty shows none.
      build: `build(networks, settings)` makes the `Method`; it imports JAX itself, so that listing
        the methods does not. None where nothing is trained but the expected-correctness model,
        which every run has.
      rules: names in `core.methods.rules` that a run reports.
      settings: in the order of their fields.
      metrics: reported per epoch; `loss` is always among them.
      networks: `networks(experts, separate)` networks of the run's kind that a point trains; the
        shares of progress and the estimate of time go by it.
      per_target: False where bounds change nothing while training: what a seed's one point gives
        then serves all targets.
      repriced: trained without bounds it can serve every target as well, with its scores (log-
        probabilities) less prices (`TrainConfig.curve`).
      needs_complete: refuses sets in which a train annotation is missing.
      needs_confidence: refuses an external AI that answers without probabilities.
      tables_only: refuses sets of images.
      needs_support: experts without an annotation can take no responsibility, so a workload may
        be out of reach.
    """

    name: str
    label: str
    text: str
    term: str = ""
    group: str = ""
    optimiser: str = ""
    paper: str = ""
    build: "Callable[[NetworkConfig, Mapping[str, Any]], Method] | None" = None
    rules: tuple[str, ...] = tuple(RULES)
    settings: tuple[Setting, ...] = ()
    metrics: tuple[Metric, ...] = (LOSS,)
    networks: Callable[[int, bool], int] = lambda experts, separate: 1
    per_target: bool = True
    repriced: bool = False
    needs_complete: bool = False
    needs_confidence: bool = False
    tables_only: bool = False
    needs_support: bool = False

    @property
    def trains(self) -> bool:
        """Whether it trains something of its own."""
        return self.build is not None

    def make(self, network: "NetworkConfig", settings: Mapping[str, Value]) -> "Method":
        """The method, for the networks and settings of a run."""
        if self.build is None:
            raise ValueError(f"the method {self.name} trains nothing of its own")
        return self.build(network, settings)

    def read(self, settings: Mapping[str, object]) -> dict[str, Value]:
        """Every setting with its value, defaults for those left out; other names are passed over.

        Raises:
          SettingError: a value cannot be used.
        """
        return {s.name: s.read(settings.get(s.name, s.default)) for s in self.settings}
