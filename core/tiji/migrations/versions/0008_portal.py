"""the public's receipts and queries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ANSWERED = sa.text("answered_at is not null")


def upgrade() -> None:
    """Add what a client finds a case with and writes to it; find what was answered last."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "tj_receipt",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.String(32), nullable=False),
        sa.Column("phone_key", sa.String(32), nullable=True),
        sa.Column("token_hash", sa.String(32), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["tj_case.id"], name=op.f("fk_tj_receipt_case_id_tj_case")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_tj_receipt")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_tj_receipt_token_hash")),
    )
    op.create_table(
        "tj_try",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tj_try")),
    )
    op.create_index(op.f("ix_tj_try_since"), "tj_try", ["since"])
    op.create_table(
        "tj_client_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["tj_case.id"], name=op.f("fk_tj_client_word_case_id_tj_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tj_client_word")),
    )
    op.create_index("ix_tj_client_word_case", "tj_client_word", ["case_id", "id"])
    op.create_index(
        "ix_tj_case_answered",
        "tj_case",
        ["answered_at"],
        sqlite_where=ANSWERED,
        postgresql_where=ANSWERED,
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_tj_case_answered", table_name="tj_case")
    op.drop_table("tj_client_word")
    op.drop_table("tj_try")
    op.drop_table("tj_receipt")
