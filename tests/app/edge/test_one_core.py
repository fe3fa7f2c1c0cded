"""Which core an API process keeps to."""

from __future__ import annotations

import pytest

from app.edge.one_core import roomier


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({0: 0.9, 1: 0.1}, 1),
        ({0: 0.35, 1: 0.1}, 0),  # better by exactly a quarter: not worth it
        ({0: 0.36, 1: 0.1}, 1),
        ({0: 0.0, 1: 0.0}, 0),
        ({0: 1.0, 1: 1.0}, 0),
        ({0: 1.0, 1: 0.5, 2: 0.2, 3: 0.4}, 2),
    ],
)
def test_it_moves_to_where_there_is_clearly_more_room(others, expected):
    assert roomier(others, 0) == expected
