"""Shares in words, said alike on screen, on the command line and in files."""


def percent(share: float, digits: int = 1) -> str:
    """A share as a percentage, one decimal unless said, with a narrow space that never breaks."""
    return f"{100 * share:.{digits}f}\u202f%"
