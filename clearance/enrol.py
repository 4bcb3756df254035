"""Enrolment: images in, encrypted templates out; nothing is kept unless every image has one usable face."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearance.home import registry_of
from clearance.likeness import face_model
from consent.errors import ReleaseMissing
from consent.values import NewTemplate
from detectors.enrolment import ReferenceFace, completeness, reference_face

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from pathlib import Path

    from clearance.settings import Settings


@dataclass(frozen=True, slots=True)
class SignedRelease:
    """A written biometric release as the user states it; of the document only the SHA-256 is kept."""

    signed_on: date
    expires_on: date | None = None
    jurisdiction: str | None = None
    document: Path | None = None

    def holds(self, on: date) -> bool:
        """Return whether it is signed and has not expired on that day."""
        return self.signed_on <= on and (self.expires_on is None or on <= self.expires_on)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What one enrolment gave. missing: sentences about what the images given now lack for sure recognition."""

    references: tuple[str, ...]
    missing: tuple[str, ...]


def enrol(
    settings: Settings,
    performer: str,
    images: Sequence[Path],
    *,
    release: SignedRelease | None,
    now: datetime,
) -> Enrolled:
    """Return the references of the new templates, one per image, and what these images still lack.

    release: recorded before the templates; None where one in force is on record already. Raises the errors of
    `detectors.enrolment` for an image without exactly one usable face, ReleaseMissing, UnknownPerformer. Neither
    the release nor a template is kept when an image is unsuitable.
    """
    today = now.date()
    with registry_of(settings) as registry:
        # 1. No face is measured before the person's written release is at hand (BIPA 15(b)).
        registry.performer(performer)
        released = (
            [r.in_force(today) for r in registry.releases(performer)] if release is None else [release.holds(today)]
        )
        if not any(released):
            raise ReleaseMissing(
                f"{performer} has no biometric release in force on {today}; give the day one was signed with "
                "--release-signed DATE"
            )
        # 2. Measure every image before anything is written.
        model = face_model(settings)
        faces = [reference_face(image, model) for image in images]
        # 3. The release first, then the templates in one transaction.
        if release is not None:
            registry.add_release(
                performer,
                signed_on=release.signed_on,
                expires_on=release.expires_on,
                jurisdiction=release.jurisdiction,
                purposes=("matching faces in media against the consent registry",),
                evidence_sha256=_sha256(release.document) if release.document else None,
                now=now,
            )
        references = registry.enrol(performer, [_template(face) for face in faces], on=today, now=now)
    return Enrolled(references, completeness(faces).missing)


def _template(face: ReferenceFace) -> NewTemplate:
    return NewTemplate(
        vector=face.template.vector.tobytes(),
        model_key=face.template.model_key,
        image_sha256=face.image_sha256,
        quality=face.quality.level,
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
