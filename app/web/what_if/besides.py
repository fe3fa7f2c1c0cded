"""What the form of a what-if offers beside the changes: the grid, and how sure the figures should be."""

from __future__ import annotations

from typing import Final

from app.scenarios.schemas import ScenarioIn, SweepIn

_GRID: Final = {
    "volume": "Volumes [%], between commas",
    "handling_time": "Handling times [%]",
    "absence_rate": "Absence on the day [%]",
}
_PRECISIONS: Final = {
    0.01: "within 1 point of 999 in time: quick",
    0.0025: "within a quarter of a point: usual",
    0.001: "within a tenth of a point: slow",
}


def grid(asked: ScenarioIn | None) -> list[tuple[str, str, str]]:
    """The grid's fields, by name: what each is called, and its values as percentages."""
    sweep = (asked and asked.sweep) or SweepIn()
    return [
        (field, label, ", ".join(f"{100 * value:.10g}" for value in getattr(sweep, field)))
        for field, label in _GRID.items()
    ]


def precisions(asked: ScenarioIn | None) -> list[tuple[float, str, bool]]:
    """How sure the figures may be asked to be: half-width of the interval, in words, whether it is chosen."""
    chosen = ScenarioIn.model_fields["precision"].default if asked is None else asked.precision
    other = {} if chosen in _PRECISIONS else {chosen: f"within {100 * chosen:.10g} points of 999 in time"}
    return [(value, words, value == chosen) for value, words in (other | _PRECISIONS).items()]
