"""Words and numbers that people write where something is missing, in one place.

Who reads a data set may say which words these are in it (`using`); then only these count.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
from jaxtyping import Float64

# In lower case. A cell of text that says one of them holds nothing, unless it is a class.
WORDS = frozenset(
    {
        *("na", "n/a", "#n/a", "<na>", "n.a.", "n. a.", "n/d", "n.d.", "nan", "-nan", "nat"),
        *("none", "null", "nil", "missing", "(missing)", "unknown", "unk", "(blank)", "blank"),
        *("not available", "not annotated", "unlabeled", "unlabelled", "no answer", "no label"),
        *("?", "??", ".", "..", "-", "--", "–", "—", "k.a.", "k. a.", "fehlt", "fehlend"),
        *("pending", "tbd", "to be determined", "awaiting", "not yet known", "ausstehend"),
        *("en attente", "pendiente", "in attesa"),
    }
)
# What spreadsheets leave where a formula failed, and infinities: no numbers either.
_NO_NUMBER = frozenset(
    "#num! #div/0! #value! #ref! #name? #null! inf +inf -inf infinity -infinity".split()
)
# Among labels that are whole numbers, unless they are a class.
CODES = ("-1", "-9", "-99", "-999", "99", "999", "9999")
_FEWEST_OTHERS = 10  # numbers that a column must have before one of them counts as a code
_own: ContextVar[frozenset[str] | None] = ContextVar("own words for missing", default=None)


@contextmanager
def using(words: Collection[str] | None) -> Iterator[None]:
    """A context in which these words, and no others, say that something is missing.

    Args:
      words: in any capitals; None for the usual ones.
    """
    token = _own.set(None if words is None else frozenset(w.strip().casefold() for w in words))
    try:
        yield
    finally:
        _own.reset(token)


def from_text(text: str) -> tuple[str, ...]:
    """Words between commas or on lines of their own."""
    return tuple(dict.fromkeys(w for word in re.split(r"[,\n]", text) if (w := word.strip())))


def own() -> tuple[str, ...] | None:
    """The words of `using`, sorted; None where the usual ones count."""
    words = _own.get()
    return None if words is None else tuple(sorted(words))


def no_number() -> frozenset[str]:
    """What says, in lower case, that there is no number in a cell."""
    words = _own.get()
    return _NO_NUMBER | (WORDS if words is None else words)


def blanked(cells: np.ndarray) -> np.ndarray:
    """Texts with one's own words for missing left blank; the same array where there are none.

    Not numbers: among labels 99 may say that there is none, but an age of 99 is one.
    """
    words = {word for word in _own.get() or () if not re.fullmatch(r"[+-]?[\d.,]+", word)}
    different = {text for text in set(cells.ravel()) if text.casefold() in words} if words else ()
    return np.where(np.isin(cells, list(different)), "", cells) if different else cells


def stands_for_missing(label: str, *, numbered: bool) -> bool:
    """Whether a label that is no class says that there is none.

    Args:
      label: trimmed text.
      numbered: whether the classes are whole numbers; −1, −9, 99 and 999 then say so, too.
    """
    whole = re.sub(r"\.0*$", "", label)
    if (words := _own.get()) is not None:
        return label.casefold() in words or whole in words
    return label.casefold() in WORDS or (numbered and whole in CODES)


def missing_codes(values: Float64[np.ndarray, " n"], *, ratings: bool = False) -> tuple[float, ...]:
    """Numbers of a column that stand for missing, such as −9 or 999.

    None where the words for missing were given.

    Those of `CODES` that cannot be ordinary: negative ones where all others are positive (zero is
    enough beside −9), and others farther above the rest than the rest is wide. Each twice at least.

    Args:
      values: of all cases, NaN where missing.
      ratings: whether they are people's scores: then -1 beside 0 is none, either.
    """
    codes = np.array([float(code) for code in CODES])
    if _own.get() is not None or not (is_code := np.isin(values, codes)).any():
        return ()
    others = values[~is_code & np.isfinite(values)]
    if len(others) < _FEWEST_OTHERS:
        return ()
    low, high = float(others.min()), float(others.max())
    found = []
    for code in codes[[(values == c).sum() > 1 for c in codes]].tolist():
        below = low > 0 or (low == 0 and (code < -1 or ratings))
        above = code - high > high - low and code > 2 * high
        if below if code < 0 else above:
            found.append(code)
    return tuple(found)
