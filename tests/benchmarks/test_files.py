import gzip
from datetime import UTC, datetime

import numpy as np
import pytest

from benchmarks import files
from benchmarks.files import FileInvalid, Source


def written(tmp_path, text, name="counts.csv"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def read(tmp_path, text, *, name="counts.csv", timezone="Europe/London", interval_s=None):
    return files.read(Source(written(tmp_path, text, name), interval_s, timezone))


def rows(*cells):
    return "local_start,offered\n" + "".join(f"{start},{count}\n" for start, count in cells)


def hours(date, *, since=0, until=24, count=5):
    return [(f"{date} {hour:02}:00:00", count) for hour in range(since, until)]


@pytest.mark.parametrize(
    ("text", "interval_s"),
    [("15min", 900), ("30min", 1800), ("1h", 3600), ("h", 3600), ("hourly", 3600), ("60min", 3600), ("daily", 86400)],
)
def test_frequencies(text, interval_s):
    assert files.parse_frequency(text) == interval_s


@pytest.mark.parametrize("text", ["7min", "2d", "weekly", "", "0min", "-15min"])
def test_a_frequency_that_does_not_divide_the_day_is_refused_by_name(text):
    with pytest.raises(FileInvalid, match=f"frequency is '{text}'"):
        files.parse_frequency(text)


def test_settings_of_one_file_go_before_those_of_the_command():
    source = files.parse_source("a@b.csv@30min@Asia/Jerusalem", 900, "Europe/London", None, None)
    assert (source.path.name, source.interval_s, source.timezone) == ("a@b.csv", 1800, "Asia/Jerusalem")
    assert files.parse_source("a.csv", 900, "Europe/London", None, None).interval_s == 900


def test_columns_compression_and_float_counts(tmp_path):
    text = "start,EMS,Fire\n2016-01-04T00:00,1.0,\n2016-01-04T00:15,2,7\n"
    ems, fire = read(tmp_path, text, name="counts_15min.csv.gz")
    assert (ems.name, fire.name) == ("counts_15min:EMS", "counts_15min:Fire")
    assert ems.series.interval_s == 900
    np.testing.assert_array_equal(ems.series.values, [1, 2])
    np.testing.assert_array_equal(fire.series.values, [np.nan, 7])


def test_an_absent_row_is_missing_and_a_slot_absent_every_week_is_closed(tmp_path):
    days = [f"2024-01-{day:02}" for day in range(8, 29)]  # three weeks from a Monday
    kept = [hour for day in days for hour in hours(day, since=7, until=21) if hour[0] != "2024-01-16 09:00:00"]
    (counts,) = read(tmp_path, rows(*kept))
    expected = np.zeros((7, 24), dtype=bool)
    expected[:, 7:21] = True
    np.testing.assert_array_equal(counts.is_open, expected)
    at = int((datetime(2024, 1, 16, 9, tzinfo=UTC) - counts.series.start).total_seconds()) // 3600
    assert np.isnan(counts.series.values[at])
    assert counts.series.values[at + 1] == 5


def test_the_hour_that_spring_skips_is_dropped_and_the_day_has_23(tmp_path):
    (counts,) = read(tmp_path, rows(*hours("2024-03-31"), *hours("2024-04-01")))
    assert counts.series.values.size == 47
    assert not np.isnan(counts.series.values).any()
    assert "1 rows in hours that the clocks skip" in counts.notes[0]


def test_an_hour_given_twice_in_autumn_is_two_hours_in_order(tmp_path):
    day = hours("2024-10-27")
    (counts,) = read(tmp_path, rows(*day[:1], ("2024-10-27 01:00:00", 8), ("2024-10-27 01:00:00", 9), *day[2:]))
    assert counts.series.values.size == 25
    np.testing.assert_array_equal(counts.series.values[:4], [5, 8, 9, 5])


def test_an_hour_given_once_in_autumn_may_be_either_or_both_and_is_missing(tmp_path):
    (counts,) = read(tmp_path, rows(*hours("2024-10-27")))
    assert counts.series.values.size == 25
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(counts.series.values)), [1, 2])


def test_a_start_with_an_offset_names_its_instant(tmp_path):
    text = rows(("2024-10-27T01:00:00+01:00", 3), ("2024-10-27T01:00:00+00:00", 4), ("2024-10-27T02:00:00+00:00", 5))
    (counts,) = read(tmp_path, text, interval_s=3600)
    assert counts.series.start == datetime(2024, 10, 27, 0, tzinfo=UTC)
    np.testing.assert_array_equal(counts.series.values, [3, 4, 5])


def test_the_long_form_becomes_columns(tmp_path):
    text = "Actual_dt,Actual_Value,ORA\n2024-01-01,5,Devon\n2024-01-01,6,Dorset\n2024-01-02,7,Devon\n"
    devon, dorset = read(tmp_path, text)
    assert (devon.name, devon.series.interval_s, devon.calendar.timezone) == ("counts:Devon", 86400, "UTC")
    assert devon.calendar.country == "GB"
    np.testing.assert_array_equal(dorset.series.values, [6, np.nan])


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (("2024-01-01 01:00:00", "-1"), r"counts.csv, row 3, column offered: count is '-1'"),
        (("2024-01-01 01:00:00", "2.5"), r"row 3, column offered: count is '2.5'"),
        (("2024-01-01 01:00:00", "inf"), r"row 3, column offered: count is 'inf'"),
        (("2024-01-01 01:00:00", "many"), r"row 3, column offered: count is 'many'"),
        (("1 January", "1"), r"row 3: start is '1 January'"),
        (("2024-01-01 01:20:00", "1"), r"row 3: start 2024-01-01 01:20:00 is off the grid of 3600 seconds"),
        (("2024-01-01 00:00:00", "1"), r"row 3: start 2024-01-01 00:00:00 was given before, in row 2"),
        (("2024-01-01 01:00:00", "1,2"), r"row 3: 3 cells, expected 2"),
    ],
)
def test_an_error_names_file_row_and_value(tmp_path, second, message):
    with pytest.raises(FileInvalid, match=message):
        read(tmp_path, rows(("2024-01-01 00:00:00", "5"), second), interval_s=3600)


def test_a_file_that_is_absent_or_empty_is_named(tmp_path):
    with pytest.raises(FileInvalid, match="no such file"):
        files.read(Source(tmp_path / "none.csv"))
    with pytest.raises(FileInvalid, match=r"counts\.csv: expected a header"):
        read(tmp_path, "local_start,offered\n")


@pytest.mark.parametrize(
    ("timezone", "country", "subdivision"),
    [
        ("Europe/London", "GB", "ENG"),
        ("America/Denver", "US", None),
        ("Asia/Jerusalem", "IL", None),
        ("UTC", None, None),
    ],
)
def test_the_time_zone_tells_the_country(tmp_path, timezone, country, subdivision):
    (counts,) = read(tmp_path, rows(*hours("2024-01-01")), timezone=timezone)
    assert (counts.calendar.country, counts.calendar.subdivision) == (country, subdivision)
