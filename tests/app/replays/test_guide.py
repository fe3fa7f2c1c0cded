"""The guide's files are read as they stand."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path

from app.replays.parse import read_call_file, read_log_on_file
from app.replays.routes import _CALLS, _LOG_ONS

GUIDE = Path(__file__).parents[3] / "docs/guides/history.md"
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def test_the_guides_files_are_read():
    calls, log_ons = re.findall(r"```csv\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert (calls, log_ons) == (_CALLS, _LOG_ONS)  # those of the interface's own description
    assert read_call_file(io.BytesIO(calls.encode()), now=NOW).rows == 2
    assert read_log_on_file(io.BytesIO(log_ons.encode()), now=NOW).rows == 2
