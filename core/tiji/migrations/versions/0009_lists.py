"""indexes of the lists."""

from __future__ import annotations

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what lists are read by."""


def downgrade() -> None:
    """Take it back."""
