"""The methods by name. Listing them imports no JAX; building one does."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.methods.protocol import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodEntry:
    """One method as people choose it.

    Attributes:
      title: a few plain words. text: one sentence.
      module: where its `build` is, or None for `correctness`, which trains no mixture: every run
        fits the expected-correctness model, and this method fits nothing else.
      needs_complete: refuses sets in which a train annotation is missing.
      needs_support: experts without an annotation can take no responsibility, so a workload may
        be out of reach.
    """

    title: str
    text: str
    module: str | None
    needs_complete: bool = False
    needs_support: bool = False

    @property
    def rules(self) -> tuple[str, ...]:
        """The decision rules a run of this method reports."""
        return ("value",) if self.module is None else ("gate", "priced", "value")

    def builder(self) -> "Callable[..., Method]":
        """The function that builds the method."""
        if self.module is None:
            raise ValueError("this method has no mixture to build")
        return import_module(self.module).build


METHODS: dict[str, MethodEntry] = {
    "pl2d": MethodEntry(
        title="Probabilistic L2D",
        text="Fills in missing annotations by their exact posterior (EM, the default).",
        module="core.methods.pl2d",
    ),
    "pl2d-mf": MethodEntry(
        title="Probabilistic L2D, mean field",
        text="The published approximation of the posterior, kept for comparison.",
        module="core.methods.pl2d_mf",
    ),
    "complete": MethodEntry(
        title="Complete data",
        text="For sets in which every expert annotated every train case.",
        module="core.methods.complete",
        needs_complete=True,
    ),
    "naive": MethodEntry(
        title="Naive",
        text="An expert who did not annotate a case takes no responsibility for it.",
        module="core.methods.naive",
        needs_support=True,
    ),
    "correctness": MethodEntry(
        title="Expected correctness",
        text="Only estimates who is most likely to be right; no mixture is trained.",
        module=None,
    ),
}
