"""work that waits, and who does it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'waiting'")
STOPPED = sa.text("state <> 'waiting'")


def upgrade() -> None:
    """Add the tables of jobs and workers."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "tj_job",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("target", sa.String(120), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("lane", sa.String(160), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("every_s", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(200), nullable=True),
        sa.Column("owner", sa.String(120), nullable=True),
        sa.Column("lease_until", moment, nullable=True),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("tried_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tj_job")),
        sa.UniqueConstraint("target", "key", name=op.f("uq_tj_job_target_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tj_job_lane", "tj_job", ["lane", "id"])
    op.create_index(
        "ix_tj_job_due",
        "tj_job",
        ["due_at", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "ix_tj_job_stopped", "tj_job", ["id"], sqlite_where=STOPPED, postgresql_where=STOPPED
    )
    op.create_table(
        "tj_worker",
        sa.Column("id", sa.String(120), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("beat_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tj_worker")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("tj_worker")
    op.drop_table("tj_job")
