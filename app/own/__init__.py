"""What handlers do for themselves: wishes, swaps that they ask a colleague for, a calendar to follow."""
