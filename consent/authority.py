"""Whether whoever signed could sign, and whether a grant outlives the performer: each with a sentence.

Pure. A minor's grant needs a guardian; the dead sign nothing; a representative needs a document that gives the
authority. After a death a grant holds only if somebody wrote that it survives, or if whoever holds the rights
signed it (SAG-AFTRA TV/Theatrical 2023; Cal. Civ. Code 3344.1; N.Y. Civ. Rights Law 50-f).
"""

from datetime import date
from typing import Final, TypeAlias

from consent.answer import Outcome
from consent.grant import Grant, NewGrant, SignatoryRole
from consent.values import Performer

Judged: TypeAlias = tuple[Outcome, str]

_HOLDERS: Final[tuple[SignatoryRole, ...]] = ("estate", "representative")


def refusal(grant: NewGrant, performer: Performer, signed_on: date) -> str | None:
    """Return why a grant of that signature must not be recorded, in one sentence, or None."""
    role = grant.signatory.role if grant.signatory else None
    if performer.dead_on(signed_on) and role not in _HOLDERS:
        return (
            f"{performer.ref} died on {performer.deceased_on} and signed nothing on {signed_on}; a grant after the "
            "death needs a signatory whose role is estate or representative"
        )
    if performer.minor_on(signed_on) and role != "guardian":
        return (
            f"{performer.ref} was a minor on {signed_on}; the grant needs a signatory whose role is guardian, "
            "with the SHA-256 of the document that gives the authority"
        )
    return None


def authority(grant: Grant, performer: Performer, day: date) -> Judged | None:
    """Return whether whoever signed could, for a use on that day; None where nothing speaks against it."""
    signatory, signed = grant.signatory, grant.signed_on
    role = signatory.role if signatory else None
    if performer.dead_on(signed) and role not in _HOLDERS:
        outcome: Outcome = "unknown" if role is None else "not_covered"
        return outcome, f"It is dated {signed}, after the performer's death on {performer.deceased_on}; {_by(role)}."
    minor = performer.minor_on(signed)
    if minor and role != "guardian":
        outcome = "not_covered" if role == "performer" else "unknown"
        return outcome, f"The performer was a minor on {signed}; {_by(role)}, and a guardian has to."
    if role == "guardian":
        return _guardian(grant, performer, day)
    if role in _HOLDERS:
        return _holder(grant, performer, role)
    return None


def survival(grant: Grant, performer: Performer, day: date) -> Judged | None:
    """Return whether the grant holds after the performer's death, None for a use in the performer's lifetime."""
    if not performer.dead_on(day):
        return None
    died = f"The performer died on {performer.deceased_on}; the use is later, on {day}"
    if grant.signatory and grant.signatory.role in _HOLDERS and performer.dead_on(grant.signed_on):
        return "covered", f"{died}; whoever holds the rights agreed on {grant.signed_on}."
    match grant.survivorship or performer.estate_survivorship:
        case "survives":
            return "covered", f"{died}; the consent survives the death."
        case "ends":
            return "not_covered", f"{died}; the consent ended with the death."
        case "representative":
            return "not_covered", f"{died}; whoever holds the rights decides, and did not sign this grant."
        case _:
            return "unknown", f"{died}; nobody has stated whether the consent survives."


def _guardian(grant: Grant, performer: Performer, day: date) -> Judged:
    if not performer.minor_on(grant.signed_on):
        return (
            "unknown",
            f"A guardian signed on {grant.signed_on}; that the performer was a minor then is not on record.",
        )
    if not (performer.guardian_authority or _document(grant)):
        return "unknown", "A guardian signed; the document that gives the authority is not on record."
    if not performer.minor_on(day):
        return "unknown", f"A guardian signed; the performer came of age on {performer.minor_until} and has to confirm."
    return "covered", "The guardian signed, with the authority on record."


def _holder(grant: Grant, performer: Performer, role: SignatoryRole | None) -> Judged:
    if role == "estate" and not performer.dead_on(grant.signed_on):
        return "unknown", f"An estate signed on {grant.signed_on}; a death before that day is not on record."
    if not (performer.estate_authority or _document(grant)):
        return "unknown", f"The {role} signed; the document that gives the authority is not on record."
    return "covered", f"The {role} signed, with the authority on record."


def _document(grant: Grant) -> str | None:
    return grant.signatory.authority_sha256 if grant.signatory else None


def _by(role: SignatoryRole | None) -> str:
    return "who signed is not stated" if role is None else f"it was signed by the {role}"
