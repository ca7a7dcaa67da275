"""Words and numbers that people write where something is missing, in one place."""

import re

# In lower case. A cell of text that says one of them holds nothing, unless it is a class.
WORDS = frozenset(
    {
        *("na", "n/a", "#n/a", "<na>", "n.a.", "n. a.", "n/d", "n.d.", "nan", "-nan", "nat"),
        *("none", "null", "nil", "missing", "(missing)", "unknown", "unk", "(blank)", "blank"),
        *("not available", "not annotated", "unlabeled", "unlabelled", "no answer", "no label"),
        *("?", "??", ".", "..", "-", "--", "–", "—", "k.a.", "k. a.", "fehlt", "fehlend"),
    }
)
# What spreadsheets leave where a formula failed, and infinities: no numbers either.
_NO_NUMBER = frozenset(
    "#num! #div/0! #value! #ref! #name? #null! inf +inf -inf infinity -infinity".split()
)
NO_NUMBER = WORDS | _NO_NUMBER
# Among labels that are whole numbers, unless they are a class.
_CODES = re.compile(r"-(1|9|99|999)|99|999|9999")


def stands_for_missing(label: str, *, numbered: bool) -> bool:
    """Whether a label that is no class says that there is none.

    Args:
      label: trimmed text.
      numbered: whether the classes are whole numbers; −1, −9, 99 and 999 then say so, too.
    """
    whole = re.sub(r"\.0*$", "", label)
    return label.casefold() in WORDS or (numbered and _CODES.fullmatch(whole) is not None)
