"""Of a document only what is about one handler is told."""

from __future__ import annotations

import pytest

from app.data_protection.about import about

OTHERS = {"H002", "H003"}
OWN, THEIRS = (
    {"handler": "H001", "start": "07:00", "breaks": [{"start": "10:00"}]},
    {"handler": "H002", "start": "09:00"},
)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"handler": "H002"}, None),
        ([], None),
        ("H001", "H001"),
        (OWN, OWN),
        ([OWN, THEIRS], [OWN]),
        ({"status": "draft", "duties": [THEIRS, OWN], "costs": [1, 2]}, {"status": "draft", "duties": [OWN]}),
        ({"by_handler": {"H001": {"hours": 36}, "H002": {"hours": 20}}}, {"by_handler": {"H001": {"hours": 36}}}),
        ({"updated": ["H001", "H002"], "n": 2}, {"updated": ["H001"], "n": 2}),
        ({"give": {"handler": "H001", "date": "x"}, "to": "H002"}, {"give": {"handler": "H001", "date": "x"}}),
        ({"give": {"handler": "H002", "date": "x"}, "to": "H001"}, {"to": "H001"}),
        ({"ref": "H001", "body": {"ref": "H001", "skills": [{"skill": "999"}], "leave": []}},
         {"ref": "H001", "body": {"ref": "H001", "skills": [{"skill": "999"}], "leave": []}}),
        ({"ref": "H001", "partner": "H002", "with": ["H002", "tutor"]}, {"ref": "H001", "with": ["tutor"]}),
        ({"ref": "H0011"}, None),
    ],
)  # fmt: skip
def test_only_what_is_about_the_handler_is_told(document, told):
    assert about(document, "H001", OTHERS) == told


def test_nobody_else_is_named_in_what_is_told():
    document = {"a": [{"handler": "H001", "b": {"c": [{"handler": "H002"}, {"d": {"handler": "H003"}}]}}, "H002"]}
    told = str(about(document, "H001", OTHERS))
    assert "H001" in told
    assert not any(other in told for other in OTHERS)
