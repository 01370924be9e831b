"""the witness of the log, and when personal data were erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

GROWN = sa.text("witnessed <> version")


def upgrade() -> None:
    """Add what checkpoints are made of; every case is due for the first one."""
    op.create_table(
        "tj_witness",
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_tj_witness")),
    )
    op.create_table(
        "tj_checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frontier", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_tj_checkpoint")),
    )
    with op.batch_alter_table("tj_case") as batch:
        batch.add_column(sa.Column("witnessed", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_tj_case_witness", "tj_case", ["id"], sqlite_where=GROWN, postgresql_where=GROWN
    )
    sequence = sa.table("tj_sequence", sa.column("name"), sa.column("value"))
    op.execute(sequence.insert().values(name="witness", value=0))


def downgrade() -> None:
    """Drop it."""
    sequence = sa.table("tj_sequence", sa.column("name", sa.String), sa.column("value"))
    op.execute(sequence.delete().where(sequence.c.name == "witness"))
    op.drop_index("ix_tj_case_witness", "tj_case")
    with op.batch_alter_table("tj_case") as batch:
        batch.drop_column("erased_at")
        batch.drop_column("witnessed")
    op.drop_table("tj_checkpoint")
    op.drop_table("tj_witness")
