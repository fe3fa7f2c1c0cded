"""One attempt at one message over HTTP: signed, to the address that was checked, in bounded time, without redirects."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import httpx
from standardwebhooks.webhooks import Webhook

from app.webhooks.addresses import IpAddress, Network, Refused, Target, resolved, target_of

LIMIT_S = 10.0  # from the name's lookup to the answer's head


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of it: the answer's status, or why there was none; `retry_after_s` where the answer asks to wait."""

    status: int | None
    error: str | None
    retry_after_s: float | None = None

    @property
    def has_arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def signed(message_id: str, at: datetime, body: str, secrets: Sequence[str]) -> dict[str, str]:
    """Headers of a message (Standard Webhooks 1.0): HMAC-SHA256 of identifier, time and body, by each of `secrets`."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        # The library reads a time by its UTC fields.
        "webhook-signature": " ".join(
            Webhook(secret).sign(message_id, at.astimezone(UTC).replace(microsecond=0), body) for secret in secrets
        ),
    }


def attempt(
    url: str, message_id: str, at: datetime, body: str, secrets: Sequence[str], networks: Sequence[Network]
) -> Attempt:
    """Send the message once. Every failure is a value."""
    headers = signed(message_id, at, body, secrets) | {
        "content-type": "application/json",
        "user-agent": f"pacesetter/{version('pacesetter')}",
    }
    end = time.monotonic() + LIMIT_S
    try:
        target = target_of(url, networks)
        address = _looked_up(target, networks, LIMIT_S)
        return asyncio.run(asyncio.wait_for(_sent(target, address, headers, body), end - time.monotonic()))
    except Refused as error:
        return Attempt(None, f"{error}")
    except TimeoutError:
        return Attempt(None, f"no answer within {LIMIT_S:g} s")
    except httpx.InvalidURL:
        return Attempt(None, "no address that can be asked")
    except httpx.HTTPError as error:
        # Its words may repeat what the other side sent.
        return Attempt(None, f"no answer: {type(error).__name__}")


def _looked_up(target: Target, networks: Sequence[Network], limit_s: float) -> IpAddress:
    """`resolved`, in a thread of its own: nothing stops a lookup. Raises `Refused`; `TimeoutError` after `limit_s`."""
    found: Future[IpAddress] = Future()

    def look_up() -> None:
        try:
            found.set_result(resolved(target, networks))
        except Exception as error:
            found.set_exception(error)

    threading.Thread(target=look_up, daemon=True).start()
    return found.result(limit_s)


async def _sent(target: Target, address: IpAddress, headers: dict[str, str], body: str) -> Attempt:
    trusted = ssl.create_default_context()  # the machine's own authorities: a force's among them
    # No proxy of the environment, which would look the name up again; and nothing is read but the answer's head.
    async with (
        httpx.AsyncClient(verify=trusted, trust_env=False, follow_redirects=False, timeout=LIMIT_S) as client,
        client.stream(
            "POST",
            _by_address(target, address),
            content=body.encode(),
            headers=headers | {"host": target.authority},
            extensions={"sni_hostname": target.host},
        ) as answer,
    ):
        status, after = answer.status_code, answer.headers.get("retry-after", "")
        error = None if 200 <= status < 300 else f"the answer was {status}: expected 2xx"
        return Attempt(status, error, float(after) if after.isascii() and after.isdecimal() else None)


def _by_address(target: Target, address: IpAddress) -> httpx.URL:
    host = f"[{address}]" if isinstance(address, ipaddress.IPv6Address) else f"{address}"
    return httpx.URL(f"{target.scheme}://{host}:{target.port}{target.path}")
