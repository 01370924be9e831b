"""notices to officers."""

from __future__ import annotations

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what officers are told."""


def downgrade() -> None:
    """Take it back."""
