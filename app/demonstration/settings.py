"""Forces that the demonstration creates: the synthetic one, and one for a history file that brings calls alone."""

from __future__ import annotations

from typing import Final

from app.forces.schemas import ForceIn, ForceSettings, Queues

SLUG: Final = "northshire"
NAME: Final = "Northshire Police (synthetic demonstration force)"
TIMEZONE: Final = "Europe/London"
N_HANDLERS: Final = 110
HISTORY_WEEKS: Final = 110
SEED: Final = 1

FILE_SLUG: Final = "imported-calls"
FILE_NAME: Final = "Imported calls (handlers and handling times assumed)"


def demonstration_force() -> ForceIn:
    """The synthetic force; handling times and patience as its call history is made with."""
    settings = ForceSettings(timezone=TIMEZONE, country="GB", subdivision="ENG", synthetic=True, queues=Queues())
    return ForceIn(slug=SLUG, name=NAME, settings=settings)


def file_force(timezone: str, *, slug: str = FILE_SLUG) -> ForceIn:
    """A force for a file of real calls: handlers are made up and handling times assumed, and its name says so.

    `synthetic` is true because people and handling times, and so every roster, are made up; the calls are the file's.
    """
    country, subdivision = ("US", None) if timezone.startswith(("America/", "US/")) else ("GB", "ENG")
    settings = ForceSettings.model_validate(
        {"timezone": timezone, "country": country, "subdivision": subdivision, "synthetic": True}
    )
    return ForceIn(slug=slug, name=FILE_NAME, settings=settings)
