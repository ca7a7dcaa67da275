"""What every step of a recipe has, and what a form asks for it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float, Int
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.base.limits import LONGEST_NAME
from core.base.names import refusal
from core.base.percents import percent
from core.base.report import clip, listed, refuse
from core.dataset.annotation_set import AI, AnnotationSet, Split
from core.dataset.simulate import with_errors
from core.deriving.draft import Draft

Question = Literal[
    "name", "share", "share_or_guess", "rates", "class", "classes", "expert", "experts", "feature",
    "group", "values", "choice", "number", "shift",
]  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """How a form asks for a field.

    Attributes:
      what: which control. names: what the values of a choice are called.
      low, high, step: of a number, a share's `high`; `low` is how many are to be chosen at least.
    """

    what: Question
    names: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    step: float = 1.0


def _new_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise ValueError("the name is blank")
    if why := refusal(name, "the name"):
        raise ValueError(why)
    if name.casefold() == AI.casefold():
        raise ValueError(f"{AI} is the name of the AI")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"the name is longer than {LONGEST_NAME} characters")
    return name


def chosen(words: str, least: int) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """A validator of what is chosen: no fewer, each once; else `words`."""

    def check(names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < max(least, len(names)):
            raise ValueError(f"{words}, each once")
        return names

    return check


NewName = Annotated[str, AfterValidator(_new_name), Asked("name")]
Share = Annotated[float, Field(ge=0, le=1), Asked("share")]
ShareOrGuess = Annotated[float | None, Field(ge=0, le=1), Asked("share_or_guess")]
ClassName = Annotated[str, Asked("class")]
Few = AfterValidator(chosen("choose one class or more", 1))
ClassNames = Annotated[tuple[str, ...], Few, Asked("classes", low=1)]


class Step(BaseModel, ABC):
    """One step of a recipe: a file in this room, listed in `registry.py`.

    Attributes:
      kind: what the JSON calls it; a Literal with one value, its own default.
      label: a few words for lists. help: one sentence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    label: ClassVar[str]
    help: ClassVar[str]
    kind: str

    @classmethod
    def fits(cls, data: AnnotationSet) -> bool:
        """Whether a set has what such a step is about."""
        return True

    def adds(self) -> tuple[str, ...]:
        """The experts that the step adds."""
        return ()

    @abstractmethod
    def apply(self, draft: Draft, rng: np.random.Generator) -> None:
        """Changes the draft.

        Raises:
          DataError: the set lacks what the step names.
        """

    @abstractmethod
    def sentence(self) -> str:
        """What the step does, within a sentence."""


class AddedExpert(Step):
    """A step that adds an expert whose answers are independent given the case."""

    name: NewName = Field(title="Name", description="Of the simulated expert.")

    def adds(self) -> tuple[str, ...]:
        """The expert."""
        return (self.name,)

    @abstractmethod
    def probabilities(self, data: AnnotationSet) -> Float[np.ndarray, "N C"]:
        """Pr(answer = class) of each case.

        Raises:
          DataError: the set lacks what the step names.
        """

    def apply(self, draft: Draft, rng: np.random.Generator) -> None:
        """Adds the expert, with an answer to every case."""
        draft.draw(self.name, self.probabilities(draft.parent), rng)


def evenly(data: AnnotationSet, right: Float[np.ndarray, " N"]) -> Float[np.ndarray, "N C"]:
    """Pr(answer = class) where wrong answers fall evenly on the other classes."""
    return with_errors(data.truth, right, np.ones((len(data.classes),) * 2))


def class_positions(data: AnnotationSet, names: tuple[str, ...]) -> Int[np.ndarray, " n"]:
    """Positions of classes by name.

    Raises:
      DataError: the set has no such class.
    """
    if unknown := [name for name in names if name not in data.classes]:
        refuse("there is no such class", found=listed(unknown), expected=listed(data.classes))
    return np.array([data.classes.index(name) for name in names], int)


def group_values(data: AnnotationSet, group: str) -> np.ndarray:
    """The values of a group column, text per case.

    Raises:
      DataError: the set has no such column.
    """
    if group not in data.groups:
        refuse(
            "there is no such group column",
            found=repr(clip(group)),
            expected=listed(data.groups) or "a set with group columns",
        )
    return np.asarray(data.groups[group], str)


class Removal(Step):
    """A step that removes annotations; the number is exact for each expert."""

    rate: Share = Field(
        0.3, title="Share to remove", description="Of each expert's annotations of these cases."
    )
    rates: Annotated[dict[str, Annotated[float, Field(ge=0, le=1)]], Asked("rates")] = Field(
        default_factory=dict, title="Own rates", description="For single experts, by name."
    )
    experts: Annotated[tuple[str, ...] | None, Asked("experts")] = Field(
        None, title="Experts", description="Whose annotations are removed; all unless chosen."
    )

    @classmethod
    def fits(cls, data: AnnotationSet) -> bool:
        """Whether there are annotations."""
        return bool(data.annotated.any())

    def apply(self, draft: Draft, rng: np.random.Generator) -> None:
        """Removes annotations."""
        names = tuple(draft.columns) if self.experts is None else self.experts
        if unknown := [name for name in (*names, *self.rates) if name not in draft.columns]:
            refuse("there is no such expert", found=listed(unknown), expected=listed(draft.columns))
        rates = {name: self.rates.get(name, self.rate) for name in dict.fromkeys(names)}
        if not rates:
            refuse("there is no expert whose annotations could be removed")
        self._remove(draft, rates, rng)

    @abstractmethod
    def _remove(self, draft: Draft, rates: dict[str, float], rng: np.random.Generator) -> None: ...

    def _amount(self, of: str) -> str:
        """The beginning of the sentence: how much of what is removed."""
        whose = "" if self.experts is None else f" by {listed_names(self.experts)}"
        own = ", ".join(f"{name} {percent(rate, 0)}" for name, rate in self.rates.items())
        return f"{percent(self.rate, 0)} of the {of}{whose} removed" + (f" ({own})" if own else "")


AnySplit = Annotated[
    Literal["train", "all"], Asked("choice", names=("Training cases only", "All cases"))
]
WHERE: Any = Field(
    "train",
    title="Where",
    description="Validation and test annotations are what accuracy is measured by, so they stay "
    "unless all cases are chosen.",
)


def cases_of(data: AnnotationSet, split: Literal["train", "all"]) -> Bool[np.ndarray, " N"]:
    """Which cases lose annotations."""
    return (data.split == Split.TRAIN) | (split == "all")


def annotations_of(split: Literal["train", "all"]) -> str:
    """What is removed, within a sentence."""
    return "training annotations" if split == "train" else "annotations"


def listed_names(names: tuple[str, ...], most: int = 4) -> str:
    """Names within a sentence: `A, B and 4 more`."""
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
