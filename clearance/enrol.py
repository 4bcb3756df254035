"""Enrolment: images in, encrypted templates out; nothing is kept unless every image has one usable face.

Pictures themselves are kept, sealed, only where the release allows it: then another model can make its templates.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clearance.errors import EnrolmentHeld
from clearance.home import registry_of
from clearance.likeness import face_model
from clearance.lookalikes import lookalikes
from consent.errors import ReleaseMissing
from consent.values import NewTemplate
from detectors.enrolment import ReferenceFace, completeness, reference_face
from detectors.errors import FaceUnsuitable, MediaError, UnreadableMedia

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from clearance.settings import Settings
    from consent.registry import Registry
    from detectors.model import FaceModel

MATCHING = "matching faces in media against the consent registry"
"""The purpose that a release must name."""


@dataclass(frozen=True, slots=True)
class SignedRelease:
    """A written biometric release as the user states it; of the document only the SHA-256 is kept."""

    signed_on: date
    expires_on: date | None = None
    jurisdiction: str | None = None
    document: Path | None = None
    keeps_images: bool = False

    def holds(self, on: date) -> bool:
        """Return whether it is signed and has not expired on that day."""
        return self.signed_on <= on and (self.expires_on is None or on <= self.expires_on)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What one enrolment gave. missing: sentences about what the images given now lack for sure recognition.

    receipt: the id of the receipt for the release that was recorded with it.
    """

    references: tuple[str, ...]
    missing: tuple[str, ...]
    not_compared: tuple[str, ...] = ()
    """Performers whom the faces could not be compared with, because their holder's key was not given."""
    receipt: str | None = None
    """The id of the receipt that was issued for a new release."""


def enrol(
    settings: Settings,
    performer: str,
    images: Sequence[Path],
    *,
    release: SignedRelease | None,
    now: datetime,
    different_person: bool = False,
) -> Enrolled:
    """Return the references of the new templates, one per image, and what these images still lack.

    release: recorded before the templates; None where one in force is on record already. different_person: somebody
    looked, and whoever looks the same is another person. Raises the errors of `detectors.enrolment` for an image
    without exactly one usable face, ReleaseMissing, UnknownPerformer, EnrolmentHeld when another performer looks the
    same. Neither the release nor a template is kept when an image is unsuitable or the enrolment is held.
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
        if release is not None and release.jurisdiction is None:
            raise ReleaseMissing(
                f"the release of {performer} names no jurisdiction, and the term for which templates may be kept "
                "depends on it; give it with --jurisdiction CODE, such as US-IL or DE"
            )
        if release is None:
            registry.biometrics.require_release(performer, on=today, purpose=MATCHING)
        # 2. Measure every image before anything is written; compare with everybody else on record.
        model = face_model(settings)
        faces = [reference_face(image, model) for image in images]
        not_compared = _held_for_likeness(registry, settings, performer, faces, model, now, different_person)
        # 3. The release first, then the templates in one transaction.
        if release is not None:
            recorded = registry.add_release(
                performer,
                signed_on=release.signed_on,
                expires_on=release.expires_on,
                jurisdiction=release.jurisdiction,
                purposes=(MATCHING,),
                evidence_sha256=_sha256(release.document) if release.document else None,
                keeps_images=release.keeps_images,
                now=now,
            )
        # 4. The pictures themselves only where the release that counts allows it: the one signed last.
        *_, current = (r for r in registry.releases(performer) if r.in_force(today))
        templates = [
            _template(face, _content(image, face) if current.keeps_images else None)
            for image, face in zip(images, faces, strict=True)
        ]
        references = registry.enrol(performer, templates, on=today, now=now, purpose=MATCHING)
        receipt = None if release is None else registry.receipts.issue(recorded.id, now, proven=False).id
    return Enrolled(references, completeness(faces).missing, not_compared, receipt)


def _held_for_likeness(
    registry: Registry,
    settings: Settings,
    performer: str,
    faces: Sequence[ReferenceFace],
    model: FaceModel,
    now: datetime,
    different_person: bool,
) -> tuple[str, ...]:
    """Return the performers whom the faces could not be compared with. Raises EnrolmentHeld."""
    opened = registry.biometrics.gallery(
        model.key, on=now.date(), purpose="enrolment", operator=settings.operator.value, now=now
    )
    known = registry.relatives().get(performer, frozenset()) | {performer}
    found = lookalikes(faces, opened.templates, except_for=known, pack=model.pack, settings=settings)
    if found and not different_person:
        other, score = found[0]
        raise EnrolmentHeld(
            f"these pictures of {performer} resemble {other}, who is enrolled already (score {score:.2f}); if they are "
            f'one person, enrol under {other}; if not, "clearance performer relate {performer} {other}" marks '
            "look-alikes, and --different-person says that somebody looked"
        )
    for other, score in found:
        detail = {"other": other, "score": f"{score:.3f}", "operator": settings.operator.value}
        registry.record_event("different-person", performer, detail, now)
    return opened.not_searched


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild gave: new templates by performer, and the pictures that the model in use finds unsuitable."""

    references: tuple[tuple[str, str], ...]
    unsuitable: tuple[tuple[str, str], ...]


def rebuild(settings: Settings, *, now: datetime) -> Rebuilt:
    """Return the templates that the model pack in use made of the reference pictures that were kept.

    Only of performers whose release is in force and allows the pictures to be kept, and only pictures of which the
    model has no template yet. A picture that does not suit the model is passed over and named by its digest.
    """
    today = now.date()
    references: list[tuple[str, str]] = []
    unsuitable: list[tuple[str, str]] = []
    with registry_of(settings) as registry:
        model = face_model(settings)
        pictures = registry.biometrics.kept_images(
            without=model.key, on=today, purpose="rebuild", operator=settings.operator.value, now=now
        )
        for kept in pictures:
            try:
                with _opened(kept.image) as path:
                    face = reference_face(path, model)
            except (FaceUnsuitable, MediaError) as error:
                unsuitable.append((kept.performer, f"picture {kept.image_sha256[:16]} {error.message}"))
                continue
            (reference,) = registry.enrol(kept.performer, [_template(face, None)], on=today, now=now)
            references.append((kept.performer, reference))
    return Rebuilt(tuple(references), tuple(unsuitable))


@contextmanager
def _opened(image: bytes) -> Iterator[Path]:
    """Yield a path of a picture that was sealed; on Linux it lies in memory alone, elsewhere in a private file."""
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("reference"), "wb") as stream:
            stream.write(image)
            stream.flush()
            yield Path(f"/proc/self/fd/{stream.fileno()}")
        return
    with tempfile.NamedTemporaryFile() as stream:
        stream.write(image)
        stream.flush()
        yield Path(stream.name)


def _template(face: ReferenceFace, image: bytes | None) -> NewTemplate:
    return NewTemplate(
        vector=face.template.vector.tobytes(),
        model_key=face.template.model_key,
        image_sha256=face.image_sha256,
        quality=face.quality.level,
        image=image,
    )


def _content(image: Path, face: ReferenceFace) -> bytes:
    content = image.read_bytes()
    if hashlib.sha256(content).hexdigest() != face.image_sha256:
        raise UnreadableMedia(image, "was changed while it was enrolled; enrol it when it is finished")
    return content


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
