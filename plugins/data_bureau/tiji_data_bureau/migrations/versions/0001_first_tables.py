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
        "data_bureau_message",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_precision", sa.String(length=6), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("urgency", sa.String(), nullable=True),
        sa.Column("votes_for", sa.Integer(), nullable=True),
        sa.Column("votes_against", sa.Integer(), nullable=True),
        sa.Column("reply_by", sa.String(length=19), nullable=True),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_precision", sa.String(length=6), nullable=True),
        sa.Column("satisfaction", sa.String(), nullable=True),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["tj_case.id"], name=op.f("fk_data_bureau_message_case_id_tj_case")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_data_bureau_message")),
    )
    with op.batch_alter_table("data_bureau_message", schema=None) as batch_op:
        batch_op.create_index("ix_data_bureau_message_external_id", ["external_id"], unique=False)
        batch_op.create_index(
            "ix_data_bureau_message_waiting",
            ["waiting", "received_at", "case_id"],
            unique=False,
        )


def downgrade() -> None:
    """Undo this revision."""
    with op.batch_alter_table("data_bureau_message", schema=None) as batch_op:
        batch_op.drop_index("ix_data_bureau_message_waiting")
        batch_op.drop_index("ix_data_bureau_message_external_id")

    op.drop_table("data_bureau_message")
