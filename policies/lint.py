"""What a pack's author should look at although the pack loads: told as warnings, where each of them stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policies.applicability import ANCHORS
from policies.cases import contradictions, run_cases
from policies.pack import builtin_ids, load_pack
from policies.sentence import placeholders
from policies.vocabulary import SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from policies.pack import Pack


@dataclass(frozen=True, slots=True)
class Lint:
    """What was found in a pack that loads. errors: nothing may be judged by it. warnings: it may."""

    pack: Pack
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def lint(path: Path) -> Lint:
    """Return what is to be said about the pack at a path. Raises what `load_pack` raises, with every problem."""
    pack = load_pack(path)
    report = run_cases(pack)
    idle = [
        f"{pack.id} {each.rule}: no case breaks clause {each.clause} ({each.says[:60].strip()}); add one that fails"
        for each in report.coverage
        if not each.broken
    ]
    warnings = (*_sources(pack), *report.gaps, *idle, *_unused(pack), *_foreign_texts(pack))
    return Lint(pack, contradictions(pack), warnings)


def _sources(pack: Pack) -> Iterator[str]:
    for rule in pack.rules:
        if rule.citation.address is None:
            yield f"{pack.id} {rule.id}: its source has no address; give one, so that a reader can look it up"
        if rule.citation.confidence == "low":
            yield f"{pack.id} {rule.id}: its source is of low confidence; read the text, or let the rule only warn"
    if pack.legal_review == "approved" and pack.id not in builtin_ids():
        yield f"{pack.id}: says that counsel approved it; that counts only where approved_packs in the settings says so"


def _unused(pack: Pack) -> Iterator[str]:
    """Yield a warning for each base fact that no rule, sentence or anchor of the pack reads."""
    read: set[str] = set()
    for rule, program in zip(pack.rules, pack.programs, strict=True):
        parts = (*program.require, *((program.when,) if program.when else ()))
        sentences = [text for clause in rule.require for text in (clause.say, clause.unknown or "")]
        if rule.when:
            sentences += [rule.when.say, rule.when.unknown or ""]
        read |= {path for part in parts for path in part.facts} | set(rule.needs)
        read |= {path for text in sentences for path in placeholders(text)} | {ANCHORS[rule.anchor] or ""}
        if rule.contracts:
            read.add("production.contracts")
        if rule.jurisdictions:
            read.add("production.jurisdictions")
    lists = {plural: kind for kind, (plural, _) in SUBJECTS.items()}
    whole = {kind for plural, kind in lists.items() if plural in read} | ({"attestation"} & set(pack.base))
    # Without them a subject, and so a case, could not be.
    names = {"asset.sha256", "replica.performer", "appearance.id", "performer.ref", "tool.name", "synthetic.name"}
    for path in _leaves(pack.base):
        if path not in read | names and path.partition(".")[0] not in whole:
            yield f"{pack.id}: no rule reads the base fact {path}; leave it out"


def _foreign_texts(pack: Pack) -> Iterator[str]:
    for rule, program in zip(pack.rules, pack.programs, strict=True):
        for part in (*program.require, *((program.when,) if program.when else ())):
            if not part.source.isascii():
                yield f"{pack.id} {rule.id}: an expression holds letters beyond ASCII, which may look like others"


def _leaves(tree: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for name, value in tree.items():
        if isinstance(value, dict) and name != "why":
            yield from _leaves(value, f"{before}{name}.")
        elif name != "why":
            yield f"{before}{name}"
