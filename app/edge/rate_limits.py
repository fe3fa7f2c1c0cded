"""How much one key and one network address may ask, counted in each API process.

Sliding windows in memory: nothing is asked of the database, and N processes together allow N times as much.
"""

from __future__ import annotations

import math
import time
from hashlib import blake2b

import limits
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import TooMany, refusal

_FREE = "/health/"  # a load balancer's and a supervisor's
_TIDY_EVERY_S = 5.0
_CREDENTIALS = (b"authorization", b"cookie")


class _Windows(MemoryStorage):
    """Forgets what is over now and then by itself: the library starts a thread for it at nearly every request, which
    takes as long as the rest of a small one."""

    def __init__(self) -> None:
        super().__init__()
        self._tidied_at = time.monotonic()

    def _MemoryStorage__schedule_expiry(self) -> None:
        if time.monotonic() - self._tidied_at > _TIDY_EVERY_S:
            self._tidied_at = time.monotonic()
            self._MemoryStorage__expire_events()  # type: ignore[attr-defined]


class RateLimits:
    """ASGI middleware: answers 429 where a key, an address, or an address whose keys are refused asks too often.

    Each answer tells `RateLimit-Policy`, and `RateLimit` of what is left to the key, as the IETF's draft has them.
    """

    def __init__(self, app: ASGIApp, per_key: str, per_address: str, refused: str) -> None:
        self.app = app
        self._per_key, self._per_address, self._refused = map(limits.parse, (per_key, per_address, refused))
        self._windows = SlidingWindowCounterRateLimiter(_Windows())
        self._policy = ", ".join(
            f'"{name}";q={rate.amount};w={rate.get_expiry()}'
            for name, rate in (("key", self._per_key), ("address", self._per_address))
        ).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_FREE):
            await self.app(scope, receive, send)
            return
        address, key = scope["client"][0] if scope.get("client") else "unknown", _key(scope)
        for name, rate, counted in (
            ("address", self._per_address, address),
            ("refused keys", self._refused, f"refused {address}"),
            ("key", self._per_key, key),
        ):
            allowed = self._windows.test(rate, counted) if rate is self._refused else self._windows.hit(rate, counted)
            if not allowed:
                await self._refuse(name, rate, counted)(scope, receive, send)
                return
        left = self._left("key", self._per_key, key)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == 401:
                    self._windows.hit(self._refused, f"refused {address}")
                limited = [(b"ratelimit-policy", self._policy), (b"ratelimit", left)]
                message["headers"] = [*message.get("headers", ()), *limited]
            await send(message)

        await self.app(scope, receive, told)

    def _left(self, name: str, rate: limits.RateLimitItem, counted: str) -> bytes:
        window = self._windows.get_window_stats(rate, counted)
        return f'"{name}";r={max(window.remaining, 0)};t={self._wait_s(window.reset_time)}'.encode()

    def _refuse(self, name: str, rate: limits.RateLimitItem, counted: str) -> ASGIApp:
        wait_s = max(self._wait_s(self._windows.get_window_stats(rate, counted).reset_time), 1)
        error = TooMany(f"more than {rate.amount} requests in {rate.get_expiry()} s by this {name}: wait {wait_s} s")
        headers = {"Retry-After": f"{wait_s}", "RateLimit-Policy": self._policy.decode(),
                   "RateLimit": f'"{name.split()[0]}";r=0;t={wait_s}'}  # fmt: skip

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await refusal(error, scope["path"], headers)(scope, receive, send)

        return answer

    @staticmethod
    def _wait_s(reset_time: float) -> int:
        return max(math.ceil(reset_time - time.time()), 0)


def _key(scope: Scope) -> str:
    """Names what the client identifies itself with, or its address where it does not.

    The whole of it: whoever knew a part of another's key could otherwise use up what that key is allowed.
    """
    shown = b"".join(value for name, value in scope["headers"] if name in _CREDENTIALS)
    if not shown:
        return f"nobody {scope['client'][0] if scope.get('client') else ''}"
    return blake2b(shown, digest_size=16).hexdigest()
