"""Leave asked for, answered against cover and allowance, decided by a manager."""
