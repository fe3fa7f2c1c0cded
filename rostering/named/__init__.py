"""Rosters of named shifts: Curtois and Qu's problem, its rules, solver and solver-free checker."""
