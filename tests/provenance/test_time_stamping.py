"""Time-stamp authorities on the loopback interface: one real, others that hang, lie, answer garbage or are down."""

from __future__ import annotations

import http.server
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance import verify
from provenance.errors import IdentityUnusable, TimeStampUnavailable
from provenance.sign import sign
from provenance.time_stamping import TimeStamping, response_problem, running_relay
from provenance.trust import profile_from_pem

from .conftest import root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from provenance.reading import ProvenanceReading
    from provenance.sign import SigningReceipt

    from .authorities import TimeStamper
    from .conftest import Studio

DOWN = "http://127.0.0.1:9/"


def asked(url: str, request: bytes) -> bytes:
    query = urllib.request.Request(url, request, {"content-type": "application/timestamp-query"})  # noqa: S310
    with urllib.request.urlopen(query) as response:  # noqa: S310 -- on the loopback interface
        answer: bytes = response.read()
        return answer


@contextmanager
def authority(answer: Callable[[bytes], bytes | int]) -> Iterator[str]:
    """An authority that answers a request with these bytes, or with this HTTP status."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            given = answer(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(given if isinstance(given, int) else 200)
            if given == 302:
                self.send_header("location", DOWN)
            self.end_headers()
            if isinstance(given, bytes):
                self.wfile.write(given)

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def signed(studio: Studio, stamping: TimeStamping) -> SigningReceipt:
    return sign(
        studio.source(),
        studio.folder / "stamped.jpg",
        identity=replace(studio.identity, time_stamps=stamping),
        trust=studio.profile,
        source_type="trainedAlgorithmicMedia",
        now=studio.now,
    )


def read_with(studio: Studio, stamper: TimeStamper) -> ProvenanceReading:
    trust = profile_from_pem("studio", root_of(studio.identity), tsa_pem=stamper.authority.pem)
    return verify.read(studio.folder / "stamped.jpg", trust)


def test_the_time_is_trusted_by_those_who_trust_its_authority_and_by_nobody_else(
    studio: Studio, time_stamper: TimeStamper
) -> None:
    receipt = signed(studio, TimeStamping((time_stamper.url,)))
    assert receipt.time.value == "untrusted"
    assert read_with(studio, time_stamper).time.value == "trusted"
    assert verify.read(receipt.written, studio.profile).time.value == "untrusted"


def test_the_next_authority_is_asked_where_one_is_down_hangs_or_answers_nonsense(
    studio: Studio, time_stamper: TimeStamper
) -> None:
    def hang(_: bytes) -> bytes:
        time.sleep(5)
        return b""

    began = time.monotonic()
    with (
        authority(hang) as hanging,
        authority(lambda _: b"<html>garbage") as nonsense,
        authority(lambda _: 503) as busy,
    ):
        signed(studio, TimeStamping((DOWN, hanging, nonsense, busy, time_stamper.url), limit_s=0.5))
    assert time.monotonic() - began < 4.5
    assert read_with(studio, time_stamper).time.value == "trusted"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda _: b"garbage", "gave no readable time-stamp"),
        (lambda _: b"", "gave no readable time-stamp"),
        (lambda _: 500, "HTTP status 500"),
        (lambda _: 302, "HTTP status 302"),
        (lambda _: b"0" * 100_000, "too long"),
        (lambda _: bytes.fromhex("30053003020102"), "refused"),
    ],
    ids=["garbage", "nothing", "a failure", "another address", "too much", "a refusal"],
)
def test_an_authority_that_answers_wrongly_is_told_with_its_fault(
    studio: Studio, answer: Callable[[bytes], bytes | int], reason: str
) -> None:
    with authority(answer) as url, pytest.raises(TimeStampUnavailable, match=reason):
        signed(studio, TimeStamping((url,)))
    assert not (studio.folder / "stamped.jpg").exists()


def test_an_authority_that_repeats_an_old_answer_is_found_out(studio: Studio, time_stamper: TimeStamper) -> None:
    kept: list[bytes] = []

    def repeating(request: bytes) -> bytes:
        kept.append(asked(time_stamper.url, request))
        return kept[0]

    with authority(repeating) as url:
        signed(studio, TimeStamping((url,)))
        (studio.folder / "stamped.jpg").unlink()
        with pytest.raises(TimeStampUnavailable, match="stamped something else"):
            signed(studio, TimeStamping((url,)))


def test_an_answer_whose_signature_does_not_hold_is_not_used(studio: Studio, time_stamper: TimeStamper) -> None:
    def forged(request: bytes) -> bytes:
        answer = bytearray(asked(time_stamper.url, request))
        answer[-5] ^= 1
        return bytes(answer)

    with authority(forged) as url, pytest.raises(TimeStampUnavailable, match="does not hold"):
        signed(studio, TimeStamping((url,)))


def test_an_authority_that_drips_its_answer_is_given_up_in_time(studio: Studio) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            for _ in range(40):
                self.wfile.write(b"\x30")
                self.wfile.flush()
                time.sleep(0.1)

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # whoever asked has gone
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        began = time.monotonic()
        with pytest.raises(TimeStampUnavailable, match=r"did not answer within 0\.6 s"):
            signed(studio, TimeStamping((f"http://127.0.0.1:{server.server_port}/",), limit_s=0.6))
        assert time.monotonic() - began < 3
        server.shutdown()
        thread.join()


def test_where_none_is_reachable_nothing_is_signed_unless_that_is_allowed(studio: Studio) -> None:
    with pytest.raises(TimeStampUnavailable, match=r"127\.0\.0\.1:9 cannot be reached") as caught:
        signed(studio, TimeStamping((DOWN, DOWN)))
    assert str(caught.value).count("cannot be reached") == 2
    assert not (studio.folder / "stamped.jpg").exists()
    receipt = signed(studio, TimeStamping((DOWN,), when_unreachable="allow"))
    assert receipt.time.value == "none"
    assert verify.read(receipt.written, studio.profile).integrity.value == "valid"


def test_an_authority_that_lies_is_no_unreachable_one(studio: Studio, time_stamper: TimeStamper) -> None:
    def forged(request: bytes) -> bytes:
        answer = bytearray(asked(time_stamper.url, request))
        answer[-5] ^= 1
        return bytes(answer)

    with authority(forged) as url, pytest.raises(TimeStampUnavailable, match="does not hold"):
        signed(studio, TimeStamping((url,), when_unreachable="allow"))


def test_a_film_is_stamped_as_well(studio: Studio, time_stamper: TimeStamper, tmp_path: Path) -> None:
    receipt = sign(
        studio.source("mp4"),
        tmp_path / "stamped.mp4",
        identity=replace(studio.identity, time_stamps=TimeStamping((time_stamper.url,))),
        trust=studio.profile,
        source_type="trainedAlgorithmicMedia",
        now=studio.now,
    )
    assert receipt.time.value == "untrusted"


def test_the_relay_serves_only_who_knows_its_address() -> None:
    with running_relay(TimeStamping((DOWN,))) as relay:
        root = relay.url.rsplit("/", 1)[0]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            asked(f"{root}/guess", b"")
        assert relay.failures == []


@pytest.mark.parametrize("url", ["ftp://host/", "http://", "file:///etc/passwd", "http://user:secret@host/", "host"])
def test_an_address_that_is_no_authoritys_is_refused(url: str) -> None:
    with pytest.raises(IdentityUnusable):
        TimeStamping((url,))


def test_no_authority_at_all_is_no_policy() -> None:
    with pytest.raises(IdentityUnusable):
        TimeStamping(())


@settings(deadline=None)
@given(st.binary(max_size=400), st.binary(max_size=400))
def test_any_bytes_are_an_answer_or_a_reason(request_bytes: bytes, response: bytes) -> None:
    assert response_problem(request_bytes, response)
