"""What may be stated about a performer: checked, taken apart into what is readable and what is sealed.

Names and contacts of guardians and representatives are personal data like the legal name: they go into the
identity, which is sealed under the performer's key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any, Final, TypedDict, get_args

from consent import accepted
from consent.errors import RecordInvalid
from consent.foreign_ids import foreign_id
from consent.grant import Survivorship
from consent.values import EstateRole, Identity, Performer


class PerformerFacts(TypedDict, total=False):
    """The facts that somebody states; a fact left out is not stated, or stays as it was. See `values.Performer`.

    foreign_ids: each as scheme:value. guardian_authority and estate_authority: SHA-256 of a document.
    """

    legal_name: str | None
    contact: str | None
    guardian_name: str | None
    guardian_contact: str | None
    estate_name: str | None
    estate_contact: str | None
    minor: bool | None
    minor_until: date | None
    guardian_authority: str | None
    deceased_on: date | None
    domicile_at_death: str | None
    estate_role: EstateRole | None
    estate_authority: str | None
    estate_survivorship: Survivorship | None
    domicile: str | None
    birth_years: str | None
    unions: Sequence[str]
    represented_by: str | None
    foreign_ids: Sequence[str]


_SEALED: Final = frozenset(field.name for field in fields(Identity))
_PLACES: Final = {"domicile": "the domicile", "domicile_at_death": "the domicile at death"}
_DIGESTS: Final = {"guardian_authority": "the guardian's authority", "estate_authority": "the estate's authority"}
_WORDS: Final = {"estate_role": EstateRole, "estate_survivorship": Survivorship}


def with_facts(performer: Performer, facts: Mapping[str, Any], today: date) -> Performer:
    """Return the performer with the readable facts stated. Raises RecordInvalid for one that cannot be."""
    stated = {name: _accepted(name, value) for name, value in facts.items() if name not in _SEALED}
    changed = replace(performer, **stated)
    if changed.deceased_on is not None and changed.deceased_on > today:
        raise RecordInvalid(f"the day of death, {changed.deceased_on}, is in the future; correct it")
    if changed.domicile_at_death is not None and changed.deceased_on is None:
        raise RecordInvalid("a domicile at death needs the day of death; give both")
    if changed.minor_until is not None:
        changed = replace(changed, minor=changed.minor_until > today)
    return changed


def with_names(identity: Identity, facts: Mapping[str, Any]) -> Identity:
    """Return the identity with the names and contacts stated."""
    return replace(identity, **{name: value for name, value in facts.items() if name in _SEALED})


def names_somebody(facts: Mapping[str, Any]) -> bool:
    """Return whether the facts hold anything that is sealed."""
    return not _SEALED.isdisjoint(facts)


def _accepted(name: str, value: Any) -> Any:
    if name == "unions":
        return tuple(accepted.name(union, "the name of a union") for union in value)
    if name == "foreign_ids":
        return tuple(sorted({foreign_id(text) for text in value}))
    if value is None:
        return None
    if name in _PLACES:
        return accepted.place(value, _PLACES[name])
    if name in _DIGESTS:
        return accepted.sha256(value, _DIGESTS[name])
    if name in _WORDS and value not in get_args(_WORDS[name]):
        raise RecordInvalid(f"{value!r} is not one of {', '.join(get_args(_WORDS[name]))}; use one of these")
    if name == "birth_years":
        return accepted.birth_years(value)
    return accepted.name(value, "the representative") if name == "represented_by" else value
