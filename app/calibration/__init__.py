"""The calibration room: the simulated room held against recorded service, and how well it predicts later days."""
