"""What of a document is about one handler."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

_NOTHING = object()


def about(document: Any, ref: str, others: Set[str]) -> Any:
    """The parts of a JSON document that name `ref`, as a value or as a key; None where none does.

    An object that names it itself is told whole, but for what names one of `others`. Of an object that names it further
    down those parts are told, with its plain values. So a duty is told whole, and of a roster the handler's own duties.
    """
    found = _about(document, ref, others)
    return None if found is _NOTHING else found


def _about(value: Any, ref: str, others: Set[str]) -> Any:
    if isinstance(value, list):
        return [part for part in (_about(item, ref, others) for item in value) if part is not _NOTHING] or _NOTHING
    if not isinstance(value, dict):
        return value if value == ref else _NOTHING
    if ref in value:  # by handler: this one's entry, whatever it is
        return {ref: value[ref]}
    if ref in _plain_values(value):
        return _without(value, others - {ref})
    parts = {name: _about(item, ref, others) for name, item in value.items() if isinstance(item, dict | list)}
    parts = {name: part for name, part in parts.items() if part is not _NOTHING}
    return _plain(value, others) | parts if parts else _NOTHING


def _without(value: Any, others: Set[str]) -> Any:
    """`value` less what names one of `others`."""
    if isinstance(value, list):
        return [_without(item, others) for item in value if not _names(item, others)]
    if isinstance(value, dict):
        parts = {name: _without(item, others) for name, item in value.items() if isinstance(item, dict | list)
                 and name not in others and not _names(item, others)}  # fmt: skip
        return _plain(value, others) | parts
    return value


def _names(value: Any, others: Set[str]) -> bool:
    """Whether it is one of `others`, or an object that names one itself."""
    if isinstance(value, dict):
        return bool(_plain_values(value) & others)
    return isinstance(value, str) and value in others


def _plain(value: dict[str, Any], others: Set[str]) -> dict[str, Any]:
    return {
        name: item for name, item in value.items()
        if not isinstance(item, dict | list) and item not in others and name not in others
    }  # fmt: skip


def _plain_values(value: dict[str, Any]) -> set[str]:
    return {item for item in value.values() if isinstance(item, str)}
