"""Who vouches for the time of a signature: several authorities in order, each with a time limit.

The engine asks one authority, waits half a minute, and calls whatever goes wrong a bad signature. So it is given
a relay on the loopback interface, which asks the authorities in order, takes the first answer that fits, and knows
why the others did not. Whether the answer's own signature holds is judged by the engine.
Standard: RFC 3161 (2.4.1 request, 2.4.2 response, 3.4 over HTTP).
"""

from __future__ import annotations

import http.server
import secrets
import threading
import time
import urllib.parse
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from asn1crypto import cms, core, tsp  # type: ignore[import-untyped]  # the package ships no types

from provenance.errors import IdentityUnusable
from provenance.http_question import answered

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_REQUEST_BYTES = 4096
# The engine's signature box has room for some ten kilobytes beside the certificates of the signer.
_MOST_RESPONSE_BYTES = 9000
# The engine gives up after 30 s, and would hide what the authorities said.
_ENGINE_PATIENCE_S = 25.0
# How long the end of the relay may be overlooked: it is waited for after each signature.
_ATTENTION_S = 0.005
_KINDS = ("application/timestamp-query", "application/timestamp-reply")
_GRANTED = ("granted", "granted_with_mods")


class _Response(core.Sequence):  # type: ignore[misc]  # the package ships no types
    """TimeStampResp of RFC 3161, 2.4.2; the library's own does not know that a refusal carries no token."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("token", cms.ContentInfo, {"optional": True})]


@dataclass(frozen=True, slots=True)
class TimeStamping:
    """Time-stamp authorities in order of preference; limit_s for each, 25 s for all together."""

    urls: tuple[str, ...]
    when_unreachable: Literal["fail", "allow"] = "fail"
    """fail: nothing is signed. allow: signed without a time-stamp, and the reading says that there is none."""
    limit_s: float = 8.0

    def __post_init__(self) -> None:
        for url in self.urls:
            parts = urllib.parse.urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
                raise IdentityUnusable(f"{url!r} is no address of a time-stamp authority; use http(s)://host/path")
        if not self.urls or self.limit_s <= 0:
            raise IdentityUnusable("time-stamping needs an authority and a time limit above zero")


@dataclass(slots=True)
class Relay:
    """A place on the loopback interface that the engine may ask for a time-stamp."""

    url: str
    answered_by: str | None = None
    failures: list[str] = field(default_factory=list)
    """Why each authority was passed over, in words."""


@contextmanager
def running_relay(authorities: TimeStamping) -> Iterator[Relay]:
    """Run a relay that asks the authorities in order, until the block ends. Only who has its address can use it."""
    path = f"/{secrets.token_urlsafe(16)}"

    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 5

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if self.path != path or not length.isdecimal() or int(length) > _MOST_REQUEST_BYTES:
                self.send_error(404)
                return
            answer = _first_fitting(self.rfile.read(int(length)), authorities, relay)
            if answer is None:
                self.send_error(502)
                return
            self.send_response(200)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        relay = Relay(f"http://127.0.0.1:{server.server_port}{path}")
        thread = threading.Thread(target=server.serve_forever, args=(_ATTENTION_S,), daemon=True)
        thread.start()
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()


def _first_fitting(request: bytes, authorities: TimeStamping, relay: Relay) -> bytes | None:
    deadline = time.monotonic() + _ENGINE_PATIENCE_S
    for url in authorities.urls:
        host = urllib.parse.urlsplit(url).netloc
        limit_s = min(authorities.limit_s, deadline - time.monotonic())
        response = _fetched(url, request, limit_s) if limit_s > 0 else "was not asked: the others took all the time"
        problem = response if isinstance(response, str) else response_problem(request, response)
        if problem is None and isinstance(response, bytes):
            relay.answered_by = url
            return response
        relay.failures.append(f"{host} {problem}")
    return None


def response_problem(request: bytes, response: bytes) -> str | None:
    """Return why a response does not answer a request, in words, or None if it does; its signature is not judged."""
    try:
        asked, answer = tsp.TimeStampReq.load(request).native, _Response.load(response, strict=True)
        status: str = answer["status"]["status"].native
        if status not in _GRANTED:
            return f"refused ({status})"
        stamped = answer["token"]["content"]["encap_content_info"]["content"].parsed.native
        if stamped["message_imprint"]["hashed_message"] != asked["message_imprint"]["hashed_message"]:
            return "stamped something else than was sent"
        if (
            stamped["message_imprint"]["hash_algorithm"]["algorithm"]
            != (asked["message_imprint"]["hash_algorithm"]["algorithm"])
        ):
            return "stamped another kind of digest than was sent"
        if stamped.get("nonce") != asked.get("nonce"):
            return "gave the answer to another request"
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return "gave no readable time-stamp"
    return None


def _fetched(url: str, request: bytes, limit_s: float) -> bytes | str:
    return answered(url, request, kinds=_KINDS, limit_s=limit_s, most_bytes=_MOST_RESPONSE_BYTES)
