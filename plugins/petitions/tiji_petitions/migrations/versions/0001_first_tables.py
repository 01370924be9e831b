"""first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this revision."""
    op.create_table(
        "petitions_petition",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("way", sa.String(), nullable=True),
        sa.Column("first_visit", sa.Date(), nullable=True),
        sa.Column("first_visit_precision", sa.String(length=5), nullable=True),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("leader", sa.String(), nullable=True),
        sa.Column("measures", sa.String(), nullable=True),
        sa.Column("resolve_by", sa.Date(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("accept_by", sa.Date(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.String(length=64), nullable=True),
        sa.Column("conclude_by", sa.Date(), nullable=True),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extended_by", sa.String(length=64), nullable=True),
        sa.Column("extended_reason", sa.String(), nullable=True),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["tj_case.id"], name=op.f("fk_petitions_petition_case_id_tj_case")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_petitions_petition")),
    )
    with op.batch_alter_table("petitions_petition", schema=None) as batch_op:
        batch_op.create_index(
            "ix_petitions_petition_running",
            ["conclude_by", "case_id"],
            unique=False,
            sqlite_where=sa.text("conclude_by is not null and concluded_at is null"),
            postgresql_where=sa.text("conclude_by is not null and concluded_at is null"),
        )


def downgrade() -> None:
    """Undo this revision."""
    with op.batch_alter_table("petitions_petition", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_petitions_petition_running",
            sqlite_where=sa.text("conclude_by is not null and concluded_at is null"),
            postgresql_where=sa.text("conclude_by is not null and concluded_at is null"),
        )

    op.drop_table("petitions_petition")
