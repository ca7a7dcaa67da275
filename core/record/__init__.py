"""Stored runs and scenarios."""
