"""Which columns of a file a mapping reads, and which it must never hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.csv_table import CsvFileError
from app.findings import personal_kind, shown
from app.mappings.schemas import CellPlace, MappingIn
from app.spreadsheet import Cell, Row, text_of

_CALLER = re.compile(
    r"(.*\b)?(ani|clid?|msisdn|(tele)?phone|mobile|e-?mail|address|postcode)\b.*"
    r"|(.*\b)?(surname|forename|(first|last|full) name)\b.*"
    r"|(caller|calling|customer|from|remote)( ?(id|no|num|number|name|party|pty|line).*)?"
    r"|(.*\b)?(notes|comments?|remarks)",
    re.IGNORECASE,
)
_LOOKED_AT = 500  # rows in which columns that no field uses are looked at
_NAME = re.compile(r"[^\W_][\w .()&/%+'#:-]{0,59}")


class Header:
    """The columns of a file by name, and the places of those that a mapping reads."""

    def __init__(self, number: int, names: Sequence[str], mapping: MappingIn) -> None:
        self.number = number
        self.names = tuple(" ".join(name.split()) for name in names)
        self.wanted = sorted(set(_columns_of(mapping)))
        self.places = {name: self._place(name) for name in self.wanted}
        read = set(self.places.values())
        self.unread = {place: name for place, name in enumerate(self.names) if place not in read and name}
        for name in self.names:
            if _CALLER.fullmatch(name.replace("_", " ")):
                _refuse(name, number, "names callers or what they said", name)

    def _place(self, name: str) -> int:
        places = [place for place, known in enumerate(self.names) if known.casefold() == _plain(name)]
        if not places:
            raise CsvFileError(
                f"the file has no column {name!r}: it has {_listed(self.names)}",
                row=self.number,
                column=name,
                expected=f"the mapping's columns {_listed(self.wanted)}",
            )
        if len(places) > 1:
            raise CsvFileError(
                f"the header names column {name!r} {len(places)} times",
                row=self.number,
                column=name,
                expected="each column that the mapping reads once",
            )
        return places[0]

    def check(self, number: int, cells: Sequence[Cell]) -> None:
        """Refuse a file with telephone numbers in a column that no field uses."""
        if number - self.number > _LOOKED_AT:
            return
        for place, name in self.unread.items():
            text = text_of(cells[place]) if place < len(cells) else ""
            if personal_kind("", text) == "telephone numbers":
                _refuse(name, number, "looks like telephone numbers", text)


def preamble_value(place: CellPlace, rows: Iterable[Row]) -> str:
    """What follows a label in the rows above the header: in its own cell, or the next that is not empty.

    Raises `CsvFileError` where there is no such label.
    """
    assert place.label is not None
    for _, cells in rows:
        for index, cell in enumerate(cells):
            text = text_of(cell)
            if not text.casefold().startswith(place.label.casefold()):
                continue
            rest = text[len(place.label) :].strip()
            following = [rest, *(text_of(other) for other in cells[index + 1 :])]
            found = [value for value in following if value]
            if found:
                return found[0]
    raise CsvFileError(
        f"no row above the header has the label {place.label!r} with a value", column=place.label,
        expected="the label in one of the mapping's skip_rows",
    )  # fmt: skip


def named(name: str) -> str:
    """A split's name fit to be repeated: masked where it may be a person's or a number."""
    is_plain = _NAME.fullmatch(name) and sum(c.isdigit() for c in name) < 9 and "@" not in name
    return name if is_plain else shown(name)


def _columns_of(mapping: MappingIn) -> Iterable[str]:
    places = (mapping.split, mapping.time.at, mapping.time.date)
    yield from (place.column for place in places if place is not None and place.column is not None)
    yield from mapping.only
    amounts = mapping.columns if mapping.calls is None else mapping.calls.columns
    for amount in (amounts or {}).values():
        yield from (*amount.add, *amount.subtract)
    if mapping.calls is not None:
        yield mapping.calls.outcome
        if mapping.calls.call_id is not None:
            yield mapping.calls.call_id


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(named(name) for name in names if name) or "none"


def _refuse(name: str, number: int, what: str, value: str) -> None:
    raise CsvFileError(
        f"column {named(name)!r} {what}: personal data must not be uploaded, leave the column out",
        row=number,
        column=named(name),
        value=shown(value),
        expected="counts, times, durations and splits alone",
    )
