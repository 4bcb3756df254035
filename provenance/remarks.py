"""What a manifest chain shows besides the five answers: redactions, contradictions, source types, odd structure.

Nothing is weighed here; `clearance.evidence` says what each remark is worth.
Standard: C2PA Technical Specification 2.x, sections 6.8 (redaction), 18.15 (actions: the first and only first is
c2pa.created or c2pa.opened) and 11.2 (update manifests); IPTC Digital Source Type.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from provenance import chain, labels, source_types
from provenance.json_shapes import Json, mapping, text
from provenance.reading import AssertionInfo, Remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from provenance.reading import Action
    from provenance.trust import TrustList

CODES: dict[str, str] = {
    "reader.stopped": "the reader broke down or had to be stopped",
    "manifest.duplicate": "two manifests share one label, and two readers may take different ones",
    "chain.circular": "a manifest is, by some steps, its own ingredient",
    "chain.deep": "the chain of ingredients is deeper than any honest one",
    "sidecar.disagrees": "the manifest in the file and the one beside it are not the same",
    "sidecar.unreadable": "the manifest beside the file cannot be read",
    "consent.redacted": "an assertion about consent was taken out after it was made",
    "redaction.unstated": "something was taken out, and no action says so",
    "consent.several": "the signer makes more than one assertion about consent",
    "consent.gathered": "the consent assertion is not the signer's own, it was merely gathered",
    "actions.contradict": "the actions contradict each other",
    "actions.gathered": "the actions are not the signer's own, they were merely gathered",
    "fragments.missing": "not every fragment that was signed was given",
    "audit.missing": "the signer says that nobody judged the file before it was signed",
    "trust.list_stale": "the list that vouches for the signer is out of date",
    "trust.list_legacy": "the list that vouches for the signer is frozen, and takes no new authorities",
    "source_type.unknown": "the source type is on no list",
    "source_type.retired": "the source type is retired",
    "chain.unused": "a manifest travels with the file that nothing in it refers to",
    "redaction": "an assertion was taken out, and an action says so",
    "manifest.update": "the manifest was added later, without touching the content",
    "manifest.remote": "the manifest lies elsewhere and was not fetched",
    "sidecar.newer": "the manifest beside the file counts, for it names the one in the file as what came before it",
    "sidecar.used": "the manifest lies beside the file",
    "fragments.checked": "fragments were checked with their init segment",
    "sequence.checked": "every frame was compared with the signed list",
}
"""Every code and what it means, gravest first."""

_DEEPEST = 64
_LONGEST = 400
"""Characters of a stranger's words that a remark repeats; `statements.without_audit` writes no more."""
_ALWAYS_FIRST = frozenset({"c2pa.created", "c2pa.opened"})


def found(
    manifests: Sequence[Mapping[str, Json]],
    stated: Sequence[AssertionInfo],
    inherited: Sequence[AssertionInfo],
) -> tuple[Remark, ...]:
    """Return what the manifests of one file show, gravest first. The first manifest is the active one.

    stated, inherited: the assertions of the active manifest and of the others.
    """
    every = [
        *_structure(manifests),
        *_redactions(manifests, (*stated, *inherited)),
        *_consent(stated),
        *_unaudited(stated),
        *_actions(stated),
        *_source_types((*stated, *inherited)),
    ]
    return in_order(every)


def of_list(vouching: TrustList | None, now: datetime | None) -> Iterator[Remark]:
    """Yield what speaks against the list that made the signer trusted."""
    if vouching is not None:
        stale = vouching.stale(now)
        if stale is not None:
            yield remark("trust.list_stale", f"{vouching.uri}: {stale}")
        if vouching.legacy:
            yield remark("trust.list_legacy", vouching.uri)


def in_order(every: Iterable[Remark]) -> tuple[Remark, ...]:
    """Return remarks gravest first, each once."""
    order = {code: n for n, code in enumerate(CODES)}
    return tuple(sorted(dict.fromkeys(every), key=lambda remark: order[remark.code]))


def remark(code: str, detail: str = "") -> Remark:
    """Return a remark in the words of its code, with what it is about."""
    return Remark(code, CODES[code] + (f": {detail}" if detail else ""))


def _structure(manifests: Sequence[Mapping[str, Json]]) -> Iterator[Remark]:
    names = [text(manifest.get("label")) or "" for manifest in manifests]
    pairs = chain.uses(manifests)
    for label, count in Counter(names).items():
        if count > 1:
            yield remark("manifest.duplicate", label)
    if chain.circular(pairs):
        yield remark("chain.circular")
    depth = chain.depths(names[0], pairs) if names else {}
    if max(depth.values(), default=0) > _DEEPEST:
        yield remark("chain.deep", f"{max(depth.values())} steps")
    for label in names:
        if label not in depth:
            yield remark("chain.unused", label)
    if manifests and manifests[0].get("isUpdateManifest") is True:
        yield remark("manifest.update")


def _redactions(manifests: Sequence[Mapping[str, Json]], every: Sequence[AssertionInfo]) -> Iterator[Remark]:
    admitted = {entry.name for entry in chain.actions(every)} >= {"c2pa.redacted"}
    for address in chain.redactions(manifests):
        name = address.rsplit("/", 1)[-1]
        if labels.base(name).endswith(chain.CONSENT_SUFFIX):
            yield remark("consent.redacted", address)
        yield remark("redaction" if admitted else "redaction.unstated", address)


def _consent(stated: Sequence[AssertionInfo]) -> Iterator[Remark]:
    ours = [a for a in stated if labels.base(a.label).endswith(chain.CONSENT_SUFFIX)]
    if len(ours) > 1:
        yield remark("consent.several", ", ".join(a.label for a in ours))
    if any(not a.created for a in ours):
        yield remark("consent.gathered", ", ".join(a.label for a in ours if not a.created))


def _unaudited(stated: Sequence[AssertionInfo]) -> Iterator[Remark]:
    for assertion in stated:
        if labels.base(assertion.label) == labels.NO_AUDIT:
            # Another tool may have written anything there.
            yield remark("audit.missing", (text(mapping(assertion.data).get("reason")) or "no reason given")[:_LONGEST])


def _actions(stated: Sequence[AssertionInfo]) -> Iterator[Remark]:
    actions = chain.actions(stated)
    if any(not action.created for action in actions):
        yield remark("actions.gathered")
    for contradiction in _contradictions(actions, has_parent=_has_parent(stated)):
        yield remark("actions.contradict", contradiction)


def _contradictions(actions: Sequence[Action], *, has_parent: bool) -> Iterator[str]:
    beginnings = [action.name for action in actions if action.name in _ALWAYS_FIRST]
    if len(beginnings) > 1:
        yield f"a file begins once, and these say {len(beginnings)} times: {', '.join(beginnings)}"
    if beginnings and actions[0].name not in _ALWAYS_FIRST:
        yield f"{actions[0].name} stands before {beginnings[0]}"
    if "c2pa.created" in beginnings and has_parent:
        yield "it was created anew, and yet names a parent"
    for action in actions:
        term = action.source_type
        if action.name == "c2pa.created" and term in source_types.CAPTURE:
            generated = [a.source_type for a in actions if a.source_type in source_types.GENERATED]
            if generated:
                yield f"it was {term}, and yet an action says {generated[0]}"
                return


def _has_parent(stated: Sequence[AssertionInfo]) -> bool:
    return any(chain.relationship(assertion) == "parentOf" for assertion in stated)


def _source_types(every: Sequence[AssertionInfo]) -> Iterator[Remark]:
    for action in chain.actions(every):
        status = source_types.status(action.source_type)
        if status in {"retired", "unknown"}:
            yield remark(f"source_type.{status}", action.source_type or "")
