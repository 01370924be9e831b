"""accounts of officers, their roles and sessions."""

from __future__ import annotations

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what a sign-in needs."""


def downgrade() -> None:
    """Take it back."""
