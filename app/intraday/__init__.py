"""The intraday room: today's calls in, the rest of today forecast anew, and the weakest quarter-hours ranked."""
