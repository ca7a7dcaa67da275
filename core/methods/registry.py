"""The methods by name; a new one is a file, listed here. Listing them imports no JAX."""

from core.methods import (
    agent_cost,
    compare_confidence,
    complete,
    confidence,
    correctness,
    fixmatch,
    mixmatch,
    naive,
    ova,
    penalty,
    pl2d,
    pl2d_mf,
    realizable,
    softmax,
    triage,
)
from core.methods.spec import MethodSpec, Setting

# In the order of the list: groups together, those most people want first.
METHODS: dict[str, MethodSpec] = {
    spec.name: spec
    for spec in (
        pl2d.SPEC,
        correctness.SPEC,
        pl2d_mf.SPEC,
        complete.SPEC,
        naive.SPEC,
        penalty.SPEC,
        agent_cost.SPEC,
        softmax.SPEC,
        ova.SPEC,
        realizable.SPEC,
        compare_confidence.SPEC,
        confidence.SPEC,
        triage.SPEC,
        mixmatch.SPEC,
        fixmatch.SPEC,
    )
}

# For sets whose cases all look alike: it trains nothing but what every run has.
SIMPLEST = next(name for name, spec in METHODS.items() if not spec.trains)


def setting(name: str) -> Setting | None:
    """The setting of that name that some method declares."""
    declared = (s for spec in METHODS.values() for s in spec.settings)
    return next((s for s in declared if s.name == name), None)
