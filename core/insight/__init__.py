"""What the data say before any training."""
