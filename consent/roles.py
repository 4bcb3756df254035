"""Who may do what in a PostgreSQL registry, as SQL for its administrator to read and run.

Three roles without a login of their own: they are granted to accounts. What is sealed stays sealed to every
role; the reader and the receipts role do not even see it. Nobody but the owner may change what is append-only.
"""

from typing import Final

from sqlalchemy import Table

from consent.integrity import APPEND_ONLY
from consent.table_copy import VERSION_TABLE
from consent.tables import METADATA

WRITER: Final = "clearance_writer"
READER: Final = "clearance_reader"
RECEIPTS: Final = "clearance_receipts"
_SEALED: Final = "sealed_"
# What opening a registry reads, and what somebody needs who shows receipts and proofs and nothing else.
_OPENING: Final = ("registry",)
_PUBLISHED: Final = ("receipt", "checkpoint", "issuer_key", "ledger_key")


def role_statements() -> str:
    """Return SQL that makes the three roles, or brings them up to date, in the registry's own database."""
    statements = ["-- Run as the owner of the registry's tables, in its database; again after each migration."]
    for role in (WRITER, READER, RECEIPTS):
        statements += [
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') "
            f"THEN CREATE ROLE {role} NOLOGIN; END IF; END $$;",
            f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};",
            f"GRANT USAGE ON SCHEMA public TO {role};",
            f"GRANT SELECT ON {VERSION_TABLE} TO {role};",
        ]
    statements.append(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {WRITER};")
    for table in METADATA.sorted_tables:
        name = f'"{table.name}"'
        changes = "" if table.name in APPEND_ONLY else ", UPDATE, DELETE"
        statements.append(f"GRANT SELECT, INSERT{changes} ON {name} TO {WRITER};")
        statements.append(f"GRANT SELECT ({_readable(table)}) ON {name} TO {READER};")
        if table.name in _OPENING or table.name in _PUBLISHED:
            statements.append(f"GRANT SELECT ({_readable(table)}) ON {name} TO {RECEIPTS};")
    statements.append(f"-- Then, for each account: GRANT {WRITER} TO account;")
    return "\n".join(statements) + "\n"


def _readable(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns if not column.name.startswith(_SEALED))
