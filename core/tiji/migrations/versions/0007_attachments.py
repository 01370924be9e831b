"""attachments and drafts."""

from __future__ import annotations

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what a case carries, and words not yet sent."""


def downgrade() -> None:
    """Take it back."""
