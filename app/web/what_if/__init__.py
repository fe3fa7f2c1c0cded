"""What-if: a plan beside itself as changed, built from levers in plain words."""
