"""What the plugin keeps of a message beside its case: nothing that tells who sent it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tiji.api import Model, UTCDateTime


class Message(Model):
    """A message's facts, one row a case.

    ``external_id`` is the number that its ``source`` gave it. ``received_at`` is when it came to
    the platform, or to Tiji where nobody says; of both times ``…_precision`` tells how much is
    known (second, day, month, year). ``waiting`` is true until it is answered or taken back.
    ``heard`` is the newest event followed.
    """

    __tablename__ = "data_bureau_message"
    __table_args__ = (
        Index("ix_data_bureau_message_waiting", "waiting", "received_at", "case_id"),
        Index("ix_data_bureau_message_external_id", "external_id"),
    )

    case_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("tj_case.id"), primary_key=True, autoincrement=False
    )
    source: Mapped[str | None]
    external_id: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_precision: Mapped[str] = mapped_column(String(6))
    kind: Mapped[str | None]
    category: Mapped[str | None]
    district: Mapped[str | None]
    urgency: Mapped[str | None]
    votes_for: Mapped[int | None]
    votes_against: Mapped[int | None]
    reply_by: Mapped[str | None] = mapped_column(String(19))
    waiting: Mapped[bool]
    replied_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    replied_precision: Mapped[str | None] = mapped_column(String(6))
    satisfaction: Mapped[str | None]
    heard: Mapped[int]
