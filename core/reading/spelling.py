"""How answers are spelled: like a class, nearly like one, or as a list of classes."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from core.reading.labels import alike

_SHORTEST = 4  # letters of a word that may be misspelled: 'T1' and 'T2' are no misspellings
_ROMAN = re.compile(r"[ivx]+[abc]?")


def plain(text: str) -> str:
    """A text without capitals, repeated spaces, invisible characters and leading zeros."""
    seen = (c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf"))
    return alike("".join(seen)).strip()


def by_spelling(classes: Sequence[str]) -> dict[str, str]:
    """Classes by how they are spelled, also without spaces, where that is unambiguous."""
    spelled = {plain(c): c for c in classes}
    closed = Counter(map(spaceless, spelled))
    return {
        spaceless(key): c for key, c in spelled.items() if closed[spaceless(key)] == 1
    } | spelled


def spaceless(key: str) -> str:
    """Without spaces; numbers keep theirs, because '1 2' is not 12."""
    return key.replace(" ", "") if re.search(r"[^\W\d]", key) else key


def misspelled(answer: str, label: str) -> bool:
    """Whether an answer may be a misspelled class: one letter of one longer word is different.

    Numbers, short words and Roman numerals tell classes apart ('grade 1', 'type A', 'stage III'),
    so a difference there is none in spelling.
    """
    said, meant = (re.split(r"[\s_./-]+", plain(text)) for text in (answer, label))
    if said == meant:
        return True
    if len(said) != len(meant):
        return False
    differ = [pair for pair in zip(said, meant, strict=True) if pair[0] != pair[1]]
    return len(differ) == 1 and _one_edit(*differ[0])


def _one_edit(a: str, b: str) -> bool:
    """Whether two words differ in one letter, or in two that changed places."""
    if not all(len(w) >= _SHORTEST and w.isalpha() and not _ROMAN.fullmatch(w) for w in (a, b)):
        return False
    short, long = sorted((a, b), key=len)
    if len(long) - len(short) > 1:
        return False
    start = next(
        (i for i, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]),
        len(short),
    )
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = short[:start] + short[start : start + 2][::-1] + short[start + 2 :]
    return short[start + 1 :] == long[start + 1 :] or swapped == long


def lists_classes(answer: str, classes: Sequence[str]) -> bool:
    """Whether an answer is a list of classes."""
    known = set(map(plain, classes))
    parts = [plain(part.strip()) for part in re.split(r"[|;,/+&]", answer)]
    return len(parts) > 1 and len(set(parts)) > 1 and all(part in known for part in parts)
