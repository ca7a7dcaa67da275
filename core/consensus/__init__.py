"""Truth by consensus, for cases that have no ground truth."""
