"""The calls room: history of 999 and 101 per interval, imported with a quality report."""
