"""The ledger of burdens by group, as planners, managers and staff representatives may see it."""
