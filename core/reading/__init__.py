"""Reads uploads into annotation sets; reports problems with remedies."""
