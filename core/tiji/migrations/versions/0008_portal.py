"""the public's receipts and queries."""

from __future__ import annotations

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what a client finds a case with."""


def downgrade() -> None:
    """Take it back."""
