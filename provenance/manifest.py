"""The definition of a new manifest: actions, consent and more, all stated by the signer (created).

Standard: C2PA Technical Specification 2.x, chapter 10 (claims) and section 18.15 (actions); IPTC source
types.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance import labels, source_types
from provenance.consent_assertion import LikenessConsent, assertion_data, utc_text
from provenance.errors import ManifestInvalid
from provenance.privacy import suspicions
from provenance.signing_engine import PARENT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from provenance.history import History
    from provenance.json_shapes import Json

_ACTION = re.compile(r"(c2pa|[a-z0-9-]+(\.[a-z0-9-]+)+)\.[a-z_]+(\.[a-z_]+)*")
# The first two can only come first and a placing names its ingredient, so they are written here; a redaction
# needs what signing does not offer.
_NOT_FOR_CALLERS = frozenset({"c2pa.created", "c2pa.opened", "c2pa.placed", "c2pa.redacted"})


@dataclass(frozen=True, slots=True)
class Agent:
    """A tool, by name and version."""

    name: str
    version: str | None = None

    def as_json(self) -> dict[str, Json]:
        """Return the tool as C2PA writes it."""
        return {"name": self.name, "version": self.version} if self.version else {"name": self.name}


@dataclass(frozen=True, slots=True)
class Edit:
    """One further action after the first: `c2pa.edited`, `c2pa.dubbed`, or one in a namespace of your own."""

    name: str
    agent: Agent | None = None
    when: datetime | None = None
    source_type: str | None = None
    parameters: dict[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class ExtraAssertion:
    """An assertion of another kind, for instance cawg.training-mining."""

    label: str
    data: dict[str, Json]


def definition(
    *,
    source_type: str,
    agent: Agent | None,
    edits: Sequence[Edit],
    consent: LikenessConsent | None,
    extra: Sequence[ExtraAssertion],
    generator: Agent,
    history: History,
    all_actions_included: bool,
    now: datetime,
) -> dict[str, Json]:
    """Return the manifest definition for the engine. Raises ManifestInvalid with what breaks which rule.

    No title is set: file names tell who is in a shot, and manifests are public.
    """
    first: dict[str, Json] = {
        "action": "c2pa.opened" if history.parent else "c2pa.created",
        "digitalSourceType": _source_type(source_type),
        "when": utc_text(now),
    }
    if history.parent:
        first["parameters"] = {"ingredientIds": [PARENT]}
    if agent:
        first["softwareAgent"] = agent.as_json()
    placed = (_placed(component.label) for component in history.components)
    actions: dict[str, Json] = {"actions": [first, *placed, *(_action(edit) for edit in edits)]}
    if all_actions_included:
        actions["allActionsIncluded"] = True
    assertions: list[Json] = [_created("c2pa.actions.v2", actions)]
    if consent:
        if any(assertion.label == labels.NO_AUDIT for assertion in extra):
            raise ManifestInvalid("a manifest made without an audit cannot state what an audit found; leave one out")
        assertions.append(_created(labels.CONSENT, assertion_data(consent)))
    for assertion in extra:
        label = labels.checked(assertion.label)
        if label == labels.CONSENT:
            raise ManifestInvalid("the consent assertion comes as a typed value; pass it as consent")
        found = suspicions(label, assertion.data)
        if found:
            raise ManifestInvalid(f"a manifest is public and must not say this: {'; '.join(found)}")
        assertions.append(_created(label, assertion.data))
    return {"claim_generator_info": [generator.as_json()], "assertions": assertions}


def _created(label: str, data: dict[str, Json]) -> dict[str, Json]:
    # Without this mark the engine files an assertion as merely gathered, and nobody vouches for it.
    return {"label": label, "created": True, "data": data}


def _placed(label: str) -> dict[str, Json]:
    return {"action": "c2pa.placed", "parameters": {"ingredientIds": [label]}}


def _source_type(value: str) -> str:
    status = source_types.status(value)
    if status != "current":
        raise ManifestInvalid(
            f"digital source type {value!r} is {status}; use a current term, for instance digitalCapture"
        )
    return source_types.uri(value)


def _action(edit: Edit) -> dict[str, Json]:
    if not _ACTION.fullmatch(edit.name):
        raise ManifestInvalid(f"action {edit.name!r} is malformed; use c2pa.edited or the form org.example.regraded")
    if edit.name in _NOT_FOR_CALLERS:
        raise ManifestInvalid(f"action {edit.name} cannot be stated here; the first action follows from the source")
    action: dict[str, Json] = {"action": edit.name}
    if edit.agent:
        action["softwareAgent"] = edit.agent.as_json()
    if edit.when:
        action["when"] = utc_text(edit.when)
    if edit.source_type is not None:
        action["digitalSourceType"] = _source_type(edit.source_type)
    if edit.parameters:
        action["parameters"] = edit.parameters
    return action
