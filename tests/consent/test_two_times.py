"""Was it permitted, as known when: what holds on a day, asked as of what had been recorded by a moment.

Each case is a story told in the order in which it was recorded, and questions put to it afterwards.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from consent.answer import Use
from consent.grant import Grant, NewGrant, Signatory
from consent.grant_amendment import amended_from
from consent.grant_document import grant_from
from consent.registry import Registry

DOCUMENT: Final = {
    "signed_on": "2026-02-01",
    "scope": {
        "projects": ["The Long Shore"],
        "characters": "any",
        "scenes": "any",
        "use_categories": "any",
        "media": ["streaming"],
        "territories": ["US"],
        "expires_on": "2026-12-31",
        "replica_kinds": "any",
        "modalities": "any",
    },
}
AUTHORITY: Final = "ab" * 32


def at(text: str) -> datetime:
    """Return the moment: noon of a day."""
    return datetime.fromisoformat(f"{text}T12:00:00").replace(tzinfo=UTC)


class Story:
    """A registry in which things are recorded one after another."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.performer = registry.add_performer("Ada Vale", namesake=True, now=at("2026-01-01")).ref
        self.grants: list[Grant] = []

    def grant(self, recorded: str, **changes: Any) -> None:
        self.grants.append(self.registry.record_grant(self._new(changes), at(recorded)))

    def request(self, recorded: str, **changes: Any) -> None:
        self.grants.append(self.registry.request_grant(self._new(changes), at(recorded)))

    def event(self, recorded: str, kind: Any, on: str, reason: str | None = None) -> None:
        day = date.fromisoformat(on)
        self.registry.record_grant_event(self.grants[0].id, kind, on=day, now=at(recorded), reason=reason)

    def amend(self, recorded: str, effective: str, **document: Any) -> None:
        last = self.registry.grant(self.grants[0].id)
        terms = amended_from(document, last, evidence_reader=None)
        self.registry.amend_grant(last.id, terms, effective_on=date.fromisoformat(effective), now=at(recorded))

    def supersede(self, recorded: str, on: str) -> None:
        old, new = self.grants
        self.registry.supersede_grant(old.id, new.id, on=date.fromisoformat(on), now=at(recorded))

    def update(self, recorded: str, **facts: Any) -> None:
        self.registry.update_performer(self.performer, now=at(recorded), **facts)

    def _new(self, changes: dict[str, Any]) -> NewGrant:
        scope = {**DOCUMENT["scope"], **changes.pop("scope", {})}  # type: ignore[dict-item]  # a mapping of texts
        return grant_from({**DOCUMENT, **changes, "scope": scope}, performer=self.performer, evidence_reader=None)


@dataclass(frozen=True)
class Case:
    """One story and the question put to it: a use on a day, as known at a moment."""

    name: str
    tell: Callable[[Story], object]
    use: str
    expected: str
    known: str | None = None
    because: str | None = None
    changes: dict[str, Any] = field(default_factory=dict)


def told(*steps: tuple[Any, ...]) -> Callable[[Story], None]:
    """Return a story of steps: the name of what is recorded, then its arguments, a mapping last."""

    def tell(story: Story) -> None:
        for name, *arguments in steps:
            named = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
            getattr(story, name)(*arguments, **named)

    return tell


GIVEN = ("grant", "2026-02-02")
WITHDRAWN = ("event", "2026-07-01", "withdrawn", "2026-06-15")
WIDER = ("amend", "2026-05-01", "2026-06-01", {"scope": {"media": ["streaming", "theatrical"]}})
NARROWER = ("amend", "2026-05-01", "2026-06-01", {"scope": {"media": ["print"]}})
RETROACTIVE = ("amend", "2026-09-01", "2026-03-01", {"scope": {"media": ["streaming", "theatrical"]}})
STRIKE = ("event", "2026-05-02", "suspended", "2026-05-01", "strike")
RESUMED = ("event", "2026-06-02", "resumed", "2026-06-01")
SUCCESSOR = ("grant", "2026-06-01", {"signed_on": "2026-05-20", "scope": {"media": ["print"]}})
SUPERSEDED = ("supersede", "2026-06-03", "2026-06-01")
DIED = ("update", "2026-06-10", {"deceased_on": date(2026, 6, 1)})
CHILD = ("update", "2026-01-02", {"minor_until": date(2026, 8, 1), "guardian_authority": AUTHORITY})
GUARDED = ("grant", "2026-02-02", {"signatory": {"role": "guardian"}})
BY_ESTATE = {"signed_on": "2026-07-01", "signatory": {"role": "estate", "authority_document": AUTHORITY}}
THEATRICAL = {"media": ("theatrical",)}

CASES = [
    Case("given, in term", told(GIVEN), "2026-03-01", "covered"),
    Case("before the signature", told(GIVEN), "2026-01-31", "not_covered", because="status"),
    Case("on the last day", told(GIVEN), "2026-12-31", "covered"),
    Case("after it expired", told(GIVEN), "2027-01-01", "not_covered", because="term"),
    Case("signed, and not yet recorded", told(GIVEN), "2026-03-01", "not_covered", known="2026-02-01"),
    Case("before the performer was registered", told(GIVEN), "2026-03-01", "not_covered", known="2025-12-01"),
    Case("requested alone", told(("request", "2026-02-02")), "2026-03-01", "not_covered", because="status"),
    Case(
        "requested, then given, before it was given",
        told(("request", "2026-02-02"), ("event", "2026-03-02", "given", "2026-03-01")),
        "2026-02-20",
        "not_covered",
        because="status",
    ),
    Case(
        "requested, then given",
        told(("request", "2026-02-02"), ("event", "2026-03-02", "given", "2026-03-01")),
        "2026-03-01",
        "covered",
    ),
    Case("withdrawn later, used before", told(GIVEN, WITHDRAWN), "2026-06-14", "covered"),
    Case("withdrawn, used after", told(GIVEN, WITHDRAWN), "2026-06-15", "not_covered", because="status"),
    Case("withdrawn, not yet known", told(GIVEN, WITHDRAWN), "2026-06-20", "covered", known="2026-06-30"),
    Case("amended wider, before its day", told(GIVEN, WIDER), "2026-05-31", "not_covered", None, "medium", THEATRICAL),
    Case("amended wider, after its day", told(GIVEN, WIDER), "2026-06-01", "covered", changes=THEATRICAL),
    Case(
        "amended wider, not yet known",
        told(GIVEN, WIDER),
        "2026-06-01",
        "not_covered",
        "2026-04-30",
        "medium",
        THEATRICAL,
    ),
    Case("amended narrower, before its day", told(GIVEN, NARROWER), "2026-05-31", "covered"),
    Case("amended narrower, after its day", told(GIVEN, NARROWER), "2026-06-01", "not_covered", because="medium"),
    Case("amended narrower, not yet known", told(GIVEN, NARROWER), "2026-06-01", "covered", known="2026-04-30"),
    Case("amended back in time, as known now", told(GIVEN, RETROACTIVE), "2026-04-01", "covered", changes=THEATRICAL),
    Case(
        "amended back in time, as known then",
        told(GIVEN, RETROACTIVE),
        "2026-04-01",
        "not_covered",
        "2026-08-01",
        "medium",
        THEATRICAL,
    ),
    Case(
        "amended back in time over a later day",
        told(GIVEN, NARROWER, RETROACTIVE),
        "2026-06-10",
        "covered",
        changes=THEATRICAL,
    ),
    Case("during the strike", told(GIVEN, STRIKE, RESUMED), "2026-05-15", "not_covered", because="status"),
    Case("during the strike, not yet known", told(GIVEN, STRIKE), "2026-05-01", "covered", known="2026-05-01"),
    Case("after the strike", told(GIVEN, STRIKE, RESUMED), "2026-06-01", "covered"),
    Case(
        "after the strike, its end not yet known",
        told(GIVEN, STRIKE, RESUMED),
        "2026-06-01",
        "not_covered",
        "2026-06-01",
    ),
    Case("superseded, used before", told(GIVEN, SUCCESSOR, SUPERSEDED), "2026-05-31", "covered"),
    Case("superseded, used after", told(GIVEN, SUCCESSOR, SUPERSEDED), "2026-06-01", "not_covered"),
    Case("superseded, not yet known", told(GIVEN, SUCCESSOR, SUPERSEDED), "2026-06-01", "covered", "2026-06-02"),
    Case("died, used in the lifetime", told(GIVEN, DIED), "2026-06-01", "covered"),
    Case("died, nothing said of it", told(GIVEN, DIED), "2026-06-02", "unknown", because="survivorship"),
    Case("died, not yet known", told(GIVEN, DIED), "2026-06-02", "covered", known="2026-06-09"),
    Case("died, and it survives", told((*GIVEN, {"survivorship": "survives"}), DIED), "2026-06-02", "covered"),
    Case(
        "died, and it ends",
        told((*GIVEN, {"survivorship": "ends"}), DIED),
        "2026-06-02",
        "not_covered",
        because="survivorship",
    ),
    Case(
        "died, and the representative has not signed",
        told((*GIVEN, {"survivorship": "representative"}), DIED),
        "2026-06-02",
        "not_covered",
        because="survivorship",
    ),
    Case(
        "died, and the estate states that it survives",
        told(GIVEN, DIED, ("update", "2026-06-11", {"estate_survivorship": "survives"})),
        "2026-06-02",
        "covered",
    ),
    Case("died, and the estate gave its own", told(DIED, ("grant", "2026-07-02", BY_ESTATE)), "2026-07-01", "covered"),
    Case(
        "died, and the estate amended it",
        told((*GIVEN, {"survivorship": "ends"}), DIED, ("amend", "2026-07-02", "2026-07-01", BY_ESTATE)),
        "2026-07-03",
        "covered",
    ),
    Case(
        "signed before the death by its record, after it as learned later",
        told(
            ("grant", "2026-04-02", {"signed_on": "2026-04-01", "signatory": {"role": "performer"}}),
            ("update", "2026-06-10", {"deceased_on": date(2026, 3, 1)}),
        ),
        "2026-05-01",
        "not_covered",
    ),
    Case("a minor, and the guardian signed", told(CHILD, GUARDED), "2026-03-01", "covered"),
    Case("a minor who came of age", told(CHILD, GUARDED), "2026-08-01", "unknown", because="authority"),
    Case(
        "a guardian without the document",
        told(("update", "2026-01-02", {"minor": True}), GUARDED),
        "2026-03-01",
        "unknown",
        because="authority",
    ),
    Case(
        "a minor who signed alone, learned later",
        told((*GIVEN, {"signatory": {"role": "performer"}}), ("update", "2026-06-10", {"minor": True})),
        "2026-03-01",
        "not_covered",
        because="authority",
    ),
    Case(
        "a minor who signed alone, before that was known",
        told((*GIVEN, {"signatory": {"role": "performer"}}), ("update", "2026-06-10", {"minor": True})),
        "2026-03-01",
        "covered",
        known="2026-06-09",
    ),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return one registry for all stories: each has a performer of its own."""
    with Registry.create(tmp_path_factory.mktemp("stories") / "home", now=at("2026-01-01")) as registry:
        yield registry


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_was_it_permitted_as_known_when(shared: Registry, case: Case) -> None:
    story = Story(shared)
    case.tell(story)
    stated: dict[str, Any] = {
        "project": "The Long Shore",
        "media": ("streaming",),
        "territories": ("US",),
        **case.changes,
    }
    use = Use(date=date.fromisoformat(case.use), **stated)
    answer = shared.check(story.performer, use, known_at=at(case.known) if case.known else None)
    assert answer.outcome == case.expected
    if case.because:
        assert answer.best is not None
        against = [dimension for dimension in answer.best.dimensions if dimension.outcome != "covered"]
        assert against[0].dimension == case.because
        assert all(dimension.why.endswith(".") for dimension in against)


def test_what_was_known_at_a_moment_stays_what_it_was(home: Path) -> None:
    with Registry.create(home, now=at("2026-01-01")) as registry:
        story = Story(registry)
        steps = [GIVEN, WIDER, STRIKE, RESUMED, DIED, ("event", "2026-07-01", "withdrawn", "2026-06-15")]
        moments = [at(str(step[1])) for step in steps]
        seen = []
        for step, moment in zip(steps, moments, strict=True):
            told(step)(story)
            seen.append((registry.grants(story.performer), registry.performer(story.performer)))
            assert registry.grants(story.performer, known_at=moment) == seen[-1][0]
        for moment, (grants, performer) in zip(moments, seen, strict=True):
            assert registry.grants(story.performer, known_at=moment) == grants
            assert registry.grant(story.grants[0].id, known_at=moment) == grants[0]
            assert registry.performer(story.performer, known_at=moment) == performer


def test_every_version_is_kept_with_its_terms(shared: Registry) -> None:
    story = Story(shared)
    told(GIVEN, WIDER, RETROACTIVE)(story)
    grant = shared.grant(story.grants[0].id)
    assert [version.number for version in grant.versions] == [1, 2, 3]
    assert [version.terms.scope.media for version in grant.versions] == [
        ("streaming",),
        ("streaming", "theatrical"),
        ("streaming", "theatrical"),
    ]
    assert grant.as_of(date(2026, 2, 15)).version == 1
    assert grant.as_of(date(2026, 12, 1)).version == 3
    assert grant.as_of(date(2026, 2, 15)).signatory is None
    assert grant.given_on == date(2026, 2, 1)


def test_a_signatory_of_an_amendment_is_not_that_of_the_grant(shared: Registry) -> None:
    story = Story(shared)
    told(GIVEN, DIED, ("amend", "2026-07-02", "2026-07-01", BY_ESTATE))(story)
    grant = shared.grant(story.grants[0].id)
    assert grant.as_of(date(2026, 7, 1)).signatory == Signatory(role="estate", authority_sha256=AUTHORITY)
    assert grant.as_of(date(2026, 6, 30)).signatory is None
