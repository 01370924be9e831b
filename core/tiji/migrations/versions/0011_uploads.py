"""ledgers that were uploaded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OF_IMPORT = sa.column("import_no").is_not(None)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what an import in the browser needs, and by which import a case came."""
    with op.batch_alter_table("tj_case") as batch:
        batch.add_column(sa.Column("import_no", sa.String(20), nullable=True))
    op.create_index(
        "ix_tj_case_import",
        "tj_case",
        ["import_no"],
        sqlite_where=OF_IMPORT,
        postgresql_where=OF_IMPORT,
    )
    _create_imports()
    _create_uploads()
    _create_decisions()


def _create_imports() -> None:
    op.create_table(
        "tj_import",
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("ledger", sa.String(80), nullable=False),
        sa.Column("file", sa.String(200), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("imported", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_by", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tj_import")),
    )
    op.create_index("ix_tj_import_ledger", "tj_import", ["ledger", "begun_at"])


def _create_uploads() -> None:
    op.create_table(
        "tj_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ledger", sa.String(80), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("layout", sa.JSON(), nullable=False),
        sa.Column("signature", sa.String(32), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("sample", sa.LargeBinary(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("import_no", sa.String(20), nullable=True),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("touched_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tj_upload")),
    )
    op.create_index("ix_tj_upload_department", "tj_upload", ["department", "id"])
    op.create_index("ix_tj_upload_officer", "tj_upload", ["officer", "id"])
    op.create_index("ix_tj_upload_file", "tj_upload", ["sha256"])
    op.create_table(
        "tj_upload_row",
        sa.Column("upload", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sheet", sa.String(255), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("left_out", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload"], ["tj_upload.id"], name=op.f("fk_tj_upload_row_upload_tj_upload")
        ),
        sa.PrimaryKeyConstraint("upload", "no", name=op.f("pk_tj_upload_row")),
    )
    op.create_index("ix_tj_upload_row_state", "tj_upload_row", ["upload", "state", "no"])


def _create_decisions() -> None:
    op.create_table(
        "tj_mend",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("upload", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.String(255), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["upload"], ["tj_upload.id"], name=op.f("fk_tj_mend_upload_tj_upload")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tj_mend")),
        sa.UniqueConstraint("upload", "sheet", "row_no", "key", name=op.f("uq_tj_mend_upload")),
    )
    op.create_table(
        "tj_mapping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ledger", sa.String(80), nullable=False),
        sa.Column("signature", sa.String(32), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tj_mapping")),
        sa.UniqueConstraint("ledger", "signature", "officer", name=op.f("uq_tj_mapping_ledger")),
    )


def downgrade() -> None:
    """Take it back; the files stay where they lie."""
    for table in ("tj_mapping", "tj_mend", "tj_upload_row", "tj_upload", "tj_import"):
        op.drop_table(table)
    op.drop_index("ix_tj_case_import", "tj_case")
    with op.batch_alter_table("tj_case") as batch:
        batch.drop_column("import_no")
