"""Annotation sets: arrays, splits and what is missing; no files."""
