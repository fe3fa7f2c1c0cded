"""Cyclic shift patterns for teams: designed for a requirement, or a proposed one assessed."""
