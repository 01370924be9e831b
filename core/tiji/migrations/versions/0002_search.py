"""index of words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the full-text index, and what finds the same person again."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE tj_search USING fts5(grams, tokenize = 'ascii')")
    else:
        op.execute("CREATE TABLE tj_search (case_id BIGINT PRIMARY KEY, grams TSVECTOR NOT NULL)")
        op.execute("CREATE INDEX ix_tj_search_grams ON tj_search USING gin (grams)")
    with op.batch_alter_table("tj_case") as batch:
        batch.add_column(sa.Column("name_key", sa.String(32), nullable=True))
    op.create_index("ix_tj_case_name", "tj_case", ["name_key"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_tj_case_name", "tj_case")
    with op.batch_alter_table("tj_case") as batch:
        batch.drop_column("name_key")
    op.execute("DROP TABLE tj_search")
