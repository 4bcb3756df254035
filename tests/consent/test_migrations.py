"""The schema and its migrations: no drift, and registries that move between versions."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import Session

import consent
from consent.database import SCHEMA
from consent.errors import RegistryNewer
from consent.grant import Approval
from consent.grants import grants
from consent.migration import Migrated, migrate
from consent.migrations import _configuration, known_schemas
from consent.performer_versions import known
from consent.registry import Registry
from consent.store import store_at
from consent.tables import METADATA, PerformerRow
from consent.values import Performer


def test_the_schema_that_opening_expects_is_the_newest_migration() -> None:
    assert known_schemas()[0] == SCHEMA


@pytest.mark.both_databases
def test_a_migrated_database_has_exactly_the_tables_of_the_code(home: Path, url: str | None) -> None:
    reading, _ = store_at(home, url).engines()
    with reading.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    reading.dispose()


def test_what_the_migrations_need_lies_in_the_package() -> None:
    folder = Path(consent.__file__).parent
    for name in ("migrations/env.py", "migrations/script.py.mako", "grant_template.yaml", "py.typed"):
        assert (folder / name).is_file()
    assert list((folder / "migrations/versions").glob("0001_*.py"))


NOW = datetime(2026, 9, 30, tzinfo=UTC)
OLD_ROWS = (
    "INSERT INTO performer VALUES ('P-00000001', 'Ada', 'ada', '2026-09-01 00:00:00.000000', 0, NULL, 'DE', '[]', "
    "NULL, x'00', 1)",
    "INSERT INTO consent_grant VALUES ('G-00000001', 'P-00000001', '2026-09-01', '{\"performer\": \"P-00000001\", "
    '"signed_on": "2026-09-01", "scope": {}, "prohibitions": [], "approvals": ["final shots"], "training_use": {}}\', '
    "'2026-09-02 00:00:00.000000', 1)",
    "INSERT INTO grant_event VALUES (1, 'G-00000001', 'given', '2026-09-01', '2026-09-02 00:00:00.000000')",
)
LATER = f"""
import os, sys, time
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9999", "{SCHEMA}", None, None
def upgrade():
    with op.batch_alter_table("performer") as batch:
        batch.add_column(sa.Column("agency", sa.String(), nullable=True))
    if "SLOWLY" in os.environ:
        print("changed", flush=True)
        time.sleep(60)
"""
MIGRATED = """
try:
    Registry.open(home, url)
except RegistryOlder as error:
    assert "clearance registry migrate" in str(error)
else:
    raise AssertionError("opened an older registry")
done = migrate(home, url, now=datetime.now(UTC))
print(done.before, done.after, done.backup.stat().st_mode & 0o777)
with Registry.open(home, url) as registry:
    print(registry.performers()[0].ref, registry.identity(registry.performers()[0].ref).legal_name)
"""


@pytest.fixture
def later(tmp_path: Path) -> Callable[[str, str | None], list[str]]:
    """Return a maker of commands that run code with a later version of this room."""
    package = tmp_path / "later" / "consent"
    shutil.copytree(Path(consent.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "migrations/versions/9999_agency.py").write_text(LATER)
    module = package / "database.py"
    module.write_text(module.read_text().replace(f'SCHEMA: Final = "{SCHEMA}"', 'SCHEMA: Final = "9999"'))

    def command(code: str, url: str | None) -> list[str]:
        code = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from datetime import UTC, datetime\nfrom pathlib import Path\n"
            "from consent.registry import Registry\nfrom consent.migration import migrate\n"
            "from consent.errors import RegistryOlder\n"
            f"home, url = Path(sys.argv[2]), sys.argv[3] or None\n{code}"
        )
        return [sys.executable, "-W", "error", "-c", code, str(package.parent), str(tmp_path / "home"), url or ""]

    return command


@pytest.mark.both_databases
def test_an_older_registry_waits_to_be_migrated_and_is_then_too_new_for_us(
    registry: Registry,
    performer: Performer,
    home: Path,
    url: str | None,
    tmp_path: Path,
    later: Callable[[str, str | None], list[str]],
) -> None:
    registry.close()
    command = later(MIGRATED, url)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    said = [SCHEMA, "9999", str(0o600), performer.ref, "Adelaide", "Valentine-Quux"]
    assert done.stdout.split() == said, done.stderr
    with pytest.raises(RegistryNewer, match="9999"):
        Registry.open(home, url)


@pytest.mark.both_databases
def test_a_migration_killed_in_the_middle_leaves_the_registry_as_it_was(
    registry: Registry,
    performer: Performer,
    home: Path,
    url: str | None,
    tmp_path: Path,
    later: Callable[[str, str | None], list[str]],
) -> None:
    before = registry.events(1000)
    registry.close()
    environment = {**os.environ, "SLOWLY": "1"}
    with subprocess.Popen(
        later(MIGRATED, url), cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "changed\n"
        process.kill()
    with Registry.open(home, url) as again:
        assert again.events(1000) == before
        assert again.identity(performer.ref).legal_name == "Adelaide Valentine-Quux"
        assert again.upkeep.check() == ()
    # The copy that the killed run made stands in nobody's way.
    with zipfile.ZipFile(next(home.glob("before-migration-*.zip"))) as copy:
        assert copy.testzip() is None


@pytest.mark.both_databases
def test_a_current_registry_is_left_alone(home: Path, url: str | None, now: datetime) -> None:
    assert migrate(home, url, now=now) == Migrated(SCHEMA, SCHEMA, None)
    assert list(home.glob("*.zip")) == []


def test_a_grant_of_the_third_schema_is_read_with_what_it_did_not_know(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'registry.db'}")
    with engine.begin() as connection:
        configuration = _configuration()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0003")
        for statement in OLD_ROWS:
            connection.exec_driver_sql(statement)
        command.upgrade(configuration, "head")
    with Session(engine) as session:
        grant = grants(session, "P-00000001")[0]
        performer = known(session, session.get_one(PerformerRow, "P-00000001"), NOW)
    engine.dispose()
    assert grant.approvals == (Approval(step="final shots"),)
    assert (grant.version, len(grant.versions), grant.signatory, grant.status_on(NOW.date())) == (1, 1, None, "given")
    assert performer is not None
    assert (performer.domicile, performer.minor, performer.birth_years) == ("DE", False, None)
