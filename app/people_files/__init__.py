"""Files of people from other systems: columns by saved mappings, a difference first, then all of a file or nothing."""
