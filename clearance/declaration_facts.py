"""Which fact each field of a declaration becomes, and which of them chosen rules would miss: the pre-flight.

One table serves both: `declare new` asks for the fields that the chosen packs read, and `declare lint --policy` judges
what is declared and names what is missing, by rule, in seconds and before any media is scanned.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin

from clearance.declaration import Declaration
from policies.applicability import ANCHORS
from policies.facts import Facts
from policies.judge import judge
from policies.vocabulary import SUBJECTS, bare, fact_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pydantic import BaseModel

    from policies.finding import Finding, SubjectKind
    from policies.pack import Pack

# Part of the declaration -> (kind of subject, group of facts). A field becomes the fact of its own name.
_PARTS: Final[dict[str, tuple[SubjectKind, str]]] = {
    "use": ("asset", "use"),
    "production": ("asset", "production"),
    "client": ("asset", "client"),
    "disclosure": ("asset", "disclosure"),
    "tools": ("tool", "tool"),
    "replicas": ("replica", "replica"),
    "synthetic_performers": ("synthetic", "synthetic"),
}
# ... unless the fact is called otherwise.
_OTHERWISE: Final = {
    "production.project": ("use.project",),
    "production.governing_law": ("production.jurisdictions",),
    "use.content": ("use.content_tags",),
    "use.territories": ("use.territories", "production.jurisdictions"),
    "use.categories": ("use.categories", "use.advertisement"),
    "tools.generative": ("tool.generative", "use.generative_ai"),
    "replicas.replaces_work": ("replica.consent.replaces_work",),
    "replicas.fashion_model": ("replica.person.fashion_model",),
    "replicas.deceased": ("replica.person.deceased",),
    "replicas.character": ("use.character",),
    "replicas.scenes": ("use.scenes",),
}
_NO_FILE: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class DeclaredField:
    """A field of the declaration, such as use.final, and the facts that it becomes."""

    part: str
    name: str
    facts: tuple[str, ...]
    question: str
    required: bool
    in_list: bool

    @property
    def path(self) -> str:
        return f"{self.part}.{self.name}"


@dataclass(frozen=True, slots=True)
class Gap:
    """A field that is not declared, or not as a rule asks. where: its place in the declaration, as far as it exists.

    why: None when the field is only missing, else the sentence of the rule that it breaks.
    """

    field: str
    where: tuple[str | int, ...]
    question: str
    rules: tuple[str, ...]
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that a rule asks a person about what is declared. rule: as PACK.RULE."""

    rule: str
    question: str
    answers: tuple[str, ...]
    roles: tuple[str, ...]


@cache
def declared_fields() -> tuple[DeclaredField, ...]:
    """Return every field of the declaration that becomes a fact, in the declaration's order."""
    found = []
    for part, (kind, group) in _PARTS.items():
        if part not in Declaration.model_fields:
            continue
        annotation = bare(Declaration.model_fields[part].annotation)
        in_list = get_origin(annotation) is tuple
        model = bare(get_args(annotation)[0]) if in_list else annotation
        described = fact_paths(kind)
        for name, info in model.model_fields.items():
            facts = _OTHERWISE.get(f"{part}.{name}", (f"{group}.{name}",))
            known = tuple(fact for fact in facts if fact in described)
            if known:
                question = described[known[0]].removesuffix(", from the declaration").removesuffix(", as declared")
                found.append(DeclaredField(part, name, known, question, info.is_required(), in_list))
    return tuple(found)


def asked_by(packs: Sequence[Pack]) -> dict[str, tuple[str, ...]]:
    """Return field → rules that read one of its facts, for the fields that the packs read."""
    read = {
        f"{pack.id} {rule.id}": set(_read(pack, number)) for pack in packs for number, rule in enumerate(pack.rules)
    }
    found = {}
    for field in declared_fields():
        rules = tuple(name for name, facts in read.items() if facts & set(field.facts))
        if rules:
            found[field.path] = rules
    return found


def _read(pack: Pack, number: int) -> Iterator[str]:
    rule, program = pack.rules[number], pack.programs[number]
    yield from rule.needs
    yield from program.facts
    if (rule.in_force_from or rule.in_force_until) and (anchor := ANCHORS[rule.anchor]):
        yield anchor
    if rule.contracts:
        yield "production.contracts"
    if rule.jurisdictions:
        yield "production.jurisdictions"


def gaps(declaration: Declaration, packs: Sequence[Pack], *, as_of: datetime) -> tuple[Gap, ...]:
    """Return what the rules of the packs miss in the declaration, and what in it breaks them, most asked for first.

    Facts that only the registry, the file or a person can give are left out: they are no fault of the declaration.
    """
    # Of several fields that make one fact, the first that is still open is the one to fill in.
    by_need = sorted(declared_fields(), key=lambda field: _is_stated(declaration, field))
    by_fact = {fact: field for field in reversed(by_need) for fact in field.facts}
    missing: dict[tuple[str, tuple[str | int, ...]], dict[str, None]] = {}
    broken = []
    for finding in judge(packs, stated_facts(declaration), as_of=as_of):
        rule, where = f"{finding.pack} {finding.rule}", _where(finding, declaration)
        fields = [by_fact[fact] for fact in finding.missing if fact in by_fact]
        for field in fields if finding.outcome == "unknown" else ():
            place = (*where, field.name) if where[:1] == (field.part,) else (field.part, field.name)
            missing.setdefault((field.path, place), {})[rule] = None
        if finding.outcome == "fail" and (read := [by_fact[f] for f, _ in finding.facts if f in by_fact]):
            place = (*where, read[0].name) if where[:1] == (read[0].part,) else (read[0].part, read[0].name)
            broken.append(Gap(read[0].path, place, read[0].question, (rule,), finding.why))
    questions = {field.path: field.question for field in declared_fields()}
    absent = [Gap(path, place, questions[path], tuple(rules)) for (path, place), rules in missing.items()]
    return (*broken, *sorted(absent, key=lambda gap: -len(gap.rules)))


def open_questions(
    declaration: Declaration, packs: Sequence[Pack], *, answered: frozenset[str], as_of: datetime
) -> tuple[Asked, ...]:
    """Return what rules that may apply to what is declared ask of a person, and answered (PACK.RULE) leaves open.

    A rule that is only about faces on screen can't be told before they are seen, and is left out.
    """
    rules = {f"{pack.id}.{rule.id}": rule for pack in packs for rule in pack.rules}
    waiting = dict.fromkeys(
        f"{finding.pack}.{finding.rule}"
        for finding in judge(packs, stated_facts(declaration), as_of=as_of)
        if finding.outcome == "unknown"
    )
    return tuple(
        Asked(name, " ".join(asked.question.split()), asked.answers, asked.roles)
        for name in waiting
        if name not in answered and (asked := rules[name].attestation) is not None
    )


def _is_stated(declaration: Declaration, field: DeclaredField) -> bool:
    return not field.in_list and getattr(getattr(declaration, field.part), field.name) is not None


def stated_facts(declaration: Declaration) -> Facts:
    """Return what the declaration alone states, about a file that nobody has looked at yet."""
    written = declaration.model_dump(mode="json", exclude_none=True)
    data: dict[str, Any] = {"asset": {"sha256": _NO_FILE}}
    for part, (kind, group) in _PARTS.items():
        fields = [field for field in declared_fields() if field.part == part]
        if kind == "asset":
            _place(data, written.get(part, {}), fields, data.setdefault(group, {}), group)
            continue
        items: list[dict[str, Any]] = []
        for entry in written.get(part, ()):
            items.append({})
            _place(data, entry, fields, items[-1], group)
        data[SUBJECTS[kind][0]] = items
    # What follows from several entries is no field of its own.
    use = data.setdefault("use", {})
    use["generative_ai"] = any(tool.generative for tool in declaration.tools)
    for name in ("character", "scenes", "advertisement"):
        use.pop(name, None)
    if declaration.production.governing_law is None and "WORLD" not in (declaration.use.territories or ()):
        data["production"]["jurisdictions_unknown"] = ["the law that governs the contracts"]
    return Facts.model_validate(data)


def _place(
    data: dict[str, Any], entry: dict[str, Any], fields: Sequence[DeclaredField], own: dict[str, Any], group: str
) -> None:
    """Write the values of one entry where their facts stand; a fact of several fields takes the lists together."""
    for field in fields:
        value: Any = entry.get(field.name)
        for fact in field.facts if value is not None else ():
            *groups, last = fact.split(".")
            here = own if groups[0] == group else data.setdefault(groups[0], {})
            for inner in groups[1:]:
                here = here.setdefault(inner, {})
            if fact == "production.jurisdictions":
                more: list[str] = [value] if isinstance(value, str) else list(value)
                here[last] = sorted({*here.get(last, ()), *more})
            elif last not in here:
                here[last] = value


def _where(finding: Finding, declaration: Declaration) -> tuple[str | int, ...]:
    """Return the entry of the declaration that a finding is about, () for the whole."""
    for part, (kind, _) in _PARTS.items():
        if kind == finding.subject_kind and kind != "asset":
            entries: tuple[BaseModel, ...] = getattr(declaration, part)
            names = [getattr(entry, "performer", None) or getattr(entry, "name", None) for entry in entries]
            return (part, names.index(finding.subject)) if finding.subject in names else (part,)
    return ()
