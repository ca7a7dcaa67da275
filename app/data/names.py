"""Experts' names on screen: further AIs act as experts do, and are called AIs."""

from collections.abc import Mapping
from typing import Any

from app.shared import words


def machines(facts: Mapping[str, Any]) -> list[str]:
    """The experts that are AIs."""
    return list(facts.get("machines", ()))


def people(facts: Mapping[str, Any]) -> list[str]:
    """The experts that are people."""
    ais = set(machines(facts))
    return [name for name in facts["experts"] if name not in ais]


def marked(name: str, facts: Mapping[str, Any]) -> str:
    """The name, marked where it is an AI's and does not say so."""
    return words.marked(name, machines(facts))
