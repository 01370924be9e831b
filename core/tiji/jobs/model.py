"""Tables of work that waits, and of the workers that do it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tiji.db import Model, UTCDateTime

_WAITING = text("state = 'waiting'")
_STOPPED = text("state <> 'waiting'")


class JobRow(Model):
    """A piece of work; it is gone when done, or due again where it is periodic (``every_s``).

    ``owner`` does it until ``lease_until``; after that whoever comes first may take it over.
    """

    __tablename__ = "tj_job"
    __table_args__ = (
        UniqueConstraint("target", "key"),
        Index("ix_tj_job_lane", "lane", "id"),
        Index("ix_tj_job_due", "due_at", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_tj_job_stopped", "id", sqlite_where=_STOPPED, postgresql_where=_STOPPED),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    target: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(160))
    lane: Mapped[str] = mapped_column(String(160))
    payload: Mapped[str] = mapped_column(Text)
    outside: Mapped[bool]
    state: Mapped[str] = mapped_column(String(8))
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    every_s: Mapped[int | None]
    tries: Mapped[int]
    error: Mapped[str | None] = mapped_column(String(200))
    owner: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    tried_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class WorkerRow(Model):
    """A living process that does jobs; one that stopped well has no row."""

    __tablename__ = "tj_worker"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    beat_at: Mapped[datetime] = mapped_column(UTCDateTime)
