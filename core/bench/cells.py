"""The cells of a sweep: each is one ordinary run with all its seeds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.bench.spec import KINDS, MISSINGNESS, SweepSpec, varies
from core.config.train_config import ConfigError, TrainConfig
from core.dataset.annotation_set import AnnotationSet
from core.dataset.splits import training_cases
from core.deriving.derive import derive
from core.deriving.recipe import Recipe
from core.em.bounds import BoundsError
from core.experiment.experiment import check
from core.experiment.plan import default_ai
from core.methods.spec import Value
from core.results.models import Part


class SetOfSweep(Part):
    """A data set of a sweep.

    Attributes:
      given: as the spec names it. content_hash: in the library. name: on screen.
      kind: as `AnnotationSet.kind`. experts: how many. cases: that a seed trains on.
      missingness: how annotations were removed from it, of `KINDS`; empty for the set itself.
    """

    given: str
    content_hash: str
    name: str
    kind: str
    experts: int
    cases: int
    missingness: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A run of a sweep.

    Attributes:
      data: the set it is about. method, missing_rate, humans: its place in the grid.
      varied: the setting that differs from the others', and its value; None in the main grid.
      config: all settings of the run.
    """

    data: SetOfSweep
    method: str
    missing_rate: float
    humans: str
    varied: tuple[str, Value] | None
    config: TrainConfig

    @property
    def key(self) -> tuple[str, TrainConfig]:
        """Data and settings; cells that have them in common have one run."""
        return self.data.content_hash, self.config

    @property
    def place(self) -> tuple[str, float, str]:
        """Set, missing rate and policy."""
        return self.data.name, self.missing_rate, self.humans


def expand(spec: SweepSpec, sets: Sequence[SetOfSweep]) -> list[Cell]:
    """All cells of a sweep, each once.

    The main grid comes first, its easiest comparisons whole before the next: all methods of a set
    at a rate under a policy.

    Raises:
      ConfigError: a setting nobody can train with.
    """
    found: dict[tuple[object, ...], Cell] = {}
    for cell in _all(spec, sets):
        found.setdefault((*cell.key, cell.varied), cell)
    return list(found.values())


def _all(spec: SweepSpec, sets: Sequence[SetOfSweep]) -> Iterator[Cell]:
    own = [one for one in sets if not one.missingness]
    for data in own:
        for rate in spec.missing_rates:
            for humans in spec.humans:
                for method in spec.methods:
                    yield _cell(spec, data, method, rate, humans)
    first = (spec.missing_rates[0], spec.humans[0])
    for name, values in spec.sensitivity.items():
        if name == MISSINGNESS:
            for data in (one for one in sets if one.missingness):
                for method in spec.methods:
                    kind = (MISSINGNESS, data.missingness)
                    yield replace(_cell(spec, data, method, 0.0, first[1]), varied=kind)
            continue
        for data in own:
            for method in filter(varies(name), spec.methods):
                for value in values:
                    cell = _cell(spec, data, method, *first, (name, value))
                    yield replace(cell, varied=(name, cell.config.named()[name]))


def _cell(
    spec: SweepSpec,
    data: SetOfSweep,
    method: str,
    rate: float,
    humans: str,
    varied: tuple[str, Value] | None = None,
) -> Cell:
    config = spec.config(method, rate, humans, varied)
    if "ai" not in spec.train:
        config = replace(config, ai=default_ai(data.kind))
    return Cell(
        data=data, method=method, missing_rate=rate, humans=humans, varied=varied, config=config
    )


def facts(given: str, dataset: AnnotationSet, missingness: str = "") -> SetOfSweep:
    """What a sweep keeps of a data set.

    Args:
      given: as the spec names it.
      dataset: the set.
      missingness: how annotations were removed from it.
    """
    return SetOfSweep(
        given=given,
        content_hash=dataset.content_hash,
        name=dataset.name,
        kind=dataset.kind,
        experts=len(dataset.experts),
        cases=training_cases(dataset),
        missingness=missingness,
    )


def without(dataset: AnnotationSet, kind: str, rate: float, seed: int) -> AnnotationSet:
    """The set with a share of its train annotations removed in one of `KINDS`.

    What is difficult is where the other experts disagree or, with fewer than two others, where a
    logistic regression on the train cases is unsure.

    Raises:
      DataError: it has nothing that says what is difficult.
    """
    step: dict[str, object] = {"kind": "remove_random", "rate": rate}
    if kind != "random":
        by = "disagreement" if len(dataset.experts) > 2 else "model"
        step = {"kind": "remove_difficult", "rate": rate, "by": by, "removed": kind}
    recipe = Recipe.read({"steps": [step]})
    name = f"{dataset.name}, {100 * rate:g} % removed {KINDS[kind]}"
    return derive(dataset, recipe, seed, name).dataset


def refused(dataset: AnnotationSet, cell: Cell) -> str:
    """Why a cell cannot be trained, such as a method that needs complete data; empty if it can."""
    try:
        check(dataset, cell.config)
    except (ConfigError, BoundsError) as error:
        return str(error)
    return ""
