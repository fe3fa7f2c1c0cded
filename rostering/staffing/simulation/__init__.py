"""The control room simulated call by call."""
