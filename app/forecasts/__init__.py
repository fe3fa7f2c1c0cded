"""Forecasts of calls and handling times: requested as runs, stored for ever, read at any grain."""
