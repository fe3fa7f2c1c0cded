"""Signatures of certificates, Ed25519 over their canonical JSON (RFC 8032)."""

from __future__ import annotations

import base64
from binascii import Error
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.certificates.canonical import canonical
from app.certificates.keys import KeyProblem, public_key, public_text

_FIELD = "signature"


def signature(document: dict[str, Any], key: Ed25519PrivateKey) -> dict[str, str]:
    """What to add to `document` as `signature`; a signature that it has already is left out of what is signed."""
    return {
        "algorithm": "Ed25519",
        "over": "UTF-8 JSON of the document without `signature`, keys sorted, no blanks",
        "public_key": public_text(key.public_key()),
        "value": base64.b64encode(key.sign(_signed_part(document))).decode(),
    }


def fault(document: dict[str, Any], pinned: str | None) -> str | None:
    """Why the signature does not hold; None where it does. `pinned`: the public key that it has to be made with."""
    signed = document.get(_FIELD)
    if not isinstance(signed, dict) or not {"public_key", "value"} <= signed.keys():
        return "the certificate is not signed"
    if pinned is not None and signed["public_key"] != pinned.strip():
        return f"signed with the key {signed['public_key']}, expected {pinned.strip()}"
    try:
        value = base64.b64decode(signed["value"], validate=True)
        public_key(signed["public_key"]).verify(value, _signed_part(document))
    except (KeyProblem, Error, TypeError, AttributeError) as error:
        return f"the signature can't be read: {error}"
    except InvalidSignature:
        return "the signature does not fit: the certificate was changed after it was signed"
    return None


def _signed_part(document: dict[str, Any]) -> bytes:
    return canonical({name: part for name, part in document.items() if name != _FIELD})
