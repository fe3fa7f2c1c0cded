"""A file of calls in: read as it is or by a mapping, stored, and what follows from it asked for."""

from __future__ import annotations

from contextlib import suppress

from app.access import Work
from app.calls import service
from app.calls.parse import ParsedCalls, read_calls
from app.calls.schemas import ImportReport
from app.database import utc_now
from app.errors import Conflict, UnsupportedMedia
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.intraday import service as intraday
from app.mappings import service as mappings
from app.mappings.legs import Thresholds
from app.mappings.read import read_mapped
from app.uploads import Upload

IMPORT = "import"


def take(work: Work, upload: Upload, mapping: str | None, *, dry_run: bool) -> ImportReport:
    """Import a history file: all of it or nothing. Calls of today refresh the forecast of its rest.

    Raises `Invalid` with the report where a row is refused, `NotFound` for an unknown mapping.
    """
    settings = forces.current_settings(work.session, work.force.id).settings
    parsed, source = _read(work, upload, mapping, settings)
    report = service.store(work, parsed, source, dry_run=dry_run)
    if report.inserted or report.updated:
        with suppress(Conflict):  # no calls of today, or no forecast of it: nothing to rank
            intraday.refresh_today(work, utc_now())
    return report


def _read(work: Work, upload: Upload, mapping: str | None, settings: ForceSettings) -> tuple[ParsedCalls, str]:
    """The file's rows, and what is kept as their source."""
    if mapping is None:
        if upload.media != "csv":
            raise UnsupportedMedia("a workbook is read by a mapping: expected text/csv, or ?mapping=name")
        return read_calls(upload.file, zone=settings.zone, now=utc_now()), IMPORT
    profile = mappings.profile(work.session, work.force.id, mapping)
    short_s = settings.definitions.short_abandon_s
    thresholds = Thresholds(
        {"999": settings.queues.emergency.threshold_s, "101": settings.queues.non_emergency.threshold_s},
        short_s if short_s > 0 else None,
    )
    parsed = read_mapped(upload.file, upload.media, profile, zone=settings.zone, thresholds=thresholds, now=utc_now())
    return parsed, f"mapping {profile.name} {profile.version}"
