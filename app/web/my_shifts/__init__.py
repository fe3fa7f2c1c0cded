"""A handler's own page: duties, what changed, wishes, leave, swaps, a calendar, what their duties bear."""
