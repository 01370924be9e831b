"""indexes of the lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BEFORE: dict[str, tuple[list[str], str | None]] = {
    "ix_tj_case_name": (["name_key"], None),
    "ix_tj_case_order": (["order_at", "id"], None),
    "ix_tj_case_department": (["department", "order_at", "id"], None),
    "ix_tj_case_holder": (["holder", "order_at", "id"], None),
}
AFTER: dict[str, tuple[list[str], str | None]] = {
    "ix_tj_case_name": (["name_key", "id"], None),
    "ix_tj_case_order": (["order_at", "id", "amber_at"], None),
    "ix_tj_case_department": (["department", "order_at", "id", "amber_at"], None),
    "ix_tj_case_holder": (["holder", "order_at", "id", "amber_at"], "holder is not null"),
    "ix_tj_case_station": (["station", "order_at", "id"], "station is not null"),
    "ix_tj_case_amber": (["amber_at", "order_at", "id"], "amber_at is not null"),
    "ix_tj_case_waiting": (
        ["status", "order_at", "id", "department"],
        "status in ('paused', 'answered')",
    ),
    "ix_tj_case_over": (["fio", "id"], "holder is null"),
}

#: What the sweep has warned of is amber since then; it wakes when the others turn amber. Each is
#: computed anew when the case next moves.
AMBER = sa.text(
    """
    UPDATE tj_case SET amber_at = coalesce(
        (SELECT s.warned_at FROM tj_stay s WHERE s.case_id = tj_case.id AND s.no = tj_case.stay),
        wake_at, due_at
    )
    WHERE status IN ('open', 'guided', 'in_progress', 'with_leaders')
    """
)


def upgrade() -> None:
    """Keep when a light turns amber, and add what lists are read by."""
    for name in BEFORE:
        op.drop_index(name, "tj_case")
    with op.batch_alter_table("tj_case") as batch:
        batch.add_column(sa.Column("amber_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(AMBER)
    _create(AFTER)


def downgrade() -> None:
    """Take it back."""
    for name in AFTER:
        op.drop_index(name, "tj_case")
    with op.batch_alter_table("tj_case") as batch:
        batch.drop_column("amber_at")
    _create(BEFORE)


def _create(indexes: dict[str, tuple[list[str], str | None]]) -> None:
    for name, (columns, condition) in indexes.items():
        where = None if condition is None else sa.text(condition)
        op.create_index(name, "tj_case", columns, sqlite_where=where, postgresql_where=where)
