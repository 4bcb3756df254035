"""A registry in a folder of its own, with one performer, and grants to assess."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from consent.grant import ANY, Evidence, Grant, GrantEvent, NewGrant, Scope
from consent.registry import Registry
from consent.values import NewTemplate, Performer

NOW = datetime(2026, 9, 30, 12, 0, tzinfo=UTC)
SIGNED = date(2026, 9, 1)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def registry(home: Path) -> Iterator[Registry]:
    with Registry.create(home, now=NOW) as registry:
        yield registry


@pytest.fixture
def performer(registry: Registry) -> Performer:
    return registry.add_performer("Ada Vale", now=NOW, legal_name="Adelaide Valentine-Quux", minor=False)


@pytest.fixture
def template() -> NewTemplate:
    return NewTemplate(bytes(range(256)) * 2, "model@1", "ab" * 32, "0.91")


@pytest.fixture
def full_scope() -> Scope:
    """Return a scope that states every dimension."""
    return Scope(
        projects=("The Long Shore",),
        characters=("Captain Ardent",),
        scenes=("12", "14A"),
        description="Face placed on a stunt double.",
        use_categories=("feature film",),
        media=("theatrical", "streaming"),
        territories=("US", "EU"),
        starts_on=SIGNED,
        expires_on=date(2028, 8, 31),
        replica_kinds=("EBDR",),
        modalities=("face",),
    )


@pytest.fixture
def any_scope() -> Scope:
    """Return a scope that grants everything, explicitly."""
    return Scope(
        projects=ANY,
        characters=ANY,
        scenes=ANY,
        use_categories=ANY,
        media=ANY,
        territories=ANY,
        expires_on=ANY,
        replica_kinds=ANY,
        modalities=ANY,
    )


@pytest.fixture
def new_grant(full_scope: Scope) -> Callable[..., NewGrant]:
    """Return a maker of grants that are not recorded yet."""

    def make(performer: str, **members: Any) -> NewGrant:
        evidence = Evidence(sha256="cd" * 32, hash_verified=True, signature="valid")
        given = {"scope": full_scope, "signed_on": SIGNED, "evidence": evidence, **members}
        return NewGrant(performer=performer, **given)

    return make


@pytest.fixture
def given_grant(full_scope: Scope) -> Callable[..., Grant]:
    """Return a maker of grants that were given on the day they were signed."""

    def make(scope: Scope = full_scope, *, id: str = "G-00000001", signed_on: date = SIGNED) -> Grant:  # noqa: A002 - the field's name
        events = (GrantEvent("given", signed_on, NOW),)
        return Grant(id=id, recorded=NOW, events=events, performer="P-00000001", signed_on=signed_on, scope=scope)

    return make


@pytest.fixture
def enrolled(registry: Registry) -> Callable[..., str]:
    """Return a function that enrols a template under a release of its own, and returns its reference."""

    def enrol(performer: str, template: NewTemplate, *, keeps_images: bool = False) -> str:
        registry.add_release(
            performer, signed_on=SIGNED, jurisdiction="US-IL", purposes=["matching"], keeps_images=keeps_images, now=NOW
        )
        (reference,) = registry.enrol(performer, [template], on=NOW.date(), now=NOW)
        return reference

    return enrol
