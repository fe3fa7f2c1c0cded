"""Formulas and chains of a room in the steady state: Erlang B, C and A, two classes in one pool and in two."""
