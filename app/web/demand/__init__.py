"""Demand: calls that came and calls that are expected."""
