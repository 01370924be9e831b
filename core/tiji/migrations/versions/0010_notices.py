"""notices to officers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UNREAD = sa.text("read_at is null")


def upgrade() -> None:
    """Add what officers are told, and how they want to be told."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "tj_notice",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("event", sa.String(160), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("read_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["officer"], ["tj_officer.code"], name=op.f("fk_tj_notice_officer_tj_officer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tj_notice")),
        sa.UniqueConstraint("event", "officer", name=op.f("uq_tj_notice_event_officer")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tj_notice_officer", "tj_notice", ["officer", "id"])
    op.create_index(
        "ix_tj_notice_unread",
        "tj_notice",
        ["officer"],
        sqlite_where=UNREAD,
        postgresql_where=UNREAD,
    )
    op.create_table(
        "tj_notice_choice",
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("mail", sa.LargeBinary(), nullable=True),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer"], ["tj_officer.code"], name=op.f("fk_tj_notice_choice_officer_tj_officer")
        ),
        sa.PrimaryKeyConstraint("officer", name=op.f("pk_tj_notice_choice")),
    )
    op.create_table(
        "tj_reading",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", moment, nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer"], ["tj_officer.code"], name=op.f("fk_tj_reading_officer_tj_officer")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["tj_case.id"], name=op.f("fk_tj_reading_case_id_tj_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tj_reading")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tj_reading_officer", "tj_reading", ["officer", "id"])
    op.create_index("ix_tj_reading_case", "tj_reading", ["case_id", "id"])
    op.create_index("ix_tj_reading_at", "tj_reading", ["at", "id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("tj_reading")
    op.drop_table("tj_notice_choice")
    op.drop_table("tj_notice")
