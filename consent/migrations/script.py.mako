"""${message}.

Revision: ${up_revision}, after ${down_revision | comma,n}.

There is no way back: a registry returns to an older version by restoring a backup.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import consent.tables
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}

