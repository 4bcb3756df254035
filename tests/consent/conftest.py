"""A registry in a folder of its own, with one performer, and grants to assess.

A test marked `both_databases` runs on SQLite and on PostgreSQL: its `registry` and its `url` lie in either.
"""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from sqlalchemy import create_engine, text

from consent.grant import ANY, Evidence, Grant, GrantEvent, NewGrant, Scope
from consent.registry import Registry
from consent.values import NewTemplate, Performer
from tests.consent.postgres_server import PostgresServer, shared_server

Kind = Literal["sqlite", "postgresql"]
_NUMBERS: Final = itertools.count()
NOW = datetime(2026, 9, 30, 12, 0, tzinfo=UTC)
SIGNED = date(2026, 9, 1)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marked = metafunc.definition.get_closest_marker("both_databases") is not None
    if marked and "database_kind" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"])


@pytest.fixture
def database_kind() -> Kind:
    return "sqlite"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """Return a PostgreSQL server that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    with shared_server(base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) as server:
        yield server


@pytest.fixture(scope="session")
def new_database(postgres_server: PostgresServer) -> Iterator[Callable[..., str]]:
    """Return a maker of PostgreSQL databases, empty or copied from another: their addresses."""
    engine = create_engine(_driver(postgres_server.address("postgres")), isolation_level="AUTOCOMMIT")

    def make(copied_from: str | None = None) -> str:
        name = f"registry_{os.getpid()}_{next(_NUMBERS)}"
        template = "template0" if copied_from is None else copied_from.rpartition("/")[2]
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        return postgres_server.address(name)

    yield make
    engine.dispose()


@pytest.fixture(scope="session")
def made_registry(new_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the home and the address of an empty registry in PostgreSQL, to be copied: migrations take longer."""
    home, url = tmp_path_factory.mktemp("made") / "home", new_database()
    Registry.create(home, url=url, now=NOW).close()
    return home, url


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home of an empty registry in SQLite, to be copied: migrations take longer."""
    home = tmp_path_factory.mktemp("made") / "home"
    Registry.create(home, now=NOW).close()
    return home


@pytest.fixture
def url(home: Path, database_kind: Kind, request: pytest.FixtureRequest) -> str | None:
    """Return the address of an empty registry whose keys lie in the home; None for the file in the home."""
    if database_kind == "sqlite":
        shutil.copytree(request.getfixturevalue("made_home"), home)
        return None
    made, template = request.getfixturevalue("made_registry")
    shutil.copytree(made, home)
    address: str = request.getfixturevalue("new_database")(template)
    return address


@pytest.fixture
def registry(home: Path, url: str | None) -> Iterator[Registry]:
    with Registry.open(home, url) as registry:
        yield registry


def _driver(address: str) -> str:
    return address.replace("postgresql://", "postgresql+psycopg://")


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
