"""What the manifests of one file state: assertions, actions, consent, and every ingredient of the chain.

A child of a tampered parent counts as trusted to the engine: that the parent was broken stands only in what
its use recorded (claim version 1: validationStatus, version 2: validationResults), so every manifest is
searched for it. Standard: C2PA Technical Specification 2.x, sections 18.15 (actions), 18.16 (ingredients) and
10.3 (claims).
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from provenance import answers, labels, source_types
from provenance.json_shapes import Json, mapping, moment, sequence, text
from provenance.reading import Action, Answer, AssertionInfo, ConsentAssertion, Ingredient, SignerIdentity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

_ACTIONS = frozenset({"c2pa.actions", "c2pa.actions.v2"})
_INGREDIENTS = frozenset({"c2pa.ingredient", "c2pa.ingredient.v2", "c2pa.ingredient.v3"})
CONSENT_SUFFIX = ".likeness-consent"
"""How the label of an assertion about consent ends, whoever's namespace it is in."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the use of an ingredient recorded about it, and what was found now on top."""

    stated: bool
    statuses: answers.Statuses
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Four of the five answers about one manifest, and what they rest on; integrity is the ingredient's own."""

    trust: Answer
    identity: Answer
    time: Answer
    revocation: Answer
    time_at: datetime | None = None
    signer: SignerIdentity | None = None
    trust_list: str | None = None


def unknown(trust: str, why: str) -> Standing:
    """Return the standing of something whose manifest is not there."""
    return Standing(Answer(trust, why), Answer("absent", why), Answer("none", why), Answer("not_checked", why))


def claim(manifest: Mapping[str, Json]) -> dict[str, Json]:
    """Return the claim of a manifest, of either version."""
    return mapping(manifest.get("claim.v2")) or mapping(manifest.get("claim"))


def generator(manifest: Mapping[str, Json]) -> str | None:
    """Return the tool that made the claim, with its version."""
    stated = claim(manifest).get("claim_generator_info")
    info = mapping(next(iter(sequence(stated)), None)) or mapping(stated)
    return _named(info) or text(claim(manifest).get("claim_generator"))


def assertions(manifest: Mapping[str, Json]) -> tuple[AssertionInfo, ...]:
    """Return a manifest's assertions: what its signer states, in the claim's order, then what was gathered.

    A claim of version 1 knows no gathered assertions: its signer states them all.
    """
    own = text(manifest.get("label")) or ""
    content = mapping(manifest.get("assertions"))
    stated = claim(manifest)
    order = [*_names(stated.get("created_assertions")), *_names(stated.get("assertions"))]
    created = set(order)
    order += [*_names(stated.get("gathered_assertions")), *content]
    present = dict.fromkeys(name for name in order if name in content)
    return tuple(AssertionInfo(name, name in created, content[name], own) for name in present)


def _names(references: Json) -> list[str]:
    urls = (text(mapping(reference).get("url")) for reference in sequence(references))
    return [url.rsplit("/", 1)[-1] for url in urls if url]


def actions(found: Iterable[AssertionInfo]) -> tuple[Action, ...]:
    """Return the actions in assertions, in their order."""
    return tuple(
        _action(mapping(entry), created=assertion.created)
        for assertion in found
        if labels.base(assertion.label) in _ACTIONS
        for entry in sequence(mapping(assertion.data).get("actions"))
    )


def _action(entry: dict[str, Json], *, created: bool) -> Action:
    stated = text(entry.get("digitalSourceType"))
    agent = entry.get("softwareAgent")
    return Action(
        name=text(entry.get("action")) or "",
        source_type=None if stated is None else source_types.short(stated),
        agent=text(agent) or _named(mapping(agent)),
        when=moment(entry.get("when")),
        created=created,
        target_language=text(mapping(entry.get("parameters")).get("targetLanguage")),
    )


def _named(info: dict[str, Json]) -> str | None:
    parts = [part for part in (text(info.get("name")), text(info.get("version"))) if part]
    return " ".join(parts) or None


def all_actions_included(found: Iterable[AssertionInfo]) -> bool | None:
    """Return whether the signer says that the actions are complete; None if nothing is said."""
    for assertion in found:
        if labels.base(assertion.label) in _ACTIONS:
            said = mapping(assertion.data).get("allActionsIncluded")
            if isinstance(said, bool):
                return said
    return None


def consent(found: Iterable[AssertionInfo]) -> ConsentAssertion | None:
    """Return the likeness-consent assertion: ours before another studio's, stated before merely gathered."""
    candidates = [a for a in found if labels.base(a.label).endswith(CONSENT_SUFFIX)]
    candidates.sort(key=lambda a: (labels.base(a.label) != labels.CONSENT, not a.created))
    return ConsentAssertion(candidates[0].label, candidates[0].data, candidates[0].created) if candidates else None


def redactions(manifests: Iterable[Mapping[str, Json]]) -> tuple[str, ...]:
    """Return the address of every assertion that some manifest of the chain took out of another."""
    every = (text(entry) for m in manifests for entry in sequence(claim(m).get("redacted_assertions")))
    return tuple(dict.fromkeys(entry for entry in every if entry))


def ingredients(
    manifests: Sequence[Mapping[str, Json]],
    deltas: Iterable[Mapping[str, Json]],
    judged: Callable[[str, answers.Statuses], Standing],
) -> tuple[Ingredient, ...]:
    """Return every ingredient that any manifest of the chain names; the first manifest is the active one.

    deltas: what the engine found now and the record lacks. judged: the answers for a manifest, by its label.
    """
    now = {text(delta.get("ingredientAssertionURI")): mapping(delta.get("validationDeltas")) for delta in deltas}
    stated = _stated(manifests)
    depth = depths(text(manifests[0].get("label")) or "" if manifests else "", uses(manifests))
    found = []
    for assertion in stated:
        address = f"self#jumbf=/c2pa/{assertion.manifest_label}/c2pa.assertions/{assertion.label}"
        user = depth.get(assertion.manifest_label)
        found.append(_ingredient(assertion, now.get(address, {}), judged, 0 if user is None else user + 1))
    return tuple(found)


def _stated(manifests: Iterable[Mapping[str, Json]]) -> list[AssertionInfo]:
    return [
        assertion
        for manifest in manifests
        for assertion in assertions(manifest)
        if labels.base(assertion.label) in _INGREDIENTS
    ]


def uses(manifests: Iterable[Mapping[str, Json]]) -> tuple[tuple[str, str], ...]:
    """Return (label of the manifest that uses, label of the manifest that is used) for every ingredient with one."""
    pairs = ((a.manifest_label, _reference(mapping(a.data))) for a in _stated(manifests))
    return tuple((user, used) for user, used in pairs if used is not None)


def depths(active: str, pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return how many steps each manifest lies below the active one; what it does not reach is left out."""
    below: dict[str, list[str]] = {}
    for user, used in pairs:
        below.setdefault(user, []).append(used)
    found = {active: 0}
    waiting = deque(found)
    while waiting:
        user = waiting.popleft()
        for used in below.get(user, ()):
            if used not in found:
                found[used] = found[user] + 1
                waiting.append(used)
    return found


def circular(pairs: Sequence[tuple[str, str]]) -> bool:
    """Return whether some manifest is, by any number of steps, an ingredient of itself."""
    # Manifests that nothing uses are taken away, again and again; what then remains stands in a circle.
    count = Counter(used for _, used in pairs)
    below: dict[str, list[str]] = {}
    for user, used in pairs:
        below.setdefault(user, []).append(used)
    waiting = deque(user for user in below if not count[user])
    left = len(pairs)
    while waiting:
        for used in below.get(waiting.popleft(), ()):
            left -= 1
            count[used] -= 1
            if not count[used]:
                waiting.append(used)
    return left > 0


def relationship(assertion: AssertionInfo) -> str | None:
    """Return parentOf, componentOf or inputTo for an assertion about an ingredient, None for any other."""
    if labels.base(assertion.label) not in _INGREDIENTS:
        return None
    return text(mapping(assertion.data).get("relationship"))


def _reference(data: dict[str, Json]) -> str | None:
    reference = mapping(data.get("activeManifest")) or mapping(data.get("c2pa_manifest"))
    address = text(reference.get("url"))
    return None if address is None else address.rstrip("/").rsplit("/", 1)[-1]


def _ingredient(
    assertion: AssertionInfo,
    now: dict[str, Json],
    judged: Callable[[str, answers.Statuses], Standing],
    depth: int,
) -> Ingredient:
    data = mapping(assertion.data)
    label = _reference(data)
    record = _recorded(data, now, version_1=not labels.base(assertion.label).endswith(".v3"))
    if label is None and not record.codes:
        integrity, standing = Answer("absent", "it carried no manifest"), unknown("absent", "it carried no manifest")
    else:
        integrity = _integrity(record)
        standing = judged(label, record.statuses) if label else unknown("untrusted", "its manifest is missing")
        if integrity.value != "valid" and standing.trust.value == "trusted":
            why = "what its signer signed was not shown to be intact"
            standing = replace(standing, trust=Answer("untrusted", why), trust_list=None)
    return Ingredient(
        title=text(data.get("dc:title")),
        relationship=text(data.get("relationship")),
        integrity=integrity,
        trust=standing.trust,
        codes=record.codes,
        manifest_label=label,
        used_by=assertion.manifest_label,
        identity=standing.identity,
        time=standing.time,
        revocation=standing.revocation,
        time_at=standing.time_at,
        signer=standing.signer,
        trust_list=standing.trust_list,
        depth=depth,
    )


def _recorded(data: dict[str, Json], now: dict[str, Json], *, version_1: bool) -> Recorded:
    results = mapping(data.get("validationResults"))
    recorded = answers.statuses(results.get("activeManifest"))
    older = [
        answers.Status(text(entry.get("code")) or "unnamed", text(entry.get("explanation")) or "")
        for entry in map(mapping, sequence(data.get("validationStatus")))
        # Version 1 lists successes and failures alike; a success says so.
        if entry.get("success") is not True
    ]
    deeper = [
        status
        for delta in sequence(results.get("ingredientDeltas"))
        for status in answers.statuses(mapping(delta).get("validationDeltas")).failure
    ]
    current = answers.statuses(now)
    failure = (*recorded.failure, *older, *deeper, *current.failure)
    everything = answers.Statuses(
        success=(*recorded.success, *current.success),
        informational=(*recorded.informational, *current.informational),
        failure=failure,
    )
    # What is found now overrules what was recorded about the signer's standing.
    if current.has("signingCredential.trusted"):
        kept = tuple(status for status in failure if status.code != "signingCredential.untrusted")
        everything = answers.Statuses(everything.success, everything.informational, (*kept, *current.failure))
    stated = version_1 or bool(mapping(results.get("activeManifest")))
    return Recorded(stated, everything, answers.Statuses(failure=failure).failure_codes())


def _integrity(record: Recorded) -> Answer:
    broken = answers.breaking(record.codes)
    if broken:
        return Answer("invalid", f"it was broken when it was used, or is now: {answers.in_words(broken)}")
    if not record.stated:
        return Answer("not_checked", "its use recorded nothing about whether it was intact")
    return Answer("valid", "its use recorded that it was intact, and nothing found now speaks against it")
