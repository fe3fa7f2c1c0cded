import json
from datetime import datetime, timedelta

import numpy as np
import pytest

from benchmarks import forecast


@pytest.fixture
def counts(tmp_path):
    """Ten weeks of Poisson calls by the hour."""
    rng = np.random.default_rng(4)
    first = datetime(2024, 1, 1)  # noqa: DTZ001  files hold local time
    starts = [first + timedelta(hours=hour) for hour in range(70 * 24)]
    rows = [f"{start},{rng.poisson(10 + 8 * np.sin(start.hour / 24 * 2 * np.pi))}" for start in starts]
    path = tmp_path / "counts.csv"
    path.write_text("\n".join(["local_start,offered", *rows]), encoding="utf-8")
    return str(path)


def last_line(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_core_prints_one_json_line_with_the_promised_keys(capsys, counts):
    assert forecast.main([counts, "--origins", "2", "--weeks", "2", "--peers", "none"]) == 0
    found = last_line(capsys)["series"]["counts:offered"]
    own = found["models"]["pacesetter"]
    assert set(own) == {"wape", "wape_daily", "bias", "crps", "pit80", "pit95", "day80", "cpu_s"}
    # Poisson calls leave nothing to win below the floor; the mean of few weeks costs little above it.
    assert 0.95 < own["wape"] / found["floor"] < 1.15
    assert found["select"]["models"].keys() == found["models"].keys()
    assert found["select"]["end"] == found["origins"][0]


def test_cold_compares_two_weeks_with_sixteen(capsys, counts):
    assert forecast.main([counts, "--suite", "cold", "--origins", "2", "--weeks", "2"]) == 0
    assert 0.9 < last_line(capsys)["series"]["counts:offered"]["two_weeks_over_sixteen"] < 1.2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--weeks", "8", "--origins", "6"], "before the first of 6 origins, 56 days apart: expected at least 14"),
        (["--timezone", "Mars/Base"], "timezone is 'Mars/Base'"),
        (["--frequency", "7min"], "frequency is '7min'"),
        (["--suite", "daily"], "the daily suite expects days"),
        (["--column", "answered"], "no column is left"),
    ],
)
def test_what_makes_no_sense_is_said_and_ends_with_2(capsys, counts, arguments, message):
    assert forecast.main([counts, *arguments]) == 2
    assert message in capsys.readouterr().err
