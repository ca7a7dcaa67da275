"""How the experts share the work that the AI leaves, along the curve."""

from collections.abc import Sequence

import pandas as pd

from app.shared import words
from app.shared.curve_tables import ends
from core.results.curve import Deferred, along_the_curve


def frame(shares: Sequence[Deferred]) -> pd.DataFrame:
    """A row per target and expert: target, coverage, expert, share, low, high."""
    rows = [
        (one.target, one.coverage, one.expert, one.share.value, *ends(one.share.interval))
        for one in shares
    ]
    columns = ["target", "coverage", "expert", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def spread_words(shares: Sequence[Deferred]) -> str:
    """The busiest and the least busy expert, as means along the curve."""
    means = along_the_curve(shares)
    if not means:
        return "Nothing is deferred."
    order = sorted(means, key=lambda expert: means[expert].value or 0.0)
    if len(means) == 1:
        return f"{order[0]} takes everything that is deferred."
    least, most = order[0], order[-1]
    return (
        f"On average along the curve the busiest expert ({most}) takes "
        f"{words.with_interval(*means[most])} of the deferred cases, the least busy ({least}) "
        f"{words.with_interval(*means[least])}; equal shares would be "
        f"{words.percent(1 / len(means))}."
    )
