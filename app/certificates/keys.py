"""The key that certificates are signed with: set from outside, or made once in the data folder."""

from __future__ import annotations

import base64
import os
from binascii import Error
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.settings import Settings

_FILE = "certificate-key.pem"


class KeyProblem(ValueError):
    """A key can't be read; the message says which and what was expected."""


def signing_key(settings: Settings) -> Ed25519PrivateKey:
    """The key of PACESETTER_CERTIFICATE_KEY, else that of the data folder, made there at first use.

    Several machines need the setting: each would otherwise sign with a key of its own. Raises `KeyProblem`.
    """
    if settings.certificate_key is not None:
        seed = _bytes("PACESETTER_CERTIFICATE_KEY", settings.certificate_key.get_secret_value())
        return Ed25519PrivateKey.from_private_bytes(seed)
    path = settings.data_dir / _FILE
    if not path.exists():
        _make(path)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyProblem(f"{path} is no Ed25519 key: move it away and a new one is made")
    return key


def public_text(key: Ed25519PublicKey) -> str:
    """A public key as base64 of its 32 bytes."""
    return base64.b64encode(key.public_bytes_raw()).decode()


def public_key(text: str) -> Ed25519PublicKey:
    """The public key behind such a text. Raises `KeyProblem`."""
    return Ed25519PublicKey.from_public_bytes(_bytes("the public key", text))


def _bytes(name: str, text: str) -> bytes:
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except Error as error:
        raise KeyProblem(f"{name} is no base64: expected that of 32 bytes") from error
    if len(raw) != 32:
        raise KeyProblem(f"{name} has {len(raw)} bytes, expected 32 in base64")
    return raw


def _make(path: Path) -> None:
    """A new key, readable by its owner alone; of several processes the first one's stays, and is never seen in part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_name(f"{_FILE}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
