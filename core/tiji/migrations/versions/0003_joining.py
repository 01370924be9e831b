"""cases that take others in or answer them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAMES = {"ix_tj_case_merged": "merged_into", "ix_tj_case_grouped": "grouped_with"}


def upgrade() -> None:
    """Add what joins cases."""
    with op.batch_alter_table("tj_case") as batch:
        for column in NAMES.values():
            batch.add_column(sa.Column(column, sa.BigInteger(), nullable=True))
    for index, column in NAMES.items():
        where = sa.column(column).is_not(None)
        op.create_index(index, "tj_case", [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Drop it."""
    for index in NAMES:
        op.drop_index(index, "tj_case")
    with op.batch_alter_table("tj_case") as batch:
        for column in NAMES.values():
            batch.drop_column(column)
