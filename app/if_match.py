"""Edits of what somebody has read: the version that they mean to change is the one that stands."""

from __future__ import annotations

from app.errors import PreconditionFailed, PreconditionRequired


def require_match(if_match: str | None, current: str, thing: str, since: str = "") -> None:
    """Go on where the header names the ETag `current`, or is `*` (RFC 9110, 13.1.1).

    thing : whose ETag it is, as in `handler H017`; since : who changed it and when, in words. Raises
    `PreconditionRequired` without a header, `PreconditionFailed` where it names other versions alone.
    """
    if if_match is None:
        raise PreconditionRequired(f"If-Match is missing: expected the ETag of {thing} as you read it")
    if if_match.strip() == "*" or current in [tag.strip() for tag in if_match.split(",")]:
        return
    changed = f", since {since}" if since else ""
    raise PreconditionFailed(f"If-Match is {if_match!r}: expected {current} of {thing}{changed}; read it again")
