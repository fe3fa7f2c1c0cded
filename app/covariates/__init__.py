"""Partners' dated feeds, such as weather or tourism, with the time that each value became known."""
