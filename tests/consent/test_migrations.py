"""The schema and its migrations: no drift, and registries that move between versions."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

import consent
from consent.database import SCHEMA
from consent.errors import RegistryNewer
from consent.migrations import known_schemas
from consent.registry import Registry
from consent.tables import METADATA
from consent.values import Performer


def test_the_schema_that_opening_expects_is_the_newest_migration() -> None:
    assert known_schemas()[0] == SCHEMA


def test_a_migrated_database_has_exactly_the_tables_of_the_code(registry: Registry, home: Path) -> None:
    engine = create_engine(f"sqlite:///{home / 'registry.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_what_the_migrations_need_lies_in_the_package() -> None:
    folder = Path(consent.__file__).parent
    for name in ("migrations/env.py", "migrations/script.py.mako", "grant_template.yaml", "py.typed"):
        assert (folder / name).is_file()
    assert list((folder / "migrations/versions").glob("0001_*.py"))


LATER = f"""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9999", "{SCHEMA}", None, None
def upgrade():
    with op.batch_alter_table("performer") as batch:
        batch.add_column(sa.Column("agency", sa.String(), nullable=True))
"""


def test_an_older_registry_is_brought_up_to_date_and_then_too_new_for_us(
    registry: Registry, performer: Performer, home: Path, tmp_path: Path
) -> None:
    registry.close()
    later = tmp_path / "later" / "consent"
    shutil.copytree(Path(consent.__file__).parent, later, ignore=shutil.ignore_patterns("__pycache__"))
    (later / "migrations/versions/9999_agency.py").write_text(LATER)
    module = later / "database.py"
    module.write_text(module.read_text().replace(f'SCHEMA: Final = "{SCHEMA}"', 'SCHEMA: Final = "9999"'))
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\nfrom consent.registry import Registry\n"
        "with Registry.open(Path(sys.argv[2])) as r: print(r.performers()[0].ref, r.identity(sys.argv[3]).legal_name)"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(later.parent), str(home), performer.ref]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert found.stdout.split() == [performer.ref, "Adelaide", "Valentine-Quux"], found.stderr
    with pytest.raises(RegistryNewer, match="9999"):
        Registry.open(home)
