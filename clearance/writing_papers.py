"""Sign an answer or a waiver: checked against the rule before it is signed, so that nothing useless is signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from clearance.clock import rfc3339
from clearance.errors import ConfigurationError
from clearance.packs import packs_named
from clearance.papers import key_in
from policies.attestation import AttestationRecord, question_digest, written_attestation
from policies.document import plain_words
from policies.dsse import fingerprint
from policies.signed_record import SignedRecord, key_text
from policies.waiver import WaiverRecord, written_waiver

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import TypeVar

    from policies.pack import Pack
    from policies.rule import Rule

    Made = TypeVar("Made", bound=SignedRecord)


def attest(rule: str, key: Path, *, packs: Sequence[str], now: datetime, **values: Any) -> tuple[str, str]:
    """Return a signed answer as the text of its file, and the fingerprint of the key.

    values: the fields of the record. Raises ConfigurationError where the rule asks no such question of that role,
    or permits no such answer.
    """
    name, _, asking = _rule(rule, packs)
    asked = asking.attestation
    if asked is None:
        raise ConfigurationError(f"{name} asks no question; it is judged from facts alone")
    if values["answer"] not in asked.answers:
        raise ConfigurationError(f"{name} asks: {asked.question} Answer one of {', '.join(asked.answers)}")
    if values["role"] not in asked.roles:
        raise ConfigurationError(f"{name} asks the {' or the '.join(asked.roles)}, not the {values['role']}")
    if asking.for_each == "appearance" and not (values["file"] and values["subject"]):
        raise ConfigurationError(f"{name} is about a face; name the file with --file and the face with --subject")
    private = key_in(key)
    public = private.public_key()
    made = _made(
        AttestationRecord,
        {
            "rule": name,
            "question": question_digest(asked),
            "signer_key": key_text(public),
            "given_at": rfc3339(now),
            **values,
        },
    )
    return written_attestation(made, private), fingerprint(public)


def waive(rule: str, key: Path, *, packs: Sequence[str], now: datetime, **values: Any) -> tuple[str, str]:
    """Return a signed waiver as the text of its file, and the fingerprint of the key.

    values: the fields of the record. Raises ConfigurationError where the rule may not be waived.
    """
    name, pack, waived = _rule(rule, packs)
    if not waived.waivable:
        raise ConfigurationError(f"{name} can not be waived; cure what it finds: {waived.remedy}")
    private = key_in(key)
    public = private.public_key()
    made = _made(
        WaiverRecord,
        {
            "rule": name,
            "pack_version": pack.version,
            "signer_key": key_text(public),
            "given_at": rfc3339(now),
            **values,
        },
    )
    return written_waiver(made, private), fingerprint(public)


def _rule(name: str, packs: Sequence[str]) -> tuple[str, Pack, Rule]:
    pack_id, _, rule_id = name.upper().partition(".")
    loaded = packs_named(packs)
    for pack in loaded:
        for rule in pack.rules:
            if (pack.id, rule.id) == (pack_id, rule_id):
                return f"{pack_id}.{rule_id}", pack, rule
    known = ", ".join(pack.id for pack in loaded)
    raise ConfigurationError(
        f"there is no rule {name}; write PACK.RULE, such as CORE.K1, with one of the packs {known}"
    )


def _made(model: type[Made], values: dict[str, Any]) -> Made:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"]) or "record"
        raise ConfigurationError(f"{where}: {plain_words(problem)}") from error
