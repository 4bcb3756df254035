"""The changes of the registry's schema, in order, as Alembic migrations that run from code.

There is no alembic.ini: the folder of this package is the script location, and the connection is handed
over in the configuration's attributes.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def migrate(connection: Connection, schema: str = "head") -> None:
    """Bring the database of the connection, inside its transaction, up to a schema, by default the newest."""
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, schema)


def known_schemas() -> tuple[str, ...]:
    """Return the schemas that this version knows, newest first."""
    scripts = ScriptDirectory.from_config(_configuration())
    return tuple(script.revision for script in scripts.walk_revisions())


def _configuration() -> Config:
    configuration = Config()
    # The value is interpolated; a percent sign in the path would be taken for a reference.
    configuration.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    return configuration
