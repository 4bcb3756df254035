"""Which exit code an error of any of the five rooms ends in; the error trees load nothing but the standard library."""

from __future__ import annotations

from clearance.errors import HELD, INVALID, USAGE, ClearanceError
from consent.errors import BackupInvalid, ConsentError, ErasureInvalid, ErasureUnfinished
from consent.errors import EvidenceInvalid as ConsentEvidenceInvalid
from detectors.errors import DetectorError, MislabelledMedia, NoPicture, UnreadableMedia
from policies.errors import PolicyError
from provenance.errors import IngredientUnusable, ParentUnusable, ProvenanceError


def exit_code_of(error: Exception) -> int | None:
    """Return the exit code that an error of any of the five rooms ends in, or None for a defect of ours."""
    if isinstance(error, ClearanceError):
        return error.exit_code
    if isinstance(error, UnreadableMedia | MislabelledMedia | ParentUnusable | IngredientUnusable):
        return INVALID
    if isinstance(error, ConsentEvidenceInvalid | BackupInvalid | ErasureInvalid):
        return INVALID
    if isinstance(error, NoPicture | ErasureUnfinished):
        return HELD
    if isinstance(error, ConsentError | DetectorError | PolicyError | ProvenanceError | OSError):
        return USAGE
    return None
