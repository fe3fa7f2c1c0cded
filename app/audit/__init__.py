"""Lines that say who changed what."""
