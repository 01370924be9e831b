"""The table of attachments; the files themselves lie outside the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tiji.db import Model, UTCDateTime

#: What an erased file is called.
ERASED = ""

_PENDING = text("pending_key is not null")


class AttachmentRow(Model):
    """A file that a case carries, or that waits for its case under ``pending_key``.

    ``name`` is only shown. ``handlers_only`` hides it from whoever merely sees the case,
    ``public`` shows it to the client. ``scanned_at`` is empty where nothing looked for viruses.
    A removed one keeps its row; an erased one keeps no name.
    """

    __tablename__ = "tj_attachment"
    __table_args__ = (
        Index("ix_tj_attachment_case", "case_id", "id"),
        Index("ix_tj_attachment_sha256", "sha256"),
        Index(
            "ix_tj_attachment_pending",
            "pending_key",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    case_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("tj_case.id"))
    pending_key: Mapped[str | None] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    media: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(160))
    who: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    handlers_only: Mapped[bool]
    public: Mapped[bool]
    scanned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
