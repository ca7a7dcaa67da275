"""Caseload's core: data, maths, training and runs, with no browser in it."""
