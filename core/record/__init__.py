"""Runs and scenarios as they are kept."""
