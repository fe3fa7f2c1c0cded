"""Passwords: digested with Argon2id, and tried so that neither time nor answer tells whether a name exists."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import lru_cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

FREE_FAILURES = 5  # wrong passwords before the first wait
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)

# Each trial takes 64 MB: a flood of them waits instead of filling the memory.
_trials = BoundedSemaphore(2)


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe(32))


def digest_of(password: str) -> str:
    """Argon2id digest with its salt and parameters."""
    with _trials:
        return _hasher().hash(password)


def is_right(password: str, digest: str | None) -> bool:
    """Whether the digest is of this password; without a digest never, after the same work."""
    with _trials:
        return _hasher().verify(password, digest or _nobodys()) and digest is not None


def new_password() -> str:
    """A random password of 120 bits."""
    return secrets.token_urlsafe(15)


def wait_after(n_failures: int) -> timedelta | None:
    """How long no password is tried after so many wrong ones in a row: a minute, then twice as long each time, at most
    an hour; None while failures are free."""
    beyond = n_failures - FREE_FAILURES
    if beyond < 0:
        return None
    return min(_FIRST_WAIT * (1 << min(beyond, 10)), _LONGEST_WAIT)
