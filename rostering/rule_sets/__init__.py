"""Working-time and local rules as data, each with its source."""
