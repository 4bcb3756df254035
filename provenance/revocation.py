"""A revocation file: certificates that no longer count, by serial number, for whoever has no network.

JSON, as `schemas/revocation-1.json` says, or plain lines `[ISSUER;] SERIAL [; REASON [; DATE]]`, serial numbers in
hexadecimal, `#` before a comment. A certificate that is not listed counts as good only under an issuer that the file
claims to cover completely and until the file's next update; else nothing is known about it.
Standard: RFC 5280, section 5.3.1 (reasons); RFC 4514 (names as strings).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from provenance.errors import RevocationFileInvalid
from provenance.json_shapes import Json, mapping, moment, sequence, text
from provenance.reading import Answer

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

SCHEMA = "clearance.revocation/1"
REASONS = frozenset(
    {
        "unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded", "cessationOfOperation",
        "certificateHold", "privilegeWithdrawn", "aACompromise",
    }
)  # fmt: skip
# What was signed before such a day was signed by the rightful holder; after a compromise nobody can say.
_HARMLESS_BEFORE = frozenset({"affiliationChanged", "superseded", "cessationOfOperation", "privilegeWithdrawn"})
_SERIAL = re.compile(r"[0-9a-f]{1,40}")
_MOST_BYTES = 32 << 20
_FIELDS = {"schema", "issued", "next_update", "source", "covers", "revoked"}
_ENTRY_FIELDS = {"issuer", "serial", "reason", "date"}


@dataclass(frozen=True, slots=True)
class Revoked:
    """One certificate that no longer counts. `issuer` None means: whoever issued it."""

    serial: str
    issuer: str | None
    reason: str
    date: datetime | None


@dataclass(frozen=True, slots=True)
class RevocationList:
    """The certificates of one revocation file. `name` is the file's."""

    name: str
    entries: tuple[Revoked, ...]
    covers: frozenset[str] = frozenset()
    """Issuers whose every revoked certificate is listed."""
    next_update: datetime | None = None

    def answer(
        self, certificate: x509.Certificate, *, signed_at: datetime | None, now: datetime | None
    ) -> Answer | None:
        """Return revoked or good for a certificate, None if the file says nothing about it.

        signed_at: when a trusted time-stamp says that it was used. now: when this is asked.
        """
        issuer = certificate.issuer.rfc4514_string()
        serial = f"{certificate.serial_number:x}"
        listed = [e for e in self.entries if e.serial == serial and e.issuer in {None, issuer}]
        for entry in listed:
            since = f" since {entry.date:%Y-%m-%d}" if entry.date else ""
            before = entry.date is not None and signed_at is not None and signed_at < entry.date
            if not (before and entry.reason in _HARMLESS_BEFORE):
                why = f"the signer's certificate is revoked{since} ({entry.reason}), says {self.name}"
                return Answer("revoked", why)
        if listed:
            return Answer("good", f"the certificate was withdrawn only after it was used, says {self.name}")
        if issuer not in self.covers:
            return None
        if self.next_update is None or now is None or now > self.next_update:
            return Answer("unknown", f"{self.name} covers the certificate's authority, but is out of date")
        return Answer("good", f"{self.name} lists every revoked certificate of its authority, and not this one")


def load(path: Path) -> RevocationList:
    """Return the list in a revocation file. Raises RevocationFileInvalid naming the file and the line or entry."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise RevocationFileInvalid(f"it is larger than {_MOST_BYTES >> 20} MB; split it")
        words = content.decode("utf-8-sig")
        return _from_json(path.name, words) if words.lstrip().startswith("{") else _from_lines(path.name, words)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise RevocationFileInvalid(f"revocation file {path} cannot be read as text; check the path") from error
    except RevocationFileInvalid as error:
        raise RevocationFileInvalid(f"revocation file {path}: {error}") from error


def _from_lines(name: str, words: str) -> RevocationList:
    entries = []
    for number, line in enumerate(words.splitlines(), 1):
        fields = [field.strip() for field in line.split("#", 1)[0].split(";")]
        if fields == [""]:
            continue
        issuer = fields.pop(0) if "=" in fields[0] else None
        if not 1 <= len(fields) <= 3:
            raise RevocationFileInvalid(f"line {number}: write [ISSUER;] SERIAL [; REASON [; DATE]]")
        serial, reason, date = (*fields, "", "")[:3]
        entries.append(_entry(f"line {number}", serial, issuer, reason or "unspecified", date or None))
    if not entries:
        raise RevocationFileInvalid("it lists nothing; a file that is empty by mistake would revoke nobody")
    return RevocationList(name, tuple(entries))


def _from_json(name: str, words: str) -> RevocationList:
    try:
        document: Json = json.loads(words)
    except (ValueError, RecursionError) as error:
        raise RevocationFileInvalid("it is not readable JSON; write it anew") from error
    fields = mapping(document)
    listed, covers = fields.get("revoked"), fields.get("covers", [])
    if fields.get("schema") != SCHEMA or fields.keys() - _FIELDS or not isinstance(listed, list):
        raise RevocationFileInvalid(f'it needs "schema": "{SCHEMA}" and "revoked", and no fields but {sorted(_FIELDS)}')
    if not isinstance(covers, list) or not all(isinstance(issuer, str) for issuer in covers):
        raise RevocationFileInvalid('"covers" must list the names of issuers')
    for name_of_time in ("issued", "next_update"):
        if name_of_time in fields and moment(fields[name_of_time]) is None:
            raise RevocationFileInvalid(f'"{name_of_time}" must be a time with an offset (RFC 3339)')
    next_update = moment(fields.get("next_update"))
    if not isinstance(fields.get("source", ""), str) or ("covers" in fields and next_update is None):
        raise RevocationFileInvalid('"source" must be text, and "covers" needs "next_update"')
    entries = []
    for number, entry in enumerate(map(mapping, sequence(listed)), 1):
        serial, issuer = text(entry.get("serial")), entry.get("issuer")
        reason, date = entry.get("reason", "unspecified"), entry.get("date")
        strings = all(value is None or isinstance(value, str) for value in (issuer, date))
        if serial is None or not strings or not isinstance(reason, str) or entry.keys() - _ENTRY_FIELDS:
            raise RevocationFileInvalid(f"entry {number} needs a serial, and no fields but {sorted(_ENTRY_FIELDS)}")
        entries.append(_entry(f"entry {number}", serial, text(issuer), reason, text(date)))
    issuers = frozenset(_issuer("covers", issuer) for issuer in covers if isinstance(issuer, str))
    return RevocationList(name, tuple(entries), issuers, next_update)


def _entry(where: str, serial: str, issuer: str | None, reason: str, date: str | None) -> Revoked:
    plain = serial.lower().replace(":", "").removeprefix("0x").lstrip("0")
    if not _SERIAL.fullmatch(plain):
        raise RevocationFileInvalid(f"{where}: {serial[:60]!r} is no serial number; write it in hexadecimal")
    if reason not in REASONS:
        raise RevocationFileInvalid(f"{where}: {reason[:60]!r} is no reason; use one of {', '.join(sorted(REASONS))}")
    at = None
    if date is not None:
        at = moment(date if "T" in date else f"{date}T00:00:00Z")
        if at is None:
            raise RevocationFileInvalid(f"{where}: {date[:60]!r} is no date; write 2026-11-01 or a time with an offset")
    return Revoked(plain, None if issuer is None else _issuer(where, issuer), reason, at)


def _issuer(where: str, name: str) -> str:
    try:
        return x509.Name.from_rfc4514_string(name).rfc4514_string()
    except ValueError as error:
        raise RevocationFileInvalid(f"{where}: {name[:60]!r} is no name; write it like CN=Root,O=Studio") from error
