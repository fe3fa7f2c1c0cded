"""What if: changes of a plan, both sides simulated with the same random numbers, and what would put it right."""
