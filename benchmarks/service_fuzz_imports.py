"""Fuzzed imports: sound files with a few things changed, read as the service does and sent to a real service."""

import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.errors import PacesetterError
from app.uploads import WORKBOOK
from benchmarks.service import tell
from benchmarks.service_fuzz_bombs import bombs, changed, parts_of
from benchmarks.service_fuzz_samples import CSV, JSON, TELEPHONY, Sample, samples
from benchmarks.service_room import fine, own_service

MEDIA = {"csv": CSV, "xlsx": WORKBOOK, "json": JSON}
FORCE = "/v1/forces/fuzzed"
LONGEST_S = 20.0  # of CPU that one file may take
REFUSED = {400, 409, 413, 415, 422}
# Every table that an import writes to, and the audit: what a refused file must leave as it was.
_WRITTEN = ("interval_records", "superseded_records", "handling_records", "handlers", "replay_files", "replays",
            "mapping_versions", "worked_weeks", "audit", "runs")  # fmt: skip
_TOKENS = (
    b'"', b'""', b",", b";", b"\n", b"\r", b"\r\n", b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc0\x80", b"-1", b"1e999",
    b"nan", b"0x1F", b"99999999999999999999", b"2026-02-30T00:00:00Z", b"2026-03-29T01:30:00",
    b"9999-12-31T23:59:59-14:00",
    b"0001-01-01", b"24:60", b"07700900123", b"=cmd|' /C calc'!A0", "\u202e\u0663\u00b2\U0001f600".encode(),
    b" " * 70_000,
    b"null", b"true", b"{}", b"[[[[", b"<a>", b"&#0;", b"<v>1e400</v>", b't="d"', b't="s"', b"<![CDATA[", b"-999999999",
)  # fmt: skip

# Each change: what is done, where (a share of the file), over how many bytes, and which token.
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["insert", "replace", "cut", "flip", "double", "swap", "end"]),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 60),
        st.sampled_from(_TOKENS),
    ),
    min_size=1,
    max_size=6,
)


def measure(inputs: int = 3000, over_http: int = 300, start_seed: int = 1) -> dict[str, Any]:
    """Files in all, and what must be 0: failures of the service, files that took too long, writes of refused files."""
    told: Counter[str] = Counter()
    for sample, content in drawn(inputs, start_seed):
        told[read_in_time(sample, content)] += 1
    with tempfile.TemporaryDirectory() as folder, own_service(Path(folder).resolve()) as (service, client):
        owner = service.database_url.replace("pacesetter_service", "postgres")
        prepare(client)
        sent = [(s.method, s.path, s.media_type, content) for s, content in drawn(over_http, start_seed + 1)]
        for number, (method, path, media_type, content) in enumerate([*sent, *sent_bombs()]):
            if method == "PUT":
                path += f"-{number}"  # one that is there already is changed only by who says which version
            with psycopg.connect(owner) as connection:
                told[send(client, connection, method, path, media_type, content)] += 1
    tell(f"fuzzed imports: {dict(told)}")
    return {
        "import_inputs": inputs + len(sent) + len(list(sent_bombs())),
        "import_inputs_over_http": len(sent) + len(list(sent_bombs())),
        "import_taken": told["taken"],
        "import_refused": told["refused"],
        "import_500s": told["failed"],
        "import_hangs": told["too long"],
        "import_partial_writes": told["partly written"],
    }


def drawn(n: int, from_seed: int) -> Iterator[tuple[Sample, bytes]]:
    """`n` changed files."""
    found: list[tuple[Sample, bytes]] = []
    known = samples()

    @seed(from_seed)
    @settings(
        max_examples=n, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(st.sampled_from(range(len(known))), CHANGES, st.booleans(), st.floats(0, 1, exclude_max=True))
    def draw(which: int, changes: Any, is_inside: bool, part: float) -> None:
        found.append((known[which], spoilt(known[which], changes, part if is_inside else None)))

    draw()
    return iter(found)


def spoilt(sample: Sample, changes: list[tuple[str, float, int, bytes]], part: float | None) -> bytes:
    """The sample's file, changed; of a workbook one of its parts where `part` says which, else its own bytes."""
    if sample.media_type == WORKBOOK and part is not None:
        names = parts_of(sample.content)
        return changed(sample.content, names[int(part * len(names))], lambda content: _changed(content, changes))
    return _changed(sample.content, changes)


def read_in_time(sample: Sample, content: bytes) -> str:
    """How reading a file ends; a failure is told with what it takes to see it again."""
    try:
        with limited(LONGEST_S):
            sample.read(content)
    except (PacesetterError, ValidationError):
        return "refused"
    except _TooLong:
        tell(f"{sample.name} took more than {LONGEST_S:g} s: {content[:2000]!r}")
        return "too long"
    except Exception as error:
        tell(f"{sample.name} failed with {error!r}: {content[:2000]!r}")
        return "failed"
    return "taken"


def send(
    client: httpx.Client, owner: psycopg.Connection, method: str, path: str, media_type: str, content: bytes
) -> str:
    """How a file sent to the service ends; `owner` sees every row."""
    before = _rows(owner)
    try:
        answer = client.request(method, FORCE + path, content=content, headers={"Content-Type": media_type})
    except httpx.TimeoutException:
        tell(f"{method} {path} took too long: {content[:2000]!r}")
        return "too long"
    if answer.is_success:
        return "taken"
    if answer.status_code not in REFUSED or answer.headers["content-type"] != "application/problem+json":
        tell(f"{method} {path} answered {answer.status_code} {answer.text[:300]}: {content[:2000]!r}")
        return "failed"
    owner.rollback()
    return "refused" if _rows(owner) == before else "partly written"


def prepare(client: httpx.Client) -> None:
    """The force that files are sent to, with the mapping that reads a telephony's."""
    fine(client.post("/v1/forces", json={"slug": "fuzzed", "name": "Fuzzed", "settings": {"synthetic": True}}))
    fine(client.put(f"{FORCE}/mappings/acd", json=TELEPHONY))


def sent_bombs() -> Iterator[tuple[str, str, str, bytes]]:
    """Method, path, media type and content of each file that is made to do harm."""
    by_name = {sample.name: sample for sample in samples()}
    for kind, content in bombs(by_name["leave xlsx"].content, by_name["calls"].content).values():
        if kind == "json":
            yield "PUT", "/mappings/fuzzed", JSON, content
            continue
        yield "POST", "/people/import?kind=leave", MEDIA[kind], content
        yield "POST", "/calls" if kind == "csv" else "/calls?mapping=acd", MEDIA[kind], content


def _changed(content: bytes, changes: list[tuple[str, float, int, bytes]]) -> bytes:
    for what, place, size, token in changes:
        at = int(place * len(content))
        end = at + size
        if what == "insert":
            content = content[:at] + token + content[at:]
        elif what == "replace":
            content = content[:at] + token + content[end:]
        elif what == "cut":
            content = content[:at] + content[end:]
        elif what == "flip":
            content = content[:at] + bytes(byte ^ (1 << size % 8) for byte in content[at : at + 1]) + content[at + 1 :]
        elif what == "double":
            content = content[:end] + content[at:]
        elif what == "swap":
            lines = content.split(b"\n")
            i, j = int(place * len(lines)), size % len(lines)
            lines[i], lines[j] = lines[j], lines[i]
            content = b"\n".join(lines)
        else:
            content = content[:at]
    return content


def _rows(owner: psycopg.Connection) -> list[int]:
    """How many rows each table has that imports write to."""
    counts = ", ".join(f"(select count(*) from {table})" for table in _WRITTEN)
    row = owner.execute(f"select {counts}").fetchone()  # type: ignore[arg-type]
    return list(row or ())


class _TooLong(BaseException):
    """No `Exception`: what reads a file may catch those."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `_TooLong` in what takes more CPU time; in the main thread alone."""

    def stop(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
