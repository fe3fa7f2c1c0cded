"""Compensatory rest and time off that changes of rosters left owed."""
