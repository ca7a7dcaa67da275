"""Agents within a sentence, said alike on screen, on the command line and in files."""

from core.dataset.annotation_set import AI


def called(agent: str, *, start: bool = False) -> str:
    """The agent by name, the AI with its article; `start` begins the sentence with it."""
    if agent != AI:
        return agent
    return "The AI" if start else "the AI"


def whose(agent: str) -> str:
    """The agent's, within a sentence."""
    return f"{called(agent)}'s"
