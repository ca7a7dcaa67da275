"""Networks (Flax NNX)."""
