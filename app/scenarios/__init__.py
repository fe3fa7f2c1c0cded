"""What-if: changes of a roster, a requirement or a forecast, compared with it."""
