"""What only a server can do: refuse accounts, stop in the middle, keep others waiting, let roles see less."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlmodel import Session

from consent import journal, store
from consent.errors import (
    ErasureUnfinished,
    RegistryBusy,
    RegistryExists,
    RegistryLocked,
    RegistryUnreachable,
)
from consent.grant import NewGrant
from consent.postgres import PostgresStore
from consent.receipt_check import check_receipt
from consent.registry import Registry
from consent.roles import READER, RECEIPTS, WRITER, role_statements
from consent.values import NewTemplate, Performer
from tests.consent.postgres_server import PostgresServer, discard, new_server

DAY = date(2026, 9, 30)


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


def driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def execute(url: str, *statements: str) -> None:
    engine = create_engine(driver(url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_a_registry_is_made_in_an_empty_database_and_in_no_other(
    new_database: Callable[..., str], tmp_path: Path, now: datetime
) -> None:
    url = new_database()
    Registry.create(tmp_path / "one", url=driver(url), now=now).close()
    with Registry.open(tmp_path / "one", url) as registry:
        assert registry.upkeep.storage().kind == "PostgreSQL"
        assert registry.upkeep.storage().size_bytes > 1_000_000
        assert registry.upkeep.check() == ()
    with pytest.raises(RegistryExists):
        Registry.create(tmp_path / "two", url=url, now=now)
    assert not (tmp_path / "two").exists()


@pytest.mark.parametrize("address", ["postgresql://geheim@127.0.0.1:1/x", "postgresql://geheim:geheim@127.0.0.1:1/x"])
def test_a_server_that_is_not_there_is_reported_without_its_address(home: Path, address: str) -> None:
    with pytest.raises(RegistryUnreachable) as caught:
        Registry.open(home, address)
    assert "geheim" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)


def test_an_unknown_database_or_account_is_reported(postgres_server: PostgresServer, home: Path) -> None:
    for address in (postgres_server.address("nowhere"), postgres_server.address("postgres", account="geheim")):
        with pytest.raises(RegistryUnreachable, match="does not answer or refuses us"):
            Registry.open(home, address)


def test_a_missing_driver_is_reported_with_the_extra_that_brings_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(RegistryUnreachable, match=r"clearance\[postgres\]"):
        Registry.open(home, "postgresql://a@127.0.0.1/b")


@pytest.mark.parametrize("change", ["UPDATE event SET kind = 'x'", "DELETE FROM grant_event", "TRUNCATE event"])
def test_the_server_refuses_changes_to_what_is_append_only(registry: Registry, url: str, change: str) -> None:
    assert len(registry.events()) == 1
    with pytest.raises(DBAPIError, match="append-only"):
        execute(url, change)
    assert len(registry.events()) == 1


def test_a_change_that_failed_leaves_no_gap_in_the_record(registry: Registry, url: str, now: datetime) -> None:
    def fails(session: Session) -> None:
        journal.append(session, "search", "x", {}, now)
        raise RuntimeError("undone")

    with pytest.raises(RuntimeError, match="undone"), registry._database.writing() as session:
        fails(session)
    registry.record_event("search", "x", {}, now)
    assert [event.sequence for event in registry.events()] == [2, 1]


def test_a_writer_that_waits_too_long_gives_up_with_a_sentence(
    registry: Registry, url: str, home: Path, now: datetime
) -> None:
    with Registry.open(home, f"{url}?options=-c%20lock_timeout%3D50") as impatient:
        with registry._database.writing() as session:
            session.connection()
            with pytest.raises(RegistryBusy, match="in use"):
                impatient.record_event("search", "x", {}, now)
        impatient.record_event("search", "x", {}, now)
        assert len(registry.events()) == 2


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """Return a server that a test may stop."""
    server = new_server()
    yield server
    discard(server)


def test_a_server_that_stops_in_the_middle_costs_a_sentence_and_no_record(
    own_server: PostgresServer, tmp_path: Path, now: datetime
) -> None:
    url = own_server.address("postgres")
    with Registry.create(tmp_path / "home", url=url, now=now) as registry:
        performer = registry.add_performer("Ada Vale", now=now)
        before = registry.events(1000)

        def stopped(session: Session) -> None:
            session.execute(text("UPDATE performer SET version = 9"))
            own_server.stop()

        with pytest.raises(RegistryUnreachable, match="does not answer"), registry._database.writing() as session:
            stopped(session)
        with pytest.raises(RegistryUnreachable, match="does not answer"):
            registry.performers()
        own_server.start()
        # The same open registry goes on once the server is back.
        assert registry.performers() == (performer,)
        assert registry.events(1000) == before
        assert registry.upkeep.check() == ()


def test_the_command_line_says_it_in_one_sentence(home: Path, now: datetime, url: str, tmp_path: Path) -> None:
    (home / "clearance.toml").write_text('database_url = "postgresql://u:geheim@127.0.0.1:1/x"\n')
    command = [sys.executable, "-m", "clearance", "--home", str(home), "performer", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "geheim" not in done.stderr


@pytest.fixture
def accounts(registry: Registry, url: str) -> Callable[[str], str]:
    """Return a maker of addresses of accounts that have a role alone."""

    def address(role: str) -> str:
        account = f"{role}_of_{url.rpartition('/')[2]}"
        execute(url, role_statements(), f"CREATE ROLE {account} LOGIN IN ROLE {role}")
        return url.replace("//app@", f"//{account}@")

    return address


def test_a_writer_does_everything_but_change_the_record(
    home: Path, accounts: Callable[[str], str], performer: Performer, now: datetime
) -> None:
    address = accounts(WRITER)
    with Registry.open(home, address) as registry:
        registry.add_release(
            performer.ref, signed_on=date(2026, 1, 1), now=now, jurisdiction="US-IL", purposes=["matching"]
        )
        assert registry.identity(performer.ref).legal_name == "Adelaide Valentine-Quux"
        assert registry.upkeep.check() == ()
    for change in ("UPDATE event SET kind = 'x'", "ALTER TABLE event DISABLE TRIGGER ALL", "DROP TABLE event"):
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
            execute(address, change)


def test_a_reader_sees_grants_and_nothing_sealed_and_writes_nothing(
    home: Path, accounts: Callable[[str], str], performer: Performer, now: datetime
) -> None:
    address = accounts(READER)
    with Registry.open(home, address, keyless=True) as registry:
        assert registry.grants() == ()
        assert registry.events(1)[0].kind == "performer-added"
        with pytest.raises(RegistryUnreachable, match="may not do this"), registry._database.writing() as session:
            session.execute(text("DELETE FROM event"))
    for column in ("sealed_identity FROM performer", "sealed_vector FROM template", "* FROM performer"):
        with pytest.raises(DBAPIError, match="permission denied"):
            execute(address, f"SELECT {column}")


def test_the_receipts_role_shows_receipts_and_checkpoints_and_sees_nobody(
    home: Path,
    registry: Registry,
    accounts: Callable[[str], str],
    performer: Performer,
    new_grant: Callable[..., NewGrant],
    now: datetime,
) -> None:
    issued = registry.receipts.issue(registry.record_grant(new_grant(performer.ref), now).id, now)
    key, line = registry.receipts.issuer_key(now), registry.ledger.verifier_key
    address = accounts(RECEIPTS)
    with Registry.open(home, address, keyless=True) as limited:
        shown = limited.receipts.receipt(issued.id)
        assert shown == issued
        assert limited.receipts.receipts() == (issued,)
        assert limited.receipts.issuer_key(now) == key
        assert limited.ledger.verifier_key == line
        assert limited.ledger.latest_checkpoint() == registry.ledger.latest_checkpoint()
        with pytest.raises(RegistryUnreachable, match="may not do this"):
            limited.receipts.renewed(issued.id, now)
    reading = check_receipt(shown.text, key, verifier_key=line, now=now)
    assert reading.inclusion.value == "valid"
    with pytest.raises(DBAPIError, match="permission denied"):
        execute(address, "SELECT sealed_private FROM issuer_key")
    for table in ("performer", "consent_grant", "release", "template", "event"):
        with pytest.raises(DBAPIError, match="permission denied"):
            execute(address, f"TABLE {table}")


def test_an_erasure_leaves_nothing_of_the_person_in_any_file_of_a_server(
    own_server: PostgresServer, tmp_path: Path, new_grant: Callable[..., NewGrant], now: datetime
) -> None:
    with Registry.create(tmp_path / "home", url=own_server.address("postgres"), now=now) as registry:
        person = registry.add_performer(
            "Zephyrine Quillfeather", represented_by="Quillfeather Agency", unions=["Guild of Quills"], now=now
        )
        registry.add_release(person.ref, signed_on=DAY, jurisdiction="US-IL", purposes=["matching"], now=now)
        template = NewTemplate(b"vector" * 100, "m@1", "ab" * 32, "good")
        registry.enrol(person.ref, [template], on=DAY, now=now)
        grant = registry.record_grant(new_grant(person.ref), now)
        with registry._database.reading() as session:
            sealed = bytes(session.execute(text("SELECT sealed_vector FROM template")).scalar_one())
        # Changed rows leave dead ones behind, which is what the rewriting of the tables is for.
        registry.update_performer(person.ref, domicile="US-NY", now=now)
        wanted = (b"Quillfeather", b"Guild of Quills", sealed[:40])
        assert [secret in on_disk(own_server) for secret in wanted] == [True] * 3
        receipt = registry.biometrics.erase(person.ref, reason="request", now=now)
        assert receipt["kept"]["grants"] == [grant.id]
        assert [secret in on_disk(own_server) for secret in wanted] == [False] * 3
        assert registry.upkeep.check() == ()
        assert registry.ledger.verify() == ()


def test_an_account_that_may_not_rewrite_tables_is_told_that_the_erasure_is_unfinished(
    registry: Registry, home: Path, accounts: Callable[[str], str], performer: Performer, now: datetime
) -> None:
    with (
        Registry.open(home, accounts(WRITER)) as limited,
        pytest.raises(ErasureUnfinished, match="the account that owns them"),
    ):
        limited.biometrics.erase(performer.ref, reason="request", now=now)
    assert registry.biometrics.erase(performer.ref, reason="request", now=now)["performer"] == performer.ref
    assert registry.performer(performer.ref).stage_name == ""


def on_disk(server: PostgresServer) -> bytes:
    """Return the files of the tables as they are on disk now; the log of writes is the server's to recycle."""
    execute(server.address("postgres"), "CHECKPOINT")
    return b"\0".join(path.read_bytes() for path in sorted((server.data / "base").rglob("*")) if path.is_file())


def test_an_address_of_psycopg_by_any_name_is_ours() -> None:
    for name in ("postgresql", "postgresql+psycopg", "postgresql+psycopg2"):
        assert isinstance(store.store_at(Path("x"), f"{name}://a@b/c"), PostgresStore)


def test_a_registry_without_its_keys_shows_what_is_not_sealed(
    registry: Registry, performer: Performer, home: Path, url: str, now: datetime
) -> None:
    (home / "keys.db").unlink()
    (home / "keys/registry.key").unlink()
    with Registry.open(home, url, keyless=True) as keyless:
        assert keyless.performers() == (performer,)
        for refused in (
            lambda: keyless.identity(performer.ref),
            lambda: keyless.add_performer("Bea", now=now),
            lambda: keyless.upkeep.backup(home / "b.zip", now=now),
            lambda: keyless.upkeep.check(),
        ):
            with pytest.raises(RegistryLocked, match="without its keys"):
                refused()
        assert not (home / "b.zip").exists()
