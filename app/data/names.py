"""Experts' names on screen: further AIs act as experts do, and are called AIs."""

import re
from collections.abc import Mapping
from typing import Any


def machines(facts: Mapping[str, Any]) -> list[str]:
    """The experts that are AIs."""
    return list(facts.get("machines", ()))


def people(facts: Mapping[str, Any]) -> list[str]:
    """The experts that are people."""
    return [name for name in facts["experts"] if name not in set(machines(facts))]


def marked(name: str, facts: Mapping[str, Any]) -> str:
    """The name, marked where it is an AI's and does not say so."""
    own = name in machines(facts) and "AI" not in re.split(r"\W+", name)
    return f"{name} (AI)" if own else name
