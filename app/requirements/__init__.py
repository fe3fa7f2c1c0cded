"""Handlers needed per quarter-hour and skill, worked out from a forecast."""
