"""What the plugin keeps of a petition beside its case: nothing that tells who the petitioner is."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tiji.api import Model, UTCDateTime

_RUNNING = text("conclude_by is not null and concluded_at is null")


class Petition(Model):
    """A petition's facts and clock, one row a case.

    ``visits`` is 次数 as first given, ``repeats`` what was counted on the open case since.
    ``accept_by`` and ``conclude_by`` are last days before rest days are considered; without
    ``conclude_by`` no clock ever ran (closed history). ``heard`` is the newest event followed.
    """

    __tablename__ = "petitions_petition"
    __table_args__ = (
        Index(
            "ix_petitions_petition_running",
            "conclude_by",
            "case_id",
            sqlite_where=_RUNNING,
            postgresql_where=_RUNNING,
        ),
    )

    case_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("tj_case.id"), primary_key=True, autoincrement=False
    )
    state: Mapped[str] = mapped_column(String(12))
    visits: Mapped[int]
    repeats: Mapped[int]
    people: Mapped[int | None]
    way: Mapped[str | None]
    first_visit: Mapped[date | None]
    first_visit_precision: Mapped[str | None] = mapped_column(String(5))
    district: Mapped[str | None]
    leader: Mapped[str | None]
    measures: Mapped[str | None]
    resolve_by: Mapped[date | None]
    registered_on: Mapped[date]
    accept_by: Mapped[date | None]
    accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    accepted_by: Mapped[str | None] = mapped_column(String(64))
    conclude_by: Mapped[date | None]
    extended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    extended_by: Mapped[str | None] = mapped_column(String(64))
    extended_reason: Mapped[str | None]
    concluded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    heard: Mapped[int]
