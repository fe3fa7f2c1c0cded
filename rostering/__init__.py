"""How many handlers, then who works when: staffing formulas, weekly rosters and their checker."""
