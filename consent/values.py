"""The people of the registry and what is kept about their faces, as plain values.

Biometric consent (a release, statutory, revocable) is kept apart from likeness consent (a grant,
contractual, see `consent.grant`): they are signed, expire and are withdrawn separately. Field names
follow ISO/IEC TS 27560 where it has one; template and reference follow ISO/IEC 24745.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import accumulate
from typing import Literal, TypeAlias

from consent.grant import Survivorship

EstateRole: TypeAlias = Literal["estate", "representative"]
KinshipKind: TypeAlias = Literal["twin", "relative", "look-alike"]
"""Why a face comparison must not decide between two performers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Performer:
    """A registered performer under a pseudonymous reference; legal names are not part of it.

    What is None, nobody has said. domicile and domicile_at_death are ISO 3166 codes. birth_years: a band
    such as 1980-1989. minor_until: the day on which the performer comes of age. guardian_authority and
    estate_authority: SHA-256 of the document that gives the authority. estate_survivorship: what became
    of consents at the death where a grant does not say. foreign_ids: (scheme, value), sorted.
    """

    ref: str
    stage_name: str
    registered: datetime
    minor: bool | None = None
    minor_until: date | None = None
    guardian_authority: str | None = None
    deceased_on: date | None = None
    domicile_at_death: str | None = None
    estate_role: EstateRole | None = None
    estate_authority: str | None = None
    estate_survivorship: Survivorship | None = None
    domicile: str | None = None
    birth_years: str | None = None
    unions: tuple[str, ...] = ()
    represented_by: str | None = None
    foreign_ids: tuple[tuple[str, str], ...] = ()
    erased: datetime | None = None
    """When names, templates and pictures were destroyed; the reference alone remains."""

    def minor_on(self, day: date) -> bool | None:
        """Return whether the performer is a minor on that day, None when nobody has said."""
        return self.minor if self.minor_until is None else day < self.minor_until

    def dead_on(self, day: date) -> bool:
        """Return whether that day lies after the performer's death."""
        return self.deceased_on is not None and day > self.deceased_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What is kept sealed about a performer. Nothing of it appears in a repr."""

    legal_name: str | None = field(repr=False, default=None)
    contact: str | None = field(repr=False, default=None)
    guardian_name: str | None = field(repr=False, default=None)
    guardian_contact: str | None = field(repr=False, default=None)
    estate_name: str | None = field(repr=False, default=None)
    estate_contact: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class BiometricRelease:
    """A written release to make and keep face templates (BIPA 15(b), GDPR 9(2)(a))."""

    id: str
    performer: str
    signed_on: date
    expires_on: date | None = None
    jurisdiction: str | None = None
    purposes: tuple[str, ...] = ()
    evidence_sha256: str | None = None
    withdrawn_on: date | None = None
    keeps_images: bool = False
    """Whether the performer allowed the reference pictures themselves to be kept, sealed."""
    purpose_ended_on: date | None = None
    """The day on which what the templates were for was done."""

    def in_force(self, on: date) -> bool:
        """Return whether the release holds on that day.

        The last day, and the day on which the purpose ended, are included; the day of withdrawal is not.
        """
        if self.purpose_ended_on is not None and on > self.purpose_ended_on:
            return False
        if on < self.signed_on or (self.expires_on is not None and on > self.expires_on):
            return False
        return self.withdrawn_on is None or on < self.withdrawn_on


@dataclass(frozen=True, slots=True)
class NewTemplate:
    """A face template to enrol. vector: opaque bytes, meaningful only with the model of model_key.

    image: the picture's file, where it is to be kept so that another model can make its template.
    """

    vector: bytes = field(repr=False)
    model_key: str
    image_sha256: str
    quality: str
    image: bytes | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class KeptImage:
    """A reference picture that was kept, opened."""

    performer: str
    image_sha256: str
    image: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    """An enrolled template, decrypted."""

    reference: str
    performer: str
    vector: bytes = field(repr=False)
    model_key: str


@dataclass(frozen=True, slots=True)
class OpenedGallery:
    """The templates of one model that may be searched, in columns, by performer; and what could not be.

    references, performers, lengths: one entry each per template; block: their vectors one after the other, so many
    bytes each. not_searched: performers whose templates stayed closed, because their holder's key was not given.
    """

    model_key: str
    references: tuple[str, ...]
    performers: tuple[str, ...]
    block: memoryview = field(repr=False)
    lengths: tuple[int, ...] = field(repr=False)
    not_searched: tuple[str, ...]

    @property
    def vectors(self) -> tuple[bytes, ...]:
        """The vectors, one by one."""
        ends = accumulate(self.lengths)
        return tuple(bytes(self.block[end - length : end]) for end, length in zip(ends, self.lengths, strict=True))

    @property
    def templates(self) -> tuple[StoredTemplate, ...]:
        """The same, one value per template."""
        rows = zip(self.references, self.performers, self.vectors, strict=True)
        return tuple(StoredTemplate(*row, self.model_key) for row in rows)


@dataclass(frozen=True, slots=True)
class RegistryEvent:
    """One entry of the append-only record of changes; detail holds ids and counts, sorted by key."""

    sequence: int
    recorded: datetime
    kind: str
    subject: str
    detail: tuple[tuple[str, str], ...]
