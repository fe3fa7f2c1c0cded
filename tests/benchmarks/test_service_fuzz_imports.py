"""A few of the benchmark's fuzzed imports: taken whole, or refused with a documented answer and nothing left."""

import psycopg
import pytest

from benchmarks.service_fuzz_imports import FORCE, drawn, prepare, read_in_time, samples, send, sent_bombs
from tests.helpers import done

SLOW = 1_000_000  # bytes: the benchmark sends those too


def test_sound_files_are_taken():
    for sample in samples():
        assert read_in_time(sample, sample.content) == "taken", sample.name


def test_changed_files_are_taken_or_refused():
    told = {read_in_time(sample, content) for sample, content in drawn(150, 11)}
    assert told == {"taken", "refused"}


def test_over_http_refused_files_leave_nothing(api, database):
    prepare(api)
    files = [(s.method, s.path, s.media_type, content) for s, content in drawn(25, 12)]
    harmful = [bomb for bomb in sent_bombs() if len(bomb[3]) < SLOW and b"2000000000" not in bomb[3]]
    with psycopg.connect(database.owner, autocommit=True) as owner:
        told = [send(api, owner, *file) for file in [*files, *harmful]]
        assert set(told[: len(files)]) == {"taken", "refused"}
        assert set(told[len(files) :]) == {"refused"}
        for sample in samples():
            assert send(api, owner, sample.method, sample.path, sample.media_type, sample.content) != "failed"


def test_what_is_written_by_a_refused_file_would_be_seen(api, database):
    """The benchmark's own eyes: rows that appear beside a refusal count as partly written."""
    prepare(api)

    class Writing:
        def request(self, method, path, **sent):
            done(api.post(f"{FORCE}/calls", content="queue,interval_start,offered\n999,2026-06-01T00:00:00Z,1\n",
                          headers={"Content-Type": "text/csv"}))  # fmt: skip
            return api.request(method, path, **sent)

    with psycopg.connect(database.owner, autocommit=True) as owner:
        assert send(Writing(), owner, "POST", "/calls", "text/csv", b"nothing") == "partly written"


@pytest.mark.parametrize("failing", [ZeroDivisionError, KeyError])
def test_what_fails_is_told(failing):
    def read(_: bytes) -> None:
        raise failing

    sample = samples()[0]
    assert read_in_time(type(sample)(sample.name, b"", "", read, "", ""), b"") == "failed"
