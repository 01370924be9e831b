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
        "natural_resources_estate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("developer", sa.String(), nullable=True),
        sa.Column("credit_code", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_natural_resources_estate")),
        sa.UniqueConstraint("name", name=op.f("uq_natural_resources_estate_name")),
    )
    op.create_table(
        "natural_resources_blocker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estate_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("solved_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["estate_id"],
            ["natural_resources_estate.id"],
            name="fk_natural_resources_blocker_estate",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_natural_resources_blocker")),
    )
    with op.batch_alter_table("natural_resources_blocker", schema=None) as batch_op:
        batch_op.create_index(
            "uq_natural_resources_blocker_title", ["estate_id", "title"], unique=True
        )

    op.create_table(
        "natural_resources_household",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("estate_id", sa.Integer(), nullable=False),
        sa.Column("building", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("room", sa.String(length=20), nullable=False),
        sa.Column("unit_code", sa.String(length=28), nullable=True),
        sa.Column("area", sa.Numeric(precision=12, scale=2, asdecimal=False), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("blockers", sa.Integer(), nullable=False),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["tj_case.id"], name=op.f("fk_natural_resources_household_case_id_tj_case")
        ),
        sa.ForeignKeyConstraint(
            ["estate_id"],
            ["natural_resources_estate.id"],
            name="fk_natural_resources_household_estate",
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_natural_resources_household")),
    )
    with op.batch_alter_table("natural_resources_household", schema=None) as batch_op:
        batch_op.create_index(
            "ix_natural_resources_household_progress",
            ["estate_id", "building", "unit", "state", "blockers"],
            unique=False,
        )

    op.create_table(
        "natural_resources_hold",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("blocker_id", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["blocker_id"],
            ["natural_resources_blocker.id"],
            name="fk_natural_resources_hold_blocker",
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["natural_resources_household.case_id"],
            name="fk_natural_resources_hold_case",
        ),
        sa.PrimaryKeyConstraint("case_id", "blocker_id", name=op.f("pk_natural_resources_hold")),
    )
    with op.batch_alter_table("natural_resources_hold", schema=None) as batch_op:
        batch_op.create_index(
            "ix_natural_resources_hold_held",
            ["blocker_id", "case_id"],
            unique=False,
            sqlite_where=sa.text("released_at is null"),
            postgresql_where=sa.text("released_at is null"),
        )


def downgrade() -> None:
    """Undo this revision."""
    with op.batch_alter_table("natural_resources_hold", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_natural_resources_hold_held",
            sqlite_where=sa.text("released_at is null"),
            postgresql_where=sa.text("released_at is null"),
        )

    op.drop_table("natural_resources_hold")
    with op.batch_alter_table("natural_resources_household", schema=None) as batch_op:
        batch_op.drop_index("ix_natural_resources_household_progress")

    op.drop_table("natural_resources_household")
    with op.batch_alter_table("natural_resources_blocker", schema=None) as batch_op:
        batch_op.drop_index("uq_natural_resources_blocker_title")

    op.drop_table("natural_resources_blocker")
    op.drop_table("natural_resources_estate")
