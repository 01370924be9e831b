"""accounts of officers, their roles and sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what a sign-in needs."""
    code, moment = sa.String(64), sa.DateTime(timezone=True)
    op.create_table(
        "tj_account",
        sa.Column("officer", code, nullable=False),
        sa.Column("user_name", code, nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("password_at", moment, nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("factor_at", moment, nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("recovery_codes", sa.JSON(), nullable=False),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("disabled_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["officer"], ["tj_officer.code"], name=op.f("fk_tj_account_officer_tj_officer")
        ),
        sa.PrimaryKeyConstraint("officer", name=op.f("pk_tj_account")),
        sa.UniqueConstraint("user_name", name=op.f("uq_tj_account_user_name")),
    )
    op.create_table(
        "tj_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("officer", code, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("department", code, nullable=True),
        sa.Column("starts_at", moment, nullable=True),
        sa.Column("ends_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["officer"], ["tj_officer.code"], name=op.f("fk_tj_role_officer_tj_officer")
        ),
        sa.ForeignKeyConstraint(
            ["department"], ["tj_department.code"], name=op.f("fk_tj_role_department_tj_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tj_role")),
    )
    op.create_index(op.f("ix_tj_role_officer"), "tj_role", ["officer"])
    op.create_table(
        "tj_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("officer", code, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.Column("proved_at", moment, nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("browser", sa.String(60), nullable=False),
        sa.Column("address", sa.String(60), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer"], ["tj_account.officer"], name=op.f("fk_tj_session_officer_tj_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tj_session")),
        sa.UniqueConstraint("token", name=op.f("uq_tj_session_token")),
    )
    op.create_index(op.f("ix_tj_session_officer"), "tj_session", ["officer"])
    op.create_table(
        "tj_sign_in_try",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tj_sign_in_try")),
    )
    op.create_index(op.f("ix_tj_sign_in_try_last_at"), "tj_sign_in_try", ["last_at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("tj_sign_in_try")
    op.drop_table("tj_session")
    op.drop_table("tj_role")
    op.drop_table("tj_account")
