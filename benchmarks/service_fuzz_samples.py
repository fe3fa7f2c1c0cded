"""Sound files of every kind that is imported, how each is read, and where it is sent: what fuzzing starts from."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from openpyxl import Workbook

from app.calls.parse import read_calls
from app.handling.parse import read_handling
from app.mappings.legs import Thresholds
from app.mappings.read import Profile, read_mapped
from app.mappings.schemas import MappingIn as CallsMappingIn
from app.people_files.columns import Kind
from app.people_files.read import read_file
from app.people_files.schemas import PeopleMappingIn
from app.replays.parse import read_call_file, read_log_on_file
from app.spreadsheet import Format
from app.uploads import WORKBOOK

CSV, JSON = "text/csv", "application/json"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
_ZONE = ZoneInfo("Europe/London")
_THRESHOLDS = Thresholds({"999": 10.0, "101": 60.0}, None)
TELEPHONY = {
    "split": "Queue",
    "splits": {"999 EMERG": {"queue": "999"}, "NONEM": {"queue": "101"}, "Switch": {"queue": None}},
    "time": {"at": "Start", "format": "%d/%m/%Y %H:%M", "zone": "local"},
    "columns": {
        "offered": ["In", "Left"], "answered": "In", "abandoned": "Left",
        "talk_s": {"add": ["Talk"], "unit": "mm:ss", "mean_of": "answered"},
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """A sound file; `read` takes its bytes as the service does, below HTTP; `path` is below the force's address."""

    name: str
    content: bytes
    media_type: str
    read: Callable[[bytes], object]
    method: str
    path: str


def samples() -> list[Sample]:
    calls = _table(
        "queue,interval_start,offered,answered,abandoned,talk_s,answered_wait_s",
        *(f"{q},2026-06-01T{h:02}:{m}:00Z,{h + 2},{h + 1},1,{300.5 * h},{9 * h}"
          for q in ("999", "101") for h in range(4) for m in ("00", "15", "30", "45")),
    )  # fmt: skip
    handling = _table(
        "queue,call_type,interval_start,answered,talk_s,wrap_s",
        *(f"101,{kind},2026-06-01T{h:02}:00:00Z,{h},{400 * h},{60 * h}" for kind in ("theft", "ASB") for h in range(6)),
    )
    log_ons = _table(
        "handler,start,end", *(f"h{i},2026-06-0{i}T07:00:00+01:00,2026-06-0{i}T16:00:00+01:00" for i in range(1, 6))
    )
    single = _table(
        "queue,arrival,wait_s,handling_s,outcome,handler",
        *(f"999,2026-06-01T0{i}:04:05Z,{i}.5,30{i},answered,h{i}" for i in range(1, 6)),
        "101,2026-06-01T09:00:00Z,61,,abandoned,",
    )
    people = [["ref", "team", "skills", "contracted_h"], *([f"H{i:03}", "A", "999 101", 37.5] for i in range(6))]
    leave = [
        ["ref", "first", "last"],
        *([f"H00{i}", date(2026, 7, i + 1), date(2026, 7, i + 3)] for i in range(6)),
    ]
    telephony = [
        ["Start", "Queue", "In", "Left", "Talk"],
        *([f"01/06/2026 0{h}:15", q, h, 1, "5:00"] for q in ("999 EMERG", "NONEM", "Switch") for h in range(6)),
    ]
    mapping = CallsMappingIn.model_validate(TELEPHONY).model_dump_json(by_alias=True, exclude_defaults=True).encode()
    found = [
        Sample("calls", calls, CSV, lambda b: read_calls(io.BytesIO(b), zone=_ZONE, now=NOW), "POST", "/calls"),
        Sample("handling", handling, CSV, lambda b: read_handling(io.BytesIO(b), now=NOW), "POST", "/handling"),
        Sample("log-ons", log_ons, CSV, lambda b: read_log_on_file(io.BytesIO(b), now=NOW), "POST", "/replays/log-ons"),
        Sample("single calls", single, CSV, lambda b: read_call_file(io.BytesIO(b), now=NOW), "POST", "/replays"),
        Sample("mapping", mapping, JSON, CallsMappingIn.model_validate_json, "PUT", "/mappings/fuzzed"),
    ]
    for format, media_type, put in (("csv", CSV, _csv), ("xlsx", WORKBOOK, _workbook)):
        found += [
            Sample(f"telephony {format}", put(telephony), media_type, _telephony(format), "POST", "/calls?mapping=acd"),
            *(
                Sample(
                    f"{kind} {format}", put(rows), media_type, _people(format, kind), "POST",
                    f"/people/import?kind={kind}",
                )
                for kind, rows in ((Kind.PEOPLE, people), (Kind.LEAVE, leave))
            ),
        ]  # fmt: skip
    return found


def _telephony(format: Format) -> Callable[[bytes], object]:
    profile = Profile(name="acd", version=1, mapping=CallsMappingIn.model_validate(TELEPHONY))
    return lambda content: read_mapped(
        io.BytesIO(content), format, profile, zone=_ZONE, thresholds=_THRESHOLDS, now=NOW
    )


def _people(format: Format, kind: Kind) -> Callable[[bytes], object]:
    mapping = PeopleMappingIn(kind=kind)
    return lambda content: read_file(io.BytesIO(content), format, mapping)


def _table(*lines: str) -> bytes:
    return "\n".join(lines).encode() + b"\n"


def _csv(rows: list[list[object]]) -> bytes:
    return _table(*(",".join(f"{c:%Y-%m-%d}" if isinstance(c, date) else str(c) for c in row) for row in rows))


def _workbook(rows: list[list[object]]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(file)
    return file.getvalue()
