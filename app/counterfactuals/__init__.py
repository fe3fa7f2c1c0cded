"""Weeks rostered anew as they could have been, and what the calls that came would have met."""
