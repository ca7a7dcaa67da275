"""Expected correctness: who is most likely to be right about a case."""
