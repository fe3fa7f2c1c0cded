"""Cyclic shift patterns: what one is, what a proposed one breaks, and the search for a good one.

A cyclic pattern is one closed walk through the states that its rules tell apart, one step a day. A set of steps that
leaves each state as often as it enters it, all in one piece, can always be walked in one go (Euler), so that a search
only has to say how often each step is taken: its size does not grow with the number of people.
"""
