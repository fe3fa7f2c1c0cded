"""The solver's side of a weekly roster; nothing outside this package imports OR-Tools."""
