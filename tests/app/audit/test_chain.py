"""The chain of hashes alone: whatever was done to it behind the service's back is found, and named."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from app.audit.chain import Head, Line, linked, verify


def chain(n: int) -> list[Line]:
    lines, previous = [], ""
    for number in range(1, n + 1):
        content = f'{{"number": {number}}}'
        previous = linked(previous, content)
        lines.append(Line(10 * number, number, previous, content))
    return lines


def head_of(lines: list[Line]) -> Head:
    return Head(lines[-1].number, lines[-1].hash)


LINES = chain(5)
HEAD = head_of(LINES)


def test_a_line_is_linked_by_sha256_over_the_hash_before_and_its_content():
    assert LINES[0].hash == sha256(b'\n{"number": 1}').hexdigest()
    assert LINES[1].hash == sha256(f'{LINES[0].hash}\n{{"number": 2}}'.encode()).hexdigest()


def test_an_untouched_chain_holds():
    assert verify(LINES, HEAD).holds
    assert verify(LINES, HEAD, [head_of(LINES[:3])]).head == HEAD
    assert verify([], None).holds


@pytest.mark.parametrize("place", range(5))
def test_a_changed_line_is_named_alone(place):
    touched = [*LINES]
    touched[place] = replace(LINES[place], content='{"number": 99}')
    assert verify(touched, HEAD).faults == [
        f"line {place + 1} (id {10 * place + 10}) was changed: its content has another hash"
    ]


@pytest.mark.parametrize(
    ("kept", "fault"),
    [
        ([1, 2, 3, 4], "line 1 was removed"),
        ([0, 3, 4], "lines 2 to 3 were removed"),
        ([0, 1, 2, 3], "line 5 was removed from the end"),
        ([], "lines 1 to 5 were removed from the end"),
    ],
)
def test_removed_lines_are_named(kept, fault):
    assert verify([LINES[place] for place in kept], HEAD).faults == [fault]


def test_added_lines_are_named():
    past = Line(77, None, None, None)
    assert verify([*LINES, past], HEAD).faults == ["the line with id 77 was never linked: it was added past the chain"]
    assert verify([*LINES, replace(LINES[4], id=77)], HEAD).faults == [
        "line 5 (id 77) stands there twice: one was added past the chain"
    ]
    assert "its head names line 4" in verify(LINES, head_of(LINES[:4])).faults[0]


def test_a_chain_made_anew_holds_in_itself_and_not_against_a_head_noted_elsewhere():
    anew, previous = [], ""
    for line in LINES:
        content = line.content.replace("3", "33")
        previous = linked(previous, content)
        anew.append(replace(line, content=content, hash=previous))
    assert verify(anew, head_of(anew)).holds
    assert verify(anew, head_of(anew), [head_of(LINES[:2])]).holds  # what was changed lies behind it
    assert "made anew" in verify(anew, head_of(anew), [head_of(LINES[:3])]).faults[0]
    assert "no more" in verify(anew[:2], head_of(anew[:2]), [HEAD]).faults[0]
