"""Exceptions of the rostering library: one base, so that a caller can catch the library as a whole."""


class RosteringError(Exception):
    """Base of every exception that the library raises on purpose."""


class ProblemError(RosteringError, ValueError):
    """A value of a roster problem contradicts itself; the message names it and what was expected."""


class RejectedRosterError(RosteringError):
    """The solver-free checker refused a roster that the model had accepted: a fault of the library."""
