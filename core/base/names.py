"""Untrusted names: characters that falsify the text around them.

A control character for the writing direction reverses the text after it: "0 to 13" reads "31 ot 0".
Names with such characters are refused. Right-to-left letters are allowed, but they also move
numbers beside them; where a name is shown, an isolate prevents that.
"""

import re

# Control characters, writing directions, Unicode line ends, lone surrogates. The joiners U+200C and
# U+200D are allowed: Persian and Indian scripts need them.
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u206a-\u206f"
JOINERS = "\u200c\u200d"
_BLANK = "\t\n\x0b\x0c\r"
_CONTROLS = f"\\x00-\\x08\\x0e-\\x1f\\x7f-\\x9f{_DIRECTION}\u2028\u2029\ufff9-\ufffb\ud800-\udfff"
HOSTILE = re.compile(f"[{_CONTROLS}]")
_NO_NAME = re.compile(f"[{_BLANK}{_CONTROLS}]")

# Hebrew, Arabic and their neighbours, and their later blocks; Arabic digits count as letters here.
_LETTERS = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_WORD = f"[{_LETTERS}][{_LETTERS}0-9\u0300-\u036f{JOINERS}]*"
_RIGHT_TO_LEFT = re.compile(f"{_WORD}(?:[ '\"’–-]{_WORD})*")
_FSI, _PDI = "\u2068", "\u2069"


def controls(name: str) -> list[str]:
    """The forbidden characters in a name, such as `U+202E`, each once; empty for most names."""
    return [_code(c) for c in dict.fromkeys(_NO_NAME.findall(name))]


def refusal(name: str, what: str) -> str:
    """Why a name is refused; empty when it is accepted. Line ends become spaces later.

    Args:
      name: what was typed.
      what: what it names, such as "the name".
    """
    found = controls("".join(HOSTILE.findall(name)))
    return f"{what} has a control character ({', '.join(found)}); delete it" if found else ""


def visible(text: str) -> str:
    """The text with control characters spelt out, such as `⟨U+202E⟩`; old data sets have some."""
    return text if text.isprintable() else HOSTILE.sub(lambda c: f"⟨{_code(c[0])}⟩", text)


def isolated(text: str) -> str:
    """A sentence for the screen in which right-to-left text moves nothing beside it."""
    if text.isascii() and text.isprintable():
        return text
    return _RIGHT_TO_LEFT.sub(rf"{_FSI}\g<0>{_PDI}", visible(text))


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


def alike(name: str) -> str:
    """A name without capitals, inner spaces and leading zeros, for comparison."""
    plain = re.sub(r"\s+", " ", name.casefold())
    return str(int(plain)) if re.fullmatch(r"[+-]?\d{1,18}", plain) else plain
