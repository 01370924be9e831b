"""Tables of notices and of how officers want to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tiji.db import Model, UTCDateTime
from tiji.people.model import CODE

_UNREAD = text("read_at is null")


class NoticeRow(Model):
    """One thing that one officer is told, once; ``data`` holds no word of a person.

    ``event`` is the id of what it tells of; a case's event or what else there is to tell.
    """

    __tablename__ = "tj_notice"
    __table_args__ = (
        UniqueConstraint("event", "officer"),
        Index("ix_tj_notice_officer", "officer", "id"),
        Index("ix_tj_notice_unread", "officer", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    officer: Mapped[str] = mapped_column(CODE, ForeignKey("tj_officer.code"))
    kind: Mapped[str] = mapped_column(String(20))
    event: Mapped[str] = mapped_column(String(160))
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class NoticeChoiceRow(Model):
    """How an officer wants to be told: ``mail`` seals an address, ``kinds`` go there."""

    __tablename__ = "tj_notice_choice"

    officer: Mapped[str] = mapped_column(CODE, ForeignKey("tj_officer.code"), primary_key=True)
    mail: Mapped[bytes | None] = mapped_column(LargeBinary)
    kinds: Mapped[list[str]] = mapped_column(JSON)
