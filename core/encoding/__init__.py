"""Columns and images to arrays, fitted on train cases."""
