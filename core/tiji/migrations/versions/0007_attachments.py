"""attachments and drafts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PENDING = sa.text("pending_key is not null")


def upgrade() -> None:
    """Add what a case carries, and words not yet sent."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "tj_attachment",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("pending_key", sa.String(64), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media", sa.String(80), nullable=False),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("handlers_only", sa.Boolean(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("scanned_at", moment, nullable=True),
        sa.Column("removed_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["tj_case.id"], name=op.f("fk_tj_attachment_case_id_tj_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tj_attachment")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tj_attachment_case", "tj_attachment", ["case_id", "id"])
    op.create_index("ix_tj_attachment_sha256", "tj_attachment", ["sha256"])
    op.create_index(
        "ix_tj_attachment_pending",
        "tj_attachment",
        ["pending_key"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_table(
        "tj_draft",
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=True),
        sa.Column("saved_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_tj_draft")),
    )
    op.create_index(op.f("ix_tj_draft_saved_at"), "tj_draft", ["saved_at"])


def downgrade() -> None:
    """Take it back; the files stay where they lie."""
    op.drop_table("tj_draft")
    op.drop_table("tj_attachment")
