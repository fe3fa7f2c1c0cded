"""Today: the daily meeting's page."""
