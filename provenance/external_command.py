"""A key that a program of the studio's own guards: it gets what is to be signed on stdin, and prints the signature.

The program is started without a shell, with a time limit; it may print ECDSA as DER or as r and s side by side.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from typing import IO, TYPE_CHECKING

from provenance.cose_signature import certified, signing_algorithm
from provenance.errors import KeyUnavailable
from provenance.identity import SigningIdentity, subject_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_OUTPUT_BYTES = 8192
_MOST_COMPLAINT_BYTES = 2048
_MOST_COMPLAINT_CHARACTERS = 300
_LAST_WORDS_S = 1.0


def command_identity(
    chain_pem: bytes, root_pem: bytes | None, *, argv: Sequence[str], limit_s: float = 30.0
) -> SigningIdentity:
    """Return the identity whose key a program uses.

    Its `sign` raises KeyUnavailable: the program is missing, fails (with what it said), takes longer than limit_s,
    prints too much or no signature of the certificate's key. The program's own children end with it.
    """
    arguments = tuple(argv)
    if not arguments:
        raise KeyUnavailable("the signing command is empty; name a program")

    def sign(data: bytes) -> bytes:
        return _output_of(arguments, data, limit_s)

    name = signing_algorithm(chain_pem)
    return SigningIdentity(subject_of(chain_pem), name, chain_pem, root_pem, certified(sign, chain_pem))


def _output_of(argv: tuple[str, ...], data: bytes, limit_s: float) -> bytes:
    with tempfile.TemporaryFile() as given:
        # A file, not a pipe: a program that never reads cannot hold us up.
        given.write(data)
        given.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 -- the argument list is the user's own setting; no shell
                argv, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a usable argument list"
            raise KeyUnavailable(f"the signing command {argv[0]!r} cannot be started ({reason})") from error
    deadline = time.monotonic() + limit_s
    output = _Drain(process.stdout, at_most=_MOST_OUTPUT_BYTES + 1)
    complaint = _Drain(process.stderr, at_most=None)
    try:
        printed = output.result(deadline - time.monotonic())
        if printed is not None and len(printed) > _MOST_OUTPUT_BYTES:
            raise KeyUnavailable(f"the signing command {argv[0]!r} prints more than a signature")
        code = process.wait(timeout=max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        printed = None
    finally:
        _end(process)
    if printed is None:
        raise KeyUnavailable(f"the signing command {argv[0]!r} took more than {limit_s:g} s; check what it waits for")
    if code != 0:
        said = _words(complaint.result(_LAST_WORDS_S) or b"") or "it said nothing"
        raise KeyUnavailable(f"the signing command {argv[0]!r} failed with exit code {code}: {said}")
    return printed


class _Drain:
    """Reads a pipe in a thread of its own: its first bytes up to at_most, or the last ones of all that comes.

    A daemon: a program's offspring that left its group may keep the pipe open for ever.
    """

    def __init__(self, stream: IO[bytes] | None, *, at_most: int | None) -> None:
        self._kept = b""
        self._thread = threading.Thread(target=self._read, args=(stream, at_most), daemon=True)
        self._thread.start()

    def _read(self, stream: IO[bytes], at_most: int | None) -> None:
        with stream:
            if at_most is not None:
                self._kept = stream.read(at_most)
                return
            while read := stream.read(_MOST_COMPLAINT_BYTES):
                self._kept = (self._kept + read)[-_MOST_COMPLAINT_BYTES:]

    def result(self, limit_s: float) -> bytes | None:
        """Return what was read once the pipe was closed, or None if it was not in time."""
        self._thread.join(max(0.0, limit_s))
        return None if self._thread.is_alive() else self._kept


def _words(complaint: bytes) -> str:
    """Return the end of a complaint on one line, safe to show."""
    words = " ".join(complaint.decode("utf-8", "replace").split())[-_MOST_COMPLAINT_CHARACTERS:]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and its children, which may hold the pipes open after it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
