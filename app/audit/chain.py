"""The chain of hashes that the audit's lines form, checked without the database's help."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line as stored: its identifier in the table, number in the chain, hash [hex], and the content hashed."""

    id: int
    number: int | None
    hash: str | None
    content: str | None


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: number and hash [hex] of its newest line."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a chain, line by line; and the head that its lines lead to."""

    faults: list[str]
    n_lines: int
    head: Head

    @property
    def holds(self) -> bool:
        return not self.faults


def linked(previous: str, content: str) -> str:
    """Hash [hex] of a line with `content` after the line whose hash is `previous` [hex]; the first follows ''."""
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


def verify(lines: Iterable[Line], head: Head | None, known: Iterable[Head] = ()) -> Verdict:
    """Walk a whole chain, whose lines come by number and then those without one.

    `head` is where the database says that it ends, None where it says nothing; `known` are heads noted elsewhere
    earlier, which the chain must still pass through. A changed line is named alone: the walk goes on from its stored
    hash, which the next line was made with.
    """
    faults: list[str] = []
    noted = {mark.number: mark.hash for mark in known}
    at, previous, n_lines = 0, "", 0
    for line in lines:
        n_lines += 1
        if line.number is None or line.hash is None or line.content is None:
            faults.append(f"the line with id {line.id} was never linked: it was added past the chain")
            continue
        if line.number <= at:
            faults.append(f"line {line.number} (id {line.id}) stands there twice: one was added past the chain")
            continue
        if line.number > at + 1:
            faults.append(f"{_span(at + 1, line.number - 1)} removed")
        elif linked(previous, line.content) != line.hash:
            faults.append(f"line {line.number} (id {line.id}) was changed: its content has another hash")
        at, previous = line.number, line.hash
        if noted.pop(at, previous) != previous:
            faults.append(f"line {at} (id {line.id}) has another hash than was noted earlier: the chain was made anew")
    end = head or Head(0, "")
    if at < end.number:
        faults.append(f"{_span(at + 1, end.number)} removed from the end")
    elif (at, previous) != (end.number, end.hash):
        faults.append(
            f"the chain ends with line {at}, its head names line {end.number}: lines were added past the chain"
        )
    faults += [f"line {number} was noted earlier and is there no more" for number in sorted(noted)]
    return Verdict(faults, n_lines, Head(at, previous))


def _span(first: int, last: int) -> str:
    return f"line {first} was" if first == last else f"lines {first} to {last} were"
