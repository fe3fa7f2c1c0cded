"""The public half of the key that certificates are signed with."""

from __future__ import annotations

from pydantic import Field

from app.edge.routing import Router
from app.schema import Schema
from app.settings import settings

router = Router(prefix="/v1/certificate-key", tags=["rosters"])


class CertificateKey(Schema):
    algorithm: str = Field(examples=["Ed25519"])
    public_key: str = Field(description="Base64 of its 32 bytes, for `pacesetter check FILE --key`.")


@router.get("")
def get_certificate_key() -> CertificateKey:
    """Whose signature a certificate of this service bears. It is no secret: no key is asked for."""
    from app.certificates.keys import public_text, signing_key  # with it a library that few requests need

    return CertificateKey(algorithm="Ed25519", public_key=public_text(signing_key(settings()).public_key()))
