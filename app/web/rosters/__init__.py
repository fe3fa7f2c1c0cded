"""The page of a roster: its grid, its edits, its explanations."""
